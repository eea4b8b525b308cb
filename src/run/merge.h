/*
 * merge.h - the run files of shards as one run.
 *
 * What is put together is what one run would have written: a trace depends on
 * its prompt and its number alone, so the merged run is the run without shards,
 * with its prompts in the order of the data, but for times, sessions and row
 * numbers. Sessions are kept, and verdicts of further judges. Shards that are
 * not finished make a run that goes on without --shard.
 */
#ifndef DC_RUN_MERGE_H
#define DC_RUN_MERGE_H

#include "store/store.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_merge_cfg {
    const char *const *path; /* [n] in any order; n >= 1 */
    size_t n;
    const char *out; /* nothing may be there */
    bool partial;    /* shards may be missing */
    /* called before each file, i of n; may be NULL */
    void (*progress)(void *arg, const char *path, size_t i, size_t n);
    void *progress_arg;
};

struct dc_merge {
    struct dc_arena arena; /* owns the texts */
    const char *shards;    /* that are in it */
    const char *missing;   /* that are not; NULL: the run is whole */
    uint64_t n_whole;      /* prompts of the whole run */
    uint64_t n_prompt, n_decided, n_trace, n_session;
    const char **note; /* [n_note] what is out of the ordinary: sentences, of
                          text that may be hostile, without the last period */
    size_t n_note, cap_note;
};

/*
 * Merge. DC_USAGE: the files are no shards of one run (the first binding key
 * that differs, a shard twice, one that is missing without `partial`), or `out`
 * is there; DC_STORE, DC_DATA: a file is damaged, by dc_audit_run(), or holds
 * no run; DC_IO. Nothing is left at `out` then. Files are open one at a time;
 * memory is that of a file's prompts and of a number for each shard. On failure
 * *m needs no release.
 */
enum dc_status dc_merge_run(const struct dc_merge_cfg *cfg, struct dc_merge *m,
                            struct dc_err *err);
void dc_merge_release(struct dc_merge *m);

#endif
