/*
 * experiment_suite.c - a suite from its first cell to the pages that compare
 * its runs (experiment_suite.h).
 *
 * It goes on where it stopped: NAME.done beside the run files has a line for
 * each cell that is done, with the hash of what its commands were given, so
 * that a cell is done again if that has changed. What a budget counts is read
 * from the run files, so that it holds over sessions.
 */
#include "cli/experiment_suite.h"

#include "base/clock.h"
#include "base/file_in.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/write_file.h"
#include "cli/experiment_when.h"
#include "cli/interrupt.h"
#include "cli/run_opts.h"
#include "replay/compare_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DONE = 1 << 20 };

enum cell_state { CELL_OPEN, CELL_BEGUN, CELL_DONE, CELL_PASSED, CELL_LEFT };

struct suite {
    const struct dc_exp_work *of;
    struct dc_exp_cells *c;
    const char *base;             /* of the files of all cells */
    enum cell_state *state;       /* [c->n] */
    bool *done;                   /* [c->n] in this session or before */
    const char **why;             /* [c->n] it is left out */
    double max_hours, max_tokens; /* HUGE_VAL: no such limit */
    double start_ms, ms_before;   /* this session's start; of earlier ones */
    struct dc_buf marks;          /* the text of NAME.done */
};

/* ---- the file ---- */

static enum dc_status budget_value(const struct dc_exp_pair *p, double *out,
                                   struct dc_err *err)
{
    char *end = NULL;
    *out = strtod(p->value[0], &end);
    if (p->n == 1 && end > p->value[0] && !*end && isfinite(*out) && *out > 0)
        return DC_OK;
    return dc_fail(err, DC_DATA, "%s: expected a number above 0", p->key);
}

static enum dc_status read_budget(const struct dc_exp_work *of, double *hours,
                                  double *tokens, struct dc_err *err)
{
    *hours = *tokens = HUGE_VAL;
    for (size_t i = 0; i < of->file.n; i++) {
        const struct dc_exp_pair *p = &of->file.pair[i];
        struct dc_nearest near = {.typed = p->key};
        enum dc_status st = DC_OK;
        if (!p->key || strcmp(p->section, "budget") != 0)
            continue;
        dc_nearest_offer(&near, "hours");
        dc_nearest_offer(&near, "tokens");
        if (!strcmp(p->key, "hours"))
            st = budget_value(p, hours, err);
        else if (!strcmp(p->key, "tokens"))
            st = budget_value(p, tokens, err);
        else
            st = dc_exp_no_such("key of the section budget", &near,
                                "expected hours or tokens", err);
        if (st)
            return dc_exp_at_line(of, p, st, err);
    }
    return DC_OK;
}

enum dc_status dc_suite_check(const struct dc_exp_work *of, struct dc_err *err)
{
    static const char *const own[] = {"page", "judge", "json"};
    double hours, tokens;
    enum dc_status st = read_budget(of, &hours, &tokens, err);
    for (size_t i = 0; i < DC_COUNT(own) && !st; i++) {
        const struct dc_exp_pair *p = dc_exp_find(&of->file, "compare", own[i]);
        if (p)
            st = dc_exp_at_line(
                of, p,
                dc_fail(err, DC_DATA,
                        "%s: the suite gives that itself; take it out", own[i]),
                err);
    }
    return st ? st : dc_exp_when_check(of, err);
}

/* ---- what is done ---- */

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A plain file's only cell has the name of the file. */
static const char *name_of(const struct dc_exp_cell *c)
{
    return c->work.cell ? c->work.cell : c->work.stem;
}

static const char *base_of(const struct dc_exp_work *of, struct dc_arena *a)
{
    const struct dc_exp_pair *p = dc_exp_find(&of->file, "run", "out");
    if (!p || p->n != 1)
        return of->stem;
    size_t folder = dc_path_folder(p->value[0]);
    return dc_arena_strndup(a, p->value[0],
                            folder + dc_path_stem(p->value[0] + folder));
}

/* The line that says that a cell is done. */
static enum dc_status mark_of(const struct suite *s, struct dc_exp_cell *c,
                              const char **out, struct dc_err *err)
{
    char hash[DC_SHA256_HEX];
    enum dc_status st = dc_exp_hash(&c->work, false, hash, err);
    *out = dc_arena_printf(&s->c->arena, "%s %s\n", hash, name_of(c));
    return st;
}

static enum dc_status read_marks(struct suite *s, struct dc_err *err)
{
    const char *path = dc_arena_printf(&s->c->arena, "%s.done", s->base);
    dc_buf_init(&s->marks, MAX_DONE);
    if (!is_there(path))
        return DC_OK;
    return dc_err_prefix(err,
                         dc_file_text(path,
                                      "the list of a suite's cells that "
                                      "are done",
                                      &s->marks, err),
                         "%.300s", path);
}

/* Its folder; NULL: there is none to be. */
static const char *report_of(const struct dc_exp_cell *c)
{
    const struct dc_exp_pair *p = dc_exp_find(&c->work.file, "report", "out");
    return p && dc_exp_find(&c->work.file, "report", NULL) ? p->value[0] : NULL;
}

static enum dc_status find_done(struct suite *s, struct dc_err *err)
{
    enum dc_status st = read_marks(s, err);
    for (size_t i = 0; i < s->c->n && !st; i++) {
        struct dc_exp_cell *c = &s->c->cell[i];
        const char *report = report_of(c);
        const char *mark = NULL;
        st = mark_of(s, c, &mark, err);
        s->done[i] = !st && s->marks.n > 0 && strstr(s->marks.data, mark) &&
                     is_there(dc_exp_run_file(&c->work)) &&
                     (!report || is_there(report));
    }
    return st;
}

static enum dc_status set_done(struct suite *s, size_t i, struct dc_err *err)
{
    const char *mark = NULL;
    enum dc_status st = mark_of(s, &s->c->cell[i], &mark, err);
    const char *path = dc_arena_printf(&s->c->arena, "%s.done", s->base);
    s->done[i] = true;
    s->state[i] = CELL_DONE;
    if (s->marks.n > 0 && strstr(s->marks.data, mark))
        return st;
    dc_buf_adds(&s->marks, mark);
    return st ? st : dc_write_file(path, s->marks.data, s->marks.n, err);
}

/* Does an earlier cell have the same run file? */
static bool shares_run(const struct suite *s, size_t i)
{
    const char *file = dc_exp_run_file(&s->c->cell[i].work);
    for (size_t k = 0; k < i; k++)
        if (!strcmp(dc_exp_run_file(&s->c->cell[k].work), file))
            return true;
    return false;
}

/* Was that run file drawn or gone on with in this session, as this cell has it?
 */
static enum dc_status drawn_now(const struct suite *s, size_t i, bool *out,
                                struct dc_err *err)
{
    char own[DC_SHA256_HEX], other[DC_SHA256_HEX];
    enum dc_status st = dc_exp_hash(&s->c->cell[i].work, true, own, err);
    *out = false;
    for (size_t k = 0; k < i && !st && !*out; k++) {
        if (s->state[k] != CELL_DONE)
            continue;
        st = dc_exp_hash(&s->c->cell[k].work, true, other, err);
        *out = !st && !strcmp(own, other);
    }
    return st;
}

/* ---- the budget ---- */

/* Of all run files that are there. */
static enum dc_status spent(const struct suite *s, double *tokens, double *ms,
                            struct dc_err *err)
{
    *tokens = *ms = 0;
    for (size_t i = 0; i < s->c->n; i++) {
        struct dc_summary sum;
        bool has = false;
        if (shares_run(s, i))
            continue;
        enum dc_status st = dc_exp_summary(dc_exp_run_file(&s->c->cell[i].work),
                                           NULL, &has, &sum, err);
        if (st)
            return st;
        if (!has)
            continue;
        *tokens += sum.spent.n_tok;
        *ms += sum.wall_ms;
        dc_summary_release(&sum);
    }
    return DC_OK;
}

/* *why: what is spent; NULL: a run may begin. A run that has begun goes on. */
static enum dc_status ask_budget(const struct suite *s, size_t i,
                                 const char **why, struct dc_err *err)
{
    double tokens, ms;
    *why = NULL;
    if ((isinf(s->max_hours) && isinf(s->max_tokens)) ||
        is_there(dc_exp_run_file(&s->c->cell[i].work)))
        return DC_OK;
    enum dc_status st = spent(s, &tokens, &ms, err);
    double hours =
        (s->ms_before + dc_clock_ms() - s->start_ms) / (60.0 * 60 * 1000);
    if (!st && tokens >= s->max_tokens)
        *why = dc_arena_printf(&s->c->arena,
                               "%.0f tokens are drawn, and the budget is %.0f",
                               tokens, s->max_tokens);
    else if (!st && hours >= s->max_hours)
        *why = dc_arena_printf(&s->c->arena,
                               "%.2g hours are spent, and the budget is %.2g",
                               hours, s->max_hours);
    return st;
}

/* ---- the comparison ---- */

static bool same_value(const struct dc_exp_cell *a, const struct dc_exp_cell *b,
                       const char *key)
{
    const struct dc_exp_pair *x = dc_exp_find(&a->work.file, "run", key);
    const struct dc_exp_pair *y = dc_exp_find(&b->work.file, "run", key);
    return x && y ? !strcmp(x->value[0], y->value[0]) : x == y;
}

/* Runs of a stage on the same prompts. */
static bool comparable(const struct dc_exp_cell *a, const struct dc_exp_cell *b)
{
    return a->stage == b->stage && same_value(a, b, "benchmark") &&
           same_value(a, b, "data");
}

static bool same_judge(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

struct group {
    size_t cell[DC_RUNS_MAX]; /* [n] */
    size_t n, n_more;         /* that have no place in it */
    bool judges;              /* some cell names a judge */
    const char *name;         /* what its cells have in common; "" */
};

/* Cells that are comparable with number `first`, each run and judge once. */
static struct group group_of(const struct suite *s, size_t first)
{
    struct group g = {.name = ""};
    for (size_t i = first; i < s->c->n; i++) {
        const struct dc_exp_cell *c = &s->c->cell[i];
        const char *judge = dc_exp_cell_judge(c);
        bool has = !s->done[i] || !comparable(&s->c->cell[first], c);
        for (size_t k = 0; k < g.n && !has; k++) {
            const struct dc_exp_cell *x = &s->c->cell[g.cell[k]];
            has =
                !strcmp(dc_exp_run_file(&x->work), dc_exp_run_file(&c->work)) &&
                same_judge(dc_exp_cell_judge(x), judge);
        }
        if (has)
            continue;
        g.judges |= judge != NULL;
        if (g.n < DC_RUNS_MAX)
            g.cell[g.n++] = i;
        else
            g.n_more++;
    }
    const struct dc_exp_cell *c = &s->c->cell[first];
    for (size_t l = 0; l < c->n_label && g.n > 0; l++) {
        bool all = true;
        for (size_t k = 0; k < g.n; k++) {
            const struct dc_exp_cell *x = &s->c->cell[g.cell[k]];
            all = all && l < x->n_label && !strcmp(x->label[l], c->label[l]);
        }
        if (all)
            g.name =
                dc_arena_printf(&s->c->arena, "%s-%s", g.name, c->label[l]);
    }
    return g;
}

/* The run's own judge, as typed. */
static const char *own_judge(const struct dc_exp_cell *c)
{
    struct dc_run_opts o;
    const struct dc_exp_pair *p = dc_exp_find(&c->work.file, "run", "judge");
    if (p && p->n > 0)
        return p->value[0];
    dc_run_opts_defaults(&o);
    return o.judge;
}

static const char *page_of(const struct suite *s, const struct group *g)
{
    return dc_arena_printf(&s->c->arena, "%s-compare%s.html", s->base, g->name);
}

static enum dc_status compare_group(const struct suite *s,
                                    const struct group *g, struct dc_err *err)
{
    struct dc_arena *a = &s->c->arena;
    struct dc_doc *d = s->of->cli->doc;
    struct dc_exp_work w = *s->of;
    const char *page = page_of(s, g);
    char *arg[2 * DC_RUNS_MAX + 1];
    size_t n = 0;
    arg[n++] = dc_arena_printf(a, "--page=%s", page);
    for (size_t k = 0; k < g->n && g->judges; k++) {
        const struct dc_exp_cell *c = &s->c->cell[g->cell[k]];
        const char *judge = dc_exp_cell_judge(c);
        arg[n++] =
            dc_arena_printf(a, "--judge=%s", judge ? judge : own_judge(c));
    }
    for (size_t k = 0; k < g->n; k++)
        arg[n++] =
            dc_arena_strdup(a, dc_exp_run_file(&s->c->cell[g->cell[k]].work));
    dc_doc_heading(d,
                   *g->name ? dc_arena_printf(a, "Compared: %s", g->name + 1)
                            : "Compared",
                   NULL);
    enum dc_status st = dc_exp_compare(&w, arg, n, err);
    if (!st)
        dc_doc_say(s->of->cli->doc, "The page for a browser: %s",
                   dc_doc_code(s->of->cli->doc, page));
    if (!st && g->n_more > 0)
        dc_doc_note(s->of->cli->doc,
                    "a comparison has %d runs at most: %zu more of these are "
                    "left out of it",
                    (int)DC_RUNS_MAX, g->n_more);
    if (!st)
        dc_cli_show(s->of->cli);
    return st;
}

/* dry: only say what would be compared. */
static enum dc_status compare_all(const struct suite *s, bool dry,
                                  struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < s->c->n && !st; i++) {
        bool first = s->done[i];
        for (size_t k = 0; k < i && first; k++)
            first = !s->done[k] || !comparable(&s->c->cell[k], &s->c->cell[i]);
        if (!first)
            continue;
        struct group g = group_of(s, i);
        if (g.n < 2)
            continue;
        if (dry) {
            dc_doc_say(s->of->cli->doc, "At the end %zu cells are compared: %s",
                       g.n, dc_doc_code(s->of->cli->doc, page_of(s, &g)));
            continue;
        }
        if (s->of->cli->out.n > 0)
            dc_buf_addc(&s->of->cli->out, '\n');
        st = compare_group(s, &g, err);
    }
    return st;
}

/* ---- what people see ---- */

/* How far a cell's run file is, in words. */
static enum dc_status run_state(const struct dc_exp_cell *c, struct dc_arena *a,
                                const char **out, struct dc_err *err)
{
    struct dc_summary sum;
    bool has = false;
    enum dc_status st =
        dc_exp_summary(dc_exp_run_file(&c->work), NULL, &has, &sum, err);
    *out = "not begun";
    if (st || !has)
        return st;
    *out = sum.n_decided == sum.n_prompt
               ? "drawn"
               : dc_arena_printf(a, "%llu of %llu prompts drawn",
                                 (unsigned long long)sum.n_decided,
                                 (unsigned long long)sum.n_prompt);
    dc_summary_release(&sum);
    return DC_OK;
}

static const char *conditions(const struct suite *s, size_t stage)
{
    const struct dc_exp *f = &s->of->file;
    const char *text = "";
    for (size_t k = 0; f->n_stage > 0 && k < f->stage[stage].when.n; k++)
        text = dc_arena_printf(&s->c->arena, "%s%s%s", text, k ? ", " : "",
                               f->stage[stage].when.value[k]);
    return text;
}

static enum dc_status show_cells(const struct suite *s, struct dc_err *err)
{
    static const struct dc_doc_column column[] = {
        {.name = "Cell"},
        {.name = "Run file", .about = "cells that differ in judges share it"},
        {.name = "State"},
        {.name = "Report", .rank = 2},
        {.name = "If", .about = "the stage's conditions", .rank = 1},
    };
    struct dc_doc *d = s->of->cli->doc;
    enum dc_status st = DC_OK;
    dc_doc_table(d, "The cells of the suite, in order", "suite-cells", column,
                 DC_COUNT(column) - (s->of->file.n_stage == 0));
    for (size_t i = 0; i < s->c->n && !st; i++) {
        const struct dc_exp_cell *c = &s->c->cell[i];
        const char *state = "done", *report = report_of(c);
        if (s->state[i] == CELL_LEFT)
            state = "left out";
        else if (!s->done[i])
            st = run_state(c, &s->c->arena, &state, err);
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_code(name_of(c)),
                          dc_cell_code(dc_exp_run_file(&c->work)),
                          dc_cell_text(state),
                          report ? dc_cell_code(report) : dc_cell_none(),
                          dc_cell_text(conditions(s, c->stage)),
                      });
    }
    return st;
}

static void say_budget(const struct suite *s)
{
    if (isfinite(s->max_hours))
        dc_doc_say(s->of->cli->doc,
                   "No run begins once %g hours are spent on drawing.",
                   s->max_hours);
    if (isfinite(s->max_tokens))
        dc_doc_say(s->of->cli->doc, "No run begins once %.0f tokens are drawn.",
                   s->max_tokens);
}

static void say_left(const struct suite *s)
{
    for (size_t i = 0; i < s->c->n; i++)
        if (s->state[i] == CELL_LEFT)
            dc_doc_note(s->of->cli->doc, "%s is left out: %s",
                        s->c->cell[i].work.cell, s->why[i]);
}

/* ---- one after the other ---- */

static void tell(const struct suite *s, size_t i)
{
    const struct dc_exp_pair *p =
        dc_exp_find(&s->c->cell[i].work.file, "run", "quiet");
    bool quiet =
        p && (!strcmp(p->value[0], "true") || !strcmp(p->value[0], "yes"));
    if (!quiet)
        fprintf(stderr, "cell %zu of %zu: %s\n", i + 1, s->c->n,
                s->c->cell[i].work.cell);
}

/* Conditions and the budget: why the cell is left out; NULL: it is not. */
static enum dc_status may_begin(const struct suite *s, size_t i,
                                const char **why, struct dc_err *err)
{
    enum dc_status st =
        dc_exp_when(s->of, s->c, s->done, s->c->cell[i].stage, why, err);
    return st || *why ? st : ask_budget(s, i, why, err);
}

static enum dc_status do_cell(struct suite *s, size_t i, struct dc_err *err)
{
    struct dc_exp_cell *c = &s->c->cell[i];
    struct dc_cli *cli = s->of->cli;
    bool drawn = false;
    enum dc_status st = may_begin(s, i, &s->why[i], err);
    if (st)
        return st;
    if (s->why[i]) {
        s->state[i] = CELL_LEFT;
        s->done[i] = false;
        return DC_OK;
    }
    if (s->done[i]) {
        s->state[i] = CELL_PASSED;
        dc_doc_say(cli->doc, "%s: is done, and passed over", c->work.cell);
        dc_cli_show(cli);
        return DC_OK;
    }
    if (atomic_load(dc_interrupt_catch()) > 0)
        return dc_fail(err, DC_INTERRUPTED,
                       "interrupted before the cell %s; the same command goes "
                       "on",
                       c->work.cell);
    st = drawn_now(s, i, &drawn, err);
    if (st)
        return st;
    tell(s, i);
    if (cli->out.n > 0)
        dc_buf_addc(&cli->out, '\n');
    dc_doc_heading(cli->doc, c->work.cell, NULL);
    dc_cli_show(cli);
    st = dc_exp_do(&c->work, drawn, err);
    return st ? st : set_done(s, i, err);
}

static enum dc_status begin(struct suite *s, const struct dc_exp_work *of,
                            struct dc_exp_cells *c, struct dc_err *err)
{
    double tokens;
    *s = (struct suite){.of = of, .c = c, .start_ms = dc_clock_ms()};
    s->state = dc_xcalloc(c->n, sizeof *s->state);
    s->done = dc_xcalloc(c->n, sizeof *s->done);
    s->why = dc_xcalloc(c->n, sizeof *s->why);
    s->base = base_of(of, &c->arena);
    enum dc_status st = read_budget(of, &s->max_hours, &s->max_tokens, err);
    if (!st)
        st = find_done(s, err);
    return st || isinf(s->max_hours) ? st
                                     : spent(s, &tokens, &s->ms_before, err);
}

static void end(struct suite *s)
{
    dc_buf_release(&s->marks);
    free(s->state);
    free(s->done);
    free(s->why);
}

enum dc_status dc_suite_dry(const struct dc_exp_work *of,
                            struct dc_exp_cells *c, struct dc_err *err)
{
    struct suite s;
    enum dc_status st = begin(&s, of, c, err);
    if (!st)
        st = show_cells(&s, err);
    if (!st)
        say_budget(&s);
    for (size_t i = 0; i < c->n; i++) /* as if */
        s.done[i] = true;
    if (!st)
        st = compare_all(&s, true, err);
    end(&s);
    return st;
}

enum dc_status dc_suite_do(const struct dc_exp_work *of, struct dc_exp_cells *c,
                           struct dc_err *err)
{
    struct suite s;
    enum dc_status st = begin(&s, of, c, err);
    for (size_t i = 0; i < c->n && !st; i++)
        st = do_cell(&s, i, err);
    if (!st)
        st = compare_all(&s, false, err);
    if (!st) {
        if (of->cli->out.n > 0)
            dc_buf_addc(&of->cli->out, '\n');
        st = show_cells(&s, err);
        say_left(&s);
    }
    end(&s);
    return st;
}
