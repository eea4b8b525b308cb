/*
 * run_recall.h - the options of `deepconf run` that a run file stands for.
 *
 * They are made of the file's configuration, not of what was typed, so that a
 * file of any version has them. What a file can't hold is the path of the model
 * and of a template: a model of the registry is known by its hash, another one
 * is looked for by its name in the working folder.
 *
 * A run file may be another person's. Each option is one word --NAME=VALUE, and
 * is parsed and checked as if it had been typed. A key goes only to a server
 * that the user names.
 */
#ifndef DC_CLI_RUN_RECALL_H
#define DC_CLI_RUN_RECALL_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/opts.h"
#include "cli/run_opts.h"
#include "store/store.h"

#include <deepconf/status.h>

enum { DC_RECALL_MAX = 128 };

struct dc_recall {
    struct dc_arena arena;
    const char *item[DC_RECALL_MAX]; /* [n] --NAME=VALUE, without --out */
    size_t n;
    const char *template_sha256; /* of a template file; NULL: there is none */
    const char *model_sha256;    /* "": not known */
    const char *think;           /* of a served model; NULL: nothing to say */
    bool served;
    struct dc_args all; /* of dc_recall_opts() */
};

/*
 * DC_USAGE: a file that was imported, which no command drew; DC_IO, DC_STORE.
 * Call dc_recall_release() also after a failure.
 */
enum dc_status dc_recall_read(const char *file, struct dc_recall *out,
                              struct dc_err *err);
void dc_recall_release(struct dc_recall *r);

/* Append the command, for a POSIX shell; a text in it may have several lines.
 */
void dc_recall_words(const struct dc_recall *r, const char *file,
                     struct dc_buf *out);

/* The same and a line's end, and a line behind # for what it lacks. */
void dc_recall_command(const struct dc_recall *r, const char *file,
                       struct dc_buf *out);

/*
 * The file's options with those of the command line over them: a list that was
 * typed takes the place of the file's. `typed` is what args were parsed to.
 * Strings live in r.
 */
enum dc_status dc_recall_opts(struct dc_recall *r, const struct dc_opt *table,
                              const struct dc_run_opts *typed,
                              const struct dc_args *args,
                              struct dc_run_opts *out, struct dc_err *err);

/* The prompts of a run file as the data it was drawn from. Release it also
 * after a failure. */
enum dc_status dc_recall_data(struct dc_store *s, struct dc_dataset *out,
                              struct dc_err *err);

#endif
