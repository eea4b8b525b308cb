/*
 * experiment.h - an experiment: sections that are commands, checked together
 * and then done one after the other. A suite's cells are an experiment each.
 */
#ifndef DC_CLI_EXPERIMENT_H
#define DC_CLI_EXPERIMENT_H

#include "base/hash.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "data/experiment_yaml.h"

struct dc_exp_work {
    struct dc_cli *cli;
    const char *path; /* of the YAML file; messages open with it */
    struct dc_exp file;
    struct dc_arena arena;
    const char *stem; /* of the names of its files */
    const char *cell; /* of a suite; NULL: there is none */
};

/* Prefix what failed with the file and the pair's line, or --set; p NULL: with
 * nothing of the file. Gives st, or DC_USAGE for --set. */
enum dc_status dc_exp_at_line(const struct dc_exp_work *w,
                              const struct dc_exp_pair *p, enum dc_status st,
                              struct dc_err *err);
/* DC_DATA: there is no WHAT of that name; see: what there is. */
enum dc_status dc_exp_no_such(const char *what, const struct dc_nearest *near,
                              const char *see, struct dc_err *err);
/* NULL: the command has none; near: offered its options. */
const struct dc_opt *dc_exp_option(const struct dc_cmd *c, const char *key,
                                   struct dc_nearest *near);
/* Replace by "SECTION.KEY=VALUE" or "KEY=VALUE". DC_USAGE. */
enum dc_status dc_exp_apply_set(struct dc_exp_work *w, const char *text,
                                struct dc_err *err);

/*
 * Look at all sections as their commands do, and name files that have no name;
 * files: all is about to begin. Messages name the line.
 */
enum dc_status dc_exp_check(struct dc_exp_work *w, bool files,
                            struct dc_err *err);
/* The run file; after the check. */
const char *dc_exp_run_file(const struct dc_exp_work *w);
/* Of what the commands are given, or of the first only. */
enum dc_status dc_exp_hash(struct dc_exp_work *w, bool run_only,
                           char out[DC_SHA256_HEX], struct dc_err *err);
/* Do them. drawn: but for `run`, which is done. */
enum dc_status dc_exp_do(struct dc_exp_work *w, bool drawn, struct dc_err *err);
/* `compare` with these arguments and the options of its section. */
enum dc_status dc_exp_compare(struct dc_exp_work *w, char *const *arg,
                              size_t n_arg, struct dc_err *err);

#endif
