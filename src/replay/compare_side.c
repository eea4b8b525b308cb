/*
 * compare_side.c - one run as a comparison needs it (compare.h). Of texts the
 * hash is kept.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "replay/compare.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct dc_run_view *run;
    struct dc_compare_side *s;
    size_t cap_text;
};

static enum dc_status hash_text(void *arg, const struct dc_prompt_row *p,
                                struct dc_err *err)
{
    struct dc_compare_side *s = arg;
    (void)err;
    s->prompt[p->ord].text = dc_hash64(p->text, strlen(p->text));
    return DC_OK;
}

static enum dc_status take_prompts(struct reading *w, const char *judge,
                                   const struct dc_run_votes **by,
                                   struct dc_err *err)
{
    struct dc_compare_side *s = w->s;
    enum dc_status st = dc_run_view_decisions(w->run, judge, by, err);
    if (st)
        return st;
    s->n_prompt = w->run->n_prompt;
    s->prompt = dc_xcalloc(s->n_prompt + 1, sizeof *s->prompt);
    for (size_t i = 0; i < s->n_prompt; i++) {
        const struct dc_run_vote *v = &(*by)->vote[i];
        s->prompt[i] = (struct dc_compare_prompt){
            .id = dc_arena_strdup(&s->arena, w->run->prompt[i].id),
            .gold = w->run->prompt[i].gold,
            .decided = v->has,
            .decision = v->decision,
            .n_trace = v->says.n,
            .sum =
                dc_arena_array(&s->arena, DC_COMPARE_MEASURES, sizeof(double)),
            .n_value = dc_arena_array(&s->arena, DC_COMPARE_MEASURES,
                                      sizeof(unsigned)),
        };
    }
    return dc_store_each_prompt(w->run->store, hash_text, s, err);
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

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *of,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct reading *w = arg;
    struct dc_compare_side *s = w->s;
    struct dc_compare_prompt *p = &s->prompt[t->prompt];
    size_t n = strlen(t->text);
    (void)of;
    (void)err;
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
static void put_judge(struct dc_compare_side *s, const struct dc_run_votes *by)
{
    for (size_t i = 0; i < s->n_kv && !by->own; i++) {
        struct dc_kv *kv = &s->kv[i];
        if (!strcmp(kv->key, "judge"))
            kv->value = dc_arena_strdup(&s->arena, by->judge);
        else if (!strcmp(kv->key, "judge.version"))
            kv->value = dc_arena_strdup(&s->arena, by->version);
        else if (!strcmp(kv->key, "judge.spec"))
            kv->value = "";
    }
    s->judge_note = by->says ? dc_arena_strdup(&s->arena, by->says) : NULL;
}

enum dc_status dc_compare_side_read(struct dc_run_view *r, const char *judge,
                                    struct dc_compare_side *out,
                                    struct dc_err *err)
{
    struct reading w = {.run = r, .s = out};
    const struct dc_run_votes *by = NULL;
    *out = (struct dc_compare_side){.n_prompt = 0};
    dc_arena_init(&out->arena);
    enum dc_status st =
        dc_store_config_read(r->store, &out->arena, &out->kv, &out->n_kv, err);
    if (!st)
        st = take_prompts(&w, judge, &by, err);
    if (!st)
        st = dc_run_view_each(r, DC_TRACE_VERDICTS, see_trace, &w, err);
    if (st) {
        dc_compare_side_release(out);
        return st;
    }
    out->knows = r->is.knows;
    put_judge(out, by);
    return DC_OK;
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
