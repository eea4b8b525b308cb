/*
 * fact_list.c - the commands' JSON flattened into named figures (fact_list.h).
 */
#include "report/fact_list.h"

#include "base/json.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "results/calibrate_report.h"
#include "results/judges_report.h"
#include "results/stats_report.h"
#include "results/sweep_report.h"

#include <stdlib.h>
#include <string.h>

/* Where a walk through one command's JSON is. */
struct at {
    struct dc_fact_list *l;
    const char *command;
    const char *judge, *measure;
    const char *name, *query;
};

static bool number(const json_t *o, const char *key, double *x)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_number(v))
        return false;
    *x = json_number_value(v);
    return true;
}

static struct dc_fact *add(const struct at *a, double value)
{
    struct dc_fact_list *l = a->l;
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 1024;
        l->fact = dc_xrealloc(l->fact, l->cap, sizeof *l->fact);
    }
    l->fact[l->n] = (struct dc_fact){.name = a->name,
                                     .command = a->command,
                                     .query = a->query,
                                     .judge = a->judge,
                                     .measure = a->measure,
                                     .value = value};
    return &l->fact[l->n++];
}

/* {value, lo, hi, k, n} and {value, lo, hi, se, ...}: one figure. */
static bool add_rate(const struct at *a, const json_t *o)
{
    double value;
    if (!json_object_get(o, "value") || !json_object_get(o, "lo"))
        return false;
    if (!number(o, "value", &value))
        return true; /* it has none */
    struct dc_fact *f = add(a, value);
    f->has_interval = number(o, "lo", &f->lo) && number(o, "hi", &f->hi);
    f->has_counts = number(o, "k", &f->k) && number(o, "n", &f->n);
    return true;
}

/* What an element of a list is called. */
static const char *own_name(const json_t *o)
{
    static const char *const key[] = {"setting", "measure", "label", "id",
                                      "name"};
    for (size_t i = 0; i < DC_COUNT(key); i++) {
        const char *s = json_string_value(json_object_get(o, key[i]));
        if (s)
            return s;
    }
    return NULL;
}

/* Figures of single prompts, and what is no finding. */
static bool is_left_out(const char *key)
{
    static const char *const no[] = {"entropy_by_prompt", "config", "seed",
                                     "log_loss_clipped"};
    for (size_t i = 0; i < DC_COUNT(no); i++)
        if (!strcmp(no[i], key))
            return true;
    return false;
}

/* Is the key one that jq takes behind a dot? */
static bool is_plain(const char *key)
{
    return key[0] && !(key[0] >= '0' && key[0] <= '9') &&
           key[strspn(key,
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      "0123456789_")] == '\0';
}

/* query and one step more. */
static const char *step(struct dc_arena *mem, const char *query,
                        const char *key)
{
    if (is_plain(key))
        return dc_arena_printf(mem, "%s.%s", query, key);
    struct dc_buf quoted;
    dc_buf_init(&quoted, SIZE_MAX);
    dc_json_quote(&quoted, key, strlen(key), "");
    const char *out = dc_arena_printf(mem, "%s[%s]", query, quoted.data);
    dc_buf_release(&quoted);
    return out;
}

static void walk(const struct at *a, const json_t *v);

static void walk_object(const struct at *a, const json_t *v)
{
    struct dc_arena *mem = &a->l->arena;
    const char *key;
    json_t *child, *all = (json_t *)v; /* jansson's macro wants it so */
    json_object_foreach(all, key, child)
    {
        struct at b = *a;
        if (is_left_out(key))
            continue;
        b.name = dc_arena_printf(mem, "%s.%s", a->name, key);
        b.query = step(mem, a->query, key);
        walk(&b, child);
    }
}

static void walk(const struct at *a, const json_t *v)
{
    struct dc_arena *mem = &a->l->arena;
    if (json_is_number(v)) {
        add(a, json_number_value(v))->is_count = json_is_integer(v);
        return;
    }
    if (json_is_object(v) && !add_rate(a, v))
        walk_object(a, v);
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *child = json_array_get(v, i);
        const char *name = own_name(child);
        struct at b = *a;
        b.name = name ? dc_arena_printf(mem, "%s[%s]", a->name, name)
                      : dc_arena_printf(mem, "%s[%zu]", a->name, i);
        b.query = dc_arena_printf(mem, "%s[%zu]", a->query, i);
        walk(&b, child);
    }
}

static void take(const struct at *a, struct dc_buf *b)
{
    json_t *o = json_loadb(b->data, b->n, 0, NULL);
    walk(a, o);
    json_decref(o);
    dc_buf_clear(b);
}

/* The figures of `show` and `stats`, of the report's judge or another. */
static void take_judged(struct at *a, const struct dc_facts *f,
                        const struct dc_summary *of,
                        const struct dc_trace_stats *stats)
{
    struct dc_summary sum = *of;
    const char *label =
        a->name ? dc_arena_printf(&a->l->arena, "[%s]", a->name) : "";
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_summary_json(of, f->name, &b);
    a->command = "show";
    a->name = dc_arena_printf(&a->l->arena, "show%s", label);
    take(a, &b);
    if (stats) {
        dc_arena_init(&sum.arena); /* for the notes */
        dc_stats_json(stats, &sum, f->name, &b);
        dc_arena_release(&sum.arena);
        a->command = "stats";
        a->name = dc_arena_printf(&a->l->arena, "stats%s", label);
        if (stats != &f->stats)
            a->measure = stats->measure[0].column->measure.spec.text;
        take(a, &b);
    }
    dc_buf_release(&b);
}

static void take_named(struct at *a, const char *command, struct dc_buf *b)
{
    a->command = a->name = command;
    take(a, b);
}

void dc_fact_list_make(const struct dc_facts *f, struct dc_fact_list *out)
{
    struct dc_buf b;
    *out = (struct dc_fact_list){.n = 0};
    dc_arena_init(&out->arena);
    dc_buf_init(&b, SIZE_MAX);
    struct at a = {.l = out, .query = "", .judge = f->pick.label};
    take_judged(&a, f, &f->summary, f->has_stats ? &f->stats : NULL);
    for (size_t i = 0; i < f->n_other; i++) {
        const struct dc_facts_other *o = &f->other[i];
        struct at other = {.l = out, .query = "", .judge = o->label};
        other.name = o->summary.judge;
        take_judged(&other, f, &o->summary, o->has_stats ? &o->stats : NULL);
    }
    if (f->has_sweep) {
        dc_sweep_json(&f->sweep, f->name, &b);
        take_named(&a, "sweep", &b);
    }
    if (f->has_calibrate) {
        dc_calibrate_json(&f->calibrate, f->name, &b);
        take_named(&a, "calibrate", &b);
    }
    a.judge = NULL;
    dc_judges_json(f->judges, f->name, NULL, &b);
    take_named(&a, "judge", &b);
    dc_buf_release(&b);
}

void dc_fact_list_release(struct dc_fact_list *l)
{
    free(l->fact);
    dc_arena_release(&l->arena);
    *l = (struct dc_fact_list){.n = 0};
}

const struct dc_fact *dc_fact_find(const struct dc_fact_list *l,
                                   const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->fact[i].name, name))
            return &l->fact[i];
    return NULL;
}
