/*
 * cli.h - the command line: what a command is, and what it is given.
 *
 * A command is one file cmd_NAME.c with one table row: its words, its options,
 * and exec. Errors are values until they reach dc_cli_main(), the only place
 * that prints them. What a command found goes into the document cli->doc, which
 * is shown by the width of the terminal; what another program reads goes into
 * cli->out as it is. Both are written, and checked, at the end.
 */
#ifndef DC_CLI_CLI_H
#define DC_CLI_CLI_H

#include "base/buf.h"
#include "cli/ahead.h"
#include "cli/opts.h"
#include "cli/term.h"
#include "doc/doc.h"
#include "results/topics.h"

#include <deepconf/status.h>
#include <stddef.h>

struct dc_cli {
    /* what was found, for people; shown behind out, unless the command fails,
     * a missed gate apart */
    struct dc_doc *doc;
    struct dc_buf out;  /* goes to stdout when the command has ended */
    struct dc_term to;  /* stdout */
    struct dc_term log; /* stderr */
};

struct dc_example {
    const char *does;
    const char *line; /* a command line */
};

struct dc_cmd {
    const char *name;
    const char *args;    /* behind the options in the usage line; "" for none */
    const char *summary; /* one line */
    const char *about;   /* a paragraph or more */
    const struct dc_opt *opt;
    size_t n_fields; /* bytes of the struct the options go into, >= 1 */
    /* required. Fill the struct with the defaults. */
    void (*defaults)(void *fields);
    size_t min_args, max_args;
    bool computes; /* may work with a language model on this machine */
    const struct dc_example *example; /* ends in a row of NULL */
    /*
     * optional. What can be seen to be wrong before there is a run file, of a
     * command that an experiment calls. Changes nothing. A message opens with
     * the option that it speaks of.
     */
    enum dc_status (*check)(const void *fields, const struct dc_ahead *ahead,
                            struct dc_err *err);
    /* required */
    enum dc_status (*exec)(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err);
};

const struct dc_cmd *const *dc_cmds(size_t *n);
const struct dc_cmd *dc_cmd_find(const char *name);

/* Append the document to cli->out, as it is shown, and begin another. */
void dc_cli_show(struct dc_cli *cli);

/* The whole program; gives its exit code. */
int dc_cli_main(int argc, char **argv);

/* DC_USAGE: what `typed` is not, with the nearest name offered to `near`. */
struct dc_nearest;
enum dc_status dc_cli_no_such(const char *what, const struct dc_nearest *near,
                              const char *see, struct dc_err *err);

/* Append to out. */
void dc_help_program(struct dc_buf *out, size_t width);
void dc_help_command(const struct dc_cmd *c, struct dc_buf *out, size_t width);
void dc_help_exit_codes(struct dc_buf *out, size_t width);
void dc_version_text(struct dc_buf *out);

#endif
