/*
 * page_policies.c - every row of the sweep as a table that needs no script; the
 * page's table.js sorts and filters it by the data attributes.
 *
 * Words and figures are those of results/sweep_report.h. data-v is a cell's
 * value for sorting: the more desirable direction is not its business.
 */
#include "base/plural.h"
#include "doc/html.h"
#include "page/page_priv.h"
#include "page/page_put.h"
#include "results/sweep_report.h"

#include <inttypes.h>

static const struct column {
    const char *key, *name, *title;
} columns[] = {
    {"policy", "policy",
     "the setting; * : no other row costs fewer tokens and "
     "changes as few decisions"},
    {"traces", "traces", "a prompt"},
    {"tokens", "tokens", "a prompt"},
    {"seconds", "seconds", "a prompt"},
    {"saved", "saved", "of the tokens (traces, if not known) of all traces"},
    {"changed", "changed",
     "decisions changed against all traces, with 95 % "
     "interval"},
    {"p", "p", "exact McNemar test of missed against false refusals"},
    {"promise", "promise", "what is promised against all traces"},
    {"sensitivity", "sensitivity", "with 95 % Wilson interval"},
    {"specificity", "specificity", "with 95 % Wilson interval"},
    {"precision", "precision", "with 95 % Wilson interval"},
    {"accuracy", "accuracy", "with 95 % Wilson interval"},
    {"f1", "F1", "of refusals"},
    {"counts", "TP / FN / FP / TN",
     "decisions by gold label; undetermined "
     "ones behind +"},
};

static void open_cell(struct dc_buf *b, double sort)
{
    dc_buf_addf(b, "<td data-v=\"%.9g\">", sort);
}

/* A dash for what is not known. */
static void put_number(struct dc_buf *b, bool has, int places, double x)
{
    if (!has) {
        dc_buf_adds(b, "<td>-</td>");
        return;
    }
    open_cell(b, x);
    dc_buf_addf(b, "%.*f</td>", places, x);
}

static void put_prop(struct dc_buf *b, const struct dc_prop *r)
{
    if (!r->defined) {
        dc_buf_adds(b, "<td>none</td>");
        return;
    }
    open_cell(b, r->value);
    dc_buf_addf(b, "%.1f <small>%.1f to %.1f</small></td>", 100 * r->value,
                100 * r->lo, 100 * r->hi);
}

static void put_promise(struct dc_buf *b, const struct dc_sweep *s,
                        const struct dc_sweep_row *row)
{
    open_cell(b, row->has_table ? row->worst_missed + row->worst_false : 2);
    dc_sweep_promise(s, row, b);
    dc_buf_adds(b, "</td>");
}

static void put_cost(struct dc_page *p, const struct dc_sweep_row *row)
{
    struct dc_buf *b = &p->b;
    const struct dc_sweep *s = p->cfg->sweep;
    const struct dc_sweep_saved x = dc_sweep_saving(s, row);
    double n = (double)row->n;
    bool of_traces = !s->has_count && x.has_traces;
    put_number(b, true, 2, (double)row->n_trace / n);
    put_number(b, s->has_count, 1, (double)row->n_tok / n);
    put_number(b, s->has_time, 2, row->ms / n / 1000);
    if (x.has_tokens || of_traces) {
        double saved = x.has_tokens ? x.tokens : x.traces;
        open_cell(b, saved);
        dc_buf_addf(b, "%.1f&nbsp;%%</td>", 100 * saved);
    } else {
        dc_buf_adds(b, "<td>-</td>");
    }
    open_cell(b, (double)row->changed.k);
    dc_buf_addf(b, "%" PRIu64 " <small>%.1f to %.1f&nbsp;%%</small></td>",
                row->changed.k, 100 * row->changed.lo, 100 * row->changed.hi);
    open_cell(b, row->mcnemar_p);
    dc_buf_addf(b, "%.3g</td>", row->mcnemar_p);
}

static void put_quality(struct dc_page *p, const struct dc_sweep_row *row)
{
    const struct dc_matrix *m = &row->matrix;
    struct dc_matrix_rates r = dc_matrix_rates(m, p->cfg->sweep->cfg.level);
    put_prop(&p->b, &r.sensitivity);
    put_prop(&p->b, &r.specificity);
    put_prop(&p->b, &r.precision);
    put_prop(&p->b, &r.accuracy);
    if (r.f1.defined) {
        open_cell(&p->b, r.f1.value);
        dc_buf_addf(&p->b, "%.3f</td>", r.f1.value);
    } else {
        dc_buf_adds(&p->b, "<td>none</td>");
    }
    open_cell(&p->b, (double)m->tp);
    dc_buf_addf(&p->b,
                "%" PRIu64 " / %" PRIu64 " / %" PRIu64 " / %" PRIu64
                "%s%" PRIu64 "</td>",
                m->tp, m->fn, m->fp, m->tn, " + ", row->n_undetermined);
}

static void put_row(struct dc_page *p, size_t place)
{
    const struct dc_sweep_row *row = &p->cfg->sweep->row[p->row[place]];
    bool known = row->n_missing == 0, front = row->on_front && known;
    dc_buf_addf(&p->b,
                "<tr data-place=\"%zu\" data-front=\"%d\" "
                "data-promise=\"%d\" data-known=\"%d\"%s><th "
                "scope=\"row\"><span class=\"star\">%s</span><bdi>",
                place, front, row->has_table, known,
                front ? " class=\"front\"" : "", front ? "*" : "");
    dc_html_text(&p->b, row->text);
    dc_buf_adds(&p->b, "</bdi></th>");
    if (known) {
        put_cost(p, row);
        put_promise(&p->b, p->cfg->sweep, row);
        put_quality(p, row);
    } else {
        dc_buf_addf(&p->b,
                    "<td colspan=\"%zu\" class=\"unknown\">not known: %zu "
                    "prompt%s would need traces that were not drawn</td>",
                    sizeof columns / sizeof columns[0] - 1, row->n_missing,
                    dc_plural(row->n_missing));
    }
    dc_buf_adds(&p->b, "</tr>\n");
}

static void put_basis(struct dc_page *p)
{
    struct dc_buf text;
    dc_buf_init(&text, SIZE_MAX);
    dc_sweep_basis(p->cfg->sweep, &text);
    if (text.n > 0)
        dc_buf_addc(&text, ' ');
    dc_sweep_blanks(p->cfg->sweep, &text);
    if (text.n > 0) {
        dc_buf_addc(&p->b, ' ');
        dc_html_text(&p->b, text.data);
    }
    dc_buf_release(&text);
}

static void put_intro(struct dc_page *p)
{
    const struct dc_sweep *s = p->cfg->sweep;
    char n[DC_GROUPED];
    dc_buf_addf(&p->b,
                "<section id=\"policies\" aria-labelledby=\"h-policies\">\n"
                "<h2 id=\"h-policies\">Policies</h2>\n<p>What every stopping "
                "policy would have cost and changed: %s prompt%s replayed; the "
                "reference is the majority over all %u trace%s.",
                dc_grouped(s->n_prompt, n), dc_plural(s->n_prompt),
                s->record->k, dc_plural(s->record->k));
    put_basis(p);
    dc_buf_adds(&p->b, "</p>\n<div id=\"policy-tools\" hidden></div>\n");
}

/* Without a table: why there is none. */
static void put_why_not(struct dc_page *p)
{
    if (!p->cfg->why_sweep)
        return;
    dc_buf_adds(&p->b,
                "<section id=\"policies\" aria-labelledby=\"h-policies\">\n"
                "<h2 id=\"h-policies\">Policies</h2>\n<p>No table of stopping "
                "policies: ");
    dc_html_text(&p->b, p->cfg->why_sweep);
    dc_buf_adds(&p->b, ".</p>\n</section>\n");
}

void dc_page_policies(struct dc_page *p)
{
    const struct dc_sweep *s = p->cfg->sweep;
    if (!s) {
        put_why_not(p);
        return;
    }
    put_intro(p);
    dc_buf_adds(&p->b, "<div class=\"scroll tall\" tabindex=\"0\" "
                       "role=\"region\" aria-label=\"Policies\"><table "
                       "id=\"policy-table\"><thead><tr>");
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        dc_buf_addf(&p->b,
                    "<th scope=\"col\" data-key=\"%s\" title=\"%s\">%s"
                    "</th>",
                    columns[i].key, columns[i].title, columns[i].name);
    dc_buf_adds(&p->b, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->n_row; i++)
        put_row(p, i);
    const char *unit = s->has_count ? "tokens" : "traces";
    dc_buf_addf(
        &p->b,
        "</tbody></table></div>\n<p class=\"note\">* no other row "
        "costs fewer %s and changes as few decisions. saved: of all "
        "%s. p: exact McNemar test of missed against false refusals. at most: "
        "the worst case over all orders of a prompt's traces, none "
        "undetermined.%s</p>"
        "\n</section>\n",
        unit, unit,
        s->has_count ? ""
                     : " The input does not say how many tokens the "
                       "traces have.");
    dc_page_flush(p, false);
}
