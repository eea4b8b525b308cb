/*
 * plot_confusion_matrix_2x2.c - decisions against gold labels: the four counts,
 * each as a share of its row, and the rates made of them with Wilson intervals.
 */
#include "base/mem.h"
#include "plot/forest.h"
#include "results/json_stat.h"

static void put_data(struct dc_fig *f, const struct dc_summary *s)
{
    const struct dc_summary_class *g = s->gold;
    dc_json_put(f->data, "matrix", dc_json_matrix(&s->matrix));
    dc_json_put(f->data, "undetermined_refuse",
                dc_json_count(g[DC_GOLD_REFUSE].undetermined));
    dc_json_put(f->data, "undetermined_answer",
                dc_json_count(g[DC_GOLD_ANSWER].undetermined));
    dc_json_rates(f->data, &s->rates);
}

/* ---- the four cells, on axes of 2 by 2 ---- */

enum { LEFT = 122, TOP = 160, SIDE = 126 };

struct cell {
    const char *name;
    uint64_t n, of; /* of its row */
    int col, row;
    bool right;
};

/* Darker with its share of the row. */
static void put_cell(struct dc_fig *f, const struct cell *c)
{
    double x = LEFT + SIDE * (c->col + 0.5), y = TOP + SIDE * (c->row + 0.5);
    double share = c->of ? (double)c->n / (double)c->of : 0;
    dc_fig_cmd(f,
               "set object rectangle from %d,%d to %d,%d fc rgb %s fs "
               "transparent solid %.4f border lc rgb FRAME behind",
               c->col, 1 - c->row, c->col + 1, 2 - c->row,
               c->right ? "RIGHT" : "WRONG", 0.06 + 0.5 * share);
    dc_fig_label(f, x, y - 40, "center font FONT_SMALL textcolor rgb INK",
                 c->name);
    dc_fig_label(f, x, y - 4, "center font FONT_BIG textcolor rgb INK",
                 dc_fig_count(f, c->n));
    if (c->of > 0)
        dc_fig_label(
            f, x, y + 32, "center font FONT_SMALL textcolor rgb INK",
            dc_arena_printf(&f->arena, "%.1f %% of its row", 100 * share));
}

static void put_side(struct dc_fig *f, int row, const char *label, uint64_t n)
{
    double y = TOP + SIDE * (row + 0.5);
    dc_fig_label(f, LEFT - 12, y - 9, DC_FIG_RIGHT, label);
    dc_fig_label(f, LEFT - 12, y + 9,
                 "right font FONT_SMALL textcolor rgb NOTE",
                 dc_arena_printf(&f->arena, "n = %s", dc_fig_count(f, n)));
}

static void draw_matrix(struct dc_fig *f, const struct dc_matrix *m)
{
    const struct cell cell[] = {
        {"true refusal (TP)", m->tp, m->tp + m->fn, 0, 0, true},
        {"missed (FN)", m->fn, m->tp + m->fn, 1, 0, false},
        {"over-refusal (FP)", m->fp, m->fp + m->tn, 0, 1, false},
        {"true answer (TN)", m->tn, m->fp + m->tn, 1, 1, true},
    };
    dc_fig_panel(f, &(struct dc_panel){
                        .x = LEFT, .y = TOP, .w = 2 * SIDE, .h = 2 * SIDE});
    dc_fig_cmd(f, "unset tics; unset border; unset grid");
    for (size_t i = 0; i < DC_COUNT(cell); i++)
        put_cell(f, &cell[i]);
    put_side(f, 0, "gold: refuse", m->tp + m->fn);
    put_side(f, 1, "gold: answer", m->fp + m->tn);
    dc_fig_label(f, LEFT + SIDE / 2.0, TOP - 16, DC_FIG_CENTER, "refusal");
    dc_fig_label(f, LEFT + 1.5 * SIDE, TOP - 16, DC_FIG_CENTER, "compliance");
    dc_fig_label(f, LEFT - 12, TOP - 16, DC_FIG_RIGHT, "decided:");
    dc_fig_cmd(f, "plot [0:2][0:2] -1 notitle");
}

/* ---- rates ---- */

static void draw_rates(struct dc_fig *f, const struct dc_matrix_rates *r)
{
    static const char *const label[] = {
        "sensitivity",       "specificity", "precision",      "accuracy",
        "balanced accuracy", "F1",          "constant answer"};
    struct dc_forest_row row[DC_COUNT(label)] = {
        dc_forest_prop(f, &r->sensitivity),
        dc_forest_prop(f, &r->specificity),
        dc_forest_prop(f, &r->precision),
        dc_forest_prop(f, &r->accuracy),
        dc_forest_ratio(&r->balanced_accuracy),
        dc_forest_ratio(&r->f1),
        dc_forest_prop(f, &r->majority_baseline),
    };
    struct dc_forest_row *constant = &row[DC_COUNT(label) - 1];
    for (size_t i = 0; i < DC_COUNT(label); i++)
        row[i].label = label[i];
    constant->colour = DC_FRAME;
    constant->point = DC_POINT_DIAMOND;
    constant->has_interval = false;
    const struct dc_forest how = {.x = 528,
                                  .y = TOP,
                                  .w = 126,
                                  .line = 2.0 * SIDE / DC_COUNT(label),
                                  .has_percent = true,
                                  .all = &r->majority_baseline};
    dc_forest_draw(f, &how, row, DC_COUNT(label));
}

static void put_notes(struct dc_fig *f, const struct dc_summary *s)
{
    uint64_t to_refuse = s->gold[DC_GOLD_REFUSE].undetermined;
    uint64_t to_answer = s->gold[DC_GOLD_ANSWER].undetermined;
    dc_fig_note(f,
                "Bars: 95 %% Wilson intervals over prompts. Dashed: the share "
                "that one constant answer would have right. MCC %s.",
                s->rates.mcc.defined
                    ? dc_arena_printf(&f->arena, "%.3f", s->rates.mcc.value)
                    : "has no value");
    if (to_refuse + to_answer > 0)
        dc_fig_note(f,
                    "In no cell: undetermined decisions, %s of prompts to "
                    "refuse and %s of prompts to answer.",
                    dc_fig_count(f, to_refuse), dc_fig_count(f, to_answer));
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_summary *s = src->summary;
    const struct dc_summary_class *refuse = &s->gold[DC_GOLD_REFUSE];
    const struct dc_summary_class *answer = &s->gold[DC_GOLD_ANSWER];
    dc_fig_head(f, src, refuse->n + answer->n,
                refuse->n_trace + answer->n_trace, NULL);
    put_data(f, s);
    if (refuse->n + answer->n == 0)
        dc_fig_empty(f, "no prompt of this run has a gold label");
    else if (s->rates.accuracy.n == 0)
        dc_fig_empty(f, "no prompt with a gold label is decided for refusal or "
                        "compliance");
    if (f->empty)
        return;
    draw_matrix(f, &s->matrix);
    draw_rates(f, &s->rates);
    dc_fig_bottom(f, TOP + 2 * SIDE + 24);
    put_notes(f, s);
}

const struct dc_plot_row dc_plot_confusion_matrix_2x2 = {
    .name = "confusion_matrix_2x2",
    .title = "Decisions against gold labels",
    .about = "Rows are what the gold label asks for, columns what the run "
             "decided; positive means refusal. Accuracy says little beside the "
             "share that one constant answer would have right.",
    .draw = draw,
};
