/*
 * plot_judge_agreement.c - how far the judges of a run file agree: Cohen's
 * kappa on traces below the diagonal and on prompts above it, and the share of
 * equal decisions with its interval over prompts.
 */
#include "base/plural.h"
#include "plot/forest.h"
#include "results/judges_report.h"

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
    dc_fig_label(f, x, c->n <= 4 ? y - 9 : y,
                 "center font FONT_PANEL textcolor rgb INK",
                 has ? dc_arena_printf(&f->arena, "%.2f", k) : "none");
    if (c->n <= 4 && c->kappa)
        dc_fig_label(
            f, x, y + 10, "center font FONT_SMALL textcolor rgb NOTE",
            dc_arena_printf(&f->arena, "n = %s", dc_fig_count(f, c->kappa->n)));
}

static void put_letters(struct dc_fig *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double at = (double)SIDE / (double)n * ((double)i + 0.5);
        dc_fig_label(f, LEFT - 14, TOP + at, "right font FONT_PANEL",
                     dc_arena_printf(&f->arena, "%c", letter(i)));
        dc_fig_label(f, LEFT + at, TOP - 14, "center font FONT_PANEL",
                     dc_arena_printf(&f->arena, "%c", letter(i)));
    }
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
    for (size_t i = 0; i < n; i++)
        dc_fig_label(f, LEFT + SIDE + 30, TOP - 24 + 19 * (double)i,
                     DC_FIG_SMALL,
                     dc_arena_printf(&f->arena, "%c  %.40s%s: %s traces",
                                     letter(i), j->row[i].label,
                                     j->row[i].own ? " (the run's)" : "",
                                     dc_fig_count(f, j->row[i].n)));
    dc_fig_label(f, LEFT, TOP - 38, DC_FIG_HEADING, "Cohen's kappa");
    dc_fig_cmd(f, "plot [0:%zu][0:%zu] -1 notitle", n, n);
}

/* ---- equal decisions ---- */

static void draw_equal(struct dc_fig *f, const struct dc_judges *j)
{
    struct dc_forest_row row[MAX_PAIRS];
    const struct dc_forest how = {.x = 510,
                                  .y = TOP - 24 + 19 * (double)shown(j) + 44,
                                  .w = 130,
                                  .title = "Prompts decided alike",
                                  .has_percent = true};
    const struct dc_panel none = {
        .x = how.x, .y = how.y, .w = 260, .h = 80, .title = how.title};
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
    double end = none.y + none.h;
    if (n > 0)
        end = dc_forest_draw(f, &how, row, n);
    else
        dc_fig_panel_says(f, &none,
                          "not known before two judges have judged all traces");
    dc_fig_bottom(f, fmax(TOP + SIDE + 10, end + 10));
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
    draw_square(f, j);
    draw_equal(f, j);
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
};
