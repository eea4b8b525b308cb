/*
 * out_predictions.c - predictions.jsonl: one object a prompt, with its traces.
 *
 * Prompt by prompt, so that memory does not grow with the run. Texts stand as
 * they are in the run file; JSON escapes them. What is not known is null.
 */
#include "base/json.h"
#include "base/mem.h"
#include "report/output.h"
#include "results/served.h"

#include <stdlib.h>

#define PREDICTIONS "predictions.jsonl"

struct walk {
    const struct dc_facts *f;
    FILE *out;
    json_t *traces; /* of the prompt at hand */
};

static json_t *verdict_json(const struct dc_verdict_row *v)
{
    json_t *o = json_object();
    dc_json_put(o, "verdict", dc_json_text(v->verdict));
    dc_json_put(o, "rule", dc_json_text(v->rule));
    if (v->span_len > 0) {
        dc_json_put(o, "span_offset", json_integer(v->span_off));
        dc_json_put(o, "span_bytes", json_integer(v->span_len));
    }
    if (v->has_score)
        dc_json_put(o, "score", json_real(v->score));
    if (v->reply)
        dc_json_put(o, "reply", dc_json_text(v->reply));
    return o;
}

static enum dc_status add_trace(void *arg, const struct dc_run_prompt *p,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    const struct dc_summary_server *server = dc_served_of(&w->f->summary, t);
    json_t *o = json_object(), *m = json_object(), *v = json_object();
    (void)p;
    (void)err;
    dc_json_put(o, "index", json_integer(t->idx));
    dc_json_put(o, "text", dc_json_text(t->text));
    dc_json_put(o, "finish", dc_json_text(dc_finish_name(t->finish)));
    if (t->cut)
        dc_json_put(o, "cut", dc_json_text(dc_cut_name(t->cut)));
    dc_json_put(o, "n_tokens",
                t->has_count ? json_integer((json_int_t)t->n_tok) : NULL);
    dc_json_put(o, "milliseconds", t->has_ms ? json_real(t->ms) : NULL);
    if (server) {
        dc_json_put(o, "draws", json_integer(t->attempts));
        dc_json_put(o, "first_token_milliseconds",
                    t->has_first_ms ? json_real(t->first_ms) : NULL);
        dc_json_put(o, "server", dc_json_text(server->url));
    }
    for (size_t i = 0; i < t->n_measure; i++)
        dc_json_put(m, t->measure[i].measure,
                    t->measure[i].has_value ? json_real(t->measure[i].value)
                                            : NULL);
    dc_json_put(o, "measures", m);
    for (size_t i = 0; i < t->n_verdict; i++)
        dc_json_put(v, t->verdict[i].judge, verdict_json(&t->verdict[i]));
    dc_json_put(o, "verdicts", v);
    json_array_append_new(w->traces, o);
    return DC_OK;
}

static json_t *prompt_json(const struct walk *w, const struct dc_prompt_row *p)
{
    const struct dc_record_prompt *r = &w->f->record.prompt[p->ord];
    json_t *o = json_object();
    dc_json_put(o, "id", dc_json_text(p->id));
    dc_json_put(o, "prompt", dc_json_text(p->text));
    dc_json_put(o, "gold", dc_json_text(dc_gold_name(p->gold)));
    dc_json_put(o, "label", dc_json_text(p->label));
    dc_json_put(o, "category", dc_json_text(p->category));
    dc_json_put(o, "decision",
                r->has_decision ? json_string(dc_verdict_name(r->decision))
                                : NULL);
    dc_json_put(o, "problem", dc_json_text(p->problem));
    return o;
}

static enum dc_status write_prompt(void *arg, const struct dc_prompt_row *p,
                                   struct dc_err *err)
{
    struct walk *w = arg;
    json_t *o = prompt_json(w, p);
    w->traces = json_array();
    dc_json_put(o, "traces", w->traces);
    enum dc_status st = dc_run_view_each_of(
        w->f->run, (size_t)p->ord, DC_TRACE_VERDICTS, add_trace, w, err);
    if (!st && !dc_json_line(o, w->out))
        st = dc_fail(err, DC_IO, "predictions.jsonl: can't be written");
    json_decref(o);
    return st;
}

/* All of it but that it is noted: it needs no figure, and is written while they
 * are computed. */
struct predictions {
    FILE *out;
    enum dc_status st;
    struct dc_err err;
};

static void *begin_predictions(const struct dc_facts *f, struct dc_out_dir *o)
{
    struct predictions *x = dc_xcalloc(1, sizeof *x);
    struct walk w = {.f = f};
    x->st = dc_out_open(o, PREDICTIONS, &x->out, &x->err);
    w.out = x->out;
    if (!x->st)
        x->st = dc_store_each_prompt(f->store, write_prompt, &w, &x->err);
    return x;
}

static void drop_predictions(void *begun)
{
    struct predictions *x = begun;
    if (x->out)
        fclose(x->out);
    free(x);
}

static enum dc_status end_predictions(void *begun, const struct dc_facts *f,
                                      struct dc_out_dir *o, struct dc_err *err)
{
    struct predictions *x = begun;
    enum dc_status st = x->st;
    (void)f;
    if (st)
        st = dc_fail(err, st, "%s", x->err.msg);
    else {
        st = dc_out_close(o, PREDICTIONS, x->out, err);
        x->out = NULL;
    }
    drop_predictions(x);
    return st;
}

const struct dc_output dc_output_predictions = {
    .files = PREDICTIONS,
    .what = "one object a prompt, with its traces, measures and verdicts",
    .early = true,
    .begin = begin_predictions,
    .end = end_predictions,
    .drop = drop_predictions,
};
