/*
 * judge_opt.h - `--judge SPEC[,SPEC]`, of the commands that take several
 * judges.
 */
#ifndef DC_CLI_JUDGE_OPT_H
#define DC_CLI_JUDGE_OPT_H

#include "base/arena.h"
#include "cli/opts.h"

/* The specs one after the other; set `typed` and `arena`, the rest to 0. */
struct dc_judge_opt {
    const struct dc_opt_list *typed;
    struct dc_arena *arena; /* owns the specs */
    size_t item, at;        /* the next one starts at typed->item[item] + at */
};

/*
 * The next spec, a judge of the table with a file if it needs one; NULL: there
 * is none. DC_USAGE: no such judge. A comma always parts two specs, so a file
 * with one in its name can't be given, and the message says so.
 */
enum dc_status dc_judge_opt_next(struct dc_judge_opt *o, const char **spec,
                                 struct dc_err *err);

#endif
