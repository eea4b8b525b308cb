/*
 * answers.c - the seven votes of the authors' package.
 *
 * The seven differ in what a trace weighs and in who may vote; a row of the
 * table says both, and one function holds them all:
 *   V(a) = sum of w_t over the traces t that vote and whose answer is a
 * Sums and bars follow the package's order of operations, so that results agree
 * to the last bit. Ballots are sorted by answer to add them up, since the
 * number of different answers is only bounded by the number of traces; within
 * an answer they stay in the order of the traces.
 */
#include "base/mem.h"
#include "base/pairwise.h"

#include <assert.h>
#include <deepconf/answers.h>
#include <deepconf/stat.h>
#include <stdlib.h>
#include <string.h>

/* ---- one weighted vote ---- */

struct sorted {
    const char *answer;
    double weight;
    size_t at; /* ballot */
};

static int by_answer(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = strcmp(x->answer, y->answer);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static bool has_answer(const char *answer)
{
    return answer && *answer;
}

/* The best of s [n], which is sorted: most weight, then first seen. */
static const char *heaviest(const struct sorted *s, size_t n)
{
    const struct sorted *best = NULL;
    double most = 0;

    for (size_t i = 0, end; i < n; i = end) {
        double sum = 0;
        for (end = i; end < n && !strcmp(s[end].answer, s[i].answer); end++)
            sum += s[end].weight;
        if (!best || sum > most || (sum >= most && s[i].at < best->at)) {
            best = &s[i];
            most = sum;
        }
    }
    return best ? best->answer : NULL;
}

const char *dc_answer_winner(const struct dc_answer_ballot *ballot, size_t n)
{
    struct sorted *s = dc_xcalloc(n, sizeof *s);
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        if (has_answer(ballot[i].answer))
            s[m++] =
                (struct sorted){ballot[i].answer, ballot[i].weight, .at = i};
    if (m)
        qsort(s, m, sizeof *s, by_answer);
    const char *won = heaviest(s, m);
    free(s);
    return won;
}

/* ---- the seven ---- */

static const struct dc_answer_vote rows[] = {
    {"majority", "every answer counts 1", false, DC_ANSWER_MEAN, 1},
    {"mean_confidence_weighted", "weight: mean confidence", true,
     DC_ANSWER_MEAN, 1},
    {"tail_confidence_weighted", "weight: mean confidence of the tail", true,
     DC_ANSWER_TAIL, 1},
    {"bottom_window_weighted", "weight: mean of the lowest tenth of windows",
     true, DC_ANSWER_BOTTOM, 1},
    {"min_window_weighted", "weight: the lowest window", true, DC_ANSWER_MIN,
     1},
    {"top10_tail_filtered", "the best tenth by the tail, weighted by it", true,
     DC_ANSWER_TAIL, 0.1},
    {"top10_bottom_window_filtered",
     "the best tenth by the lowest windows, weighted by them", true,
     DC_ANSWER_BOTTOM, 0.1},
};

const struct dc_answer_vote *dc_answer_votes(size_t *n)
{
    *n = DC_COUNT(rows);
    return rows;
}

const struct dc_answer_vote *dc_answer_vote_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

/* Ballots [n] of the traces that have an answer; how many. */
static size_t collect(const struct dc_answer_vote *vote,
                      const struct dc_answer_trace *trace, size_t n,
                      struct dc_answer_ballot *ballot)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (has_answer(trace[i].answer))
            ballot[m++] = (struct dc_answer_ballot){
                trace[i].answer,
                vote->weighted ? trace[i].weight[vote->weight] : 1,
            };
    return m;
}

/* Leave the ballots at or above the bar of the share `keep`; how many. tmp [m]
 * is work space. */
static size_t keep_top(struct dc_answer_ballot *ballot, size_t m, double keep,
                       double *tmp)
{
    size_t kept = 0;
    for (size_t i = 0; i < m; i++)
        tmp[i] = ballot[i].weight;
    double bar = dc_percentile(tmp, m, (1 - keep) * 100);
    for (size_t i = 0; i < m; i++)
        if (ballot[i].weight >= bar)
            ballot[kept++] = ballot[i];
    return kept;
}

/* The weights of ballots [m] into w; whether one is above 0. */
static bool weights_of(const struct dc_answer_ballot *ballot, size_t m,
                       double *w)
{
    bool any = false;
    for (size_t i = 0; i < m; i++) {
        w[i] = ballot[i].weight;
        any = any || w[i] > 0;
    }
    return any;
}

bool dc_answer_vote_hold(const struct dc_answer_vote *vote,
                         const struct dc_answer_trace *trace, size_t n,
                         struct dc_answer_result *out)
{
    assert(vote->keep > 0 && vote->keep <= 1);
    struct dc_answer_ballot *ballot = dc_xcalloc(n, sizeof *ballot);
    double *w = dc_xcalloc(n, sizeof *w);
    size_t m = collect(vote, trace, n, ballot);

    if (m && vote->keep < 1)
        m = keep_top(ballot, m, vote->keep, w);
    bool held = weights_of(ballot, m, w);
    if (held)
        *out = (struct dc_answer_result){
            .answer = dc_answer_winner(ballot, m),
            .n_votes = m,
            .weighted = vote->weighted,
            .conf = vote->weighted ? dc_pairwise_mean(w, m) : 0,
        };
    free(w);
    free(ballot);
    return held;
}
