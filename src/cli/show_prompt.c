/*
 * show_prompt.c - `show FILE --prompt ID`: what happened to one prompt.
 *
 * Its traces with text, verdict, measures and why each ended, and the decision
 * made of them. Texts are hostile: they pass dc_wrap(). On a terminal the words
 * that the judge went by are underlined.
 */
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "cli/show.h"
#include "store/pieces.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 13, LINES = 6, THOUGHT_LINES = 2 };

struct view {
    const struct dc_show *s;
    struct dc_arena arena;
    struct dc_buf *out;
    size_t width;
    json_t *traces; /* with --json */
    int64_t ord;
    const char *max_traces;
    struct dc_rejudge again;
    struct dc_pieces pieces;
    struct {
        int64_t id;
        const char *url;
    } * server; /* [n_server] */
    size_t n_server;
    bool decided;
    bool cut; /* some text was not shown whole */
};

static void item(struct view *v, const char *name, const char *text)
{
    char head[32];
    snprintf(head, sizeof head, "  %s", name);
    dc_wrap_item(v->out, v->width, INDENT, head, text);
}

/* A text or a part of one, and what of it is marked on a terminal. */
struct part {
    const char *name, *text;
    size_t n;
    size_t mark_off, mark_len; /* bytes; mark_len 0: nothing */
    bool thoughts;             /* dim, and folded to fewer lines */
};

static void put_part(struct view *v, const struct part *x)
{
    char head[32];
    bool colour = v->s->cli->to.colour, dim = x->thoughts && x->mark_len == 0;
    struct dc_wrap how = {
        .width = v->width,
        .indent = INDENT,
        .head = head,
        .max_lines = v->s->full    ? 0
                     : x->thoughts ? THOUGHT_LINES
                                   : LINES,
        .mark_off = x->mark_off,
        .mark_len = dim ? x->n : x->mark_len,
        .on = !colour ? ""
              : dim   ? "\033[2m"
                      : "\033[4m",
        .off = !colour ? ""
               : dim   ? "\033[22m"
                       : "\033[24m",
    };
    snprintf(head, sizeof head, "  %s", x->name);
    if (dc_wrap(v->out, x->text, x->n, &how))
        return;
    for (int i = 0; i < INDENT; i++)
        dc_buf_addc(v->out, ' ');
    dc_buf_adds(v->out, "...\n");
    v->cut = true;
}

static void body(struct view *v, const char *name, const char *text)
{
    put_part(v, &(struct part){.name = name, .text = text, .n = strlen(text)});
}

/* ---- the prompt ---- */

static void prompt_text(struct view *v, const struct dc_prompt_row *p)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "prompt ");
    dc_utf8_display(&b, p->id, strlen(p->id), 0); /* one line, whatever it is */
    dc_wrap_item(v->out, v->width, 0, NULL, b.data);
    dc_buf_clear(&b);
    dc_buf_adds(&b, dc_gold_name(p->gold));
    if (p->label)
        dc_buf_addf(&b, " (in the data: %s)", p->label);
    item(v, "gold", b.data);
    if (p->category)
        item(v, "category", p->category);
    if (p->problem)
        item(v, "not run", p->problem);
    body(v, "text", p->text);
    dc_buf_release(&b);
}

static void prompt_json(const struct dc_prompt_row *p, json_t *root)
{
    json_t *o = json_object();
    dc_json_put(o, "id", dc_json_text(p->id));
    dc_json_put(o, "number", json_integer(p->ord + 1));
    dc_json_put(o, "gold", dc_json_text(dc_gold_name(p->gold)));
    dc_json_put(o, "label", dc_json_text(p->label));
    dc_json_put(o, "category", dc_json_text(p->category));
    dc_json_put(o, "tokens",
                p->has_n_tok ? json_integer(p->n_tok) : json_null());
    dc_json_put(o, "problem", dc_json_text(p->problem));
    dc_json_put(o, "text", dc_json_text(p->text));
    dc_json_put(root, "prompt", o);
}

/* ---- its decision ---- */

static void decision_text(struct view *v, const struct dc_decision_row *d)
{
    const char *text = dc_arena_printf(
        &v->arena,
        "%s: %" PRId64 " refusal%s, %" PRId64 " compliance%s and %" PRId64
        " undetermined in %" PRId64 " of at most %s trace%s, by %s",
        d->decision, d->n_refusal, dc_plural((uint64_t)d->n_refusal),
        d->n_compliance, dc_plural((uint64_t)d->n_compliance),
        d->n_undetermined, d->n_trace, v->max_traces,
        strcmp(v->max_traces, "1") ? "s" : "", v->again.judge);
    item(v, "decision", text);
    item(v, "stopped",
         dc_arena_printf(&v->arena, "%s%s", d->reason,
                         d->calibration ? " (calibration prompt: all traces "
                                          "drawn to set the threshold)"
                                        : ""));
}

static json_t *decision_json(const struct view *v,
                             const struct dc_decision_row *d)
{
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(v->again.judge));
    dc_json_put(o, "decision", dc_json_text(d->decision));
    dc_json_put(o, "stopped_because", dc_json_text(d->reason));
    dc_json_put(o, "calibration", json_boolean(d->calibration));
    dc_json_put(o, "traces", json_integer(d->n_trace));
    dc_json_put(o, "refusals", json_integer(d->n_refusal));
    dc_json_put(o, "compliances", json_integer(d->n_compliance));
    dc_json_put(o, "undetermined", json_integer(d->n_undetermined));
    return o;
}

/* ---- its traces ---- */

static void verdict_text(struct view *v, const struct dc_trace_row *t,
                         const struct dc_verdict_row *d)
{
    struct dc_buf b;
    size_t n = strlen(t->text), off = (size_t)d->span_off;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s, by %s: %s", d->verdict, d->judge, d->rule);
    if (d->has_score)
        dc_buf_addf(&b, ", score %.3f", d->score);
    if (d->span_len > 0 && off <= n && (size_t)d->span_len <= n - off) {
        dc_buf_adds(&b, ", at \"");
        dc_utf8_display(&b, t->text + off, (size_t)d->span_len, 60);
        dc_buf_adds(&b, "\"");
    }
    item(v, "verdict", b.data);
    dc_buf_release(&b);
    if (d->reply)
        body(v, "reply", d->reply);
}

/* The verdict whose span is marked: of the judge that decides. */
static const struct dc_verdict_row *marked(const struct view *v,
                                           const struct dc_trace_row *t)
{
    for (size_t i = 0; i < t->n_verdict; i++)
        if (!strcmp(t->verdict[i].judge, v->again.judge))
            return &t->verdict[i];
    return NULL;
}

/* [from, to) of a trace's text, with what lies in it of the verdict's span. */
static void put_range(struct view *v, const struct dc_trace_row *t, size_t from,
                      size_t to, struct part *x)
{
    const struct dc_verdict_row *d = marked(v, t);
    x->text = t->text + from;
    x->n = to - from;
    if (d && d->span_len > 0 && (size_t)d->span_off >= from &&
        (size_t)d->span_off < to) {
        size_t end = (size_t)(d->span_off + d->span_len);
        x->mark_off = (size_t)d->span_off - from;
        x->mark_len = (end < to ? end : to) - (size_t)d->span_off;
    }
    put_part(v, x);
}

/* Thoughts apart from the answer, where a trace has both or thoughts alone. */
static void response_text(struct view *v, const struct dc_trace_row *t)
{
    size_t n = strlen(t->text), at = t->has_answer ? (size_t)t->answer_off : n;
    struct part thoughts = {.name = "thoughts", .thoughts = true};
    struct part rest = {.name = at > 0 ? "answer" : "text"};
    if (at > 0)
        put_range(v, t, 0, at, &thoughts);
    if (t->has_answer || n == 0)
        put_range(v, t, at, n, &rest);
}

/* ---- what else a token could have been ---- */

enum { TOKEN_COLS = 24 };

/* Alternatives go to a new line whole; `col` columns are used. */
struct top_line {
    struct dc_buf *out;
    size_t width, col;
};

/* A text in quotes, with its probability; the mark says that it was sampled. */
static void put_alternative(struct top_line *l, const char *mark,
                            const struct dc_piece *p, double logprob)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s\"", mark);
    dc_utf8_display(&b, p->bytes, p->n, TOKEN_COLS);
    dc_buf_addf(&b, "\" %.3g %%", 100 * exp(logprob));
    size_t n = dc_utf8_width(b.data, b.n);
    if (l->col > INDENT && l->col + 2 + n > l->width) {
        dc_buf_addf(l->out, "\n%*s", INDENT, "");
        l->col = INDENT;
    } else if (l->col > INDENT) {
        dc_buf_adds(l->out, "  ");
        l->col += 2;
    }
    dc_buf_add(l->out, b.data, b.n);
    l->col += n;
    dc_buf_release(&b);
}

/* The sampled token has a star, in the list or, if it is not there, behind. */
static void token_text(struct view *v, const struct dc_trace_row *t, size_t i)
{
    static const struct dc_piece unknown = {.bytes = "?", .n = 1};
    struct top_line l = {v->out, v->width, INDENT};
    size_t n, at;
    const struct dc_top_logprob *top = dc_top_of(t, i, &n);
    bool in = dc_top_sampled(&v->pieces, t, i, &at);
    dc_buf_addf(v->out, "%*zu  ", INDENT - 2, i + 1);
    for (size_t k = 0; k < n; k++) {
        const struct dc_piece *p = dc_pieces_find(&v->pieces, top[k].id);
        put_alternative(&l, in && k == at ? "*" : "", p ? p : &unknown,
                        (double)top[k].logprob);
    }
    if (!in && t->tok_end && !(t->lacks & DC_TOKEN_LOGPROB)) {
        size_t from = i > 0 ? t->tok_end[i - 1] & ~DC_TOK_PENDING : 0;
        size_t to = t->tok_end[i] & ~DC_TOK_PENDING;
        const struct dc_piece own = {.bytes = t->text + from, .n = to - from};
        put_alternative(&l, "... *", &own, (double)t->tok[i].logprob);
    }
    dc_buf_addc(v->out, '\n');
}

static void top_text(struct view *v, const struct dc_trace_row *t)
{
    struct dc_buf b;
    if (!t->top || t->n_tok == 0)
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b,
                "the %zu most probable at each token, in %% of the model's own "
                "distribution; * was sampled",
                t->n_top);
    item(v, "top", b.data);
    dc_buf_release(&b);
    for (size_t i = 0; i < t->n_tok; i++)
        token_text(v, t, i);
}

static json_t *piece_json(const struct dc_piece *p)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    if (p)
        dc_utf8_sanitize(&b, p->bytes, p->n);
    json_t *out = json_stringn(b.data, b.n);
    dc_buf_release(&b);
    return out;
}

/* A list for each token: {"token", "logprob", "sampled"}. */
static json_t *top_json(const struct view *v, const struct dc_trace_row *t)
{
    json_t *all = json_array();
    for (size_t i = 0; i < t->n_tok; i++) {
        json_t *list = json_array();
        size_t n, at;
        const struct dc_top_logprob *top = dc_top_of(t, i, &n);
        bool in = dc_top_sampled(&v->pieces, t, i, &at);
        for (size_t k = 0; k < n; k++) {
            json_t *o = json_object();
            dc_json_put(o, "token",
                        piece_json(dc_pieces_find(&v->pieces, top[k].id)));
            dc_json_put(o, "logprob", json_real((double)top[k].logprob));
            dc_json_put(o, "sampled", json_boolean(in && k == at));
            json_array_append_new(list, o);
        }
        json_array_append_new(all, list);
    }
    return all;
}

/* ---- the server that made a trace ---- */

static enum dc_status take_server(void *arg, const struct dc_endpoint_row *p,
                                  struct dc_err *err)
{
    struct view *v = arg;
    (void)err;
    v->server =
        dc_arena_more(&v->arena, v->server, v->n_server, sizeof *v->server);
    v->server[v->n_server].id = p->id;
    v->server[v->n_server++].url = dc_arena_strdup(&v->arena, p->url);
    return DC_OK;
}

/* NULL: none. */
static const char *server_of(const struct view *v, const struct dc_trace_row *t)
{
    for (size_t i = 0; i < v->n_server && t->endpoint > 0; i++)
        if (v->server[i].id == t->endpoint)
            return v->server[i].url;
    return NULL;
}

static void server_text(struct view *v, const struct dc_trace_row *t)
{
    const char *url = server_of(v, t);
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
        item(v, "server", b.data);
    dc_buf_release(&b);
}

static enum dc_status trace_text(void *arg, const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct view *v = arg;
    struct dc_buf b;
    (void)err;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(v->out, "\ntrace %" PRId64 ": ", t->idx + 1);
    if (t->has_count)
        dc_buf_addf(v->out, "%zu token%s", t->n_tok, dc_plural(t->n_tok));
    else
        dc_buf_adds(v->out, "tokens not in the input");
    if (t->has_ms)
        dc_buf_addf(v->out, " in %.2f s", t->ms / 1000);
    if (!dc_finish_is_known(t->finish))
        dc_buf_adds(v->out, ", how it ended is unknown");
    else
        dc_buf_addf(v->out, ", ended by %s", dc_finish_name(t->finish));
    dc_buf_addf(v->out, "%s\n",
                t->has_answer ? "" : ", cut inside its thinking");
    server_text(v, t);
    for (size_t i = 0; i < t->n_measure; i++) {
        const struct dc_measure_row *m = &t->measure[i];
        if (m->has_value)
            dc_buf_addf(&b, "%s%s %.4g", i ? ", " : "", m->measure, m->value);
        else
            dc_buf_addf(&b, "%s%s none", i ? ", " : "", m->measure);
    }
    if (!(t->lacks & DC_TOKEN_CONF))
        dc_buf_addf(&b, "%s(k = %u)", b.n ? " " : "", t->k);
    item(v, "measures", b.data);
    for (size_t i = 0; i < t->n_verdict; i++)
        verdict_text(v, t, &t->verdict[i]);
    response_text(v, t);
    top_text(v, t);
    dc_buf_release(&b);
    return DC_OK;
}

static json_t *verdict_json(const struct dc_verdict_row *d)
{
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(d->judge));
    dc_json_put(o, "version", dc_json_text(d->version));
    dc_json_put(o, "verdict", dc_json_text(d->verdict));
    dc_json_put(o, "rule", dc_json_text(d->rule));
    dc_json_put(o, "span_offset",
                d->span_len ? json_integer(d->span_off) : json_null());
    dc_json_put(o, "span_bytes",
                d->span_len ? json_integer(d->span_len) : json_null());
    dc_json_put(o, "score", d->has_score ? json_real(d->score) : json_null());
    dc_json_put(o, "reply", dc_json_text(d->reply));
    return o;
}

static enum dc_status trace_json(void *arg, const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct view *v = arg;
    json_t *o = json_object(), *m = json_object(), *d = json_array();
    (void)err;
    dc_json_put(o, "index", json_integer(t->idx));
    dc_json_put(o, "tokens",
                t->has_count ? json_integer((json_int_t)t->n_tok)
                             : json_null());
    dc_json_put(o, "seconds",
                t->has_ms ? json_real(t->ms / 1000) : json_null());
    dc_json_put(o, "first_token_seconds",
                t->has_first_ms ? json_real(t->first_ms / 1000) : json_null());
    dc_json_put(o, "draws", json_integer(t->attempts));
    dc_json_put(o, "server", dc_json_text(server_of(v, t)));
    dc_json_put(o, "ended_by", dc_json_text(dc_finish_name(t->finish)));
    dc_json_put(o, "k",
                t->lacks & DC_TOKEN_CONF ? json_null() : json_integer(t->k));
    for (size_t i = 0; i < t->n_measure; i++)
        dc_json_put(m, t->measure[i].measure,
                    t->measure[i].has_value ? json_real(t->measure[i].value)
                                            : json_null());
    dc_json_put(o, "measures", m);
    for (size_t i = 0; i < t->n_verdict; i++)
        json_array_append_new(d, verdict_json(&t->verdict[i]));
    dc_json_put(o, "verdicts", d);
    dc_json_put(o, "answer_offset",
                t->has_answer ? json_integer(t->answer_off) : json_null());
    dc_json_put(o, "text", dc_json_text(t->text));
    if (v->s->full)
        dc_json_put(o, "top_logprobs", t->top ? top_json(v, t) : json_null());
    json_array_append_new(v->traces, o);
    return DC_OK;
}

/* ---- the whole ---- */

struct found {
    struct view *v;
    json_t *root;
};

static enum dc_status take_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct found *f = arg;
    (void)err;
    f->v->ord = p->ord;
    if (f->root)
        prompt_json(p, f->root);
    else
        prompt_text(f->v, p);
    return DC_OK;
}

static enum dc_status take_decision(void *arg, const struct dc_decision_row *d,
                                    struct dc_err *err)
{
    struct found *f = arg;
    (void)err;
    f->v->decided = true;
    if (f->root)
        dc_json_put(f->root, "decision", decision_json(f->v, d));
    else
        decision_text(f->v, d);
    return DC_OK;
}

static enum dc_status walk(struct found *f, const char *id, struct dc_err *err)
{
    struct view *v = f->v;
    struct dc_store *store = v->s->store;
    enum dc_status st = dc_store_config_get(store, &v->arena, "stop.max_traces",
                                            &v->max_traces, err);
    if (!v->max_traces)
        v->max_traces = "?";
    if (!st)
        st = dc_rejudge_open(store, v->s->judge, &v->again, err);
    if (!st)
        st = dc_store_prompt_by_id(store, id, take_prompt, f, err);
    if (!st)
        st = dc_rejudge_each(&v->again, v->ord, take_decision, f, err);
    if (st)
        return st;
    if (v->again.note.n_open > 0 && !f->root)
        item(v, "",
             "open: the run stopped early under its own judge, and "
             "traces that were not drawn could change this decision");
    if (!v->decided && f->root)
        dc_json_put(f->root, "decision", json_null());
    else if (!v->decided)
        item(v, "decision", "not yet: the run is not finished");
    unsigned parts = DC_TRACE_VERDICTS;
    st = dc_store_each_endpoint(store, take_server, v, err);
    if (st)
        return st;
    if (v->s->full) {
        parts |= DC_TRACE_TOKENS | DC_TRACE_TOP;
        st = dc_pieces_read(store, &v->pieces, err);
    }
    if (!st)
        st = dc_store_each_trace(store, v->ord, parts,
                                 f->root ? trace_json : trace_text, v, err);
    if (!st && v->cut)
        dc_buf_adds(v->out,
                    "\nSome texts were cut; --full shows them whole.\n");
    return st;
}

enum dc_status dc_show_prompt(const struct dc_show *s, const char *id,
                              struct dc_err *err)
{
    size_t width = s->cli->to.width;
    struct view v = {
        .s = s,
        .out = &s->cli->out,
        .width = width > 100 ? 100 : width,
    };
    struct found f = {.v = &v, .root = s->json ? json_object() : NULL};
    dc_arena_init(&v.arena);
    if (f.root) {
        v.traces = json_array();
        dc_json_put(f.root, "file", dc_json_text(s->file));
    }
    enum dc_status st = walk(&f, id, err);
    if (f.root && !st) {
        dc_json_put(f.root, "traces", v.traces);
        dc_json_print(f.root, v.out);
    } else if (f.root) {
        json_decref(v.traces);
        json_decref(f.root);
    }
    dc_rejudge_release(&v.again);
    dc_pieces_release(&v.pieces);
    dc_arena_release(&v.arena);
    return st;
}
