/*
 * plot_judge_agreement.c - how far the judges of a run file agree: Cohen's
 * kappa on traces below the diagonal and on prompts above it, and the share of
 * equal decisions with its interval over prompts.
 */
#include "base/plural.h"
#include "plot/forest.h"
#include "results/json_stat.h"

#include <math.h>

enum { MOST = 6, MAX_PAIRS = 10, LEFT = 92, TOP = DC_FIG_TOP + 50, SIDE = 300 };

static size_t shown(const struct dc_judges *j)
{
    return j->n < MOST ? j->n : MOST;
}

static char letter(size_t i)
{
    return (char)('A' + i);
}

static json_t *kappa_json(const struct dc_kappa *k)
{
    json_t *o = json_object();
    dc_json_put(o, "n", dc_json_count(k->n));
    dc_json_put(o, "equal", dc_json_count(k->n_equal));
    dc_json_put(o, "kappa", dc_json_ratio(&k->kappa));
    return o;
}

static void put_data(struct dc_fig *f, const struct dc_judges *j)
{
    json_t *judges = json_array(), *pairs = json_array();
    for (size_t i = 0; i < j->n; i++) {
        json_t *o = json_object();
        dc_json_put(o, "judge", dc_json_text(j->row[i].label));
        dc_json_put(o, "traces", dc_json_count(j->row[i].n));
        json_array_append_new(judges, o);
    }
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        json_t *o = json_object();
        dc_json_put(o, "a", dc_json_text(j->row[p->a].label));
        dc_json_put(o, "b", dc_json_text(j->row[p->b].label));
        dc_json_put(o, "traces", kappa_json(&p->trace));
        dc_json_put(o, "prompts",
                    p->has_prompt ? kappa_json(&p->prompt) : NULL);
        json_array_append_new(pairs, o);
    }
    dc_json_put(f->data, "judges", judges);
    dc_json_put(f->data, "pairs", pairs);
}

/* ---- the square ---- */

struct cell {
    size_t row, col, n;           /* of n by n */
    const struct dc_kappa *kappa; /* NULL: none */
};

/* Darker with agreement, red with less than chance gives. */
static void put_cell(struct dc_fig *f, const struct cell *c)
{
    double side = (double)SIDE / (double)c->n;
    double x = LEFT + side * ((double)c->col + 0.5);
    double y = TOP + side * ((double)c->row + 0.5);
    bool has = c->kappa && c->kappa->kappa.defined;
    double k = has ? c->kappa->kappa.value : 0;
    dc_fig_cmd(f,
               "set object rectangle from %zu,%zu to %zu,%zu fc rgb %s fs "
               "transparent solid %.4f border lc rgb FRAME behind",
               c->col, c->n - 1 - c->row, c->col + 1, c->n - c->row,
               k < 0 ? "ALARM" : "COUNT", fmin(1, fabs(k)));
    dc_fig_put(f,
               &(struct dc_spot){x, c->n <= 4 ? y - 9 : y,
                                 "center font FONT_PANEL textcolor rgb INK"},
               has ? dc_fig_text(f, "%.2f", k) : dc_fig_text(f, "none"));
    if (c->n <= 4 && c->kappa)
        dc_fig_put(f,
                   &(struct dc_spot){x, y + 10,
                                     "center font FONT_SMALL textcolor rgb "
                                     "NOTE"},
                   dc_fig_text(f, "n = %s", dc_fig_count(f, c->kappa->n)));
}

static void put_letters(struct dc_fig *f, size_t n)
{
    double side = (double)SIDE / (double)n;
    for (size_t i = 0; i < n; i++) {
        double at = side * ((double)i + 0.5);
        dc_fig_put(
            f, &(struct dc_spot){LEFT - 14, TOP + at, "right font FONT_PANEL"},
            dc_fig_text(f, "%c", letter(i)));
        dc_fig_put(
            f, &(struct dc_spot){LEFT + at, TOP - 14, "center font FONT_PANEL"},
            dc_fig_text(f, "%c", letter(i)));
    }
}

static void list_judges(struct dc_fig *f, const struct dc_judges *j)
{
    for (size_t i = 0; i < shown(j); i++)
        dc_fig_put(
            f,
            &(struct dc_spot){LEFT + SIDE + 30, TOP - 24 + 19 * (double)i,
                              "left font FONT_SMALL textcolor rgb INK"},
            dc_fig_text(f, "%c  %.40s%s: %s traces", letter(i), j->row[i].label,
                        j->row[i].own ? " (the run's)" : "",
                        dc_fig_count(f, j->row[i].n)));
}

static void draw_square(struct dc_fig *f, const struct dc_judges *j)
{
    size_t n = shown(j);
    dc_fig_panel(f,
                 &(struct dc_panel){.x = LEFT, .y = TOP, .w = SIDE, .h = SIDE});
    dc_fig_cmd(f, "unset tics; unset border; unset grid");
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        size_t low = p->a < p->b ? p->a : p->b, high = p->a + p->b - low;
        if (high >= n)
            continue;
        put_cell(f, &(struct cell){high, low, n, &p->trace});
        put_cell(
            f, &(struct cell){low, high, n, p->has_prompt ? &p->prompt : NULL});
    }
    put_letters(f, n);
    list_judges(f, j);
    dc_fig_put(f,
               &(struct dc_spot){LEFT, TOP - 38,
                                 "left font FONT_PANEL textcolor rgb INK"},
               dc_fig_text(f, "Cohen's kappa"));
    dc_fig_cmd(f, "plot [0:%zu][0:%zu] -1 notitle", n, n);
}

/* How many pairs there was no room for. */
static size_t draw_equal(struct dc_fig *f, const struct dc_judges *j,
                         double level)
{
    struct dc_forest_row row[MAX_PAIRS];
    size_t n = 0, more = 0;
    double y = TOP - 24 + 19 * (double)shown(j) + 44;
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        if (!p->has_prompt || p->a >= shown(j) || p->b >= shown(j))
            continue;
        if (n == MAX_PAIRS) {
            more++;
            continue;
        }
        const struct dc_prop equal =
            dc_prop_wilson(p->prompt.n_equal, p->prompt.n, level);
        row[n] = dc_forest_prop(f, &equal);
        row[n++].label =
            dc_arena_printf(&f->arena, "%c and %c", letter(p->a), letter(p->b));
    }
    const struct dc_panel panel = {.x = 510,
                                   .y = y,
                                   .w = n ? 130 : 260,
                                   .h = n ? 26 * (double)n + 8 : 80,
                                   .title = "Prompts decided alike"};
    dc_fig_bottom(f, fmax(TOP + SIDE + 10, panel.y + panel.h + 34));
    if (n == 0) {
        dc_fig_panel_says(f, &panel,
                          "not known before two judges have judged all traces");
        return 0;
    }
    const struct dc_forest how = {
        .panel = panel,
        .max = 1,
        .step = 0.5,
        .has_percent = true,
    };
    dc_forest_draw(f, &how, row, n);
    return more;
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    const struct dc_judges *j = src->judges;
    (void)err;
    dc_fig_head(f, src, &(struct dc_fig_of){j->n_prompt, j->n_trace, NULL});
    put_data(f, j);
    if (j->n < 2) {
        dc_fig_empty(f, "one judge has seen this run; deepconf judge --judge "
                        "NAME lets another one judge its traces");
        return DC_OK;
    }
    draw_square(f, j);
    size_t more = draw_equal(f, j, 0.95);
    dc_fig_note(f, "Kappa on traces below the diagonal, on prompts above it: "
                   "refusal against compliance, where neither judge leaves it "
                   "undetermined; 1 if always alike, 0 if no more than "
                   "chance gives. Bars: 95 %% Wilson intervals over prompts. "
                   "Agreement is no validity.");
    if (more > 0)
        dc_fig_note(f, "%zu pair%s of judges had no room on the right.", more,
                    dc_plural(more));
    if (j->n > MOST)
        dc_fig_note(f, "The first %d of %zu judges are shown.", (int)MOST,
                    j->n);
    return DC_OK;
}

const struct dc_plot_row dc_plot_judge_agreement = {
    .name = "judge_agreement",
    .title = "How far do the judges agree?",
    .about = "Two judges that agree may both be wrong: validate-judge says how "
             "often each is, against people's labels.",
    .draw = draw,
};
