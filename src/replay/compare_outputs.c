/*
 * compare_outputs.c - which settings of two runs differ, and whether their
 * outputs do: a report once showed the plots of one run as those of another.
 *
 * A trace is fixed by model, chat template, system prompt, sampling, seed,
 * prompt and number. Two runs that share all of these must give the same texts,
 * whatever else differs (policy, vote, judge, threads). Two that differ in the
 * model, the template, the system prompt, the temperature, or, above
 * temperature 0, the seed, must not: 95 % of equal texts are then more than
 * chance gives. Other keys (the library's release, top-p, the limit of tokens)
 * may change texts and need not.
 *
 * A run that is not repeatable may give other texts under the same settings.
 * Empty and cut texts say nothing, and are left out.
 */
#include "base/mem.h"
#include "replay/compare.h"

#include <stdlib.h>
#include <string.h>

/* Is the value known of both runs, and another? */
static bool known_differ(const struct dc_compare *c, const char *key)
{
    const char *a = dc_compare_side_key(c->a, key);
    const char *b = dc_compare_side_key(c->b, key);
    return a && b && strcmp(a, b) != 0;
}

static bool differs(const struct dc_compare *c, const char *key)
{
    const char *a = dc_compare_side_key(c->a, key);
    const char *b = dc_compare_side_key(c->b, key);
    return a && b ? strcmp(a, b) != 0 : a != b;
}

void dc_compare_keys(struct dc_compare *c)
{
    c->key = dc_xcalloc(c->a->n_kv + c->b->n_kv + 1, sizeof *c->key);
    for (size_t i = 0; i < c->a->n_kv; i++) {
        const struct dc_kv *x = &c->a->kv[i];
        const struct dc_kv *y = dc_kv_find(c->b->kv, c->b->n_kv, x->key);
        if (!y || strcmp(x->value, y->value) != 0)
            c->key[c->n_key++] = (struct dc_compare_key){
                x->key, x->value, y ? y->value : NULL, x->binding};
    }
    for (size_t i = 0; i < c->b->n_kv; i++) {
        const struct dc_kv *y = &c->b->kv[i];
        if (!dc_kv_find(c->a->kv, c->a->n_kv, y->key))
            c->key[c->n_key++] =
                (struct dc_compare_key){y->key, NULL, y->value, y->binding};
    }
}

/* ---- measures ---- */

static bool is_unknown(const struct dc_compare_side *s, const char *key)
{
    const char *v = dc_compare_side_key(s, key);
    return !v || !strcmp(v, "unknown");
}

static bool quantity_differs(const struct dc_compare *c, const char *key)
{
    return !is_unknown(c->a, key) && !is_unknown(c->b, key) && differs(c, key);
}

unsigned dc_compare_apart(const struct dc_compare *c)
{
    if (quantity_differs(c, "confidence.logprobs"))
        return DC_TOKEN_ALL & ~DC_TOKEN_ID;
    return quantity_differs(c, "confidence.k") ? DC_TOKEN_CONF : 0;
}

/* ---- outputs ---- */

static bool side_is_repeatable(const struct dc_compare_side *s)
{
    return s->knows.repeatable || !s->knows.drawn;
}

bool dc_compare_is_repeatable(const struct dc_compare *c)
{
    return side_is_repeatable(c->a) && side_is_repeatable(c->b);
}

static bool is_zero(const char *number)
{
    return number && strtod(number, NULL) == 0;
}

/* Something differs that makes equal texts a surprise. */
static bool must_differ(const struct dc_compare *c)
{
    static const char temperature[] = "sampling.temperature";
    static const char *const keys[] = {"chat.system", "chat.think",
                                       temperature};
    bool sha_a = dc_compare_side_key(c->a, "model.sha256") != NULL;
    bool sha_b = dc_compare_side_key(c->b, "model.sha256") != NULL;
    const char *model = sha_a ? "model.sha256" : "model.name";
    bool greedy = is_zero(dc_compare_side_key(c->a, temperature)) &&
                  is_zero(dc_compare_side_key(c->b, temperature));
    for (size_t i = 0; i < DC_COUNT(keys); i++)
        if (differs(c, keys[i]))
            return true;
    /* a server's name for a model that is a file here says nothing */
    if ((sha_a == sha_b && differs(c, model)) || known_differ(c, "chat.sha256"))
        return true;
    return !greedy && differs(c, "run.seed");
}

/* What is decided from texts, or which prompts there are, changes no text. */
static bool generates(const char *key)
{
    static const char *const after[] = {"stop.", "window.",    "judge",
                                        "vote",  "confidence", "data."};
    for (size_t i = 0; i < DC_COUNT(after); i++)
        if (!strncmp(key, after[i], strlen(after[i])))
            return false;
    return true;
}

static bool may_differ(const struct dc_compare *c)
{
    for (size_t i = 0; i < c->n_key; i++)
        if (c->key[i].binding && generates(c->key[i].key))
            return true;
    return differs(c, "model.name");
}

static void count_texts(struct dc_compare *c, const struct dc_compare_prompt *p,
                        const struct dc_compare_prompt *q)
{
    unsigned n = p->n_recorded < q->n_recorded ? p->n_recorded : q->n_recorded;
    for (unsigned i = 0; i < n && p->text == q->text; i++) {
        const struct dc_compare_text *x = &c->a->text[p->first + i];
        const struct dc_compare_text *y = &c->b->text[q->first + i];
        if (!x->whole || !y->whole)
            continue;
        c->n_text++;
        c->n_text_same += x->hash == y->hash;
    }
}

void dc_compare_texts(struct dc_compare *c, const struct dc_compare_pair *pair,
                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        count_texts(c, &c->a->prompt[pair[i].a], &c->b->prompt[pair[i].b]);
    bool nearly = 20 * c->n_text_same >= 19 * c->n_text;
    if (c->n_text < DC_OUTPUTS_LEAST)
        c->outputs = DC_OUTPUTS_UNKNOWN;
    else if (nearly && must_differ(c))
        c->outputs = DC_OUTPUTS_SAME_UNEXPECTED;
    else if (c->n_text_same == c->n_text)
        c->outputs = DC_OUTPUTS_SAME;
    else
        c->outputs = may_differ(c) || !dc_compare_is_repeatable(c)
                         ? DC_OUTPUTS_OTHER
                         : DC_OUTPUTS_OTHER_UNEXPECTED;
}
