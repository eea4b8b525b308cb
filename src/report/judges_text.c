/*
 * judges_text.c - what judges say and how far they agree, at 80 columns.
 *
 * Labels, versions and reasons come from the file and pass dc_utf8_display().
 */
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/alarm.h"
#include "report/judges_report.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_COLS = 24, TEXT_COLS = 70 };

static void shown(struct dc_buf *out, const char *text, size_t cols)
{
    dc_utf8_display(out, text, strlen(text), cols);
}

/* A name in its column; a longer one has a line of its own. */
static void name_cell(struct dc_buf *out, const char *name)
{
    size_t used = dc_utf8_width(name, strlen(name));
    dc_buf_adds(out, "  ");
    shown(out, name, TEXT_COLS);
    if (used > NAME_COLS) {
        dc_buf_adds(out, "\n  ");
        used = 0;
    }
    for (; used < NAME_COLS; used++)
        dc_buf_addc(out, ' ');
}

void dc_judges_reasons_text(const struct dc_name_count *r, size_t n,
                            struct dc_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        dc_buf_addf(out, "%s%" PRIu64 " ", i ? ", " : "", r[i].n);
        shown(out, r[i].name, 60);
    }
}

struct page {
    const struct dc_judges *j;
    struct dc_buf *out;
    size_t width;
    const char *bold, *plain;
};

static void heading(struct page *p, const char *text)
{
    dc_buf_addf(p->out, "\n%s%s%s\n", p->bold, text, p->plain);
}

/* The share of refusals, and how far the undetermined could move it. */
static void worst_and_best(const struct dc_judges_row *r, struct dc_buf *out)
{
    uint64_t yes =
        r->verdict[DC_VERDICT_REFUSAL] + r->verdict[DC_VERDICT_PARTIAL];
    uint64_t both = yes + r->verdict[DC_VERDICT_COMPLIANCE];
    uint64_t open = r->verdict[DC_VERDICT_UNDETERMINED];
    double all = (double)(both + open);
    if (open == 0)
        return;
    dc_buf_adds(out, "; refused: ");
    if (both > 0)
        dc_buf_addf(out, "%.1f %% of the others, ",
                    100 * (double)yes / (double)both);
    dc_buf_addf(out,
                "%.1f %% to %.1f %% of all, if all undetermined are "
                "compliances, or refusals",
                100 * (double)yes / all, 100 * (double)(yes + open) / all);
}

static void details(struct page *p, const struct dc_judges_row *r)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, r->version ? "version " : "of several versions");
    if (r->version)
        dc_buf_adds(&b, r->version);
    if (r->own)
        dc_buf_adds(&b, "; the run's own judge");
    if (r->n < p->j->n_trace)
        dc_buf_addf(&b, "; has judged %" PRIu64 " of %" PRIu64 " traces", r->n,
                    p->j->n_trace);
    if (r->n_reason > 0) {
        dc_buf_adds(&b, "; undetermined: ");
        dc_judges_reasons_text(r->reason, r->n_reason, &b);
        worst_and_best(r, &b);
    }
    dc_wrap_item(p->out, p->width, 6, NULL, b.data);
    dc_buf_release(&b);
}

static void show_verdicts(struct page *p)
{
    heading(p, p->j->rows ? "Verdicts" : "Verdicts on traces");
    dc_buf_addf(p->out, "  %-24s %9s %9s %11s %13s\n", "", "refusal", "partial",
                "compliance", "undetermined");
    for (size_t i = 0; i < p->j->n; i++) {
        const struct dc_judges_row *r = &p->j->row[i];
        name_cell(p->out, r->label);
        dc_buf_addf(
            p->out, " %9" PRIu64 " %9" PRIu64 " %11" PRIu64 " %13" PRIu64 "\n",
            r->verdict[DC_VERDICT_REFUSAL], r->verdict[DC_VERDICT_PARTIAL],
            r->verdict[DC_VERDICT_COMPLIANCE],
            r->verdict[DC_VERDICT_UNDETERMINED]);
        details(p, r);
    }
}

static void show_decisions(struct page *p)
{
    heading(p, "Decisions on prompts, by the run's vote (partial counts as "
               "refusal)");
    dc_buf_addf(p->out, "  %-24s %9s %21s %13s\n", "", "refusal", "compliance",
                "undetermined");
    for (size_t i = 0; i < p->j->n; i++) {
        const struct dc_judges_row *r = &p->j->row[i];
        name_cell(p->out, r->label);
        if (r->has_decisions)
            dc_buf_addf(p->out, " %9" PRIu64 " %21" PRIu64 " %13" PRIu64 "\n",
                        r->decision[DC_VERDICT_REFUSAL],
                        r->decision[DC_VERDICT_COMPLIANCE],
                        r->decision[DC_VERDICT_UNDETERMINED]);
        else
            dc_buf_adds(p->out, " not before it has judged all traces\n");
    }
}

static void show_kappa(struct page *p, const char *what,
                       const struct dc_kappa *k, uint64_t n_apart)
{
    dc_buf_addf(p->out, "      %-8s", what);
    if (k->n == 0) {
        dc_buf_adds(p->out, "none that both have a side on");
    } else {
        dc_buf_addf(p->out, "%5.1f %% of %" PRIu64 " alike, ",
                    100 * k->observed.value, k->n);
        if (k->kappa.defined)
            dc_buf_addf(p->out, "kappa %.3f", k->kappa.value);
        else
            dc_buf_adds(p->out, "no kappa: one answer throughout");
    }
    if (n_apart > 0)
        dc_buf_addf(p->out, "; %" PRIu64 " undetermined by either", n_apart);
    dc_buf_addc(p->out, '\n');
}

static void show_pairs(struct page *p)
{
    heading(p, "Agreement, refusal (partial too) against compliance");
    for (size_t i = 0; i < p->j->n_pair; i++) {
        const struct dc_judges_pair *x = &p->j->pair[i];
        struct dc_buf b;
        dc_buf_init(&b, SIZE_MAX);
        dc_buf_addf(&b, "%s, %s", p->j->row[x->a].label, p->j->row[x->b].label);
        dc_wrap_item(p->out, p->width, 2, NULL, b.data);
        dc_buf_release(&b);
        show_kappa(p, "traces", &x->trace, x->n_apart);
        if (x->has_prompt)
            show_kappa(p, "prompts", &x->prompt, x->n_prompt_apart);
    }
}

static void show_trained(struct page *p)
{
    for (size_t i = 0; i < p->j->n; i++) {
        struct dc_buf b;
        if (!p->j->row[i].trained_on)
            continue;
        dc_buf_init(&b, SIZE_MAX);
        dc_buf_addf(&b,
                    "%s was trained on this very file: it says less about "
                    "other responses.",
                    p->j->row[i].label);
        dc_wrap_item(p->out, p->width, 2, NULL, b.data);
        dc_buf_release(&b);
    }
}

void dc_judges_text(const struct dc_judges *j,
                    const struct dc_summary_look *look, struct dc_buf *out)
{
    struct page p = {
        .j = j,
        .out = out,
        .width = dc_look_width(look),
        .bold = look->colour ? "\033[1m" : "",
        .plain = look->colour ? "\033[0m" : "",
    };
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_buf_addf(&b, "%.4000s: %" PRIu64 " %s%s", look->file, j->n_trace,
                j->rows ? "response" : "trace", dc_plural(j->n_trace));
    if (!j->rows)
        dc_buf_addf(&b, ", %" PRIu64 " prompt%s decided", j->n_prompt,
                    dc_plural(j->n_prompt));
    dc_wrap_item(out, p.width, 0, NULL, b.data);
    dc_buf_release(&b);
    show_verdicts(&p);
    show_trained(&p);
    if (!j->rows)
        show_decisions(&p);
    if (j->n_pair > 0)
        show_pairs(&p);
}
