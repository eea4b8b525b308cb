/*
 * golden_deepconf.c - checkers of deepconf_measures.jsonl, deepconf_votes.jsonl
 * and deepconf_threshold.jsonl: what the authors' package computes, against
 * compat.h, answers.h and stat.h.
 */
#include "base/mem.h"
#include "golden.h"

#include <deepconf/answers.h>
#include <deepconf/compat.h>
#include <deepconf/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- measures ---- */

/* Rounded confidences [*n] of the row's tokens; a token without any
 * log-probability is left out, as in the package. Caller frees. */
static double *confs_of(struct golden *g, const json_t *row, size_t *n)
{
    const json_t *top = golden_get(g, row, "top_logprobs", JSON_ARRAY);
    if (!top)
        return NULL;
    double *conf = dc_xcalloc(json_array_size(top), sizeof *conf);
    *n = 0;
    for (size_t i = 0; i < json_array_size(top); i++) {
        size_t k;
        double *lp =
            golden_values(g, json_array_get(top, i), "top_logprobs", &k);
        if (lp && k)
            conf[(*n)++] = dc_compat_conf(lp, k);
        free(lp);
    }
    return conf;
}

/* got [n] against the array of that name. */
static void same_array(struct golden *g, const json_t *row, const char *key,
                       const double *got, size_t n)
{
    size_t m;
    char field[96];
    double *want = golden_numbers(g, row, key, &m);
    if (!want)
        return;
    snprintf(field, sizeof field, "%s: length", key);
    golden_same_count(g, field, m, n);
    for (size_t i = 0; i < m && i < n; i++) {
        snprintf(field, sizeof field, "%s[%zu]", key, i);
        golden_same(g, field, want[i], got[i]);
    }
    free(want);
}

static void check_groups(struct golden *g, const json_t *row,
                         const double *conf, size_t n, size_t window)
{
    size_t m = dc_compat_n_groups(n, window);
    double *group = dc_xcalloc(m, sizeof *group), min;

    dc_compat_groups(conf, n, window, group);
    same_array(g, row, "group_confs_rounded_3dp", group, m);
    if (golden_number(g, row, "min_conf", &min))
        golden_same(g, "min_conf", min, dc_compat_min_conf(conf, n, window));
    free(group);
}

/* The T of "tail_T"; false if the key is another. */
static bool tail_of(const char *key, size_t *tail)
{
    char *end;
    if (strncmp(key, "tail_", 5) || key[5] < '1' || key[5] > '9')
        return false;
    *tail = (size_t)strtoull(key + 5, &end, 10);
    return !*end;
}

static void check_exact(struct golden *g, const json_t *exact,
                        const double *conf, size_t n, size_t window)
{
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)exact, key, v)
    {
        struct dc_compat_cfg cfg = dc_compat_cfg_default();
        char field[64];
        double want, got;
        bool tail = tail_of(key, &cfg.tail);
        cfg.window = window;
        struct dc_compat_weights w = dc_compat_weights(conf, n, &cfg);
        if (tail)
            got = w.tail;
        else if (!strcmp(key, "mean"))
            got = w.mean;
        else if (!strcmp(key, "bottom_10pct"))
            got = w.bottom;
        else if (!strcmp(key, "min_window"))
            got = w.min;
        else {
            golden_differs(g, key, "no such key", "one that is not known");
            continue;
        }
        snprintf(field, sizeof field, "exact.%s", key);
        if (golden_number(g, exact, key, &want))
            golden_near(g, field, want, got);
    }
}

void golden_measures_row(struct golden *g, const json_t *row)
{
    static const char *const known[] = {
        "k",
        "window",
        "top_logprobs",
        "confs_rounded_3dp",
        "group_confs_rounded_3dp",
        "min_conf",
        "exact",
        NULL,
    };
    static const char *const needed[] = {"mean", "bottom_10pct", "min_window"};
    size_t n, k, window;
    const json_t *exact = golden_get(g, row, "exact", JSON_OBJECT);
    double *conf = confs_of(g, row, &n);

    golden_keys(g, row, known);
    golden_count(g, row, "k", &k);
    if (golden_count(g, row, "window", &window) && window > 0 && conf) {
        same_array(g, row, "confs_rounded_3dp", conf, n);
        check_groups(g, row, conf, n, window);
        check_exact(g, exact, conf, n, window);
    }
    for (size_t i = 0; exact && i < DC_COUNT(needed); i++)
        if (!json_object_get(exact, needed[i]))
            golden_differs(g, needed[i], "a number in exact", "nothing");
    free(conf);
}

/* ---- votes ---- */

/* Trace i of the row; its answer is borrowed from the row. */
static void read_trace(struct golden *g, const json_t *t,
                       struct dc_answer_trace *out)
{
    static const char *const known[] = {"confs", "extracted_answer", NULL};
    const struct dc_compat_cfg cfg = dc_compat_cfg_default();
    const json_t *answer = json_object_get(t, "extracted_answer");
    size_t n;
    double *conf = golden_numbers(g, t, "confs", &n);

    golden_keys(g, t, known);
    if (!json_is_string(answer) && !json_is_null(answer))
        golden_differs(g, "extracted_answer", "a string or null in the file",
                       "something else");
    out->answer = json_string_value(answer);
    if (conf) {
        struct dc_compat_weights w = dc_compat_weights(conf, n, &cfg);
        out->weight[DC_ANSWER_MEAN] = w.mean;
        out->weight[DC_ANSWER_TAIL] = w.tail;
        out->weight[DC_ANSWER_BOTTOM] = w.bottom;
        out->weight[DC_ANSWER_MIN] = w.min;
    }
    free(conf);
}

/* r against one of the seven objects; NULL: no result. */
static void check_result(struct golden *g, const json_t *want,
                         const struct dc_answer_result *r)
{
    static const char *const known[] = {"answer", "num_votes", "confidence",
                                        NULL};
    size_t n;
    double conf;

    golden_keys(g, want, known);
    golden_same_text(g, "answer", json_object_get(want, "answer"), r->answer,
                     strlen(r->answer));
    if (golden_count(g, want, "num_votes", &n))
        golden_same_count(g, "num_votes", n, r->n_votes);
    if (!r->weighted)
        golden_get(g, want, "confidence", JSON_NULL);
    else if (golden_number(g, want, "confidence", &conf))
        golden_near(g, "confidence", conf, r->conf);
}

/* The package writes null for a vote if no trace has an answer, and leaves a
 * vote out if its weights are all 0. */
static void check_votes(struct golden *g, const json_t *votes,
                        const struct dc_answer_trace *trace, size_t n)
{
    size_t n_votes;
    const struct dc_answer_vote *vote = dc_answer_votes(&n_votes);
    const char *known[16] = {NULL};

    for (size_t i = 0; i < n_votes; i++) {
        struct dc_answer_result r;
        const json_t *want = json_object_get(votes, vote[i].name);
        bool held = dc_answer_vote_hold(&vote[i], trace, n, &r);
        known[i] = vote[i].name;
        snprintf(g->part, sizeof g->part, "votes.%s.", vote[i].name);
        if (held && json_is_object(want))
            check_result(g, want, &r);
        else if (held || (want && !json_is_null(want)))
            golden_differs(g, "result", held ? "no object" : "one in the file",
                           held ? "one" : "none");
    }
    g->part[0] = '\0';
    golden_keys(g, votes, known);
}

void golden_votes_row(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"traces", "votes", NULL};
    const json_t *traces = golden_get(g, row, "traces", JSON_ARRAY);
    const json_t *votes = golden_get(g, row, "votes", JSON_OBJECT);
    size_t n = json_array_size(traces);
    struct dc_answer_trace *trace = dc_xcalloc(n, sizeof *trace);

    golden_keys(g, row, known);
    for (size_t i = 0; i < n; i++) {
        snprintf(g->part, sizeof g->part, "traces[%zu].", i);
        read_trace(g, json_array_get(traces, i), &trace[i]);
    }
    g->part[0] = '\0';
    if (votes)
        check_votes(g, votes, trace, n);
    free(trace);
}

/* ---- the confidence bar ---- */

void golden_threshold_row(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"warmup_min_confs", "bar", "note",
                                        NULL};
    size_t n;
    const char *key;
    json_t *v;
    double *conf = golden_numbers(g, row, "warmup_min_confs", &n);
    const json_t *bar = golden_get(g, row, "bar", JSON_OBJECT);

    golden_keys(g, row, known);
    json_object_foreach((json_t *)bar, key, v)
    {
        char *end, field[64];
        double keep = strtod(key, &end), want;
        snprintf(field, sizeof field, "bar.%s", key);
        if (!*key || *end || !(keep >= 0 && keep <= 100))
            golden_differs(g, field, "0 to 100", "a key that is no such share");
        else if (conf && n && golden_number(g, bar, key, &want))
            golden_near(g, field, want, dc_percentile(conf, n, 100 - keep));
    }
    if (conf && !n)
        golden_differs(g, "warmup_min_confs", "a number or more", "none");
    free(conf);
}
