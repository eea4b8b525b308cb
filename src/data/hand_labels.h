/*
 * hand_labels.h - the labels that people gave to traces of a run, as the
 * commands and the page keep them (docs/LABELS.md).
 *
 * JSONL. A head says of which run the lines behind it are, and from what strata
 * they were drawn; a label names its trace, holds its texts and their hash. The
 * last line of a trace holds. Files may be put one behind the other.
 */
#ifndef DC_DATA_HAND_LABELS_H
#define DC_DATA_HAND_LABELS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DC_HAND_FORMAT "deepconf-labels 1"
enum { DC_HAND_STRATA = 64, DC_HAND_MAX = 1 << 28 };

struct dc_hand_stratum {
    const char *name;
    uint64_t n;              /* traces in the run */
    enum dc_verdict verdict; /* of the head's judge on all of them */
};

/* What labels were drawn from. */
struct dc_hand_head {
    const char *run;          /* dc_label_run_id() */
    const char *judge;        /* whose verdicts made the strata */
    const char *version;      /* of the judge */
    const char *const *other; /* [n_other] judges that it was held against */
    size_t n_other;
    const char *measure; /* NULL: or the measure that halved the strata */
    struct dc_hand_stratum *stratum; /* [n_stratum] */
    size_t n_stratum;
    uint64_t seed;
    size_t line; /* of the file, from 1 */
};

struct dc_hand_label {
    size_t head; /* of which head */
    const char *id;
    int64_t idx;
    const char *sha256; /* of the response */
    const char *prompt, *response;
    size_t n_prompt, n_response;
    enum dc_verdict label;
    bool drawn; /* else a person chose the trace */
    size_t stratum;
    bool seen; /* the verdict was shown before the label was given */
    const char *note, *by, *time; /* NULL: none */
    size_t line;
};

struct dc_hand_labels {
    struct dc_arena arena;
    struct dc_hand_head *head; /* [n_head] one a run */
    size_t n_head;
    struct dc_hand_label *label; /* [n] in the order of their lines */
    size_t n;
    size_t n_replaced;   /* lines that a later one replaced */
    size_t n_taken_back; /* traces whose last line takes the label back */
    json_t *keep;        /* private: the lines, which strings point into */
};

/* Does text [n] begin as such a file? */
bool dc_hand_labels_begin(const char *s, size_t n);
/*
 * DC_DATA names the line, what is wrong with it and what to do. Release also
 * after a failure.
 */
enum dc_status dc_hand_labels_parse(const char *s, size_t n,
                                    struct dc_hand_labels *out,
                                    struct dc_err *err);
/* That of a file, whose path is in front of messages. */
enum dc_status dc_hand_labels_read(const char *path, struct dc_hand_labels *out,
                                   struct dc_err *err);
void dc_hand_labels_release(struct dc_hand_labels *x);

/* The label of a trace of head h; NULL: none. Strings are compared. */
const struct dc_hand_label *dc_hand_labels_find(const struct dc_hand_labels *x,
                                                size_t h, const char *id,
                                                int64_t idx);

/* Lines to write, with their line feeds. label NULL: "none", which takes the
 * label of the trace back. */
void dc_hand_head_line(const struct dc_hand_head *h, const char *file,
                       const char *model, struct dc_buf *out);
void dc_hand_label_line(const struct dc_hand_label *l, const char *stratum,
                        bool none, struct dc_buf *out);

#endif
