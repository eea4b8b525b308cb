/*
 * open_run.h - what commands have in common that read a run file and say what
 * they found: the file open for one snapshot, the judge that was asked for, or
 * the judges of several runs, and the options of intervals by resampling.
 */
#ifndef DC_CLI_OPEN_RUN_H
#define DC_CLI_OPEN_RUN_H

#include "cli/cli.h"
#include "cli/cores.h"
#include "read/run_view.h"
#include "results/judge_start.h"

#include <deepconf/boot.h>

struct dc_open_run {
    struct dc_cli *cli;
    const char *file;          /* as it was typed */
    struct dc_run_view *view;  /* with its fields; not audited */
    struct dc_judge_pick pick; /* of --judge */
};

/* What a command does with the run; fields: its options. */
typedef enum dc_status dc_open_run_fn(const struct dc_open_run *r,
                                      const void *fields, struct dc_err *err);

/*
 * Open the file, hold one snapshot, should a run be writing meanwhile, call
 * `use` and close it again. judge: as typed, NULL if it was not.
 */
enum dc_status dc_open_run(struct dc_cli *cli, const char *file,
                           const char *judge, dc_open_run_fn *use,
                           const void *fields, struct dc_err *err);

/* ---- --judge of several runs: once for all, or once for each ---- */

/* DC_USAGE: neither; run: what is counted, "run" or "run file". */
enum dc_status dc_open_judges_check(const struct dc_opt_list *typed,
                                    size_t n_run, const char *run,
                                    struct dc_err *err);
/* That of run number i; NULL: its own. */
const char *dc_open_judge_of(const struct dc_opt_list *typed, size_t i);

/* ---- intervals by resampling ---- */

struct dc_boot_opts {
    int64_t resamples, threads;
    struct dc_opt_seed seed;
};

#define DC_BOOT_OPTS_DEFAULT                                                   \
    {                                                                          \
        .resamples = 2000, .seed = { false, 1 }                                \
    }

/* The rows of a command's table; opts: the struct of its fields, in which
 * `boot` is of this type. */
/* clang-format off */
#define DC_BOOT_OPTIONS(opts)                                                  \
    {.kind = DC_OPT_INT, .name = "resamples", .arg = "N",                      \
     .help = "of the prompts, for the intervals",                              \
     .off = offsetof(opts, boot.resamples), .min = 1, .max = 1000000},         \
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",                          \
     .help = "of the resamples", .off = offsetof(opts, boot.seed)},            \
    DC_THREADS_OPTION(offsetof(opts, boot.threads))
/* clang-format on */

struct dc_boot_cfg dc_boot_opts_cfg(const struct dc_boot_opts *o);

#endif
