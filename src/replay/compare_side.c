/*
 * compare_side.c - one run as a comparison needs it (compare.h): a walk over
 * the prompts, one over the decisions, one over the traces. Of texts the hash
 * is kept.
 */
#include "audit/audit.h"
#include "base/hash.h"
#include "base/mem.h"
#include "replay/compare.h"
#include "replay/rejudge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct dc_store *store;
    struct dc_compare_side *s;
    size_t cap_prompt, cap_text;
};

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct reading *w = arg;
    struct dc_compare_side *s = w->s;
    (void)err;
    if (s->n_prompt == w->cap_prompt) {
        w->cap_prompt = w->cap_prompt ? 2 * w->cap_prompt : 256;
        s->prompt = dc_xrealloc(s->prompt, w->cap_prompt, sizeof *s->prompt);
    }
    s->prompt[s->n_prompt++] = (struct dc_compare_prompt){
        .id = dc_arena_strdup(&s->arena, p->id),
        .text = dc_hash64(p->text, strlen(p->text)),
        .gold = p->gold,
        .sum = dc_arena_array(&s->arena, DC_COMPARE_MEASURES, sizeof(double)),
        .n_value =
            dc_arena_array(&s->arena, DC_COMPARE_MEASURES, sizeof(unsigned)),
    };
    return DC_OK;
}

/* The prompt of a row. */
static enum dc_status prompt_at(const struct reading *w, int64_t ord,
                                const char *what,
                                struct dc_compare_prompt **out,
                                struct dc_err *err)
{
    if (ord < 0 || (uint64_t)ord >= w->s->n_prompt)
        return dc_store_damaged(w->store, err,
                                "a %s for prompt %" PRId64 ", of %zu", what,
                                ord, w->s->n_prompt);
    *out = &w->s->prompt[ord];
    return DC_OK;
}

static enum dc_status see_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct dc_compare_prompt *p = NULL;
    enum dc_status st = prompt_at(arg, d->prompt, "decision", &p, err);
    if (st)
        return st;
    p->decided = dc_verdict_parse(d->decision, &p->decision);
    p->n_trace = (unsigned)d->n_trace;
    return DC_OK;
}

/* The place of a measure; false if there are too many to keep. */
static bool measure_at(struct dc_compare_side *s, const char *name, size_t *at)
{
    for (*at = 0; *at < s->n_measure; ++*at)
        if (!strcmp(s->measure[*at], name))
            return true;
    if (s->n_measure == DC_COMPARE_MEASURES)
        return false;
    s->measure[s->n_measure++] = dc_arena_strdup(&s->arena, name);
    return true;
}

static void count(struct dc_compare_side *s, struct dc_compare_prompt *p,
                  const struct dc_trace_row *t)
{
    size_t at;
    p->n_tok += t->n_tok;
    p->no_count |= !t->has_count;
    for (size_t i = 0; i < t->n_measure; i++) {
        const struct dc_measure_row *m = &t->measure[i];
        if (!m->has_value || !measure_at(s, m->measure, &at))
            continue;
        p->sum[at] += m->value;
        p->n_value[at]++;
    }
}

static enum dc_status see_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct reading *w = arg;
    struct dc_compare_side *s = w->s;
    struct dc_compare_prompt *p = NULL;
    size_t n = strlen(t->text);
    enum dc_status st = prompt_at(w, t->prompt, "trace", &p, err);
    if (st)
        return st;
    if (t->idx != (int64_t)p->n_recorded)
        return DC_OK; /* behind a gap: finished out of order, then stopped */
    if (s->n_text == w->cap_text) {
        w->cap_text = w->cap_text ? 2 * w->cap_text : 1024;
        s->text = dc_xrealloc(s->text, w->cap_text, sizeof *s->text);
    }
    if (p->n_recorded++ == 0)
        p->first = s->n_text;
    s->text[s->n_text++] = (struct dc_compare_text){
        .hash = dc_hash64(t->text, n), .whole = n > 0 && !t->cut};
    if (p->decided && t->idx < (int64_t)p->n_trace)
        count(s, p, t);
    return DC_OK;
}

/* The configuration as if the run had been judged so. */
static void put_judge(struct dc_compare_side *s, struct dc_rejudge *r)
{
    for (size_t i = 0; i < s->n_kv && !r->own; i++) {
        struct dc_kv *kv = &s->kv[i];
        if (!strcmp(kv->key, "judge"))
            kv->value = dc_arena_strdup(&s->arena, r->judge);
        else if (!strcmp(kv->key, "judge.version"))
            kv->value = dc_arena_strdup(&s->arena, r->version);
        else if (!strcmp(kv->key, "judge.spec"))
            kv->value = "";
    }
    const char *says = dc_rejudge_says(r);
    s->judge_note = says ? dc_arena_strdup(&s->arena, says) : NULL;
}

static enum dc_status read_decisions(struct reading *w, const char *judge,
                                     struct dc_err *err)
{
    struct dc_rejudge r;
    enum dc_status st = dc_rejudge_open(w->store, judge, &r, err);
    if (!st)
        st = dc_rejudge_each(&r, -1, see_decision, w, err);
    if (!st)
        put_judge(w->s, &r);
    dc_rejudge_release(&r);
    return st;
}

enum dc_status dc_compare_side_read(struct dc_store *s, const char *judge,
                                    struct dc_compare_side *out,
                                    struct dc_err *err)
{
    struct reading w = {.store = s, .s = out};
    *out = (struct dc_compare_side){.n_prompt = 0};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_store_begin(s, err); /* one snapshot */
    if (!st) {
        st = dc_audit_run(s, err);
        if (!st)
            st =
                dc_store_config_read(s, &out->arena, &out->kv, &out->n_kv, err);
        if (!st)
            out->knows = dc_knows_of(out->kv, out->n_kv);
        if (!st)
            st = dc_store_each_prompt(s, see_prompt, &w, err);
        if (!st)
            st = read_decisions(&w, judge, err);
        if (!st)
            st = dc_store_each_trace(s, -1, DC_TRACE_VERDICTS, see_trace, &w,
                                     err);
        dc_store_rollback(s);
    }
    if (st)
        dc_compare_side_release(out);
    return st;
}

void dc_compare_side_release(struct dc_compare_side *s)
{
    free(s->prompt);
    free(s->text);
    dc_arena_release(&s->arena);
    *s = (struct dc_compare_side){.n_prompt = 0};
}

const char *dc_compare_side_key(const struct dc_compare_side *s,
                                const char *key)
{
    return dc_kv_value(s->kv, s->n_kv, key);
}
