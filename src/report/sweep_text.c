/*
 * sweep_text.c - a sweep as two tables, both sorted by cost: what each setting
 * costs and changes, and how it then stands against the gold labels.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "report/sweep_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_COLS = 46, CELL = 48, NOTE_COLS = 100 };

struct dc_sweep_saved dc_sweep_saving(const struct dc_sweep *s,
                                      const struct dc_sweep_row *row)
{
    struct dc_sweep_saved x = {.has_traces = false};
    if (!s->has_full_cost || s->full_trace == 0 || row->n_missing > 0)
        return x;
    x.has_traces = true;
    x.traces = 1 - (double)row->n_trace / (double)s->full_trace;
    x.has_tokens = s->has_count && s->full_tok > 0;
    if (x.has_tokens)
        x.tokens = 1 - (double)row->n_tok / (double)s->full_tok;
    x.has_seconds = s->has_time && s->full_ms > 0;
    if (x.has_seconds)
        x.seconds = 1 - row->ms / s->full_ms;
    return x;
}

const char *dc_sweep_no_saving(const struct dc_sweep *s)
{
    if (!s->has_full_cost)
        return "the run stopped early, so what all K traces would have cost is "
               "not known";
    if (!s->has_count)
        return "the input does not say how many tokens its traces have";
    return s->full_tok == 0 ? "the traces have no tokens" : NULL;
}

const char *dc_sweep_why_blank(const struct dc_sweep *s, const char *policy)
{
    size_t n = strlen(policy);
    for (size_t i = 0; i < s->n_blank; i++)
        if (!strncmp(s->blank[i].text, policy, n) && s->blank[i].text[n] == '(')
            return s->blank[i].why;
    return NULL;
}

/* Has a row with figures a threshold? */
static bool has_threshold(const struct dc_sweep *s)
{
    for (size_t i = 0; i < s->n_row; i++)
        if (s->row[i].setting.policy.row->needs_calibration &&
            s->row[i].n_missing == 0)
            return true;
    return false;
}

void dc_sweep_blanks(const struct dc_sweep *s, struct dc_buf *out)
{
    const struct dc_sweep_blank *b = s->blank;
    for (size_t i = 0, n; i < s->n_blank; i += n) {
        for (n = 1; i + n < s->n_blank && !strcmp(b[i].why, b[i + n].why);)
            n++;
        dc_buf_addf(out, "%sLeft out: ", i ? " " : "");
        if (n > 1)
            dc_buf_addf(out, "%zu rows from %s to ", n, b[i].text);
        dc_buf_addf(out, "%s; %s.", b[i + n - 1].text, b[i].why);
    }
}

void dc_sweep_basis(const struct dc_sweep *s, struct dc_buf *out)
{
    dc_record_basis(s->record, out);
    if (s->has_full_cost)
        return;
    dc_buf_addf(out,
                "%sThe run was drawn with %s, so the cost of all %u traces is "
                "not known, nor are rows that need traces not drawn; run with "
                "--stop fixed to know them.",
                out->n ? " " : "", s->record->policy, s->record->k);
    if (has_threshold(s))
        dc_buf_adds(out, " Percentiles are over the traces drawn, of which "
                         "disputed prompts have more: those of all traces are "
                         "others.");
}

static size_t name_cols(const struct dc_sweep *s)
{
    size_t n = 10;
    for (size_t i = 0; i < s->n_row; i++)
        if (strlen(s->row[i].text) > n)
            n = strlen(s->row[i].text);
    return n < NAME_MAX_COLS ? n : NAME_MAX_COLS;
}

static void put_name(struct dc_buf *out, const struct dc_sweep_row *row,
                     size_t cols)
{
    int n = (int)cols;
    if (strlen(row->text) > cols)
        dc_buf_addf(out, "%c %s\n  %-*s", row->on_front ? '*' : ' ', row->text,
                    n, "");
    else
        dc_buf_addf(out, "%c %-*s", row->on_front ? '*' : ' ', n, row->text);
}

/* ---- cost ---- */

void dc_sweep_guarantee(const struct dc_sweep *s,
                        const struct dc_sweep_row *row, struct dc_buf *out)
{
    if (dc_sweep_is_safe(s, row))
        dc_buf_adds(out, "no decision ever changes");
    else if (row->has_table)
        dc_buf_addf(out, "at most %.2f %% missed, %.2f %% false",
                    100 * row->worst_missed, 100 * row->worst_false);
    else
        dc_buf_addf(out, "none, measured%s",
                    row->in_sample ? " IN SAMPLE" : "");
}

static void put_cost(const struct dc_sweep *s, const struct dc_sweep_row *row,
                     struct dc_buf *out)
{
    struct dc_sweep_saved x = dc_sweep_saving(s, row);
    double n = (double)row->n;
    char saved[CELL] = "-", changed[CELL], tokens[CELL] = "-", time[CELL] = "-";
    if (row->n_missing > 0) {
        dc_buf_addf(
            out,
            "  not known: %zu prompt%s would need traces that were not drawn\n",
            row->n_missing, dc_plural(row->n_missing));
        return;
    }
    if (s->has_count)
        snprintf(tokens, sizeof tokens, "%.1f", (double)row->n_tok / n);
    if (s->has_time)
        snprintf(time, sizeof time, "%.2f", row->ms / n / 1000);
    if (x.has_traces && (x.has_tokens || !s->has_count))
        snprintf(saved, sizeof saved, "%.1f %%",
                 100 * (x.has_tokens ? x.tokens : x.traces));
    snprintf(changed, sizeof changed, "%llu (%.1f-%.1f %%)",
             (unsigned long long)row->changed.k, 100 * row->changed.lo,
             100 * row->changed.hi);
    dc_buf_addf(out, " %7.2f %8s %8s %8s  %-17s %6.3g  ",
                (double)row->n_trace / n, tokens, time, saved, changed,
                row->mcnemar_p);
    dc_sweep_guarantee(s, row, out);
    dc_buf_addc(out, '\n');
}

static void cost_table(const struct dc_sweep *s, const size_t *index,
                       struct dc_buf *out)
{
    size_t cols = name_cols(s);
    dc_buf_addf(
        out,
        "Cost per prompt, and decisions changed against all %u trace%s\n"
        "  %-*s %7s %8s %8s %8s  %-17s %6s  %s\n",
        s->record->k, dc_plural(s->record->k), (int)cols, "policy", "traces",
        "tokens", "seconds", "saved", "changed (95 %)", "p", "guarantee");
    for (size_t i = 0; i < s->n_row; i++) {
        put_name(out, &s->row[index[i]], cols);
        put_cost(s, &s->row[index[i]], out);
    }
    const char *unit = s->has_count ? "tokens" : "traces";
    dc_buf_addf(out,
                "  * no other row costs fewer %s and changes as few "
                "decisions; saved: of all %s;\n    p: exact McNemar test "
                "of lost against new refusals%s;\n    at most: the worst case "
                "over all orders of a prompt's traces, none undetermined\n",
                unit, unit, s->has_count ? "" : "; -: not in the input");
}

/* ---- permutations ---- */

static void permutation_table(const struct dc_sweep *s, const size_t *index,
                              struct dc_buf *out)
{
    size_t cols = name_cols(s);
    char tokens[CELL] = "-";
    if (s->cfg.n_permutation == 0)
        return;
    dc_buf_addf(out,
                "\nOver %u orders of each prompt's traces: mean and standard "
                "deviation\n  %-*s %16s %18s %20s %14s\n",
                s->cfg.n_permutation, (int)cols, "policy", "traces", "tokens",
                "changed", "min to max");
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *row = &s->row[index[i]];
        if (row->n_missing > 0)
            continue;
        if (s->has_count)
            snprintf(tokens, sizeof tokens, "%9.1f +- %-6.2f", row->p_tok.mean,
                     row->p_tok.sd);
        put_name(out, row, cols);
        dc_buf_addf(out,
                    " %8.2f +- %-5.3f %18s %8.2f +- %-5.2f %%"
                    " %5.2f to %.2f %%\n",
                    row->p_trace.mean, row->p_trace.sd, tokens,
                    100 * row->p_changed.mean, 100 * row->p_changed.sd,
                    100 * row->p_changed.min, 100 * row->p_changed.max);
    }
}

/* ---- gold labels ---- */

static void put_prop(struct dc_buf *out, const struct dc_prop *p)
{
    if (p->defined)
        dc_buf_addf(out, " %5.1f (%4.1f-%5.1f)", 100 * p->value, 100 * p->lo,
                    100 * p->hi);
    else
        dc_buf_addf(out, " %19s", "none");
}

static void put_rates(const struct dc_sweep *s, const struct dc_sweep_row *row,
                      struct dc_buf *out)
{
    struct dc_matrix_rates r = dc_matrix_rates(&row->matrix, s->cfg.level);
    const struct dc_matrix *m = &row->matrix;
    put_prop(out, &r.sensitivity);
    put_prop(out, &r.specificity);
    put_prop(out, &r.precision);
    put_prop(out, &r.accuracy);
    if (r.f1.defined)
        dc_buf_addf(out, " %6.3f", r.f1.value);
    else
        dc_buf_addf(out, " %6s", "none");
    dc_buf_addf(out, "  %llu/%llu/%llu/%llu %llu\n", (unsigned long long)m->tp,
                (unsigned long long)m->fn, (unsigned long long)m->fp,
                (unsigned long long)m->tn,
                (unsigned long long)row->n_undetermined);
}

static void gold_table(const struct dc_sweep *s, const size_t *index,
                       struct dc_buf *out)
{
    size_t cols = name_cols(s);
    dc_buf_addf(out,
                "\nAgainst the gold labels, %% with 95 %% Wilson intervals\n"
                "  %-*s %-19s %-19s %-19s %-19s %6s  %s\n",
                (int)cols, "policy", "  sensitivity", "  specificity",
                "  precision", "  accuracy", "F1", "TP/FN/FP/TN undetermined");
    for (size_t i = 0; i < s->n_row; i++) {
        if (s->row[index[i]].n_missing > 0)
            continue;
        put_name(out, &s->row[index[i]], cols);
        put_rates(s, &s->row[index[i]], out);
    }
}

static bool has_gold(const struct dc_sweep *s)
{
    for (size_t i = 0; i < s->record->n_prompt; i++)
        if (s->record->prompt[i].gold != DC_GOLD_NONE)
            return true;
    return false;
}

static void put_blanks(const struct dc_sweep *s, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_sweep_blanks(s, &b);
    if (b.n > 0)
        dc_wrap_item(out, NOTE_COLS, 0, NULL, b.data);
    dc_buf_release(&b);
}

/* Which prompts the figures are over, and what is not known of them. */
static void put_basis(const struct dc_sweep *s, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_sweep_basis(s, &b);
    if (b.n > 0)
        dc_wrap_item(out, NOTE_COLS, 0, NULL, b.data);
    dc_buf_release(&b);
}

void dc_sweep_text(const struct dc_sweep *s, const char *file,
                   struct dc_buf *out)
{
    size_t *index = dc_xcalloc(s->n_row + 1, sizeof *index);
    dc_sweep_sort(s, index);
    dc_utf8_display(out, file, strlen(file), 0);
    dc_buf_addf(out,
                ": %zu prompt%s replayed; the reference is the majority "
                "over all %u trace%s\n",
                s->n_prompt, dc_plural(s->n_prompt), s->record->k,
                dc_plural(s->record->k));
    put_basis(s, out);
    if (s->record->judge_note)
        dc_wrap_item(out, NOTE_COLS, 0, NULL, s->record->judge_note);
    put_blanks(s, out);
    dc_buf_addc(out, '\n');
    cost_table(s, index, out);
    permutation_table(s, index, out);
    if (has_gold(s))
        gold_table(s, index, out);
    free(index);
}
