/*
 * confidence_means.c - confidence_means.h: a table of words.
 */
#include "exchange/confidence_means.h"

#include "base/mem.h"
#include "exchange/exchange.h"

#include <math.h>
#include <string.h>

static const struct dc_confidence_means confidence_rows[] = {
    {"unknown",
     {DC_CONFIDENCE_AS_GIVEN},
     "a number that nobody explains: no measure, and no probability",
     false},
    {"nll",
     {"nll", "mean_prob"},
     "the mean of -log p of the sampled tokens: large is unsure",
     true},
    {"logprob",
     {"nll", "mean_prob"},
     "the mean of log p of the sampled tokens, kept as nll, its negative",
     false},
    {"probability",
     {"mean_prob", "nll"},
     "the geometric mean of the sampled tokens' probabilities",
     false},
    {"entropy",
     {"entropy"},
     "the mean entropy of the tokens' distributions: large is unsure",
     true},
    {"token-confidence",
     {"mean"},
     "the mean of DeepConf's token confidence C: large is sure",
     false},
};

const char *dc_confidence_words(void)
{
    return "nll, logprob, probability, entropy, token-confidence, unknown";
}

enum dc_status dc_confidence_means(const char *word,
                                   const struct dc_confidence_means **out,
                                   struct dc_err *err)
{
    for (size_t i = 0; i < DC_COUNT(confidence_rows); i++)
        if (!strcmp(word ? word : "unknown", confidence_rows[i].word)) {
            *out = &confidence_rows[i];
            return DC_OK;
        }
    return dc_fail(err, DC_USAGE, "--confidence-means '%.40s' is none of: %s",
                   word, dc_confidence_words());
}

const char *dc_confidence_word_of(const char *measure)
{
    for (size_t i = 0; i < DC_COUNT(confidence_rows); i++)
        if (!strcmp(measure, confidence_rows[i].measure[0]))
            return confidence_rows[i].word;
    return NULL;
}

size_t dc_confidence_rows(const struct dc_confidence_means *c)
{
    return c->measure[1] ? 2 : 1;
}

void dc_confidence_put(const struct dc_confidence_means *c, bool has, double x,
                       struct dc_measure_row row[DC_CONFIDENCE_ROWS])
{
    bool log = !strcmp(c->word, "logprob");
    bool prob = !strcmp(c->word, "probability");
    double v = log ? -x : x, twin = prob ? -log1p(x - 1) : exp(-v);
    bool none = v < 0 && (prob || !strcmp(c->word, "token-confidence"));
    row[0] = (struct dc_measure_row){c->measure[0], has && !none, v};
    if (!row[0].has_value)
        row[0].value = 0;
    row[1] = (struct dc_measure_row){
        c->measure[1], has && v >= 0 && (!prob || (v > 0 && v <= 1)), twin};
    if (!row[1].has_value || !isfinite(twin) || !(twin > 0 || prob))
        row[1] = (struct dc_measure_row){.measure = c->measure[1]};
}

bool dc_confidence_came(const struct dc_confidence_means *c,
                        const struct dc_measure_row *m, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(m[i].measure, c->measure[0]) && m[i].has_value) {
            *out = strcmp(c->word, "logprob") ? m[i].value : -m[i].value;
            return true;
        }
    return false;
}
