/*
 * experiment_cells.c - from a matrix to experiments (experiment_cells.h).
 *
 * What wins, from the weakest: a section, the stage, the matrix, --set. A cell
 * is named by the labels of what has several values. Cells whose runs do not
 * differ, because only judges or reports do, share a run file: no trace is
 * drawn twice.
 */
#include "cli/experiment_cells.h"

#include "base/mem.h"
#include "base/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 40, MAX_NAME = 200 };

/* What varies in a stage. */
struct axes {
    struct dc_exp_axis *axis; /* [n] */
    size_t n;
};

struct making {
    const struct dc_exp_work *of;
    struct dc_exp_cells *out;
    const struct dc_exp_point *stage; /* NULL: the file has none */
    struct dc_exp merged;             /* the file with the stage's keys */
    struct axes axes;
    size_t *at; /* [axes.n] the point of each */
};

/* ---- names ---- */

static bool cell_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

/* What can be part of a file's name, and is no hidden file. */
static enum dc_status cell_name_check(const struct making *m, const char *what,
                                      const char *name, size_t line,
                                      struct dc_err *err)
{
    size_t n = strlen(name);
    bool ok = n > 0 && n <= LABEL && name[0] != '.' && name[0] != '-';
    for (size_t i = 0; i < n; i++)
        ok = ok && cell_letter(name[i]);
    if (ok)
        return DC_OK;
    dc_fail(err, DC_DATA,
            "the name of %s becomes part of files' names: expected 1 to %d "
            "letters, digits, \".\", \"_\" and \"-\", the first no \".\" or "
            "\"-\"",
            what, LABEL);
    return dc_exp_at_line(m->of, &(struct dc_exp_pair){.line = line}, DC_DATA,
                          err);
}

/* Of a value in a list: the end of a path, "seed7" for a number. */
static const char *cell_label(struct dc_arena *a, const char *key,
                              const char *value)
{
    const char *name = dc_path_name(value);
    size_t n = strlen(name);
    char *end = NULL;
    (void)strtod(value, &end);
    bool number = end > value && *end == '\0';
    if (n > 5 && !strcmp(name + n - 5, ".gguf"))
        n -= 5;
    char *s =
        dc_arena_strdup(a, dc_arena_printf(a, "%s%.*s", number ? key : "",
                                           (int)(n < LABEL ? n : LABEL), name));
    for (size_t i = 0; s[i]; i++)
        if (!cell_letter(s[i]))
            s[i] = '-';
    if (s[0] == '.' || s[0] == '-' || s[0] == '\0')
        return dc_arena_printf(a, "%s%s", key, s);
    return s;
}

static bool label_is_taken(const struct dc_exp_axis *x, const char *label)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->point[i].name && !strcmp(x->point[i].name, label))
            return true;
    return false;
}

/* ---- what varies ---- */

/* A list where `run` takes one value. */
static bool is_axis(const struct dc_exp_pair *p)
{
    struct dc_nearest near = {.typed = p->key};
    if (!p->key || p->n < 2 || strcmp(p->section, "run") != 0)
        return false;
    const struct dc_opt *o = dc_exp_option(dc_cmd_find("run"), p->key, &near);
    return o && o->kind != DC_OPT_LIST && o->kind != DC_OPT_FLAG &&
           strcmp(o->name, "out") != 0;
}

static struct dc_exp_axis axis_of_list(struct dc_arena *a,
                                       const struct dc_exp_pair *p)
{
    struct dc_exp_axis x = {.name = p->key, .line = p->line, .n = p->n};
    x.point = dc_arena_array(a, p->n, sizeof *x.point);
    for (size_t i = 0; i < p->n; i++) {
        const char *label = cell_label(a, p->key, p->value[i]);
        struct dc_exp_pair *one = dc_arena_alloc(a, sizeof *one);
        *one = *p;
        one->value = &p->value[i];
        one->n = 1;
        if (label_is_taken(&x, label))
            label = dc_arena_printf(a, "%s-%zu", label, i + 1);
        x.point[i] = (struct dc_exp_point){
            .name = label, .line = p->line, .pair = one, .n = 1};
    }
    return x;
}

static bool varies_the_run(const struct dc_exp_axis *x)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t k = 0; k < x->point[i].n; k++)
            if (!strcmp(x->point[i].pair[k].section, "run"))
                return true;
    return false;
}

/* Keys of a point in the place of the file's, but for those of --set. */
static enum dc_status put_point(const struct making *m,
                                const struct dc_exp_point *x,
                                struct dc_exp *file, struct dc_err *err)
{
    for (size_t i = 0; i < x->n; i++) {
        const struct dc_exp_pair *p = &x->pair[i];
        const struct dc_exp_pair *old = dc_exp_find(file, p->section, p->key);
        enum dc_status st = DC_OK;
        if (!strcmp(p->key, "out") || !strcmp(p->key, "output") ||
            !strcmp(p->key, "percentile-analysis"))
            st = dc_fail(err, DC_DATA,
                         "%s can't vary: the names of files say what differs "
                         "by themselves",
                         p->key);
        else if (strcmp(p->section, "run") != 0 && dc_cmd_find(p->section) &&
                 !dc_exp_find(file, p->section, NULL))
            st = dc_fail(err, DC_DATA,
                         "the file has no section \"%s\", whose key this is; "
                         "add \"%s:\" to it",
                         p->section, p->section);
        if (st)
            return dc_exp_at_line(m->of, p, st, err);
        if (!old || old->line > 0)
            dc_exp_put(file, p);
    }
    return DC_OK;
}

static void copy_file(const struct dc_exp *from, struct dc_exp *to)
{
    *to = (struct dc_exp){.about = from->about};
    dc_arena_init(&to->arena);
    for (size_t i = 0; i < from->n; i++)
        dc_exp_put(to, &from->pair[i]);
}

static enum dc_status axes_of(struct making *m, struct dc_err *err)
{
    struct dc_arena *a = &m->out->arena;
    const struct dc_exp *file = &m->of->file;
    m->axes =
        (struct axes){.axis = dc_arena_array(a, m->merged.n + file->n_axis,
                                             sizeof *m->axes.axis)};
    for (size_t i = 0; i < m->merged.n; i++)
        if (is_axis(&m->merged.pair[i]))
            m->axes.axis[m->axes.n++] = axis_of_list(a, &m->merged.pair[i]);
    for (size_t i = 0; i < file->n_axis; i++) {
        const struct dc_exp_axis *x = &file->axis[i];
        for (size_t k = 0; k < x->n; k++) {
            enum dc_status st =
                cell_name_check(m, "a value of the matrix", x->point[k].name,
                                x->point[k].line, err);
            if (st)
                return st;
        }
        m->axes.axis[m->axes.n++] = *x;
    }
    m->at = dc_arena_array(a, m->axes.n, sizeof *m->at);
    return DC_OK;
}

/* ---- one cell ---- */

/* run_only: of what makes another run. "" if nothing does. */
static const char *joined(struct making *m, bool run_only)
{
    struct dc_arena *a = &m->out->arena;
    const char *s = m->stage ? m->stage->name : "";
    for (size_t i = 0; i < m->axes.n; i++) {
        const struct dc_exp_axis *x = &m->axes.axis[i];
        if (x->n > 1 && (!run_only || varies_the_run(x)))
            s = dc_arena_printf(a, "%s%s%s", s, *s ? "-" : "",
                                x->point[m->at[i]].name);
    }
    return s;
}

/* Give a file that the experiment names the cell's name before its ending. */
static void name_with(struct making *m, struct dc_exp_cell *c,
                      const char *section, const char *key, const char *name)
{
    struct dc_exp_pair *p = dc_exp_find(&c->work.file, section, key);
    if (!p || p->n != 1 || !*name)
        return;
    size_t line = p->line, folder = dc_path_folder(p->value[0]);
    size_t n = folder + dc_path_stem(p->value[0] + folder);
    const char *text = dc_arena_printf(&m->out->arena, "%.*s-%s%s", (int)n,
                                       p->value[0], name, p->value[0] + n);
    dc_exp_set(&c->work.file, section, key, text)->line = line;
}

static void name_cell(struct making *m, struct dc_exp_cell *c)
{
    struct dc_arena *a = &m->out->arena;
    const struct dc_exp_pair *run = dc_exp_find(&c->work.file, "run", NULL);
    const char *all = joined(m, false), *stem = m->of->stem;
    c->run = joined(m, true);
    c->work.cell = *all ? all : stem;
    c->work.stem = *all ? dc_arena_printf(a, "%s-%s", stem, all) : stem;
    if (dc_exp_find(&c->work.file, "run", "out"))
        name_with(m, c, "run", "out", c->run);
    else
        dc_exp_set(
            &c->work.file, "run", "out",
            dc_arena_printf(a, "%s%s%s.db", stem, *c->run ? "-" : "", c->run))
            ->line = run ? run->line : 0;
    name_with(m, c, "report", "out", all);
    name_with(m, c, "sweep", "percentile-analysis", all);
    c->label = dc_arena_array(a, m->axes.n + 1, sizeof *c->label);
    if (m->stage)
        c->label[c->n_label++] = m->stage->name;
    for (size_t i = 0; i < m->axes.n; i++)
        if (m->axes.axis[i].n > 1)
            c->label[c->n_label++] = m->axes.axis[i].point[m->at[i]].name;
}

static struct dc_exp_cell *add_cell(struct making *m)
{
    struct dc_exp_cells *all = m->out;
    all->cell = dc_xrealloc(all->cell, all->n + 1, sizeof *all->cell);
    struct dc_exp_cell *c = &all->cell[all->n++];
    *c = (struct dc_exp_cell){.work = *m->of, .run = ""};
    dc_arena_init(&c->work.arena);
    copy_file(&m->merged, &c->work.file);
    return c;
}

/* A cell's name may be made of others' parts: "a-b" and "c", "a" and "b-c". */
static enum dc_status check_names(const struct making *m, struct dc_err *err)
{
    const struct dc_exp_cell *c = &m->out->cell[m->out->n - 1];
    for (size_t i = 0; i + 1 < m->out->n; i++)
        if (!strcmp(m->out->cell[i].work.cell, c->work.cell))
            return dc_fail(err, DC_DATA,
                           "%.300s: two cells would be called %s: give the "
                           "values of the matrix other names",
                           m->of->path, c->work.cell);
    if (strlen(c->work.stem) > MAX_NAME)
        return dc_fail(err, DC_DATA,
                       "%.300s: the name of a cell would have %zu letters: "
                       "expected at most %d. Give the values shorter names in "
                       "a section \"matrix\"",
                       m->of->path, strlen(c->work.stem), MAX_NAME);
    return DC_OK;
}

static enum dc_status make_cell(struct making *m, struct dc_err *err)
{
    struct dc_exp_cell *c = add_cell(m);
    if (m->stage)
        c->stage = (size_t)(m->stage - m->of->file.stage);
    for (size_t i = 0; i < m->axes.n; i++) {
        enum dc_status st =
            put_point(m, &m->axes.axis[i].point[m->at[i]], &c->work.file, err);
        if (st)
            return st;
    }
    name_cell(m, c);
    return check_names(m, err);
}

/* The last axis changes fastest. False: that was the last cell. */
static bool next_cell(struct making *m)
{
    for (size_t i = m->axes.n; i-- > 0;) {
        if (++m->at[i] < m->axes.axis[i].n)
            return true;
        m->at[i] = 0;
    }
    return false;
}

static enum dc_status make_stage(struct making *m, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    copy_file(&m->of->file, &m->merged);
    if (m->stage)
        st = cell_name_check(m, "a stage", m->stage->name, m->stage->line, err);
    if (!st && m->stage)
        st = put_point(m, m->stage, &m->merged, err);
    if (!st)
        st = axes_of(m, err);
    m->out->suite |= m->axes.n > 0;
    while (!st) {
        if (m->out->n == DC_EXP_CELLS)
            return dc_fail(err, DC_DATA,
                           "%.300s: has more than %d cells: expected fewer "
                           "values in its lists and its matrix",
                           m->of->path, DC_EXP_CELLS);
        st = make_cell(m, err);
        if (!st && !next_cell(m))
            break;
    }
    return st;
}

/* ---- all ---- */

static void plain(const struct dc_exp_work *of, struct dc_exp_cells *out)
{
    struct making m = {.of = of, .out = out};
    copy_file(&of->file, &m.merged);
    add_cell(&m);
    dc_exp_release(&m.merged);
}

static bool has_suite_section(const struct dc_exp *f)
{
    return f->n_axis > 0 || f->n_stage > 0 || dc_exp_find(f, "matrix", NULL) ||
           dc_exp_find(f, "compare", NULL) || dc_exp_find(f, "budget", NULL) ||
           dc_exp_find(f, "budget", "hours") ||
           dc_exp_find(f, "budget", "tokens");
}

enum dc_status dc_exp_cells_make(const struct dc_exp_work *of,
                                 struct dc_exp_cells *out, struct dc_err *err)
{
    const struct dc_exp *f = &of->file;
    enum dc_status st = DC_OK;
    *out = (struct dc_exp_cells){.suite = has_suite_section(f)};
    dc_arena_init(&out->arena);
    for (size_t i = 0; i < f->n; i++)
        out->suite |= is_axis(&f->pair[i]);
    if (!out->suite) {
        plain(of, out);
        return DC_OK;
    }
    for (size_t i = 0; i < (f->n_stage ? f->n_stage : 1) && !st; i++) {
        struct making m = {
            .of = of, .out = out, .stage = f->n_stage ? &f->stage[i] : NULL};
        st = make_stage(&m, err);
        dc_exp_release(&m.merged);
    }
    return st;
}

const char *dc_exp_cell_judge(const struct dc_exp_cell *c)
{
    static const char *const section[] = {"report", "sweep"};
    for (size_t i = 0; i < DC_COUNT(section); i++) {
        const struct dc_exp_pair *p =
            dc_exp_find(&c->work.file, section[i], "judge");
        if (p && p->n > 0)
            return p->value[0];
    }
    return NULL;
}

void dc_exp_cells_release(struct dc_exp_cells *c)
{
    for (size_t i = 0; i < c->n; i++) {
        dc_exp_release(&c->cell[i].work.file);
        dc_arena_release(&c->cell[i].work.arena);
    }
    free(c->cell);
    dc_arena_release(&c->arena);
}
