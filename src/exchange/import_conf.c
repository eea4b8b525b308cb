/*
 * import_conf.c - import_conf.h: gather the lists of a trace, find the k that
 * is sure for all of them, and fill in C.
 */
#include "exchange/import_conf.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME                                                                   \
    1e-6 /* a token's log-probability in its record and in its list            \
          */

struct dc_import_list {
    size_t at, n;   /* of logprob */
    size_t sure;    /* dc_conf_top_sure() */
    bool has_least; /* the sampled token is the least probable of it */
};

void dc_import_conf_init(struct dc_import_conf *c, size_t n_tok)
{
    *c = (struct dc_import_conf){.n = 0};
    c->list = dc_xcalloc(n_tok + 1, sizeof *c->list);
}

void dc_import_conf_release(struct dc_import_conf *c)
{
    free(c->logprob);
    free(c->list);
    *c = (struct dc_import_conf){.n = 0};
}

/* What is equal has equal log-probabilities, and few have. */
void dc_import_twins(const json_t *list, bool *twin)
{
    double logprob[DC_IMPORT_MAX_LIST];
    size_t i;
    json_t *x;
    assert(json_array_size(list) <= DC_IMPORT_MAX_LIST);
    json_array_foreach(list, i, x)
    {
        logprob[i] = json_number_value(json_object_get(x, "logprob"));
        twin[i] = false;
        for (size_t k = 0; k < i && !twin[i]; k++)
            twin[i] = logprob[k] == logprob[i] &&
                      json_equal(json_array_get(list, k), x);
    }
}

static bool is_same_value(const json_t *a, const json_t *b)
{
    return json_is_number(a) && json_is_number(b) &&
           fabs(json_number_value(a) - json_number_value(b)) <= SAME;
}

/* Is entry x of a list, an object, the sampled token? */
static bool is_sampled_entry(const struct dc_import_piece *p, const json_t *x)
{
    const json_t *bytes = json_object_get(x, "bytes");
    const json_t *text = json_object_get(x, "token");
    if (!is_same_value(p->logprob, json_object_get(x, "logprob")))
        return false;
    if (json_is_array(bytes) && json_is_array(p->bytes))
        return json_equal(bytes, p->bytes);
    return json_is_string(text) && json_equal(text, p->text);
}

static bool is_sampled_key(const struct dc_import_piece *p, const char *key,
                           const json_t *v)
{
    return json_is_string(p->text) && is_same_value(p->logprob, v) &&
           strcmp(json_string_value(p->text), key) == 0;
}

static void put_value(struct dc_import_conf *c, const json_t *v)
{
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 256;
        c->logprob = dc_xrealloc(c->logprob, c->cap, sizeof *c->logprob);
    }
    double x = json_is_number(v) ? json_number_value(v) : NAN;
    c->odd = c->odd || !dc_logprob_ok(x);
    c->logprob[c->n++] = x;
}

/* The entries of a list; which of them is the sampled token: their number if
 * none is. */
static size_t put_entries(struct dc_import_conf *c,
                          const struct dc_import_piece *p)
{
    size_t first = c->n, sampled = SIZE_MAX, i;
    bool twin[DC_IMPORT_MAX_LIST];
    const char *key;
    json_t *x;
    if (json_is_array(p->top)) {
        dc_import_twins(p->top, twin);
        json_array_foreach(p->top, i, x)
        {
            if (twin[i])
                continue;
            if (sampled == SIZE_MAX && is_sampled_entry(p, x))
                sampled = c->n - first;
            put_value(c, json_object_get(x, "logprob"));
        }
    } else if (json_is_object(p->top)) {
        c->adds = true;
        json_object_foreach((json_t *)p->top, key, x)
        {
            if (is_sampled_key(p, key, x))
                sampled = c->n - first;
            put_value(c, x);
        }
    }
    return sampled == SIZE_MAX ? c->n - first : sampled;
}

void dc_import_conf_add(struct dc_import_conf *c,
                        const struct dc_import_piece *p)
{
    struct dc_import_list *l = &c->list[c->n_tok++];
    size_t n = json_is_array(p->top) ? json_array_size(p->top)
                                     : json_object_size(p->top);
    if (c->odd || n == 0 || n > DC_IMPORT_MAX_LIST) {
        c->odd = true;
        return;
    }
    l->at = c->n;
    size_t sampled = put_entries(c, p);
    l->n = c->n - l->at;
    if (c->odd)
        return;
    const double *lp = c->logprob + l->at;
    l->sure = dc_conf_top_sure(lp, l->n, sampled);
    l->has_least = sampled < l->n;
    for (size_t i = 0; l->has_least && i < l->n; i++)
        l->has_least = lp[i] >= lp[sampled];
}

/* All lists are of n entries: how many of each are sure? */
static size_t sure_of_equal(const struct dc_import_conf *c, size_t n)
{
    size_t n_short = 0;
    for (size_t i = 0; i < c->n_tok; i++)
        n_short += c->list[i].sure < n;
    /* One that adds the sampled token never displaces a rank, so that a list
     * is longer by one, or all of a short trace are. */
    if (n_short == 0 || (c->adds && n_short < c->n_tok))
        return n;
    return n - 1;
}

unsigned dc_import_conf_k(const struct dc_import_conf *c, bool *displaced)
{
    size_t most = 0, least = SIZE_MAX, k;
    bool added = true;
    *displaced = false;
    if (c->odd || c->n_tok == 0)
        return 0;
    for (size_t i = 0; i < c->n_tok; i++) {
        most = c->list[i].n > most ? c->list[i].n : most;
        least = c->list[i].n < least ? c->list[i].n : least;
    }
    for (size_t i = 0; i < c->n_tok; i++)
        added = added && (c->list[i].n == least || c->list[i].has_least);
    if (most == least) {
        k = sure_of_equal(c, most);
        *displaced = k < most && !c->adds;
    } else {
        k = most == least + 1 && added ? least : 0;
    }
    return k > DC_CONF_K_MAX ? 0 : (unsigned)k;
}

void dc_import_conf_fill(const struct dc_import_conf *c, unsigned k,
                         struct dc_token *tok)
{
    for (size_t i = 0; i < c->n_tok; i++) {
        const struct dc_import_list *l = &c->list[i];
        bool ok = dc_conf_top(c->logprob + l->at, l->n, k, &tok[i].conf);
        assert(ok);
        (void)ok;
    }
}
