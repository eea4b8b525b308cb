/*
 * plot_judge_agreement.c - how far the judges of a run file agree: Cohen's
 * kappa on traces below the diagonal and on prompts above it, and the share of
 * equal decisions with its interval over prompts.
 */
#include "base/plural.h"
#include "plot/forest.h"
#include "results/json_stat.h"
#include "results/judges_report.h"

enum { MOST = 6, MAX_PAIRS = 10, WHY_COLS = 32 };

static size_t shown(const struct dc_judges *j)
{
    return j->n < MOST ? j->n : MOST;
}

static char letter(size_t i)
{
    return (char)('A' + i);
}

static json_t *cell_json(size_t row, size_t col, const struct dc_kappa *k)
{
    json_t *o = json_object();
    dc_json_put(o, "row", dc_json_count(row));
    dc_json_put(o, "col", dc_json_count(col));
    dc_json_put(o, "kappa", k ? dc_json_ratio(&k->kappa) : NULL);
    dc_json_put(o, "n", k ? dc_json_count(k->n) : NULL);
    return o;
}

/* The cells of the square, and the names of its letters. */
static void put_square(struct dc_fig *f, const struct dc_judges *j)
{
    json_t *cells = json_array(), *names = json_array();
    const size_t n = shown(j);
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        size_t low = p->a < p->b ? p->a : p->b, high = p->a + p->b - low;
        if (high >= n)
            continue;
        json_array_append_new(cells, cell_json(high, low, &p->trace));
        json_array_append_new(
            cells, cell_json(low, high, p->has_prompt ? &p->prompt : NULL));
    }
    for (size_t i = 0; i < n; i++)
        json_array_append_new(names,
                              json_string(dc_arena_printf(
                                  &f->arena, "%c  %s%s: %s traces", letter(i),
                                  dc_fig_short(f, 40, j->row[i].label),
                                  j->row[i].own ? " (the run's)" : "",
                                  dc_fig_count(f, j->row[i].n))));
    dc_json_put(f->draw, "cells", cells);
    dc_json_put(f->draw, "names", names);
}

static void put_equal(struct dc_fig *f, const struct dc_judges *j)
{
    struct dc_forest_row row[MAX_PAIRS] = {0};
    size_t n = 0, more = 0;
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        if (!p->has_prompt || p->a >= shown(j) || p->b >= shown(j))
            continue;
        if (n == MAX_PAIRS) {
            more++;
            continue;
        }
        const struct dc_prop equal =
            dc_prop_wilson(p->prompt.n_equal, p->prompt.n, 0.95);
        row[n] = dc_forest_prop(f, &equal);
        row[n++].label =
            dc_arena_printf(&f->arena, "%c and %c", letter(p->a), letter(p->b));
    }
    dc_forest_put(f, "equal", 20, row, n);
    if (n == 0)
        dc_fig_why(f, "why_equal", WHY_COLS,
                   "not known before two judges have judged all traces");
    if (more > 0)
        dc_fig_note(f, "%zu pair%s of judges had no room on the right.", more,
                    dc_plural(more));
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_judges *j = src->judges;
    if (!dc_plot_needs_judges(src, f))
        return;
    dc_fig_head(f, src, j->n_prompt, j->n_trace, NULL);
    dc_json_put(f->data, "judges", dc_judges_rows_json(j));
    dc_json_put(f->data, "agreement", dc_judges_pairs_json(j));
    dc_fig_note(f, "Kappa on traces below the diagonal, on prompts above it: "
                   "refusal against compliance, where neither judge leaves it "
                   "undetermined; 1 if always alike, 0 if no more than "
                   "chance gives. Bars: 95 %% Wilson intervals over prompts. "
                   "Agreement is no validity.");
    put_square(f, j);
    put_equal(f, j);
    if (j->n > MOST)
        dc_fig_note(f, "The first %d of %zu judges are shown.", (int)MOST,
                    j->n);
}

const struct dc_plot_row dc_plot_judge_agreement = {
    .name = "judge_agreement",
    .title = "How far do the judges agree?",
    .about = "Two judges that agree may both be wrong: validate-judge says how "
             "often each is, against people's labels.",
    .draw = draw,
    .gp = dc_plot_judge_agreement_gp,
};
