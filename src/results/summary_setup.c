/*
 * summary_setup.c - what was run and judged, fact by fact, and the summary as a
 * page of text. Strings from the run file are hostile: whoever shows them makes
 * them safe.
 */
#include "base/plural.h"
#include "judge/judge.h"
#include "results/correction.h"
#include "results/served.h"
#include "results/summary.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETUP_NUM = DC_GROUPED };

struct setup {
    const struct dc_summary *s;
    dc_summary_fact_fn *fact;
    void *arg;
};

static void item(struct setup *p, const char *name, const char *text)
{
    p->fact(p->arg, name, text);
}

/* The other judges of the file. */
static void show_judges(struct setup *p, struct dc_buf *t)
{
    const struct dc_summary *s = p->s;
    char a[SETUP_NUM], b[SETUP_NUM];
    dc_buf_clear(t);
    for (size_t i = 0; i < s->judges.n; i++) {
        const struct dc_judges_row *r = &s->judges.row[i];
        if (!strcmp(r->label, s->judge))
            continue;
        dc_buf_addf(t, "%s%s, ", t->n ? "; " : "", r->label);
        if (r->version)
            dc_buf_addf(t, "version %s", r->version);
        else
            dc_buf_adds(t, "of several versions");
        if (r->own)
            dc_buf_adds(t, " (the run's own)");
        if (r->n < s->judges.n_trace)
            dc_buf_addf(t, " (%s of %s traces)", dc_grouped(r->n, a),
                        dc_grouped(s->judges.n_trace, b));
    }
    if (t->n)
        item(p, "also judged", t->data);
}

/* Is it the judge of this program whose errors its row tells? */
static bool is_measured(const char *label, const char *version)
{
    const struct dc_judge_ops *row = dc_judge_find(label);
    const struct dc_judge_cfg cfg = dc_judge_cfg_default();
    struct dc_judge *j = NULL;
    if (!row || !row->errors || dc_judge_open(label, &cfg, &j, NULL) != DC_OK)
        return false;
    bool same = !strcmp(j->version, version);
    dc_judge_close(j);
    return same;
}

/* What is known of the errors of the judge, which were found on other models.
 */
static void show_errors(struct setup *p, struct dc_buf *t)
{
    const struct dc_summary *s = p->s;
    dc_buf_clear(t);
    if (s->correction)
        return;
    if (is_measured(s->judge, s->judge_version))
        dc_buf_addf(t,
                    "%s On this model they may be others: deepconf label "
                    "measures them.",
                    dc_judge_find(s->judge)->errors);
    else
        dc_buf_adds(t, "not known: deepconf label measures them on this run, "
                       "deepconf validate-judge on labelled responses");
    item(p, "its errors", t->data);
}

/* NULL: not known. */
static const char *known(const struct dc_summary *s, const char *key)
{
    const char *v = dc_summary_config(s, key, NULL);
    return v && strcmp(v, "unknown") != 0 ? v : NULL;
}

/* How the traces were sampled, what is not known of it left out and said:
 * "3 to 10 traces a prompt, at most ...". */
static void put_sampling(const struct dc_summary *s, struct dc_buf *out)
{
    static const struct {
        const char *key, *name;
    } row[] = {{"sampling.temperature", "temperature"},
               {"sampling.top_p", "top-p"},
               {"sampling.top_k", "top-k"},
               {"sampling.min_p", "min-p"}};
    const char *most = known(s, "sampling.max_tokens");
    const char *seed = known(s, "run.seed");
    const char *lacks[8];
    size_t n = 0, said = 0;
    const char *least = dc_summary_config(s, "stop.min_traces", "?");
    const char *all = dc_summary_config(s, "stop.max_traces", "?");
    if (!s->knows.drawn && !strcmp(least, all))
        dc_buf_addf(out, "%s trace%s a prompt", all, dc_plural(s->max_traces));
    else
        dc_buf_addf(out, "%s to %s trace%s a prompt", least, all,
                    dc_plural(s->max_traces));
    if (most)
        dc_buf_addf(out, ", at most %s token%s", most,
                    strcmp(most, "1") ? "s" : "");
    else
        lacks[n++] = "max-tokens";
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *v = known(s, row[i].key);
        if (!v) {
            lacks[n++] = row[i].name;
            continue;
        }
        dc_buf_addf(out, "%s%s ", said++ ? ", " : "; ", row[i].name);
        if (v[strspn(v, "0123456789")])
            dc_buf_addf(out, "%g", strtod(v, NULL));
        else
            dc_buf_adds(out, v);
    }
    if (seed)
        dc_buf_addf(out, "; seed %s", seed);
    else
        lacks[n++] = "seed";
    for (size_t i = 0; i < n; i++)
        dc_buf_addf(out, "%s%s", i ? ", " : "; not known: ", lacks[i]);
}

/* Where an imported run or a copy came from; nothing of any other. */
static void put_origin(const struct dc_summary *s, struct dc_buf *out)
{
    const char *copy = dc_summary_config(s, "import.copy.name", NULL);
    const char *mode = dc_summary_config(s, "run.mode", "");
    if (!strcmp(mode, "imported"))
        dc_buf_addf(out,
                    "from %s (format %s, SHA-256 %.12s...), made elsewhere: "
                    "%s of %" PRIu64 " traces with log-probabilities, %s with "
                    "token confidence",
                    dc_summary_config(s, "import.name", "?"),
                    dc_summary_config(s, "import.format", "?"),
                    dc_summary_config(s, "import.sha256", "?"),
                    dc_summary_config(s, "import.logprobs", "?"),
                    s->spent.n_trace,
                    dc_summary_config(s, "import.confidences", "?"));
    if (copy)
        dc_buf_addf(out, "%sa copy, read from %s", out->n ? "; " : "", copy);
}

/* Where traces of servers came from, and what is not known of them. */
static void show_servers(struct setup *p, struct dc_buf *t)
{
    const struct dc_summary *s = p->s;
    for (size_t i = 0; i < s->n_server; i++) {
        dc_buf_clear(t);
        dc_served_put(&s->server[i], t);
        item(p, "server", t->data);
    }
    dc_buf_clear(t);
    dc_served_confidence(s, t);
    if (t->n > 0)
        item(p, "confidence", t->data);
    if (dc_served_unrepeatable(s))
        item(p, "repeatable", dc_served_unrepeatable(s));
}

static void show_setup(struct setup *p)
{
    const struct dc_summary *s = p->s;
    struct dc_buf t;
    char n[SETUP_NUM];
    dc_buf_init(&t, SIZE_MAX);
#define GET(key) dc_summary_config(s, key, "?")
    put_origin(s, &t);
    if (t.n > 0)
        item(p, "imported", t.data);
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s (%s; backend %s)", GET("model.name"), GET("model.desc"),
                GET("backend"));
    item(p, "model", t.data);
    show_servers(p, &t);
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s, %s prompt%s; benchmark %s", GET("data.name"),
                dc_grouped(s->n_prompt, n), dc_plural(s->n_prompt),
                GET("data.benchmark"));
    item(p, "data", t.data);
    item(p, "gold label", GET("data.label_means"));
    dc_buf_clear(&t);
    put_sampling(s, &t);
    item(p, "sampling", t.data);
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s; promise: %s", GET("stop.policy"),
                dc_summary_promise(s));
    item(p, "stopping", t.data);
    dc_buf_clear(&t);
    dc_window_audit_says(&s->window, &t);
    if (t.n > 0)
        item(p, "window", t.data);
    if (s->has_threshold) {
        dc_buf_clear(&t);
        dc_buf_addf(
            &t,
            "%s above %.6g, percentile %g of %" PRId64 " trace%s of %" PRId64
            " calibration prompt%s, scored below like the others",
            s->threshold.measure, s->threshold.value, s->threshold.q,
            s->threshold.n_trace, dc_plural((uint64_t)s->threshold.n_trace),
            s->threshold.n_prompt, dc_plural((uint64_t)s->threshold.n_prompt));
        item(p, "threshold", t.data);
    }
    dc_buf_clear(&t);
    dc_buf_addf(&t, "%s, version %s; vote: %s", s->judge, s->judge_version,
                GET("vote"));
    item(p, "judge", t.data);
    if (s->judge_note)
        item(p, "", s->judge_note);
    show_errors(p, &t);
    show_judges(p, &t);
#undef GET
    dc_buf_release(&t);
}

void dc_summary_setup(const struct dc_summary *s, dc_summary_fact_fn *fact,
                      void *arg)
{
    struct setup p = {.s = s, .fact = fact, .arg = arg};
    show_setup(&p);
}

/* ---- the whole ---- */

void dc_summary_doc_state(const struct dc_summary *s, const char *file,
                          struct dc_doc *d)
{
    char a[SETUP_NUM], b[SETUP_NUM];
    if (s->n_decided == s->n_prompt)
        dc_doc_say(d, "%.4000s: finished, all %s prompt%s decided",
                   dc_doc_code(d, file), dc_grouped(s->n_prompt, a),
                   dc_plural(s->n_prompt));
    else
        dc_doc_say(d,
                   "%.4000s: NOT FINISHED, %s of %s prompt%s decided; the same "
                   "run command goes on from there%s",
                   dc_doc_code(d, file), dc_grouped(s->n_decided, a),
                   dc_grouped(s->n_prompt, b), dc_plural(s->n_prompt),
                   s->n_decided == 0
                       ? ""
                       : ". The figures are of those decided; the prompts "
                         "still in work are the ones that take many traces");
}

void dc_summary_doc(const struct dc_summary *s, const char *file,
                    struct dc_doc *d)
{
    dc_summary_doc_state(s, file, d);
    dc_summary_doc_answer(s, d);
    dc_summary_doc_alarms(s, d);
    dc_summary_doc_decisions(s, d);
    dc_summary_doc_rates(s, d);
    dc_summary_doc_judges(s, d);
    dc_summary_doc_cost(s, d);
    dc_summary_doc_stopped(s, d);
    dc_summary_doc_traces(s, d);
    if (s->correction)
        dc_correction_doc(s->correction, d);
    dc_doc_heading(d, "How it was run", "setup");
    dc_summary_doc_setup(s, d);
}
