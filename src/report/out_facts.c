/*
 * out_facts.c - facts.json: every figure of a run by its name, with its counts
 * and interval, the command that prints it and where in that command's JSON it
 * stands.
 *
 * Made from the JSON of the commands themselves, so that no figure is named by
 * hand: show.rates.sensitivity is what `deepconf show FILE --json` has at
 * .rates.sensitivity. An element of a list is named by its setting, measure,
 * label or id: sweep.rows[curtail].tokens. Under another judge of the run file
 * the command has its label: show[keywords].rates.sensitivity.
 */
#include "base/json.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "report/output.h"
#include "results/budgets_report.h"
#include "results/calibrate_report.h"
#include "results/judges_report.h"
#include "results/risky_report.h"
#include "results/stability_report.h"
#include "results/stats_report.h"
#include "results/sweep_report.h"

#include <string.h>

/* Where a walk through one command's JSON is. */
struct at {
    json_t *facts;
    struct dc_arena *mem;
    const char *command, *judge, *measure; /* as its options have them; NULL */
    const char *name, *query;
};

/* Text as one word of a shell: 'it'\''s'. */
static void add_word(struct dc_buf *b, const char *s)
{
    dc_buf_addc(b, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            dc_buf_adds(b, "'\\'");
        dc_buf_addc(b, *s);
    }
    dc_buf_addc(b, '\'');
}

/* "deepconf show RUN --json | jq '.rates.sensitivity'" */
static json_t *command_line(const struct at *a)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "deepconf %s RUN --json", a->command);
    if (a->judge) {
        dc_buf_adds(&b, " --judge ");
        add_word(&b, a->judge);
    }
    if (a->measure) {
        dc_buf_adds(&b, " --measure ");
        add_word(&b, a->measure);
    }
    dc_buf_adds(&b, " | jq ");
    add_word(&b, a->query);
    json_t *s = dc_json_text(b.data);
    dc_buf_release(&b);
    return s;
}

static void put_number(json_t *fact, const char *key, const json_t *x)
{
    if (json_is_number(x))
        dc_json_put(fact, key, json_copy((json_t *)x));
}

/* rate: {value, lo, hi, k, n} or {value, lo, hi, se, ...}; NULL: a number
 * alone. */
static void add_fact(const struct at *a, const json_t *value,
                     const json_t *rate)
{
    json_t *o = json_object();
    dc_json_put(o, "name", dc_json_text(a->name));
    put_number(o, "value", value);
    if (json_is_number(json_object_get(rate, "hi"))) {
        put_number(o, "lo", json_object_get(rate, "lo"));
        put_number(o, "hi", json_object_get(rate, "hi"));
    }
    if (json_is_number(json_object_get(rate, "n"))) {
        put_number(o, "k", json_object_get(rate, "k"));
        put_number(o, "n", json_object_get(rate, "n"));
    }
    dc_json_put(o, "from", dc_json_text(a->command));
    if (a->judge)
        dc_json_put(o, "judge", dc_json_text(a->judge));
    if (a->measure)
        dc_json_put(o, "measure", dc_json_text(a->measure));
    dc_json_put(o, "query", dc_json_text(a->query));
    dc_json_put(o, "command", command_line(a));
    json_array_append_new(a->facts, o);
}

/* What an element of a list is called. */
static const char *own_name(const json_t *o)
{
    static const char *const key[] = {"setting", "measure", "label",
                                      "id",      "name",    "run"};
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
    const char *key;
    json_t *child, *all = (json_t *)v; /* jansson's macro wants it so */
    json_object_foreach(all, key, child)
    {
        struct at b = *a;
        if (is_left_out(key))
            continue;
        b.name = dc_arena_printf(a->mem, "%s.%s", a->name, key);
        b.query = step(a->mem, a->query, key);
        walk(&b, child);
    }
}

static void walk(const struct at *a, const json_t *v)
{
    const json_t *value = json_object_get(v, "value");
    if (json_is_number(v))
        add_fact(a, v, NULL);
    else if (!value || !json_object_get(v, "lo"))
        walk_object(a, v);
    else if (json_is_number(value)) /* else a rate that has none */
        add_fact(a, value, v);
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *child = json_array_get(v, i);
        const char *name = own_name(child);
        struct at b = *a;
        b.name = name ? dc_arena_printf(a->mem, "%s[%s]", a->name, name)
                      : dc_arena_printf(a->mem, "%s[%zu]", a->name, i);
        b.query = dc_arena_printf(a->mem, "%s[%zu]", a->query, i);
        walk(&b, child);
    }
}

/* The figures of one command's JSON, which is taken, by a.name, else by the
 * command's. of: the label of a judge that is not the report's; NULL. */
static void take(struct at a, const char *command, const char *of, json_t *json)
{
    a.command = command;
    if (!a.name)
        a.name = of ? dc_arena_printf(a.mem, "%s[%s]", command, of) : command;
    a.query = "";
    walk(&a, json);
    json_decref(json);
}

/* The file's other judges, by the run's measure alone. */
static void take_others(struct at a, const struct dc_facts *f)
{
    for (size_t i = 0; i < f->n_other; i++) {
        struct dc_facts_other *o = &f->other[i];
        a.judge = o->label;
        a.measure = NULL;
        take(a, "show", o->summary.judge,
             dc_summary_tree(&o->summary, f->name));
        if (!o->has_stats)
            continue;
        a.measure = o->stats.measure[0].column->measure.spec.text;
        take(a, "stats", o->summary.judge,
             dc_stats_json(&o->stats, &o->summary, f->name));
    }
}

static enum dc_status write_facts(const struct dc_facts *f,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_arena mem;
    json_t *root = json_object(), *list = json_array();
    dc_arena_init(&mem);
    struct at a = {.facts = list, .mem = &mem, .judge = f->pick.label};
    dc_json_put(root, "run", dc_json_text(f->name));
    dc_json_put(root, "facts", list);
    take(a, "show", NULL, dc_summary_tree(&f->summary, f->name));
    if (f->has_stats)
        take(a, "stats", NULL, dc_stats_json(&f->stats, &f->summary, f->name));
    take_others(a, f);
    if (f->has_stability)
        take(a, "stability", NULL,
             dc_stability_json(&f->stability, &f->summary, f->name));
    if (f->has_risky) {
        const struct dc_risky_report r = dc_facts_risky(f);
        a.name = "compliance-risk";
        take(a, "stats --question compliance-risk", NULL,
             dc_risky_json(&r, &f->summary, f->name));
        a.name = NULL;
    }
    if (f->has_budgets)
        take(a, "budgets", NULL, dc_budgets_json(&f->budgets));
    if (f->has_sweep)
        take(a, "sweep", NULL, dc_sweep_json(&f->sweep, f->name));
    if (f->has_calibrate)
        take(a, "calibrate", NULL, dc_calibrate_json(&f->calibrate, f->name));
    a.judge = NULL;
    take(a, "judge", NULL, dc_judges_json(f->judges, f->name, NULL));
    dc_arena_release(&mem);
    return dc_out_json(o, "facts.json", root, err);
}

const struct dc_output dc_output_facts = {
    .files = "facts.json",
    .what = "every figure by name, with the command that gives it",
    .write = write_facts,
};
