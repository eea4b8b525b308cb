/*
 * prompt_json.c - one prompt, its decision and its traces as one JSON object.
 */
#include "base/json.h"
#include "base/utf8.h"
#include "results/prompt_priv.h"

struct prompt_tree {
    struct dc_prompt_view v;
    json_t *prompt, *traces;
};

static enum dc_status take_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct prompt_tree *tree = arg;
    json_t *o = tree->prompt = json_object();
    (void)err;
    dc_json_put(o, "id", dc_json_text(p->id));
    dc_json_put(o, "number", json_integer(p->ord + 1));
    dc_json_put(o, "gold", dc_json_text(dc_gold_name(p->gold)));
    dc_json_put(o, "label", dc_json_text(p->label));
    dc_json_put(o, "category", dc_json_text(p->category));
    dc_json_put(o, "tokens",
                p->has_n_tok ? json_integer(p->n_tok) : json_null());
    dc_json_put(o, "problem", dc_json_text(p->problem));
    dc_json_put(o, "text", dc_json_text(p->text));
    return DC_OK;
}

static json_t *decision_json(const struct dc_prompt_view *v)
{
    const struct dc_decision_row *d = &v->decision;
    if (!v->decided)
        return json_null();
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(v->by->judge));
    dc_json_put(o, "decision", dc_json_text(d->decision));
    dc_json_put(o, "stopped_because", dc_json_text(d->reason));
    dc_json_put(o, "calibration", json_boolean(d->calibration));
    dc_json_put(o, "traces", json_integer(d->n_trace));
    dc_json_put(o, "refusals", json_integer(d->n_refusal));
    dc_json_put(o, "compliances", json_integer(d->n_compliance));
    dc_json_put(o, "undetermined", json_integer(d->n_undetermined));
    return o;
}

/* ---- traces ---- */

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
static json_t *top_json(const struct dc_prompt_view *v,
                        const struct dc_trace_row *t)
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

static enum dc_status take_trace(void *arg, const struct dc_run_prompt *p,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct prompt_tree *tree = arg;
    (void)p;
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
    dc_json_put(o, "server", dc_json_text(dc_prompt_server(&tree->v, t)));
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
    if (tree->v.cfg->full)
        dc_json_put(o, "top_logprobs",
                    t->top ? top_json(&tree->v, t) : json_null());
    json_array_append_new(tree->traces, o);
    return DC_OK;
}

enum dc_status dc_prompt_json(struct dc_run_view *r,
                              const struct dc_prompt_cfg *c, const char *file,
                              struct dc_buf *out, struct dc_err *err)
{
    struct prompt_tree tree = {.traces = json_array()};
    enum dc_status st = dc_prompt_open(r, c, take_prompt, &tree, &tree.v, err);
    if (!st)
        st = dc_prompt_traces(&tree.v, take_trace, &tree, err);
    if (!st) {
        json_t *root = json_object();
        dc_json_put(root, "format", json_string("deepconf-show-prompt 1"));
        dc_json_put(root, "file", dc_json_text(file));
        dc_json_put(root, "prompt", json_incref(tree.prompt));
        dc_json_put(root, "decision", decision_json(&tree.v));
        dc_json_put(root, "traces", json_incref(tree.traces));
        dc_json_print(root, out);
    }
    json_decref(tree.prompt);
    json_decref(tree.traces);
    dc_prompt_release(&tree.v);
    return st;
}
