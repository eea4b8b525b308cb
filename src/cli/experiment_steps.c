/*
 * experiment_steps.c - the sections of an experiment as the commands that they
 * are: what stands in them checked by the commands' own tables, and done in a
 * fixed order (experiment.h).
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/experiment.h"
#include "cli/interrupt.h"
#include "cli/judge_opt.h"
#include "cli/run_opts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In this order. `out` of the first is the file that the others read. */
static const char *const steps[] = {"run", "judge", "sweep", "report"};

/* Of several runs (experiment_suite.c). */
static const char *const of_suites[] = {"matrix", "stages", "budget",
                                        "compare"};

/* ---- what stands where ---- */

/* p NULL: nothing of the file, and the message says where. */
enum dc_status dc_exp_at_line(const struct dc_exp_work *w,
                              const struct dc_exp_pair *p, enum dc_status st,
                              struct dc_err *err)
{
    if (!st)
        return st;
    if (p && p->line)
        return dc_err_prefix(err, st, "%.300s: line %zu", w->path, p->line);
    if (!p)
        return dc_err_prefix(err, st, "%.300s", w->path);
    return dc_err_prefix(err, DC_USAGE, "--set %.60s.%.60s", p->section,
                         p->key ? p->key : "");
}

enum dc_status dc_exp_no_such(const char *what, const struct dc_nearest *near,
                              const char *see, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    dc_utf8_display(&b, near->typed, strlen(near->typed), 60);
    enum dc_status st =
        near->name
            ? dc_fail(err, DC_DATA, "there is no %s \"%s\"; did you mean %s?",
                      what, b.data, near->name)
            : dc_fail(err, DC_DATA, "there is no %s \"%s\"; %s", what, b.data,
                      see);
    dc_buf_release(&b);
    return st;
}

static enum dc_status check_section(const struct dc_exp_pair *p,
                                    struct dc_err *err)
{
    struct dc_nearest near = {.typed = p->section};
    for (size_t i = 0; i < DC_COUNT(steps); i++) {
        if (!strcmp(steps[i], p->section))
            return DC_OK;
        dc_nearest_offer(&near, steps[i]);
    }
    for (size_t i = 0; i < DC_COUNT(of_suites); i++) {
        if (!strcmp(of_suites[i], p->section))
            return DC_OK;
        dc_nearest_offer(&near, of_suites[i]);
    }
    return dc_exp_no_such("section", &near,
                          "expected run, judge, sweep, report, about, or of a "
                          "suite matrix, stages, budget, compare",
                          err);
}

const struct dc_opt *dc_exp_option(const struct dc_cmd *c, const char *key,
                                   struct dc_nearest *near)
{
    const struct dc_opt *found = NULL;
    for (const struct dc_opt *o = c->opt; o->kind != DC_OPT_END; o++) {
        if (o->kind == DC_OPT_GROUP)
            continue;
        if (!strcmp(o->name, key) || (o->alias && !strcmp(o->alias, key)))
            found = o;
        dc_nearest_offer(near, o->name);
    }
    return found;
}

/* ---- options of a command ---- */

struct argv {
    char **item; /* [n + 1] */
    int n, cap;
};

static void push(struct dc_exp_work *w, struct argv *a, const char *text)
{
    if (a->n + 1 >= a->cap) {
        a->cap = a->cap ? 2 * a->cap : 16;
        a->item = dc_xrealloc(a->item, (size_t)a->cap, sizeof *a->item);
    }
    a->item[a->n++] = dc_arena_strdup(&w->arena, text);
    a->item[a->n] = NULL;
}

static bool is_word(const char *s, const char *a, const char *b)
{
    return !strcmp(s, a) || !strcmp(s, b);
}

static enum dc_status push_pair(struct dc_exp_work *w, const struct dc_cmd *c,
                                const struct dc_exp_pair *p, struct argv *a,
                                struct dc_err *err)
{
    struct dc_nearest near = {.typed = p->key};
    const struct dc_opt *o = dc_exp_option(c, p->key, &near);
    const char *see = dc_arena_printf(
        &w->arena, "`deepconf help %s` lists the options", c->name);
    char what[64];
    snprintf(what, sizeof what, "key of the section %.20s", c->name);
    if (!o)
        return dc_exp_no_such(what, &near, see, err);
    if (p->n != 1 && o->kind != DC_OPT_LIST)
        return dc_fail(err, DC_DATA,
                       "%s: expected one value, got a list of %zu", o->name,
                       p->n);
    for (size_t i = 0; i < p->n; i++) {
        const char *v = p->value[i];
        if (o->kind != DC_OPT_FLAG)
            push(w, a, dc_arena_printf(&w->arena, "--%s=%s", o->name, v));
        else if (is_word(v, "true", "yes"))
            push(w, a, dc_arena_printf(&w->arena, "--%s", o->name));
        else if (!is_word(v, "false", "no"))
            return dc_fail(err, DC_DATA, "%s: expected true or false", o->name);
    }
    return DC_OK;
}

/* Parse what is in a by the command's own table. */
static enum dc_status parse(const struct dc_cmd *c, const struct argv *a,
                            void *fields, struct dc_args *args,
                            struct dc_err *err)
{
    *args = (struct dc_args){.argc = a->n, .argv = a->item};
    c->defaults(fields);
    return dc_opts_parse(c->opt, fields, args, err);
}

static enum dc_status check_pair(struct dc_exp_work *w,
                                 const struct dc_exp_pair *p,
                                 struct dc_err *err)
{
    enum dc_status st = check_section(p, err);
    const struct dc_cmd *c = st ? NULL : dc_cmd_find(p->section);
    if (!st && p->key && !c && strcmp(p->section, "budget") != 0)
        st = dc_fail(err, DC_USAGE,
                     "a matrix and stages stand in the file: change them "
                     "there, or give a key of a section");
    if (st || !p->key || !c)
        return dc_exp_at_line(w, p, st, err);
    struct argv a = {.n = 0};
    struct dc_args args = {.argc = 0};
    void *fields = dc_xcalloc(1, c->n_fields);
    push(w, &a, c->name);
    st = push_pair(w, c, p, &a, err);
    if (!st) {
        st = parse(c, &a, fields, &args, err);
        st = st ? (err ? (err->status = DC_DATA) : DC_DATA) : st;
        dc_args_release(&args);
    }
    free(fields);
    free(a.item);
    return dc_exp_at_line(w, p, st, err);
}

/* ---- the whole file ---- */

enum dc_status dc_exp_apply_set(struct dc_exp_work *w, const char *text,
                                struct dc_err *err)
{
    const char *eq = strchr(text, '=');
    const char *dot = strchr(text, '.');
    if (!eq || eq == text)
        return dc_fail(err, DC_USAGE,
                       "--set %.60s: expected SECTION.KEY=VALUE, such as "
                       "run.seed=7",
                       text);
    bool has = dot && dot < eq;
    const char *section =
        has ? dc_arena_strndup(&w->arena, text, (size_t)(dot - text)) : "run";
    const char *key = has ? dot + 1 : text;
    dc_exp_set(&w->file, section,
               dc_arena_strndup(&w->arena, key, (size_t)(eq - key)), eq + 1);
    return DC_OK;
}

static enum dc_status check_file(struct dc_exp_work *w, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < w->file.n && !st; i++)
        st = check_pair(w, &w->file.pair[i], err);
    if (st || dc_exp_find(&w->file, "run", "model"))
        return st;
    return dc_fail(err, DC_DATA,
                   "%.300s: the section run has no key \"model\": expected a "
                   "GGUF file, or a name of `deepconf list models`",
                   w->path);
}

const char *dc_exp_run_file(const struct dc_exp_work *w)
{
    const struct dc_exp_pair *p = dc_exp_find(&w->file, "run", "out");
    return p && p->n == 1 ? p->value[0] : NULL;
}

/* Such a name stands on the line of its section. */
static void name_file(struct dc_exp_work *w, const char *section,
                      const char *end)
{
    const struct dc_exp_pair *s = dc_exp_find(&w->file, section, NULL);
    size_t line = s ? s->line : 0;
    if (dc_exp_find(&w->file, section, "out"))
        return;
    dc_exp_set(&w->file, section, "out",
               dc_arena_printf(&w->arena, "%s%s", w->stem, end))
        ->line = line;
}

/* Files are called after the experiment unless it says otherwise. */
static void name_files(struct dc_exp_work *w)
{
    name_file(w, "run", ".db");
    if (dc_exp_find(&w->file, "report", NULL))
        name_file(w, "report", "-report");
}

/* A command with the options of its section. */
struct step {
    const struct dc_cmd *cmd;
    void *fields;
    struct argv argv;
    struct dc_args args;
};

/* Release it also after a failure. */
static enum dc_status step_begin(struct dc_exp_work *w, const char *name,
                                 struct step *s, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    *s = (struct step){.cmd = dc_cmd_find(name)};
    s->fields = dc_xcalloc(1, s->cmd->n_fields);
    push(w, &s->argv, name);
    for (size_t i = 0; i < w->file.n && !st; i++) {
        const struct dc_exp_pair *p = &w->file.pair[i];
        if (!strcmp(p->section, name) && p->key)
            st = push_pair(w, s->cmd, p, &s->argv, err);
    }
    return st;
}

static enum dc_status step_make(struct dc_exp_work *w, const char *name,
                                struct step *s, struct dc_err *err)
{
    enum dc_status st = step_begin(w, name, s, err);
    if (strcmp(name, "run") != 0)
        push(w, &s->argv, dc_exp_run_file(w));
    return st ? st : parse(s->cmd, &s->argv, s->fields, &s->args, err);
}

static void step_release(struct step *s)
{
    dc_args_release(&s->args);
    free(s->fields);
    free(s->argv.item);
}

static enum dc_status do_step(struct dc_exp_work *w, const char *name,
                              struct dc_err *err)
{
    struct step s;
    enum dc_status st = step_make(w, name, &s, err);
    if (!st)
        st = s.cmd->exec(w->cli, s.fields, &s.args, err);
    step_release(&s);
    return dc_err_prefix(err, st, "%.300s: %s%s%s", w->path,
                         w->cell ? w->cell : "", w->cell ? ": " : "", name);
}

/* ---- before it begins ---- */

/* The pair of the option whose name text begins with; NULL: none. */
static const struct dc_exp_pair *
pair_of(const struct dc_exp_work *w, const struct dc_cmd *c, const char *text)
{
    char key[32];
    struct dc_nearest near = {.typed = key};
    const struct dc_exp_pair *of = NULL;
    snprintf(key, sizeof key, "%.*s",
             (int)strspn(text, "abcdefghijklmnopqrstuvwxyz-"), text);
    const struct dc_opt *opt = dc_exp_option(c, key, &near);
    for (size_t i = 0; i < w->file.n; i++) {
        const struct dc_exp_pair *p = &w->file.pair[i];
        if (p->key && opt && !strcmp(p->section, c->name) &&
            dc_exp_option(c, p->key, &near) == opt)
            of = p;
    }
    return of;
}

/*
 * The pair that a message speaks of: if it opens with an option, the first of
 * those in it that the file has. Else the section.
 */
static const struct dc_exp_pair *
spoken_of(const struct dc_exp_work *w, const struct step *s, const char *msg)
{
    const struct dc_exp_pair *of = NULL;
    const char *at = strncmp(msg, "--", 2) == 0 ? msg : NULL;
    for (; at && !of; at = strstr(at, " --")) {
        at += strspn(at, " -");
        of = pair_of(w, s->cmd, at);
    }
    return of ? of : dc_exp_find(&w->file, s->cmd->name, NULL);
}

/* What the file says is wrong with it, what it names may be missing. */
static enum dc_status blame(const struct dc_exp_work *w, const struct step *s,
                            enum dc_status st, struct dc_err *err)
{
    if (!st || !err)
        return st;
    const struct dc_exp_pair *p = spoken_of(w, s, err->msg);
    if (st == DC_USAGE && (!p || p->line))
        st = err->status = DC_DATA;
    if (st != DC_USAGE && p && !p->line && p->key)
        return dc_err_prefix(err, st, "--set %.60s.%.60s", p->section, p->key);
    return dc_exp_at_line(w, p, st, err);
}

static void add_label(struct dc_ahead *a, const char *spec)
{
    if (a->n_label < DC_AHEAD_JUDGES &&
        dc_judge_label(spec, a->label[a->n_label], NULL) == DC_OK)
        a->n_label++;
}

/* The judges that the run file will have; of one that is there others too. */
static void find_labels(struct dc_exp_work *w, const struct dc_run_opts *run,
                        struct dc_ahead *a)
{
    const struct dc_exp_pair *p = dc_exp_find(&w->file, "judge", "judge");
    struct dc_opt_list typed = {p ? p->value : NULL, p ? p->n : 0};
    struct dc_judge_opt next = {.typed = &typed, .arena = &w->arena};
    const char *spec = run->judge;
    if (access(dc_exp_run_file(w), F_OK) == 0)
        return;
    while (spec) {
        add_label(a, spec);
        if (dc_judge_opt_next(&next, &spec, NULL))
            return;
    }
}

/* All sections as their commands see them, before the first of them works. */
static enum dc_status check_steps(struct dc_exp_work *w, bool files,
                                  struct dc_err *err)
{
    struct dc_ahead ahead = {.files = files};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < DC_COUNT(steps) && !st; i++) {
        struct step s;
        if (i > 0 && !dc_exp_find(&w->file, steps[i], NULL))
            continue;
        st = step_make(w, steps[i], &s, err);
        if (!st && i == 0) {
            const struct dc_run_opts *run = s.fields;
            ahead.max_traces = (unsigned)run->max_traces;
            ahead.max_tokens = (unsigned)run->max_tokens;
            ahead.min_traces = (unsigned)run->min_traces;
            ahead.policy = dc_arena_strdup(&w->arena, run->stop);
            find_labels(w, run, &ahead);
        }
        if (!st)
            st = blame(w, &s, s.cmd->check(s.fields, &ahead, err), err);
        step_release(&s);
    }
    return st;
}

enum dc_status dc_exp_check(struct dc_exp_work *w, bool files,
                            struct dc_err *err)
{
    enum dc_status st = check_file(w, err);
    if (st)
        return st;
    name_files(w);
    return check_steps(w, files, err);
}

enum dc_status dc_exp_hash(struct dc_exp_work *w, bool run_only,
                           char out[DC_SHA256_HEX], struct dc_err *err)
{
    struct dc_sha256 *h = dc_sha256_create();
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < (run_only ? 1 : DC_COUNT(steps)) && !st; i++) {
        struct step s;
        if (i > 0 && !dc_exp_find(&w->file, steps[i], NULL))
            continue;
        st = step_make(w, steps[i], &s, err);
        for (int k = 0; k < s.argv.n; k++)
            dc_sha256_add(h, s.argv.item[k], strlen(s.argv.item[k]) + 1);
        step_release(&s);
    }
    dc_sha256_now(h, out);
    dc_sha256_free(h);
    return st;
}

/* ---- doing it ---- */

enum dc_status dc_exp_do(struct dc_exp_work *w, bool drawn, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = drawn; i < DC_COUNT(steps) && !st; i++) {
        bool is_run = i == 0;
        if (!is_run && !dc_exp_find(&w->file, steps[i], NULL))
            continue;
        if (!is_run && atomic_load(dc_interrupt_catch()) > 0)
            return dc_fail(err, DC_INTERRUPTED,
                           "interrupted before `%s`; the same command goes on",
                           steps[i]);
        if (w->cli->out.n > 0)
            dc_buf_addc(&w->cli->out, '\n');
        st = do_step(w, steps[i], err);
        if (!st)
            dc_cli_show(w->cli);
    }
    return st;
}

enum dc_status dc_exp_compare(struct dc_exp_work *w, char *const *arg,
                              size_t n_arg, struct dc_err *err)
{
    struct step s;
    enum dc_status st = step_begin(w, "compare", &s, err);
    for (size_t i = 0; i < n_arg; i++)
        push(w, &s.argv, arg[i]);
    if (!st)
        st = parse(s.cmd, &s.argv, s.fields, &s.args, err);
    if (!st)
        st = s.cmd->exec(w->cli, s.fields, &s.args, err);
    step_release(&s);
    return dc_err_prefix(err, st, "%.300s: compare", w->path);
}
