/*
 * cmd_plan.c - `deepconf plan`: what the same options would cost as a run.
 *
 * A few prompts are drawn for it, and nothing is written: what they gave is in
 * memory alone, so that no signal leaves anything behind.
 */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/data_notes.h"
#include "cli/plan_draw.h"
#include "results/plan_report.h"

#include <stdlib.h>

enum { PILOT = 24 };

struct plan_opts {
    struct dc_run_opts run;
    int64_t pilot;
    double price_in, price_out;
    bool price_in_given, price_out_given;
};

#define DC_RUN_FIELDS struct plan_opts
#define DC_RUN_IN(f) run.f
#define DC_RUN_OUT_HELP "of the run that is planned; not looked at"
#define PLAN_OFF(f) offsetof(struct plan_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "Plan [default]"},
    {.kind = DC_OPT_INT, .name = "pilot", .arg = "N",
     .help = "prompts to draw for the plan, spread over the data: more make it "
             "narrower", .off = PLAN_OFF(pilot), .min = 1, .max = 1e6},
    {.kind = DC_OPT_REAL, .name = "price-in", .arg = "X",
     .help = "of a million tokens of prompts, in any currency",
     .off = PLAN_OFF(price_in), .min = 0, .max = 1e9,
     .given = PLAN_OFF(price_in_given), .shown = ""},
    {.kind = DC_OPT_REAL, .name = "price-out", .arg = "X",
     .help = "of a million tokens of traces",
     .off = PLAN_OFF(price_out), .min = 0, .max = 1e9,
     .given = PLAN_OFF(price_out_given), .shown = ""},

#include "cli/run_options.def"
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    struct plan_opts *o = fields;
    *o = (struct plan_opts){.pilot = PILOT};
    dc_run_opts_defaults(&o->run);
}

static enum dc_status check_prices(const struct plan_opts *o,
                                   struct dc_err *err)
{
    if (o->price_in_given == o->price_out_given)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--price-%s is given and --price-%s is not: give both (0 is "
                   "a price)",
                   o->price_in_given ? "in" : "out",
                   o->price_in_given ? "out" : "in");
}

/* ---- figures ---- */

/* One of the sums of a prompt's cost, in the order of enum dc_plan_what. */
static double of_cost(const struct plan_opts *o, enum dc_plan_what what,
                      const struct dc_drawn_cost *c)
{
    switch (what) {
    case DC_PLAN_TRACES:
        return c->traces;
    case DC_PLAN_IN:
        return c->in;
    case DC_PLAN_COST:
        return (c->in * o->price_in + c->out * o->price_out) / 1e6;
    default:
        return c->out;
    }
}

static bool is_known(const struct plan_opts *o, const struct dc_drawn *d,
                     enum dc_plan_what what)
{
    if (what == DC_PLAN_IN)
        return d->has_in;
    if (what == DC_PLAN_TIME)
        return d->rate > 0;
    return what != DC_PLAN_COST ||
           (o->price_in_given && (d->has_in || !(o->price_in > 0)));
}

static void divide(struct dc_plan_figure *f, double by)
{
    f->value /= by;
    f->lo /= by;
    f->hi /= by;
}

static void fill_row(const struct plan_opts *o, const struct dc_drawn *d,
                     const struct dc_plan_sample *base, enum dc_plan_what what,
                     struct dc_plan_row *out)
{
    struct dc_plan_sample sample = *base, *s = &sample;
    if (what == DC_PLAN_IN && !d->served)
        s->to_full = 1; /* read once, wherever the policy stops */
    double *full = dc_xcalloc(d->n, sizeof *full);
    double *early = dc_xcalloc(d->n, sizeof *early);
    for (size_t i = 0; i < d->n; i++) {
        full[i] = of_cost(o, what, &d->full[i]);
        early[i] = of_cost(o, what, &d->early[i]);
    }
    s->full = full;
    s->early = early;
    out->has = true;
    dc_plan_full(s, &out->full);
    dc_plan_early(s, &out->early);
    dc_plan_saved(s, &out->saved);
    if (what == DC_PLAN_TIME) {
        divide(&out->full, d->rate);
        divide(&out->early, d->rate);
    }
    free(full);
    free(early);
}

/* The share of the prompts that the policy draws to K: for its threshold, or
 * all, as `fixed` does. */
static double share_to_full(const struct dc_run_plan *p, size_t n)
{
    if (p->run.policy.row == dc_stop_find("fixed"))
        return 1;
    if (!p->run.policy.row->needs_calibration)
        return 0;
    return (double)dc_calibration_prompts(n, p->run.calibration_share) /
           (double)n;
}

static void report(struct dc_cli *cli, const struct plan_opts *o,
                   const struct dc_run_plan *p, size_t n,
                   const struct dc_drawn *d)
{
    const struct dc_stop_cfg *stop = &p->run.stop;
    struct dc_plan_report r = {
        .model = d->model,
        .backend = d->backend,
        .desc = d->desc,
        .data = p->run.data_name,
        .policy = p->run.policy.spec.text,
        .k = stop->max_traces,
        .n_prompt = n,
        .n_drawn = d->n,
        .n_cannot = d->n_cannot,
        .n_trace = d->n_trace,
        .n_tok = d->n_tok,
        .seconds = d->seconds,
        .rate = d->rate,
        .level = 0.95,
        .served = d->served,
        .anew = !d->repeatable,
        .n_request = d->traffic.n_request,
        .n_retry = d->traffic.n_retry,
        .n_limited = d->traffic.n_limited,
        .has_price = o->price_in_given,
        .price_in = o->price_in,
        .price_out = o->price_out,
    };
    const struct dc_plan_sample s = {
        .m = d->n,
        .n = n,
        .to_full = share_to_full(p, n),
        .least = (double)stop->min_traces / stop->max_traces,
        .anew = !d->repeatable,
        .level = r.level,
    };
    for (int w = 0; w < DC_PLAN_WHATS; w++)
        if (is_known(o, d, (enum dc_plan_what)w))
            fill_row(o, d, &s, (enum dc_plan_what)w, &r.row[w]);
    if (o->run.json)
        dc_plan_json(&r, &cli->out);
    else
        dc_plan_doc(&r, cli->doc);
}

/* ---- the command ---- */

static enum dc_status draw_and_report(struct dc_cli *cli,
                                      const struct plan_opts *o,
                                      struct dc_run_plan *p,
                                      const struct dc_dataset *d,
                                      struct dc_err *err)
{
    struct dc_progress prog;
    struct dc_drawn drawn;
    size_t m = (uint64_t)o->pilot < d->n ? (size_t)o->pilot : d->n;
    if (d->n == 0)
        return dc_fail(err, DC_DATA,
                       "no prompt of the data falls into this shard: there is "
                       "nothing to plan");
    dc_progress_init(&prog, &cli->log, o->run.quiet);
    enum dc_status st = dc_drawn_make(p, d, m, &prog, &drawn, err);
    dc_progress_end(&prog, false);
    if (!st)
        report(cli, o, p, d->n, &drawn);
    dc_drawn_release(&drawn);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct plan_opts *o = fields;
    struct dc_run_opts run = o->run;
    struct dc_run_plan plan;
    struct dc_dataset data;
    (void)args;
    run.dry = true;
    enum dc_status st = check_prices(o, err);
    if (st)
        return st;
    st = dc_run_plan_make(&run, &plan, err);
    if (!st)
        st = dc_dataset_read(&plan.data, &data, err);
    if (!st) {
        dc_data_notes_print(plan.data.path, &data.notes, run.quiet);
        dc_servers_notes_print(&plan.servers, run.quiet);
        st = draw_and_report(cli, o, &plan, &data, err);
        dc_dataset_release(&data);
    }
    dc_run_plan_release(&plan);
    return st;
}

static const struct dc_example examples[] = {
    {"What a run over a server would cost, at 0.15 and 0.60 a million tokens:",
     "deepconf plan --model gpt-4o-mini --base-url https://api.openai.com/v1 "
     "--benchmark toxicchat --data toxicchat.csv --price-in 0.15 --price-out "
     "0.60"},
    {"The same question of a model on this machine, from 100 prompts:",
     "deepconf plan --model qwen3.gguf --data my.csv --pilot 100"},
    {0},
};

const struct dc_cmd dc_cmd_plan = {
    .name = "plan",
    .args = "",
    .summary = "what a run would cost: traces, tokens, time, money",
    .about =
        "Takes the options of `deepconf run`. Draws a few prompts (--pilot), "
        "spread over the data, with all K traces of each, and says how many "
        "traces, tokens in and out, how much time and, with prices, money the "
        "run is to cost: under its policy, with all K traces (fixed), and what "
        "the policy saves, with 95 % ranges (docs/METHODS.md, section 9). "
        "Nothing is written; what is drawn for the plan is not part of the "
        "run, and a server is paid for it.",
    .opt = options,
    .n_fields = sizeof(struct plan_opts),
    .defaults = defaults,
    .example = examples,
    .computes = true,
    .exec = exec,
};
