/*
 * plot_savings_per_prompt.c - how many traces prompts needed, and what not
 * drawing the others saved.
 *
 * A run that stopped early is shown as it was; what its missing traces would
 * have cost is estimated with the mean of the prompt's own, as in the summary.
 * A run drawn to all K is replayed under `curtail`, which changes no decision,
 * and then nothing is estimated.
 */
#include "base/mem.h"
#include "plot/forest.h"
#include "plot/series.h"
#include "replay/trace_rows.h"
#include "results/json_stat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 64, LEFT = 84, WIDTH = 560, TOP = DC_FIG_TOP + 26, HEIGHT = 230 };
enum { TRACES, TOKENS, SECONDS, COSTS };

/* Decisions from the foot of a bar up. */
static const enum dc_verdict decision[] = {
    DC_VERDICT_REFUSAL, DC_VERDICT_UNDETERMINED, DC_VERDICT_COMPLIANCE};
enum { DECISIONS = DC_COUNT(decision) };
static const char *const cost_name[COSTS] = {"traces", "tokens", "seconds"};

struct savings {
    bool replayed;
    unsigned k, bin; /* traces in a bar */
    size_t n_bin;
    uint64_t n_prompt, n_trace;
    uint64_t count[BINS][DECISIONS];
    double *saved[COSTS], *full[COSTS]; /* [n_prompt] */
    struct dc_boot share[COSTS];
};

/* What a prompt's traces cost as recorded. */
static void recorded(const struct dc_record *r,
                     const struct dc_record_prompt *p, double cost[COSTS])
{
    cost[TRACES] = p->n_trace;
    cost[TOKENS] = cost[SECONDS] = 0;
    for (unsigned i = 0; i < p->n_trace; i++) {
        cost[TOKENS] += r->trace[p->first + i].n_tok;
        cost[SECONDS] += r->trace[p->first + i].ms / 1000;
    }
}

static void add(struct savings *s, unsigned n_trace, enum dc_verdict v)
{
    size_t bin = n_trace > 0 ? (n_trace - 1) / s->bin : 0;
    for (int d = 0; d < DECISIONS; d++)
        s->count[bin < s->n_bin ? bin : s->n_bin - 1][d] += decision[d] == v;
    s->n_prompt++;
    s->n_trace += n_trace;
}

static void add_recorded(const struct dc_record *r,
                         const struct dc_record_prompt *p, struct savings *s)
{
    double cost[COSTS], missing = (double)s->k - (double)p->n_trace;
    size_t i = s->n_prompt;
    recorded(r, p, cost);
    for (int c = 0; c < COSTS; c++) {
        s->saved[c][i] =
            missing > 0 ? missing * cost[c] / (double)p->n_trace : 0;
        s->full[c][i] = cost[c] + s->saved[c][i];
    }
    add(s, p->n_trace, p->decision);
}

static void add_replayed(const struct dc_record *r, struct dc_replay *curtail,
                         size_t prompt, struct savings *s)
{
    const struct dc_record_prompt *p = &r->prompt[prompt];
    double cost[COSTS];
    struct dc_outcome o;
    size_t i = s->n_prompt;
    recorded(r, p, cost);
    dc_replay_prompt(curtail, prompt, NULL, &o);
    const double used[COSTS] = {o.n_trace, (double)o.n_tok, o.ms / 1000};
    for (int c = 0; c < COSTS; c++) {
        s->full[c][i] = cost[c];
        s->saved[c][i] = cost[c] - used[c];
    }
    add(s, o.n_trace, o.decision);
}

/* Were all K traces of all decided prompts drawn? */
static bool is_whole(const struct dc_record *r)
{
    for (size_t i = 0; i < r->n_prompt; i++)
        if (dc_trace_prompt_counts(&r->prompt[i]) &&
            r->prompt[i].n_trace < r->k)
            return false;
    return true;
}

static enum dc_status fill(const struct dc_record *r, struct savings *s,
                           struct dc_err *err)
{
    struct dc_setting curtail = dc_setting_default();
    struct dc_replay *replay = NULL;
    enum dc_status st = DC_OK;
    s->replayed = !r->no_replay && is_whole(r);
    curtail.min_traces = r->min_traces > 0 ? r->min_traces : 1;
    if (s->replayed)
        st = dc_setting_policy(&curtail, "curtail", "mean_prob", err);
    if (s->replayed && !st)
        st = dc_replay_create(r, &curtail, &replay, err);
    for (size_t i = 0; i < r->n_prompt && !st; i++) {
        if (!dc_trace_prompt_counts(&r->prompt[i]))
            continue;
        if (replay)
            add_replayed(r, replay, i, s);
        else
            add_recorded(r, &r->prompt[i], s);
    }
    dc_replay_free(replay);
    return st;
}

/* Is the cost one that the input of an import does not speak of? */
static bool lacks(const struct dc_record *r, int cost)
{
    return (cost == TOKENS && r->n_no_count > 0) ||
           (cost == SECONDS && r->n_no_time > 0);
}

static enum dc_status gather(const struct dc_record *r,
                             const struct dc_boot_cfg *boot, struct savings *s,
                             struct dc_err *err)
{
    s->k = r->k > 0 ? r->k : 1;
    s->bin = (s->k + BINS - 1) / BINS;
    s->n_bin = (s->k + s->bin - 1) / s->bin;
    for (int c = 0; c < COSTS; c++) {
        s->saved[c] = dc_xcalloc(r->n_prompt + 1, sizeof(double));
        s->full[c] = dc_xcalloc(r->n_prompt + 1, sizeof(double));
    }
    struct dc_boot_cfg with = *boot; /* draws for all costs */
    enum dc_status st = fill(r, s, err);
    with.batch = dc_boot_batch_new();
    for (int c = 0; c < COSTS && !st; c++) {
        if (lacks(r, c))
            continue;
        const struct dc_boot_sums sums = {s->saved[c], s->full[c],
                                          (size_t)s->n_prompt};
        dc_boot_ratio(&sums, &with, &s->share[c]);
    }
    dc_boot_batch_free(with.batch);
    for (int c = 0; c < COSTS; c++) {
        free(s->saved[c]);
        free(s->full[c]);
    }
    return st;
}

static void put_data(struct dc_fig *f, const struct savings *s)
{
    json_t *bars = json_array();
    for (size_t b = 0; b < s->n_bin; b++) {
        json_t *o = json_object();
        dc_json_put(o, "traces_from", dc_json_count(b * s->bin + 1));
        for (int d = 0; d < DECISIONS; d++)
            dc_json_put(o, dc_verdict_name(decision[d]),
                        dc_json_count(s->count[b][d]));
        json_array_append_new(bars, o);
    }
    dc_json_put(f->data, "replayed", json_boolean(s->replayed));
    dc_json_put(f->data, "bars", bars);
    for (int c = 0; c < COSTS; c++)
        dc_json_put(f->data,
                    dc_arena_printf(&f->arena, "%s_saved", cost_name[c]),
                    dc_forest_boot_json(&s->share[c]));
}

/* Bars of the decisions; the highest of them. */
static const char *put_bars(struct dc_fig *f, const struct savings *s,
                            uint64_t *most)
{
    const char *block = dc_fig_block(f);
    for (size_t b = 0; b < s->n_bin; b++) {
        const uint64_t *n = s->count[b], all = n[0] + n[1] + n[2];
        dc_fig_row(f, "%g %" PRIu64 " %" PRIu64 " %" PRIu64,
                   (double)(b * s->bin) + (s->bin + 1) / 2.0, n[0], n[1], n[2]);
        *most = all > *most ? all : *most;
    }
    dc_fig_block_end(f);
    return block;
}

static void draw_bars(struct dc_fig *f, const struct savings *s)
{
    const struct dc_panel panel = {.x = LEFT,
                                   .y = TOP,
                                   .w = WIDTH,
                                   .h = HEIGHT,
                                   .title = "Traces of a prompt until its "
                                            "decision",
                                   .xlabel = "traces",
                                   .ylabel = "prompts"};
    struct dc_buf plot;
    uint64_t most = 1;
    dc_buf_init(&plot, SIZE_MAX);
    dc_series_decisions(f, &plot, put_bars(f, s, &most), 1, 0.4 * s->bin);
    dc_fig_panel(f, &panel);
    dc_series_key(f, LEFT + WIDTH + 16, TOP);
    dc_fig_cmd(f, "set key invert; set xrange [0.4:%g]; set xtics 1,%u",
               s->k + 0.6, dc_fig_whole_tics(s->k, 20));
    dc_fig_cmd(f, "set yrange [0:%g]; set ytics %u", 1.08 * (double)most,
               dc_fig_whole_tics((unsigned)most, 6));
    dc_fig_cmd(f, "plot %s", plot.data);
    dc_buf_release(&plot);
}

static void draw_shares(struct dc_fig *f, const struct dc_record *r,
                        const struct savings *s)
{
    struct dc_forest_row row[COSTS];
    for (int c = 0; c < COSTS; c++) {
        row[c] = dc_forest_boot(&s->share[c]);
        row[c].label = cost_name[c];
        row[c].why = lacks(r, c) ? "not in the input" : NULL;
    }
    const struct dc_forest how = {
        .x = LEFT + 20,
        .y = TOP + HEIGHT + 82,
        .w = 420,
        .title = s->replayed
                     ? "Saved against all K traces, had the run stopped so"
                     : "Saved against all K traces (tokens and seconds "
                       "estimated)",
        .has_percent = true,
    };
    dc_fig_bottom(f, dc_forest_draw(f, &how, row, COSTS));
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    struct savings s;
    struct dc_boot_cfg boot =
        src->stats ? src->stats->cfg.boot : dc_boot_cfg_default();
    memset(&s, 0, sizeof s);
    enum dc_status st = gather(src->record, &boot, &s, err);
    if (st)
        return st;
    dc_fig_head(f, src, s.n_prompt, s.n_trace, NULL);
    put_data(f, &s);
    if (s.n_prompt == 0) {
        dc_fig_empty(f, "no prompt of the run is decided yet");
        return DC_OK;
    }
    draw_bars(f, &s);
    draw_shares(f, src->record, &s);
    if (s.replayed)
        dc_fig_note(f,
                    "%s all K = %u traces; shown is a replay under curtail, "
                    "which stops when the decision is certain and so changes "
                    "none.",
                    src->record->knows.drawn ? "The run drew" : "The input has",
                    s.k);
    else if (!src->record->knows.drawn)
        dc_fig_note(f, "As the input has them, K = %u.", s.k);
    else
        dc_fig_note(f, "As recorded, policy %.60s, K = %u.",
                    src->record->policy, s.k);
    dc_fig_note(f, "In brackets: %g %% intervals, resampling prompts.",
                100 * boot.level);
    return DC_OK;
}

const struct dc_plot_row dc_plot_savings_per_prompt = {
    .name = "savings_per_prompt",
    .title = "How many traces did prompts need?",
    .about = "Unanimous prompts are decided after little more than half of "
             "the K traces, whatever the others would have said; only "
             "disputed ones need more.",
    .draw = draw,
};
