/*
 * cmd_help.c - `deepconf help [COMMAND|TOPIC]`: the help of the program, of a
 * command, or a topic in plain words.
 */
#include "base/nearest.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "cli/cli.h"
#include "cli/share.h"

#include <stdio.h>
#include <string.h>

static const struct dc_opt options[] = {{.kind = DC_OPT_END}};

static void defaults(void *fields)
{
    (void)fields;
}

static void list_topics(struct dc_cli *cli)
{
    for (const struct dc_topic *t = dc_topics; t->name; t++) {
        char head[32];
        snprintf(head, sizeof head, "%s", t->name);
        dc_wrap_item(&cli->out, cli->to.width, 16, head, t->title);
    }
}

static void show_topic(struct dc_cli *cli, const struct dc_topic *t)
{
    size_t width = cli->to.width < 80 ? cli->to.width : 80;
    dc_wrap_item(&cli->out, width, 0, NULL, t->title);
    dc_buf_addc(&cli->out, '\n');
    dc_wrap_item(&cli->out, width, 0, NULL, t->text);
    if (!strcmp(t->name, "exit-codes")) {
        dc_buf_addc(&cli->out, '\n');
        dc_help_exit_codes(&cli->out, width);
    }
}

/* Where the documents that help names were installed. */
static void say_share(struct dc_cli *cli)
{
    struct dc_buf share;
    dc_buf_init(&share, 1 << 16);
    if (dc_share_dir(&share)) {
        dc_buf_adds(&cli->out, "\nDocuments, experiments and data: ");
        dc_utf8_display(&cli->out, share.data, share.n, SIZE_MAX);
        dc_buf_addc(&cli->out, '\n');
    }
    dc_buf_release(&share);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    (void)fields;
    if (args->n == 0) {
        dc_help_program(&cli->out, cli->to.width);
        say_share(cli);
        return DC_OK;
    }
    const char *name = args->item[0];
    struct dc_nearest near = {.typed = name};
    const struct dc_cmd *c = dc_cmd_find(name);
    if (c) {
        dc_help_command(c, &cli->out, cli->to.width);
        return DC_OK;
    }
    if (!strcmp(name, "topics")) {
        list_topics(cli);
        return DC_OK;
    }
    for (const struct dc_topic *t = dc_topics; t->name; t++) {
        if (!strcmp(t->name, name)) {
            show_topic(cli, t);
            return DC_OK;
        }
        dc_nearest_offer(&near, t->name);
    }
    size_t n;
    const struct dc_cmd *const *all = dc_cmds(&n);
    for (size_t i = 0; i < n; i++)
        dc_nearest_offer(&near, all[i]->name);
    dc_nearest_offer(&near, "topics");
    return dc_cli_no_such("command or topic", &near,
                          "`deepconf help` lists both", err);
}

static const struct dc_example examples[] = {
    {"All options of a command:", "deepconf help run"},
    {"Why accuracy alone misleads:", "deepconf help accuracy"},
    {0},
};

const struct dc_cmd dc_cmd_help = {
    .name = "help",
    .args = "[COMMAND | TOPIC | topics]",
    .summary = "help on a command or a topic",
    .about = "Prints the help of the program, of a command, or a topic in "
             "plain words. `deepconf help topics` lists the topics.",
    .opt = options,
    .n_fields = 1,
    .defaults = defaults,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
