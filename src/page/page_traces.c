/*
 * page_traces.c - everything of a prompt's traces, for the viewer.
 *
 * A block "p0", "p1", ... (type application/json) for each prompt, on a line of
 * its own, parsed when the prompt is opened:
 *   {"t": [TRACE, ...], "r": [reason, ...],
 *    "s": [[traces, decision, place in r, missing], ...]}
 * s has an entry for each policy of "dc-meta", where it would have stopped on
 * the recorded traces. TRACE is
 *   {"i": index, "f": finish, "c": cut or null, "a": where the answer starts
 *    or -1, "k", "ms", "n": tokens, each null if it is not known, "d": how
 *    often it was drawn, if more than once, "u": of which of several servers,
 *    "x": text,
 * "m": [value or null, ...] by the measures of "dc-meta", "v": [[place in
 * judges, version, verdict, rule, span offset, span length, score or null,
 * reply or null], ...], "e": ends, "q": values, "l": values that lack,
 * "w" and "o": what else the tokens could have been (page_top.c)}. Offsets
 * count UTF-16 units, as a browser does. e and q are missing where the page's
 * limit on token data is reached (then "capped" is true beside t), and e where
 * the run file has no places of tokens. q has 6 characters a token: token
 * confidence in steps of 0.01 nats, log-probability (its negative) and entropy
 * in steps of 0.005, 12 bits each, the highest value meaning "that or more". l
 * adds up 1, 2 and 4 for those of the three that the trace lacks, whose values
 * in q then mean nothing; it is missing if none lacks, and q if all do. e
 * has for each token the units by which its text goes on: one character of 6
 * bits, or 63 and four characters.
 */
#include "base/mem.h"
#include "page/page_priv.h"
#include "page/page_put.h"
#include "results/served.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_MAX = 4095, LONG_STEP = 63 };

struct prompt_block {
    struct dc_page *p;
    bool tokens; /* shown */
    bool top;    /* and their lists */
    size_t n;    /* traces so far */
};

/* ---- tokens ---- */

static void put_level(struct dc_buf *out, double x, double steps)
{
    double level = rint(x * steps);
    if (!(level > 0))
        level = 0;
    dc_page_sixbits(out, level < LEVEL_MAX ? (uint32_t)level : LEVEL_MAX, 2);
}

enum { LACKS_ALL = 7 };

/* Bits of "l". */
static unsigned lacking(const struct dc_trace_row *t)
{
    return (t->lacks & DC_TOKEN_CONF ? 1u : 0u) |
           (t->lacks & DC_TOKEN_LOGPROB ? 2u : 0u) |
           (t->lacks & DC_TOKEN_ENTROPY ? 4u : 0u);
}

static void put_values(struct dc_buf *out, const struct dc_trace_row *t)
{
    if (lacking(t))
        dc_buf_addf(out, ",\"l\":%u", lacking(t));
    if (lacking(t) == LACKS_ALL)
        return;
    dc_buf_adds(out, ",\"q\":\"");
    for (size_t i = 0; i < t->n_tok; i++) {
        put_level(out, (double)t->tok[i].conf, 100);
        put_level(out, -(double)t->tok[i].logprob, 200);
        put_level(out, (double)t->tok[i].entropy, 200);
    }
    dc_buf_addc(out, '"');
}

static void put_ends(struct dc_buf *out, const struct dc_trace_row *t)
{
    size_t at = 0;
    dc_buf_adds(out, ",\"e\":\"");
    for (size_t i = 0; i < t->n_tok; i++) {
        size_t end = t->tok_end[i] & ~DC_TOK_PENDING;
        size_t step = dc_page_utf16(t->text + at, end - at);
        at = end;
        if (step < LONG_STEP) {
            dc_page_sixbits(out, (uint32_t)step, 1);
            continue;
        }
        dc_page_sixbits(out, LONG_STEP, 1);
        dc_page_sixbits(out, (uint32_t)step, 4);
    }
    dc_buf_addc(out, '"');
}

/* ---- a trace ---- */

static void put_measures(struct dc_page *p, const struct dc_trace_row *t)
{
    dc_buf_adds(&p->b, ",\"m\":[");
    for (size_t k = 0; k < p->measure.n; k++) {
        size_t i = 0;
        while (i < t->n_measure &&
               strcmp(t->measure[i].measure, p->measure.name[k]) != 0)
            i++;
        dc_buf_adds(&p->b, k ? "," : "");
        bool has = i < t->n_measure && t->measure[i].has_value;
        dc_page_json_number(&p->b, has, has ? t->measure[i].value : 0);
    }
    dc_buf_addc(&p->b, ']');
}

static void put_verdict(struct dc_page *p, const struct dc_trace_row *t,
                        const struct dc_verdict_row *v)
{
    size_t n = strlen(t->text);
    size_t off = (size_t)v->span_off < n ? (size_t)v->span_off : n;
    size_t len = (size_t)v->span_len < n - off ? (size_t)v->span_len : n - off;
    dc_buf_addf(&p->b, "[%zu,", dc_page_name(p, &p->judge, v->judge));
    dc_page_json(&p->b, v->version);
    dc_buf_addc(&p->b, ',');
    dc_page_json(&p->b, v->verdict);
    dc_buf_addc(&p->b, ',');
    dc_page_json(&p->b, v->rule);
    dc_buf_addf(&p->b, ",%zu,%zu,", dc_page_utf16(t->text, off),
                dc_page_utf16(t->text + off, len));
    dc_page_json_number(&p->b, v->has_score, v->score);
    dc_buf_addc(&p->b, ',');
    dc_page_json(&p->b, v->reply);
    dc_buf_addc(&p->b, ']');
}

static void put_size(struct dc_page *p, const struct dc_trace_row *t)
{
    struct dc_buf *b = &p->b;
    if (t->lacks & DC_TOKEN_CONF)
        dc_buf_adds(b, ",\"k\":null");
    else
        dc_buf_addf(b, ",\"k\":%u", t->k);
    if (t->has_ms)
        dc_buf_addf(b, ",\"ms\":%.0f", t->ms);
    else
        dc_buf_adds(b, ",\"ms\":null");
    if (t->has_count)
        dc_buf_addf(b, ",\"n\":%zu", t->n_tok);
    else
        dc_buf_adds(b, ",\"n\":null");
}

/* Of a trace that was drawn again, or made by one of several servers. */
static void put_served(struct dc_page *p, const struct dc_trace_row *t)
{
    const struct dc_summary *s = p->cfg->summary;
    if (t->attempts > 1)
        dc_buf_addf(&p->b, ",\"d\":%u", t->attempts);
    const struct dc_summary_server *x = s ? dc_served_of(s, t) : NULL;
    if (x && s->n_server > 1) {
        dc_buf_adds(&p->b, ",\"u\":");
        dc_page_json(&p->b, x->url);
    }
}

static enum dc_status put_trace(void *arg, const struct dc_run_prompt *of,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct prompt_block *x = arg;
    struct dc_page *p = x->p;
    (void)of;
    (void)err;
    dc_buf_addf(&p->b,
                "%s{\"i\":%" PRId64 ",\"f\":\"%s\",\"c\":", x->n++ ? "," : "",
                t->idx, dc_finish_name(t->finish));
    dc_page_json(&p->b, dc_cut_name(t->cut));
    if (t->has_answer)
        dc_buf_addf(&p->b, ",\"a\":%zu",
                    dc_page_utf16(t->text, (size_t)t->answer_off));
    else
        dc_buf_adds(&p->b, ",\"a\":-1");
    put_size(p, t);
    put_served(p, t);
    dc_buf_adds(&p->b, ",\"x\":");
    dc_page_json(&p->b, t->text);
    put_measures(p, t);
    dc_buf_adds(&p->b, ",\"v\":[");
    for (size_t i = 0; i < t->n_verdict; i++) {
        dc_buf_adds(&p->b, i ? "," : "");
        put_verdict(p, t, &t->verdict[i]);
    }
    dc_buf_addc(&p->b, ']');
    size_t before = p->b.n;
    if (x->tokens && t->n_tok > 0) {
        if (t->tok_end)
            put_ends(&p->b, t);
        put_values(&p->b, t);
    }
    p->token_bytes += p->b.n - before;
    before = p->b.n;
    if (x->top)
        dc_page_top(p, t);
    p->top_bytes += p->b.n - before;
    dc_buf_addc(&p->b, '}');
    return DC_OK;
}

/* ---- where each policy would have stopped ---- */

static size_t reason_at(const char **reason, size_t *n, const char *text)
{
    size_t i = 0;
    while (i < *n && strcmp(reason[i], text) != 0)
        i++;
    if (i == *n)
        reason[(*n)++] = text;
    return i;
}

static void put_stops(struct dc_page *p, size_t ord)
{
    const struct dc_sweep *sweep = p->cfg->sweep;
    const char *reason[DC_SWEEP_MAX_ROWS];
    size_t n = 0;
    dc_buf_adds(&p->b, "],\"s\":[");
    for (size_t i = 0; sweep && i < sweep->n_row; i++) {
        struct dc_outcome o;
        dc_replay_prompt(p->replay[i], ord, NULL, &o);
        dc_buf_addf(&p->b, "%s[%u,\"%s\",%zu,%d]", i ? "," : "", o.n_trace,
                    dc_verdict_name(o.decision),
                    reason_at(reason, &n, o.reason), o.missing);
    }
    dc_buf_adds(&p->b, "],\"r\":[");
    for (size_t i = 0; i < n; i++) {
        dc_buf_adds(&p->b, i ? "," : "");
        dc_page_json(&p->b, reason[i]);
    }
    dc_buf_addc(&p->b, ']');
}

/* ---- prompts ---- */

/* A trace's tokens take at most so many bytes. */
static uint64_t most_bytes(const struct dc_page_prompt *q)
{
    enum { BYTES = 7, LONG_BYTES = 4, FRAME = 14 };
    return q->n_tok * BYTES + (uint64_t)q->n_trace * (FRAME + LONG_BYTES);
}

enum dc_status dc_page_block(struct dc_page *p, size_t ord, const char *id,
                             struct dc_err *err)
{
    const struct dc_page_prompt *q = &p->prompt[ord];
    struct prompt_block x = {.p = p};
    x.tokens = p->n_without_tokens == 0 &&
               p->token_bytes + most_bytes(q) <= p->cfg->max_token_bytes;
    x.top = x.tokens && q->top_bytes > 0 && p->n_without_top == 0 &&
            p->top_bytes + q->top_bytes <= p->cfg->max_top_bytes;
    dc_buf_addf(&p->b, "<script type=\"application/json\" id=\"%s\">{\"t\":[",
                id);
    unsigned parts = DC_TRACE_TOKENS | DC_TRACE_VERDICTS |
                     (x.top ? (unsigned)DC_TRACE_TOP : 0);
    enum dc_status st =
        dc_run_view_each_of(p->run, ord, parts, put_trace, &x, err);
    if (st)
        return st;
    put_stops(p, ord);
    if (q->n_tok > 0)
        *(x.tokens ? &p->n_with_tokens : &p->n_without_tokens) += 1;
    if (q->top_bytes > 0)
        *(x.top ? &p->n_with_top : &p->n_without_top) += 1;
    dc_buf_adds(&p->b,
                x.tokens ? "}</script>\n" : ",\"capped\":true}</script>\n");
    dc_page_flush(p, false);
    return DC_OK;
}

enum dc_status dc_page_traces(struct dc_page *p, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    char id[32];
    for (size_t i = 0; i < p->n_shown && !st; i++) {
        snprintf(id, sizeof id, "p%zu", i);
        st = dc_page_block(p, i, id, err);
    }
    return st;
}
