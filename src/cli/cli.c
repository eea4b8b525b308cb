/*
 * cli.c - from argv to a command, and from its status to an exit code.
 *
 * stdout is written in one place, after the command has ended, and every error
 * of writing is seen: a full disk behind `> file` is exit code 6. SIGPIPE is
 * ignored while a command works, so that a reader who has had enough (`| head`)
 * kills no run and makes no noise; the program then ends by that signal, as
 * others do whose reader is gone.
 */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OUT = 1 << 30, MAX_TYPED = 60 };

#define X(name) extern const struct dc_cmd dc_cmd_##name;
#include "cmds.def"
#undef X

static const struct dc_cmd *const cmds[] = {
#define X(name) &dc_cmd_##name,
#include "cmds.def"
#undef X
};

const struct dc_cmd *const *dc_cmds(size_t *n)
{
    *n = DC_COUNT(cmds);
    return cmds;
}

const struct dc_cmd *dc_cmd_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(cmds); i++)
        if (strcmp(cmds[i]->name, name) == 0)
            return cmds[i];
    return NULL;
}

/* ---- errors ---- */

/* Append line by line, so that nothing of the message acts on the terminal. */
static void add_message(struct dc_buf *out, const char *msg)
{
    for (;;) {
        size_t n = strcspn(msg, "\n");
        dc_utf8_display(out, msg, n, 0);
        dc_buf_addc(out, '\n');
        if (!msg[n])
            return;
        msg += n + 1;
    }
}

static void print_error(const struct dc_cli *cli, const char *msg)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_buf_addf(&b, "%sdeepconf:%s ", cli->log.colour ? "\033[31m" : "",
                cli->log.colour ? "\033[0m" : "");
    add_message(&b, msg);
    fputs(b.data, stderr);
    fflush(stderr);
    dc_buf_release(&b);
}

enum dc_status dc_cli_no_such(const char *what, const struct dc_nearest *near,
                              const char *see, struct dc_err *err)
{
    if (near->name)
        return dc_fail(err, DC_USAGE,
                       "there is no %s \"%.*s\"; did you mean %s?", what,
                       MAX_TYPED, near->typed, near->name);
    return dc_fail(err, DC_USAGE, "there is no %s \"%.*s\"; %s", what,
                   MAX_TYPED, near->typed, see);
}

/* ---- output ---- */

void dc_cli_show(struct dc_cli *cli)
{
    dc_doc_text(cli->doc, &(struct dc_doc_look){cli->to.width, cli->to.colour},
                &cli->out);
    dc_doc_free(cli->doc);
    cli->doc = dc_doc_create();
}

/* Write what the command said. Gives 0, or errno if it did not all go, with a
 * message unless nobody reads it any more. */
static int flush_out(const struct dc_cli *cli)
{
    int why = 0;
    errno = 0;
    if (cli->out.n > 0 &&
        fwrite(cli->out.data, 1, cli->out.n, stdout) != cli->out.n)
        why = errno;
    if (fflush(stdout) != 0 && !why)
        why = errno;
    if (fclose(stdout) != 0 && !why)
        why = errno;
    /* A closed stdout (>&-) matters only if there was something to write. */
    if (!why || (why == EBADF && cli->out.n == 0))
        return 0;
    if (why != EPIPE) {
        char msg[128];
        snprintf(msg, sizeof msg, "standard output: %s", strerror(why));
        print_error(cli, msg);
    }
    return why;
}

/* End by SIGPIPE, unless who started this program has it ignored. */
static void end_by_pipe(const struct sigaction *before)
{
    if (before->sa_handler == SIG_IGN)
        return;
    sigaction(SIGPIPE, before, NULL);
    raise(SIGPIPE);
}

/* ---- commands ---- */

static enum dc_status check_count(const struct dc_cmd *c,
                                  const struct dc_args *a, struct dc_err *err)
{
    if (a->n < c->min_args)
        return dc_fail(err, DC_USAGE, "%s needs %s; see `deepconf help %s`",
                       c->name, c->args, c->name);
    if (a->n > c->max_args && c->max_args > 2)
        return dc_fail(err, DC_USAGE,
                       "%s takes at most %zu of %s, and %zu came: leave out "
                       "\"%.*s\" and what follows it",
                       c->name, c->max_args, c->args, a->n, MAX_TYPED,
                       a->item[c->max_args]);
    if (a->n > c->max_args)
        return dc_fail(err, DC_USAGE,
                       "%s: unexpected argument \"%.*s\"; see `deepconf help "
                       "%s`",
                       c->name, MAX_TYPED, a->item[c->max_args], c->name);
    return DC_OK;
}

static enum dc_status run_command(struct dc_cli *cli, const struct dc_cmd *c,
                                  int argc, char **argv, struct dc_err *err)
{
    struct dc_args args = {.argc = argc, .argv = argv};
    void *fields = dc_xcalloc(1, c->n_fields);
    c->defaults(fields);
    enum dc_status st = dc_opts_parse(c->opt, fields, &args, err);
    if (!st && args.help)
        dc_help_command(c, &cli->out, cli->to.width);
    else if (!st)
        st = check_count(c, &args, err);
    if (!st && !args.help)
        st = c->exec(cli, fields, &args, err);
    dc_args_release(&args);
    free(fields);
    return st;
}

static enum dc_status unknown_command(const char *name, struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    for (size_t i = 0; i < DC_COUNT(cmds); i++)
        dc_nearest_offer(&near, cmds[i]->name);
    if (name[0] == '-')
        return dc_fail(err, DC_USAGE,
                       "the command comes first: deepconf COMMAND [OPTIONS]; "
                       "`deepconf help` lists the commands");
    return dc_cli_no_such("command", &near,
                          "`deepconf help` lists the commands", err);
}

static bool is(const char *s, const char *letter, const char *word)
{
    return !strcmp(s, letter) || !strcmp(s, word);
}

static enum dc_status dispatch(struct dc_cli *cli, int argc, char **argv,
                               struct dc_err *err)
{
    if (argc < 2) {
        struct dc_buf b;
        dc_buf_init(&b, 1 << 16);
        dc_help_program(&b, cli->log.width);
        fputs(b.data, stderr);
        dc_buf_release(&b);
        return dc_fail(err, DC_USAGE, "no command was given");
    }
    if (is(argv[1], "-h", "--help")) {
        dc_help_program(&cli->out, cli->to.width);
        return DC_OK;
    }
    if (is(argv[1], "-V", "--version")) {
        dc_version_text(&cli->out);
        return DC_OK;
    }
    const struct dc_cmd *c = dc_cmd_find(argv[1]);
    if (!c)
        return unknown_command(argv[1], err);
    return run_command(cli, c, argc - 1, argv + 1, err);
}

int dc_cli_main(int argc, char **argv)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    struct dc_err err = {.status = DC_OK};
    struct dc_cli cli = {
        .to = dc_term_of(STDOUT_FILENO),
        .log = dc_term_of(STDERR_FILENO),
    };
    sigaction(SIGPIPE, &ignore, &before);
    sigaction(SIGXFSZ, &ignore, NULL); /* a size limit is a full disk */
    dc_buf_init(&cli.out, MAX_OUT);
    cli.doc = dc_doc_create();
    enum dc_status st = dispatch(&cli, argc, argv, &err);
    if (!st || st == DC_GATE) /* else half of it may be there */
        dc_cli_show(&cli);
    int why = flush_out(&cli);
    /* A failure without words is one to write into a pipe (write_file.h). */
    bool unread = st ? st == DC_IO && !err.msg[0] : why == EPIPE;
    if (st && err.msg[0])
        print_error(&cli, err.msg);
    else if (!st && why)
        st = DC_IO;
    dc_doc_free(cli.doc);
    dc_buf_release(&cli.out);
    if (unread)
        end_by_pipe(&before);
    return dc_status_exit_code(st);
}
