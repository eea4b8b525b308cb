/*
 * opts.h - the options of a command, as a table.
 *
 * One row per option says how it is written, what it takes, which values are
 * right, and into which field of the command's struct it goes. Parsing (by
 * popt), range checks, defaults and the help text all come from the row. The
 * defaults are the values the struct has before parsing.
 */
#ifndef DC_CLI_OPTS_H
#define DC_CLI_OPTS_H

#include "base/arena.h"
#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The comment names the type of the field. */
enum dc_opt_kind {
    DC_OPT_END,   /* the last row */
    DC_OPT_GROUP, /* no option: `help` is a heading */
    DC_OPT_FLAG,  /* bool: no argument, sets true */
    DC_OPT_TEXT,  /* const char * */
    DC_OPT_LIST,  /* struct dc_opt_list: may be given again */
    DC_OPT_INT,   /* int64_t */
    DC_OPT_SEED,  /* struct dc_opt_seed: 0 to 2^64 - 1 */
    DC_OPT_REAL   /* double */
};

struct dc_opt_list {
    const char **item; /* [n] */
    size_t n;
};

struct dc_opt_seed {
    bool given;
    uint64_t value;
};

struct dc_opt {
    enum dc_opt_kind kind;
    char letter;       /* short form; 0: none */
    const char *name;  /* without the dashes */
    const char *alias; /* another name; NULL: none */
    const char *arg;   /* what the help calls the argument */
    const char *help;
    size_t off;        /* of the field */
    double min, max;   /* INT, REAL; -HUGE_VAL, HUGE_VAL: none */
    bool open_min;     /* min itself is wrong */
    bool open_max;     /* max itself is wrong */
    const char *shown; /* default in words; NULL: from the field; "": none */
    size_t given;      /* of a bool, set when the option is there; 0: none */
};

/* A command line: argv in, the rest out. */
struct dc_args {
    int argc;
    char **argv;       /* [argc]; argv[0] is skipped */
    bool help;         /* --help was given; parsing ended there */
    const char **item; /* [n] what is no option */
    size_t n;
    struct dc_arena arena; /* owns item and the fields' text */
};

/*
 * Parse into `fields`, which holds the defaults. --help and -h are understood
 * besides the table. DC_USAGE names what is wrong, with the nearest option. A
 * text may begin with -- but not be an option's name, unless it is written
 * --NAME=TEXT: a forgotten text would swallow the option behind it.
 */
enum dc_status dc_opts_parse(const struct dc_opt *table, void *fields,
                             struct dc_args *args, struct dc_err *err);
void dc_args_release(struct dc_args *args);

/* Append the help of the options; `fields` holds the defaults. */
void dc_opts_help(const struct dc_opt *table, const void *fields, size_t width,
                  struct dc_buf *out);

#endif
