/*
 * inspect_log.h - where the samples of an Inspect log are, and what its head
 * says: one thing, however it is packed.
 *
 * A log is a .json, or an .eval, which is a zip archive: `header.json` (of an
 * evaluation that did not end there is only `_journal/start.json`), and a
 * member for each sample, `samples/ID_epoch_N.json`, or a folder of pieces
 * with `sample.json` in it. Samples stand there in the order in which they
 * ended, so they are found first, sorted by prompt and epoch, and read then.
 * Their ids come from what is in them; names only say which member is one.
 */
#ifndef DC_EXCHANGE_INSPECT_LOG_H
#define DC_EXCHANGE_INSPECT_LOG_H

#include "base/archive_in.h"
#include "exchange/import_labels.h"
#include "exchange/json_pick.h"

struct dc_inspect_sample {
    const char *id;     /* as text */
    const char *folder; /* of its pieces, with '/' at the end; NULL: whole */
    bool has_epoch;
    int64_t epoch;
    uint64_t place; /* number of the member, or of the first byte */
    size_t line;    /* in a .json */
    size_t number;  /* in the order of the log */
    size_t order;   /* of its prompt in the data set; SIZE_MAX: not known */
};

struct dc_inspect_log {
    struct dc_import *in;
    struct dc_archive *archive; /* NULL: a .json */
    struct dc_import_file file;
    struct dc_json_in *json;
    size_t *by_name; /* the archive's members, sorted by name */
    struct dc_inspect_sample *sample; /* [n], sorted */
    size_t n, cap;
    struct dc_arena arena;
    /* of the head; NULL: not there */
    json_t *eval, *plan;
    const char *status;
    struct dc_labels labels;
};

/* Find all samples, look at their labels, read the head. DC_DATA, DC_IO. Close
 * also after a failure. */
enum dc_status dc_inspect_open(struct dc_import *in, struct dc_inspect_log *log,
                               struct dc_err *err);
void dc_inspect_close(struct dc_inspect_log *log);
/* Where the sample is, for messages: a member's name, or "line 12". */
const char *dc_inspect_where(const struct dc_inspect_log *log,
                             const struct dc_inspect_sample *s,
                             char buf[static 64]);
/* Keys of a sample, with `metadata` wherever it stands; caller decrefs. */
enum dc_status dc_inspect_read(struct dc_inspect_log *log,
                               const struct dc_inspect_sample *s,
                               const char *const *key, size_t n, json_t **out,
                               struct dc_err *err);
/*
 * Texts of the sample that stand apart, by their names: name [n]. *out has
 * those that are there; caller decrefs.
 */
enum dc_status dc_inspect_texts(struct dc_inspect_log *log,
                                const struct dc_inspect_sample *s,
                                const char *const *name, size_t n, json_t **out,
                                struct dc_err *err);
/* A value of metadata, or of the sample itself, by the name of a --field. */
const json_t *dc_inspect_field(const json_t *sample, const char *named,
                               const char *usual);
/* What to keep of a sample: of its metadata, or of "fields" there, where our
 * export puts a prompt's fields. */
const json_t *dc_inspect_kept(const void *sample, const char *key);

#endif
