/*
 * cmd_cite.c - `deepconf cite FILE`: what to cite with the figures of a run.
 */
#include "cli/open_run.h"
#include "results/cite.h"

struct cite_opts {
    bool bibtex;
};

static const struct dc_opt options[] = {
    {.kind = DC_OPT_FLAG,
     .name = "bibtex",
     .help = "the BibTeX alone, for a file",
     .off = offsetof(struct cite_opts, bibtex)},
    {.kind = DC_OPT_END},
};

static void defaults(void *fields)
{
    *(struct cite_opts *)fields = (struct cite_opts){.bibtex = false};
}

static enum dc_status cite(const struct dc_open_run *run, const void *fields,
                           struct dc_err *err)
{
    const struct cite_opts *o = fields;
    struct dc_cli *cli = run->cli;
    if (o->bibtex)
        return dc_cite_bibtex(run->view, &cli->out, err);
    enum dc_status st = dc_cite_doc(run->view, cli->doc, err);
    if (st)
        return st;
    dc_cli_show(cli);
    dc_buf_addc(&cli->out, '\n');
    return dc_cite_bibtex(run->view, &cli->out, err);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    return dc_open_run(cli, args->item[0], NULL, cite, fields, err);
}

static const struct dc_example examples[] = {
    {"What to cite, in words and as BibTeX:", "deepconf cite run.db"},
    {"For a bibliography:", "deepconf cite run.db --bibtex > deepconf.bib"},
    {0},
};

const struct dc_cmd dc_cmd_cite = {
    .name = "cite",
    .args = "FILE",
    .summary = "what to cite with the figures of a run",
    .about =
        "Names what a run rests on, with the papers: deepconf in the version "
        "that began the run, the model and the data by their hashes, the "
        "stopping policy, the measure and the vote that decided, and every "
        "judge of the file. Then as BibTeX what of these has a reference of "
        "its "
        "own; a model or data named by its hash alone has none.",
    .opt = options,
    .n_fields = sizeof(struct cite_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
