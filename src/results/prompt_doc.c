/*
 * prompt_doc.c - what happened to one prompt: its traces with text, verdict,
 * measures and why each ended, and the decision made of them. The words that
 * the judge went by stand out.
 */
#include "base/judge_name.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "results/prompt_priv.h"

#include <deepconf/conf.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Lines of a terminal that texts get without --full. */
enum { PROMPT_LINES = 6, PROMPT_THOUGHT_LINES = 2, PROMPT_TOKEN_COLS = 24 };

struct prompt_page {
    struct dc_prompt_view v;
    struct dc_doc *d;
};

static void quote_part(struct prompt_page *p, struct dc_doc_passage q,
                       size_t lines)
{
    q.max_lines = p->v.cfg->full ? 0 : lines;
    q.more = "... (--full shows it whole)";
    dc_doc_passage(p->d, &q);
}

static void quote_text(struct prompt_page *p, const char *name,
                       const char *text)
{
    quote_part(
        p,
        (struct dc_doc_passage){.name = name, .text = text, .n = strlen(text)},
        PROMPT_LINES);
}

/* An item whose text is that of the buffer, which is emptied. */
static void put_item(struct prompt_page *p, const char *name, struct dc_buf *b)
{
    dc_doc_item(p->d, name, b->data);
    dc_buf_clear(b);
}

/* ---- the prompt ---- */

static enum dc_status put_prompt(void *arg, const struct dc_prompt_row *row,
                                 struct dc_err *err)
{
    struct prompt_page *p = arg;
    (void)err;
    dc_doc_say(p->d, "prompt %s", dc_doc_code(p->d, row->id));
    dc_doc_itemf(p->d, "gold", "%s%s%s%s", dc_gold_name(row->gold),
                 row->label ? " (in the data: " : "",
                 row->label ? dc_doc_code(p->d, row->label) : "",
                 row->label ? ")" : "");
    if (row->category)
        dc_doc_item(p->d, "category", dc_doc_code(p->d, row->category));
    if (row->problem)
        dc_doc_item(p->d, "not run", row->problem);
    quote_text(p, "text", row->text);
    return DC_OK;
}

/* ---- its decision ---- */

static void put_decision(struct prompt_page *p)
{
    const struct dc_decision_row *d = &p->v.decision;
    uint64_t k = p->v.run->is.max_traces;
    dc_doc_itemf(p->d, "decision",
                 "%s: %" PRId64 " refusal%s, %" PRId64 " compliance%s and "
                 "%" PRId64 " undetermined in %" PRId64 " of at most %" PRIu64
                 " trace%s, by %s",
                 d->decision, d->n_refusal, dc_plural((uint64_t)d->n_refusal),
                 d->n_compliance, dc_plural((uint64_t)d->n_compliance),
                 d->n_undetermined, d->n_trace, k, dc_plural(k),
                 dc_doc_code(p->d, p->v.by->judge));
    dc_doc_itemf(p->d, "stopped", "%s%s", d->reason,
                 d->calibration ? " (calibration prompt: all traces drawn to "
                                  "set the threshold)"
                                : "");
}

/* ---- its traces ---- */

static void put_verdict(struct prompt_page *p, const struct dc_trace_row *t,
                        const struct dc_verdict_row *d)
{
    struct dc_buf b;
    char rule[DC_RULE_SAYS];
    size_t n = strlen(t->text), off = (size_t)d->span_off;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s, by %s: %s", d->verdict, dc_doc_code(p->d, d->judge),
                dc_rule_says(d->rule, rule));
    if (d->has_score)
        dc_buf_addf(&b, ", score %.3f", d->score);
    if (d->span_len > 0 && off <= n && (size_t)d->span_len <= n - off) {
        dc_buf_adds(&b, ", at \"");
        dc_utf8_display(&b, t->text + off, (size_t)d->span_len, 60);
        dc_buf_adds(&b, "\"");
    }
    put_item(p, "verdict", &b);
    dc_buf_release(&b);
    if (d->reply)
        quote_text(p, "reply", d->reply);
}

/* The verdict whose span is marked: of the judge that decides. */
static const struct dc_verdict_row *marked(const struct prompt_page *p,
                                           const struct dc_trace_row *t)
{
    for (size_t i = 0; i < t->n_verdict; i++)
        if (!strcmp(t->verdict[i].judge, p->v.by->judge))
            return &t->verdict[i];
    return NULL;
}

/* [from, to) of a trace's text, with what lies in it of the verdict's span. */
static void put_range(struct prompt_page *p, const struct dc_trace_row *t,
                      size_t from, size_t to, struct dc_doc_passage q)
{
    const struct dc_verdict_row *d = marked(p, t);
    q.text = t->text + from;
    q.n = to - from;
    if (d && d->span_len > 0 && (size_t)d->span_off >= from &&
        (size_t)d->span_off < to) {
        size_t end = (size_t)(d->span_off + d->span_len);
        q.mark_off = (size_t)d->span_off - from;
        q.mark_len = (end < to ? end : to) - (size_t)d->span_off;
    }
    quote_part(p, q, q.faint ? PROMPT_THOUGHT_LINES : PROMPT_LINES);
}

/* Thoughts apart from the answer, where a trace has both or thoughts alone. */
static void put_response(struct prompt_page *p, const struct dc_trace_row *t)
{
    size_t n = strlen(t->text), at = t->has_answer ? (size_t)t->answer_off : n;
    if (at > 0)
        put_range(p, t, 0, at,
                  (struct dc_doc_passage){.name = "thoughts", .faint = true});
    if (t->has_answer || n == 0)
        put_range(p, t, at, n,
                  (struct dc_doc_passage){.name = at > 0 ? "answer" : "text"});
}

static void put_server(struct prompt_page *p, const struct dc_trace_row *t)
{
    const char *url = dc_prompt_server(&p->v, t);
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (url)
        dc_buf_adds(&b, url);
    if (t->has_first_ms)
        dc_buf_addf(&b, "%sfirst token after %.2f s", b.n ? ", " : "",
                    t->first_ms / 1000);
    if (t->attempts > 1)
        dc_buf_addf(&b, "%sdrawn %u times, as what came before was lost",
                    b.n ? ", " : "", t->attempts);
    if (b.n > 0)
        put_item(p, "server", &b);
    dc_buf_release(&b);
}

/* ---- what else a token could have been ---- */

/* A text in quotes, with its probability, which no line breaks; the mark says
 * that it was sampled. */
static void put_alternative(const char *mark, const struct dc_piece *piece,
                            double logprob, struct dc_buf *out)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s\"", mark);
    dc_utf8_display(&b, piece->bytes, piece->n, PROMPT_TOKEN_COLS);
    dc_buf_addf(&b, "\" %.3g %%", 100 * exp(logprob));
    dc_buf_adds(out, out->n ? "  " : "");
    for (const char *s = b.data; *s; s++)
        dc_buf_adds(out, *s == ' ' ? "\xC2\xA0" : (char[]){*s, '\0'});
    dc_buf_release(&b);
}

/* The sampled token has a star, in the list or, if it is not there, behind. */
static void put_token(struct prompt_page *p, const struct dc_trace_row *t,
                      size_t i)
{
    static const struct dc_piece unknown = {.bytes = "?", .n = 1};
    struct dc_buf b;
    size_t n, at;
    const struct dc_top_logprob *top = dc_top_of(t, i, &n);
    bool in = dc_top_sampled(&p->v.pieces, t, i, &at);
    dc_buf_init(&b, SIZE_MAX);
    for (size_t k = 0; k < n; k++) {
        const struct dc_piece *x = dc_pieces_find(&p->v.pieces, top[k].id);
        put_alternative(in && k == at ? "*" : "", x ? x : &unknown,
                        (double)top[k].logprob, &b);
    }
    if (!in && t->tok_end && !(t->lacks & DC_TOKEN_LOGPROB)) {
        const struct dc_piece own = dc_top_text(t, i);
        dc_buf_adds(&b, b.n ? "  ..." : "...");
        put_alternative("*", &own, (double)t->tok[i].logprob, &b);
    }
    dc_doc_row(p->d,
               (struct dc_cell[]){dc_cell_count(i + 1), dc_cell_text(b.data)});
    dc_buf_release(&b);
}

static void put_top(struct prompt_page *p, const struct dc_trace_row *t)
{
    static const struct dc_doc_column column[] = {
        {"token", NULL, 0, false}, {"the most probable", NULL, 0, true}};
    if (!t->top || t->n_tok == 0)
        return;
    dc_doc_itemf(p->d, "top",
                 "the %zu most probable at each token, in %% of the model's "
                 "own distribution; * was sampled",
                 t->n_top);
    dc_doc_table(p->d, "The most probable tokens", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < t->n_tok; i++)
        put_token(p, t, i);
}

/* ---- a trace ---- */

static void put_trace_head(struct prompt_page *p, const struct dc_trace_row *t)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "trace %" PRId64 ": ", t->idx + 1);
    if (t->has_count)
        dc_buf_addf(&b, "%zu token%s", t->n_tok, dc_plural(t->n_tok));
    else
        dc_buf_adds(&b, "tokens not in the input");
    if (t->has_ms)
        dc_buf_addf(&b, " in %.2f s", t->ms / 1000);
    if (!dc_finish_is_known(t->finish))
        dc_buf_adds(&b, ", how it ended is unknown");
    else
        dc_buf_addf(&b, ", ended by %s", dc_finish_name(t->finish));
    dc_buf_adds(&b, t->has_answer ? "" : ", cut inside its thinking");
    dc_doc_heading(p->d, b.data, NULL);
    dc_buf_release(&b);
}

static void put_measures(struct prompt_page *p, const struct dc_trace_row *t)
{
    struct dc_measure_spec spec;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < t->n_measure; i++) {
        const struct dc_measure_row *m = &t->measure[i];
        dc_buf_addf(&b, "%s%s ", i ? ", " : "", m->measure);
        if (m->has_value)
            dc_buf_addf(&b, "%.4g", m->value);
        else
            dc_buf_adds(&b, "none");
        if (dc_measure_parse(m->measure, &spec, NULL) == DC_OK &&
            spec.row->direction < 0)
            dc_buf_adds(&b, " (smaller is surer)");
    }
    if (!(t->lacks & DC_TOKEN_CONF))
        dc_buf_addf(&b, "%s(k = %u)", b.n ? " " : "", t->k);
    put_item(p, "measures", &b);
    dc_buf_release(&b);
}

static enum dc_status put_trace(void *arg, const struct dc_run_prompt *of,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct prompt_page *p = arg;
    (void)of;
    (void)err;
    put_trace_head(p, t);
    put_server(p, t);
    put_measures(p, t);
    for (size_t i = 0; i < t->n_verdict; i++)
        put_verdict(p, t, &t->verdict[i]);
    put_response(p, t);
    put_top(p, t);
    return DC_OK;
}

enum dc_status dc_prompt_doc(struct dc_run_view *r,
                             const struct dc_prompt_cfg *c, struct dc_doc *d,
                             struct dc_err *err)
{
    struct prompt_page p = {.d = d};
    enum dc_status st = dc_prompt_open(r, c, put_prompt, &p, &p.v, err);
    if (!st) {
        if (p.v.decided)
            put_decision(&p);
        if (p.v.by->vote[p.v.ord].open)
            dc_doc_item(d, "",
                        "open: the run stopped early under its own judge, and "
                        "traces that were not drawn could change this "
                        "decision");
        if (!p.v.decided)
            dc_doc_item(d, "decision", "not yet: the run is not finished");
        st = dc_prompt_traces(&p.v, put_trace, &p, err);
    }
    dc_prompt_release(&p.v);
    return st;
}
