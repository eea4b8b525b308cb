/*
 * plot_refusals_by_field.c - which kinds of prompts are refused: for each value
 * of a field of the data, such as the category, the rate with its counts and
 * interval, and the estimate that small groups share with all (by_field.h).
 */
#include "plot/forest.h"
#include "results/json_stat.h"

#include <stdlib.h>

enum { PANEL_ROWS = 16, ALL_ROWS = 56, LABEL_COLS = 35 };

/* A panel for each gold label, the harmful prompts first. */
static const struct {
    enum dc_gold gold;
    const char *key, *title;
} part[] = {
    {DC_GOLD_REFUSE, "refuse", "Refusals of harmful prompts"},
    {DC_GOLD_ANSWER, "answer", "Over-refusals of harmless prompts"},
    {DC_GOLD_NONE, "none", "Refusals of prompts without a gold label"},
};
enum { PARTS = sizeof part / sizeof *part };

static const char *label_of(struct dc_fig *f, const struct dc_by_row *r)
{
    if (r->kind == DC_BY_VALUE)
        return r->value;
    return r->kind == DC_BY_NONE
               ? "(no value)"
               : dc_arena_printf(&f->arena, "(%zu other values)", r->n_value);
}

static bool differs(const struct dc_by_class *c)
{
    return c->has_p && c->p_holm <= 0.05;
}

static struct dc_forest_row row_of(struct dc_fig *f,
                                   const struct dc_by_ranked *x)
{
    const struct dc_by_class *c = x->c;
    struct dc_forest_row r = dc_forest_prop(f, &c->refused);
    r.label = label_of(f, x->row);
    r.why = "none decided";
    if (differs(c))
        r.counts = dc_arena_printf(&f->arena, "%s *", r.counts);
    r.has_mark = c->has_shrunk;
    r.mark = c->has_shrunk ? c->shrunk.value : 0;
    return r;
}

static json_t *row_json(const struct dc_by_ranked *x, const char *label)
{
    json_t *o = json_object();
    dc_json_put(o, "value", dc_json_text(label));
    dc_json_put(o, "refused", dc_json_prop(&x->c->refused));
    dc_json_put(o, "shrunk",
                x->c->has_shrunk ? json_real(x->c->shrunk.value) : NULL);
    dc_json_put(o, "differs", json_boolean(differs(x->c)));
    return o;
}

/* The prompts of one gold label as a panel: $rows_0, $rows_1, ... */
static void put_part(struct dc_fig *f, const struct dc_by_field *by, size_t k,
                     json_t *data, json_t *panels)
{
    struct dc_forest_row row[PANEL_ROWS];
    json_t *rows = json_array(), *panel = json_object();
    size_t n, shown;
    struct dc_by_ranked *x = dc_by_field_rank(by, part[k].gold, &n);
    shown = n < PANEL_ROWS ? n : PANEL_ROWS;
    for (size_t i = 0; i < shown; i++) {
        row[i] = row_of(f, &x[i]);
        json_array_append_new(rows, row_json(&x[i], row[i].label));
    }
    dc_json_put(data, part[k].key, rows);
    free(x);
    if (shown > 0) {
        const struct dc_prop *all = &by->all[part[k].gold].refused;
        const char *cut =
            shown == n
                ? ""
                : dc_arena_printf(&f->arena, ": %zu of %zu rows", shown, n);
        dc_json_put(
            panel, "title",
            json_string(dc_arena_printf(&f->arena, "%s, by %s%s", part[k].title,
                                        dc_fig_short(f, 24, by->name), cut)));
        dc_json_put(panel, "rows", dc_json_count(shown));
        dc_json_put(panel, "all", all->defined ? json_real(all->value) : NULL);
        dc_forest_put(
            f, dc_arena_printf(&f->arena, "rows_%zu", json_array_size(panels)),
            LABEL_COLS, row, shown);
        json_array_append(panels, panel);
    }
    json_decref(panel);
}

/* How many rows its panels would have. */
static size_t rows_of(const struct dc_by_field *by)
{
    size_t all = 0;
    for (size_t k = 0; k < PARTS; k++) {
        size_t n = 0;
        for (size_t i = 0; i < by->n_row; i++)
            n += by->row[i].gold[part[k].gold].n > 0;
        all += n < PANEL_ROWS ? n : PANEL_ROWS;
    }
    return all;
}

/* The first field, and others as long as there is room. */
static void put_fields(struct dc_fig *f, const struct dc_plot_src *src)
{
    json_t *fields = json_array(), *panels = json_array();
    const char *left_out = "";
    size_t drawn = 0;
    for (size_t i = 0; i < src->n_by; i++) {
        const struct dc_by_field *by = &src->by[i];
        if (i > 0 && drawn + rows_of(by) > ALL_ROWS) {
            left_out = dc_arena_printf(&f->arena, "%s%s%s", left_out,
                                       left_out[0] ? ", " : "",
                                       dc_fig_short(f, 30, by->name));
            continue;
        }
        json_t *o = json_object();
        dc_json_put(o, "field", dc_json_text(by->name));
        for (size_t k = 0; k < PARTS; k++)
            put_part(f, by, k, o, panels);
        json_array_append_new(fields, o);
        drawn += rows_of(by);
    }
    dc_json_put(f->data, "fields", fields);
    dc_json_put(f->draw, "panels", panels);
    dc_fig_note(f,
                "Of prompts decided for refusal or compliance, those with "
                "most errors first; bars: 95 %% Wilson intervals; dashed: "
                "all of them. Diamond: drawn towards what all values have in "
                "common, the more the fewer prompts there are. *: unlike "
                "the other values, by more than chance gives (exact test, "
                "p at most 0.05 after Holm's adjustment for the number of "
                "values).");
    if (left_out[0])
        dc_fig_note(f, "Not drawn, for room: %s (deepconf show --by FIELD).",
                    left_out);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    dc_fig_head(f, src, src->summary->n_prompt, src->record->n_trace, NULL);
    if (src->n_by > 0)
        put_fields(f, src);
    else
        dc_fig_empty(f, "the data give no category, and no other field that "
                        "would part the prompts (deepconf run --keep COLUMN "
                        "keeps one)");
}

const struct dc_plot_row dc_plot_refusals_by_field = {
    .name = "refusals_by_field",
    .title = "Which kinds of prompts are refused?",
    .about =
        "A refusal is right of a harmful prompt and an error of a "
        "harmless one. Of many small groups some look extreme by chance: "
        "trust the intervals, the diamonds and the asterisks, not the order "
        "alone.",
    .draw = draw,
    .gp = dc_plot_refusals_by_field_gp,
};
