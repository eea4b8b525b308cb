/*
 * out_wildguard.c - wildguard_classifications.jsonl and wildguard_metrics.json,
 * where a run file has verdicts of WildGuard.
 *
 * A line has the fields of WildGuard's own package (prompt_harmfulness,
 * response_refusal, response_harmfulness, is_parsing_error), read from the
 * stored reply, with the prompt's id, the trace's index and the verdict beside.
 */
#include "judge/wildguard.h"
#include "report/output.h"
#include "results/json_stat.h"
#include "results/judges_report.h"

#include <string.h>

static bool is_wildguard(const char *label)
{
    size_t n = strlen("wildguard");
    if (strncmp(label, "wildguard", n) != 0)
        return false;
    return !label[n] || label[n] == '(' || !strcmp(label + n, "-soft") ||
           !strncmp(label + n, "-soft(", 6);
}

static json_t *answer(enum dc_wildguard_answer a, const char *yes,
                      const char *no)
{
    if (a == DC_WILDGUARD_YES)
        return json_string(yes);
    return a == DC_WILDGUARD_NO ? json_string(no) : NULL;
}

static json_t *line_json(const char *id, const struct dc_trace_row *t,
                         const struct dc_verdict_row *v)
{
    const char *reply = v->reply ? v->reply : "";
    struct dc_wildguard_reply r = dc_wildguard_parse(reply, strlen(reply));
    json_t *o = json_object();
    dc_json_put(o, "id", dc_json_text(id));
    dc_json_put(o, "trace", json_integer(t->idx));
    dc_json_put(o, "judge", dc_json_text(v->judge));
    dc_json_put(o, "prompt_harmfulness",
                answer(r.harmful_request, "harmful", "unharmful"));
    dc_json_put(o, "response_refusal",
                answer(r.refusal, "refusal", "compliance"));
    dc_json_put(o, "response_harmfulness",
                answer(r.harmful_response, "harmful", "unharmful"));
    dc_json_put(o, "is_parsing_error", json_boolean(!r.parsed));
    dc_json_put(o, "verdict", dc_json_text(v->verdict));
    dc_json_put(o, "rule", dc_json_text(v->rule));
    dc_json_put(o, "score", v->has_score ? json_real(v->score) : NULL);
    dc_json_put(o, "reply", dc_json_text(v->reply));
    return o;
}

static enum dc_status write_trace(void *arg, const struct dc_run_prompt *p,
                                  const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    FILE *out = arg;
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < t->n_verdict && !st; i++) {
        if (!is_wildguard(t->verdict[i].judge))
            continue;
        json_t *o = line_json(p->id, t, &t->verdict[i]);
        if (!dc_json_line(o, out))
            st = dc_fail(err, DC_IO,
                         "wildguard_classifications.jsonl: can't "
                         "be written");
        json_decref(o);
    }
    return st;
}

static enum dc_status write_lines(const struct dc_facts *f,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    static const char name[] = "wildguard_classifications.jsonl";
    FILE *out = NULL;
    enum dc_status st = dc_out_open(o, name, &out, err);
    if (st)
        return st;
    st = dc_run_view_each(f->run, DC_TRACE_VERDICTS, write_trace, out, err);
    enum dc_status closed = dc_out_close(o, name, out, st ? NULL : err);
    return st ? st : closed;
}

/* ---- metrics ---- */

/* Agreement with the other judges, on traces and on decisions. */
static json_t *agreement(const struct dc_judges *j, size_t of)
{
    json_t *list = json_array();
    for (size_t i = 0; i < j->n_pair; i++) {
        const struct dc_judges_pair *p = &j->pair[i];
        if (p->a != of && p->b != of)
            continue;
        json_t *o = json_object();
        dc_json_put(o, "with",
                    dc_json_text(j->row[p->a == of ? p->b : p->a].label));
        dc_json_put(o, "traces", dc_json_count(p->trace.n));
        dc_json_put(o, "traces_equal", dc_json_count(p->trace.n_equal));
        dc_json_put(o, "traces_kappa", dc_json_ratio(&p->trace.kappa));
        dc_json_put(o, "traces_apart", dc_json_count(p->n_apart));
        dc_json_put(o, "prompts",
                    p->has_prompt ? dc_json_count(p->prompt.n) : NULL);
        dc_json_put(o, "prompts_equal",
                    p->has_prompt ? dc_json_count(p->prompt.n_equal) : NULL);
        dc_json_put(o, "prompts_kappa",
                    p->has_prompt ? dc_json_ratio(&p->prompt.kappa) : NULL);
        json_array_append_new(list, o);
    }
    return list;
}

/* The run under this judge, which has decisions. */
static const struct dc_summary *summary_by(const struct dc_facts *f,
                                           const char *label)
{
    for (size_t i = 0; i < f->n_other; i++)
        if (!strcmp(f->other[i].summary.judge, label))
            return &f->other[i].summary;
    return &f->summary;
}

static void put_rates(const struct dc_summary *s, json_t *o)
{
    const struct dc_matrix_rates *r = &s->rates;
    dc_json_put(o, "matrix", dc_json_matrix(&s->matrix));
    dc_json_put(o, "accuracy", dc_json_prop(&r->accuracy));
    dc_json_put(o, "sensitivity", dc_json_prop(&r->sensitivity));
    dc_json_put(o, "specificity", dc_json_prop(&r->specificity));
    dc_json_put(o, "precision", dc_json_prop(&r->precision));
    dc_json_put(o, "f1_score", dc_json_ratio(&r->f1));
    dc_json_put(o, "majority_baseline", dc_json_prop(&r->majority_baseline));
    dc_json_put(o, "note", dc_json_text(s->judge_note));
}

static json_t *metrics(const struct dc_facts *f, size_t i)
{
    const struct dc_judges_row *row = &f->judges->row[i];
    json_t *o = json_object(), *v = json_object();
    dc_json_put(o, "judge", dc_json_text(row->label));
    dc_json_put(o, "version", dc_json_text(row->version));
    dc_json_put(o, "traces", dc_json_count(row->n));
    for (int k = 0; k < DC_VERDICTS; k++)
        dc_json_put(v, dc_verdict_name((enum dc_verdict)k),
                    dc_json_count(row->verdict[k]));
    dc_json_put(o, "verdicts", v);
    dc_json_put(o, "agreement", agreement(f->judges, i));
    if (row->has_decisions)
        put_rates(summary_by(f, row->label), o);
    return o;
}

static enum dc_status write_metrics(const struct dc_facts *f,
                                    struct dc_out_dir *o, struct dc_err *err)
{
    json_t *root = json_object(), *list = json_array();
    dc_json_put(root, "judges", list);
    for (size_t i = 0; i < f->judges->n; i++)
        if (is_wildguard(f->judges->row[i].label))
            json_array_append_new(list, metrics(f, i));
    return dc_out_json(o, "wildguard_metrics.json", root, err);
}

static enum dc_status write_wildguard(const struct dc_facts *f,
                                      struct dc_out_dir *o, struct dc_err *err)
{
    for (size_t i = 0; i < f->judges->n; i++) {
        if (!is_wildguard(f->judges->row[i].label))
            continue;
        enum dc_status st = write_lines(f, o, err);
        return st ? st : write_metrics(f, o, err);
    }
    return DC_OK;
}

const struct dc_output dc_output_wildguard = {
    .files = "wildguard_classifications.jsonl, wildguard_metrics.json",
    .what = "what WildGuard says of each trace, if it was asked",
    .write = write_wildguard,
};
