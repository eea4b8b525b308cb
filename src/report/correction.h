/*
 * correction.h - a run's shares of refusals, corrected for the errors that its
 * judge made on labelled responses (`show --correct-with`).
 */
#ifndef DC_REPORT_CORRECTION_H
#define DC_REPORT_CORRECTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "doc/doc.h"
#include "store/store.h"

#include <deepconf/correct.h>

struct dc_correction_cfg {
    const char *path;  /* JSON of validate-judge */
    const char *judge; /* label; NULL: the run's own */
    const char *group; /* of the validation; NULL: "all", or the only one */
    struct dc_boot_cfg boot;
};

enum { DC_CORRECT_REFUSE, DC_CORRECT_ANSWER, DC_CORRECT_ALL, DC_N_CORRECT };

struct dc_correction {
    struct dc_arena arena; /* owns the strings */
    const char *judge, *version, *group, *file;
    uint64_t n_label, n_label_refusal; /* labelled responses */
    bool stopped_early; /* the shares are those of traces that were needed */
    bool uneven;        /* given, with different numbers of traces a prompt */
    struct {
        bool has; /* traces with a verdict */
        uint64_t refusal, judged;
        struct dc_corrected rate;
    } of[DC_N_CORRECT];      /* prompts to be refused, to be answered, all */
    struct dc_boot_cfg boot; /* level, draws and seed of the intervals */
};

/*
 * DC_DATA: no validation of this judge in this version, a group that isn't
 * there (those that are named), or a judge that tells nothing apart. Call
 * dc_correction_release() also after a failure.
 */
enum dc_status dc_correction_read(struct dc_store *s,
                                  const struct dc_correction_cfg *cfg,
                                  struct dc_correction *out,
                                  struct dc_err *err);
/*
 * As much of that as can be said before there is a run: judge NULL, version
 * NULL: not known yet.
 */
enum dc_status dc_correction_check(const char *path, const char *judge,
                                   const char *version, struct dc_err *err);
void dc_correction_release(struct dc_correction *c);

/* As a part of a document. */
void dc_correction_doc(const struct dc_correction *c, struct dc_doc *d);
json_t *dc_correction_json(const struct dc_correction *c);

#endif
