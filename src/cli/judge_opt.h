/*
 * judge_opt.h - `--judge SPEC[,SPEC]`, of the commands that take several
 * judges, and `--judge-api-key-env [URL=]NAME` for those at a server.
 */
#ifndef DC_CLI_JUDGE_OPT_H
#define DC_CLI_JUDGE_OPT_H

#include "base/arena.h"
#include "cli/opts.h"
#include "judge/judge.h"

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

/* The row of the option; field: the place of its list. */
/* clang-format off */
#define DC_JUDGE_KEY_OPTION(field)                                             \
    {.kind = DC_OPT_LIST, .name = "judge-api-key-env", .arg = "[URL=]NAME",    \
     .help = "the environment variable that holds the key for a judge's "      \
             "server; without URL, for those that --judge itself names. May "  \
             "be given again", .off = (field), .shown = "no key is sent"}
/* clang-format on */

/*
 * What was typed of it, as c->key [c->n_key] in the arena. DC_USAGE: no name of
 * a variable; two for one server. What may be a key is not shown.
 */
enum dc_status dc_judge_keys_parse(const struct dc_opt_list *typed,
                                   struct dc_arena *a, struct dc_judge_cfg *c,
                                   struct dc_err *err);

/* "note: --judge LABEL: ..." on stderr, of what is to be known of an open one;
 * quiet: nothing. */
void dc_judge_note_print(const struct dc_judge *j, bool quiet);

#endif
