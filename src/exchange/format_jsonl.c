/*
 * format_jsonl.c - our own format: everything of a run file as JSONL, so that
 * `deepconf import --format deepconf` makes the same run of it.
 *
 * The first line is {"deepconf_run": 1, ...} with configuration, threshold and
 * sessions; then comes a line for each prompt, in order, with its decision and
 * `traces`. Keys are the names of the columns in docs/RUNFILE.md. Configuration
 * keys that begin with "import.copy." say how this file came to be and are no
 * part of the run: they are left out. Numbers of tokens and times that an
 * import's input did not speak of are null.
 *
 * A run with top log-probabilities has their texts in the first line,
 * "pieces": [[id, text or list of bytes], ...], and in each trace "n_top" and
 * "tok_top", for each token a list of [id, logprob].
 */
#include "base/mem.h"
#include "exchange/export_priv.h"
#include "exchange/import_priv.h"
#include "exchange/run_json.h"

#include <string.h>

static void put_threshold(struct dc_json_out *o, const struct dc_summary *s)
{
    const struct dc_threshold_row *t = &s->threshold;
    dc_jo_key(o, "threshold");
    if (!s->has_threshold) {
        dc_jo_null(o);
        return;
    }
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "policy"), t->policy);
    dc_jo_text(dc_jo_key(o, "measure"), t->measure);
    dc_jo_real(dc_jo_key(o, "q"), t->q);
    dc_jo_real(dc_jo_key(o, "value"), t->value);
    dc_jo_int(dc_jo_key(o, "n_prompt"), t->n_prompt);
    dc_jo_int(dc_jo_key(o, "n_trace"), t->n_trace);
    dc_jo_end(o);
}

/* What is not known is null. */
static void put_count(struct dc_json_out *o, int64_t n, bool known)
{
    if (known)
        dc_jo_int(o, n);
    else
        dc_jo_null(o);
}

static void put_real(struct dc_json_out *o, double v, bool known)
{
    if (known)
        dc_jo_real(o, v);
    else
        dc_jo_null(o);
}

/* A time that is not known where traces were given without it: null where it is
 * 0. */
static void put_ms(struct dc_export *e, const char *key, double ms)
{
    put_real(dc_jo_key(&e->file[0].json, key), ms,
             ms != 0 || e->sum->knows.drawn);
}

static enum dc_status put_segment(void *arg, const struct dc_segment_row *g,
                                  struct dc_err *err)
{
    struct dc_export *e = arg;
    struct dc_json_out *o = &e->file[0].json;
    (void)err;
    dc_jo_object(o);
    dc_jo_int(dc_jo_key(o, "id"), g->id);
    dc_jo_text(dc_jo_key(o, "started"), g->started);
    dc_jo_text(dc_jo_key(o, "version"), g->version);
    dc_jo_text(dc_jo_key(o, "library"), g->library);
    dc_jo_text(dc_jo_key(o, "host"), g->host);
    dc_jo_int(dc_jo_key(o, "n_slots"), g->n_slots);
    dc_jo_int(dc_jo_key(o, "n_threads"), g->n_threads);
    put_ms(e, "wall_ms", g->wall_ms);
    put_ms(e, "decode_ms", g->decode_ms);
    put_ms(e, "prefill_ms", g->prefill_ms);
    dc_jo_end(o);
    return DC_OK;
}

struct endpoints {
    struct dc_json_out *o;
    size_t n;
};

static enum dc_status put_endpoint(void *arg, const struct dc_endpoint_row *p,
                                   struct dc_err *err)
{
    struct endpoints *x = arg;
    (void)err;
    if (x->n++ == 0)
        dc_jo_array(dc_jo_key(x->o, "endpoints"));
    dc_jo_object(x->o);
    dc_jo_int(dc_jo_key(x->o, "id"), p->id);
    dc_jo_text(dc_jo_key(x->o, "url"), p->url);
    dc_jo_text(dc_jo_key(x->o, "model"), p->model);
    dc_jo_text(dc_jo_key(x->o, "fingerprint"), p->fingerprint);
    dc_jo_text(dc_jo_key(x->o, "probe"), p->probe);
    dc_jo_end(x->o);
    return DC_OK;
}

/* Of runs on servers; others have no such key. */
static enum dc_status put_endpoints(struct dc_export *e, struct dc_err *err)
{
    struct endpoints x = {.o = &e->file[0].json};
    enum dc_status st =
        dc_store_each_endpoint(e->run->store, put_endpoint, &x, err);
    if (x.n > 0)
        dc_jo_end(x.o);
    return st;
}

static void put_pieces(struct dc_export *e)
{
    struct dc_json_out *o = &e->file[0].json;
    if (e->pieces.n == 0)
        return;
    dc_jo_array(dc_jo_key(o, "pieces"));
    for (size_t i = 0; i < e->pieces.n; i++) {
        dc_jo_array(o);
        dc_jo_int(o, e->pieces.item[i].id);
        dc_export_put_piece(o, &e->pieces.item[i]);
        dc_jo_end(o);
    }
    dc_jo_end(o);
}

static enum dc_status begin(struct dc_export *e, struct dc_err *err)
{
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_kv *kv = e->sum->config;
    dc_jo_object(o);
    dc_jo_int(dc_jo_key(o, DC_RUN_JSON_MARK), DC_RUN_JSON_VERSION);
    dc_jo_array(dc_jo_key(o, "config"));
    for (size_t i = 0; i < e->sum->n_config; i++) {
        if (!strncmp(kv[i].key, DC_RUN_JSON_COPY, strlen(DC_RUN_JSON_COPY)))
            continue;
        dc_jo_object(o);
        dc_jo_text(dc_jo_key(o, "key"), kv[i].key);
        dc_jo_text(dc_jo_key(o, "value"), kv[i].value);
        dc_jo_bool(dc_jo_key(o, "binding"), kv[i].binding);
        dc_jo_end(o);
    }
    dc_jo_end(o);
    put_threshold(o, e->sum);
    dc_jo_array(dc_jo_key(o, "segments"));
    enum dc_status st =
        dc_store_each_segment(e->run->store, put_segment, e, err);
    dc_jo_end(o);
    if (!st)
        st = put_endpoints(e, err);
    put_pieces(e);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    return st;
}

/* ---- a prompt ---- */

static void put_decision(struct dc_json_out *o, const struct dc_decision_row *d)
{
    dc_jo_key(o, "decision");
    if (!d) {
        dc_jo_null(o);
        return;
    }
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "decision"), d->decision);
    dc_jo_text(dc_jo_key(o, "reason"), d->reason);
    dc_jo_bool(dc_jo_key(o, "calibration"), d->calibration);
    dc_jo_int(dc_jo_key(o, "n_trace"), d->n_trace);
    dc_jo_int(dc_jo_key(o, "n_refusal"), d->n_refusal);
    dc_jo_int(dc_jo_key(o, "n_compliance"), d->n_compliance);
    dc_jo_int(dc_jo_key(o, "n_undetermined"), d->n_undetermined);
    dc_jo_end(o);
}

static void prompt(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct dc_json_out *o = &e->file[0].json;
    const struct dc_prompt_row *r = p->row;
    dc_jo_object(o);
    dc_jo_int(dc_jo_key(o, "ord"), r->ord);
    dc_jo_text(dc_jo_key(o, "id"), r->id);
    dc_jo_text(dc_jo_key(o, "gold"), dc_gold_name(r->gold));
    dc_jo_text(dc_jo_key(o, "label"), r->label);
    dc_jo_text(dc_jo_key(o, "category"), r->category);
    dc_export_put_fields(o, r);
    put_count(dc_jo_key(o, "n_tok"), r->n_tok, r->has_n_tok);
    dc_jo_text(dc_jo_key(o, "problem"), r->problem);
    if (r->has_place)
        dc_jo_int(dc_jo_key(o, "place"), r->place);
    dc_jo_text(dc_jo_key(o, "text"), r->text);
    put_decision(o, p->decision);
    dc_jo_array(dc_jo_key(o, "traces"));
}

/* ---- a trace ---- */

static float value_of(const struct dc_token *t, int i)
{
    const float v[] = {t->logprob, t->conf, t->entropy, t->self_cert};
    return v[i];
}

static void put_tokens(struct dc_json_out *o, const struct dc_trace_row *t)
{
    static const char *const name[] = {"tok_logprob", "tok_conf", "tok_entropy",
                                       "tok_self_cert"};
    dc_jo_key(o, "tok_id");
    if (t->lacks & DC_TOKEN_ID) {
        dc_jo_null(o);
    } else {
        dc_jo_array(o);
        for (size_t i = 0; i < t->n_tok; i++)
            dc_jo_int(o, t->tok[i].id);
        dc_jo_end(o);
    }
    for (int k = 0; k < (int)DC_COUNT(name); k++) {
        dc_jo_key(o, name[k]);
        if (t->lacks & ((unsigned)DC_TOKEN_LOGPROB << k)) {
            dc_jo_null(o);
            continue;
        }
        dc_jo_array(o);
        for (size_t i = 0; i < t->n_tok; i++)
            dc_jo_float(o, value_of(&t->tok[i], k));
        dc_jo_end(o);
    }
    dc_jo_key(o, "tok_end");
    if (!t->tok_end || t->n_tok == 0) {
        dc_jo_null(o);
        return;
    }
    dc_jo_array(o);
    for (size_t i = 0; i < t->n_tok; i++)
        dc_jo_int(o, t->tok_end[i]);
    dc_jo_end(o);
}

static void put_top(struct dc_json_out *o, const struct dc_trace_row *t)
{
    size_t n;
    if (!t->top)
        return;
    dc_jo_int(dc_jo_key(o, "n_top"), (int64_t)t->n_top);
    dc_jo_array(dc_jo_key(o, "tok_top"));
    for (size_t i = 0; i < t->n_tok; i++) {
        const struct dc_top_logprob *top = dc_top_of(t, i, &n);
        dc_jo_array(o);
        for (size_t k = 0; k < n; k++) {
            dc_jo_array(o);
            dc_jo_int(o, top[k].id);
            dc_jo_float(o, top[k].logprob);
            dc_jo_end(o);
        }
        dc_jo_end(o);
    }
    dc_jo_end(o);
}

static void put_verdict(struct dc_json_out *o, const struct dc_verdict_row *v)
{
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "judge"), v->judge);
    dc_jo_text(dc_jo_key(o, "version"), v->version);
    dc_jo_text(dc_jo_key(o, "verdict"), v->verdict);
    dc_jo_text(dc_jo_key(o, "rule"), v->rule);
    dc_jo_int(dc_jo_key(o, "span_off"), v->span_off);
    dc_jo_int(dc_jo_key(o, "span_len"), v->span_len);
    put_real(dc_jo_key(o, "score"), v->score, v->has_score);
    dc_jo_text(dc_jo_key(o, "reply"), v->reply);
    dc_jo_end(o);
}

/* Of a trace that a server made; others have none of these keys. */
static void put_served(struct dc_json_out *o, const struct dc_trace_row *t)
{
    if (t->attempts == 1 && !t->has_first_ms && t->endpoint == 0)
        return;
    dc_jo_int(dc_jo_key(o, "attempts"), t->attempts);
    put_real(dc_jo_key(o, "first_ms"), t->first_ms, t->has_first_ms);
    put_count(dc_jo_key(o, "endpoint"), t->endpoint, t->endpoint > 0);
}

static void trace(struct dc_export *e, const struct dc_export_prompt *p,
                  const struct dc_trace_row *t)
{
    struct dc_json_out *o = &e->file[0].json;
    (void)p;
    dc_jo_object(o);
    dc_jo_int(dc_jo_key(o, "idx"), t->idx);
    dc_jo_text(dc_jo_key(o, "finish"), dc_finish_name(t->finish));
    dc_jo_text(dc_jo_key(o, "cut"), dc_cut_name(t->cut));
    put_count(dc_jo_key(o, "answer_off"), t->answer_off, t->has_answer);
    dc_jo_int(dc_jo_key(o, "answer_rule"), t->answer_rule);
    put_count(dc_jo_key(o, "n_tok"), (int64_t)t->n_tok, t->has_count);
    dc_jo_int(dc_jo_key(o, "k"), t->k);
    put_real(dc_jo_key(o, "ms"), t->ms, t->has_ms);
    put_served(o, t);
    dc_jo_int(dc_jo_key(o, "segment"), t->segment);
    dc_jo_text(dc_jo_key(o, "text"), t->text);
    dc_export_put_measures(dc_jo_key(o, "measures"), t);
    dc_jo_array(dc_jo_key(o, "verdicts"));
    for (size_t i = 0; i < t->n_verdict; i++)
        put_verdict(o, &t->verdict[i]);
    dc_jo_end(o);
    put_tokens(o, t);
    put_top(o, t);
    dc_jo_end(o);
}

static void prompt_end(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct dc_json_out *o = &e->file[0].json;
    (void)p;
    dc_jo_end(o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

const struct dc_export_ops dc_export_jsonl = {
    .parts = DC_TRACE_TOKENS | DC_TRACE_TOP | DC_TRACE_VERDICTS,
    .begin = begin,
    .prompt = prompt,
    .trace = trace,
    .prompt_end = prompt_end,
};

const struct dc_format dc_format_jsonl = {
    .name = "jsonl",
    .summary = "everything, a JSON object a line; any JSONL can be read",
    .lossless = true,
    .write = &dc_export_jsonl,
    .read = dc_read_jsonl,
};
