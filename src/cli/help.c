/*
 * help.c - help text, made from the tables of commands, options and statuses.
 */
#include "base/mem.h"
#include "base/wrap.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_WIDTH = 100, INDENT = 17 };

static size_t sane(size_t width)
{
    return width < 40 ? 40 : width > MAX_WIDTH ? MAX_WIDTH : width;
}

/* In words, by status; the codes come from DC_STATUS_LIST. */
static const char *const meaning[] = {
    [DC_OK] = "all is well",
    [DC_GATE] = "a check the user asked for was missed",
    [DC_USAGE] = "the command line is wrong, or does not fit the run file",
    [DC_DATA] = "the data set is wrong, or a prompt is not in it",
    [DC_BACKEND] = "a model is missing, or cannot be loaded, run or fetched",
    [DC_STORE] = "the run file is damaged, in use, of a newer version, or "
                 "not ours",
    [DC_IO] = "a file cannot be read or written, the disk is full, or "
              "standard output failed",
    [DC_INTERRUPTED] = "interrupted by Ctrl-C or SIGTERM; what was finished "
                       "is kept",
};

void dc_help_exit_codes(struct dc_buf *out, size_t width)
{
#define X(name, code, text)                                                    \
    {                                                                          \
        char head[16];                                                         \
        snprintf(head, sizeof head, "  %d", code);                             \
        dc_wrap_item(out, sane(width), 8, head, meaning[DC_##name]);           \
    }
    DC_STATUS_LIST(X)
#undef X
}

void dc_help_program(struct dc_buf *out, size_t width)
{
    size_t n;
    const struct dc_cmd *const *c = dc_cmds(&n);
    width = sane(width);
    dc_buf_adds(out, "Usage: deepconf COMMAND [OPTIONS] [ARGUMENTS]\n\n");
    dc_wrap_item(out, width, 0, NULL,
                 "Samples several responses per prompt, measures the token "
                 "confidence, stops as early as is safe, judges refusal, and "
                 "reports sensitivity, specificity and savings.");
    dc_buf_adds(out, "\nCommands\n");
    for (size_t i = 0; i < n; i++) {
        char head[32];
        snprintf(head, sizeof head, "  %s", c[i]->name);
        dc_wrap_item(out, width, INDENT, head, c[i]->summary);
    }
    dc_buf_adds(out, "\nOptions\n");
    dc_wrap_item(out, width, 18, "  -h, --help",
                 "print this; `deepconf COMMAND --help` says more");
    dc_wrap_item(out, width, 18, "  -V, --version",
                 "print the version and how it was built");
    dc_buf_adds(out, "\nTopics, for `deepconf help TOPIC`\n");
    for (const struct dc_topic *t = dc_topics; t->name; t++) {
        char head[32];
        snprintf(head, sizeof head, "  %s", t->name);
        dc_wrap_item(out, width, 18, head, t->title);
    }
    dc_buf_adds(out, "\nExit codes\n");
    dc_help_exit_codes(out, width);
}

/* A command line; one that is too wide goes on behind a backslash, before an
 * option, so that it can be copied as it stands. */
static void help_example(const char *line, size_t width, struct dc_buf *out)
{
    size_t used = 4;
    dc_buf_adds(out, "    ");
    for (const char *at = line; *at;) {
        const char *next = strstr(at + 1, " --");
        size_t n = next ? (size_t)(next - at) : strlen(at);
        if (at > line && used + n + (next ? 2 : 0) > width) {
            dc_buf_adds(out, " \\\n       ");
            used = 7;
        }
        dc_buf_add(out, at, n);
        used += n;
        at += n;
    }
    dc_buf_addc(out, '\n');
}

void dc_help_command(const struct dc_cmd *c, struct dc_buf *out, size_t width)
{
    void *fields = dc_xcalloc(1, c->n_fields);
    width = sane(width);
    char usage[400];
    snprintf(usage, sizeof usage, "deepconf %s [OPTIONS] %s", c->name, c->args);
    dc_wrap_item(out, width, 7, "Usage:", usage);
    dc_buf_addc(out, '\n');
    dc_wrap_item(out, width, 0, NULL, c->about);
    c->defaults(fields);
    dc_opts_help(c->opt, fields, width, out);
    free(fields);
    if (c->example && c->example->line)
        dc_buf_adds(out, "\nExamples\n");
    for (const struct dc_example *e = c->example; e && e->line; e++) {
        dc_wrap_item(out, width, 2, NULL, e->does);
        help_example(e->line, width, out);
    }
    dc_buf_adds(out, "\nExit codes\n");
    dc_help_exit_codes(out, width);
}
