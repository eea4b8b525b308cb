/*
 * report.c - all outputs of all runs, and the manifest (report.h).
 */
#include "report/report.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "report/comparison.h"
#include "report/manifest.h"
#include "report/output.h"
#include "report/overview.h"
#include "report/runs_page.h"

#include <stdlib.h>
#include <string.h>

#define X(NAME) extern const struct dc_output dc_output_##NAME;
#include "report/outputs.def"
#undef X

const struct dc_output *const *dc_outputs(size_t *n)
{
    static const struct dc_output *const row[] = {
#define X(NAME) &dc_output_##NAME,
#include "report/outputs.def"
#undef X
    };
    *n = DC_COUNT(row);
    return row;
}

enum {
    N_OUTPUT = 0
#define X(NAME) +1
#include "report/outputs.def"
#undef X
};

/* Does a list of patterns as that of dc_output.files begin with this name, or
 * a folder of it? NAME stands for any. */
static bool is_listed(const char *list, const char *name)
{
    for (const char *p = list; *p; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ","), top = strcspn(p, ",/");
        const char *end = !strncmp(p, "NAME_", 5) ? p + 4 : NULL;
        size_t tail = n - 4, len = strlen(name);
        if (end ? len > tail && !strncmp(name + len - tail, end, tail)
                : len == top && !strncmp(name, p, top))
            return true;
        p += n;
    }
    return false;
}

bool dc_report_may_have(const char *name)
{
    size_t n;
    const struct dc_output *const *row = dc_outputs(&n);
    for (size_t i = 0; i < n; i++)
        if (is_listed(row[i]->files, name))
            return true;
    return is_listed(DC_RESULTS ", COMPARISON.md, compare/*.json, compare.html",
                     name);
}

/* ---- names ---- */

static void stem_of(const char *path, char *out, size_t n)
{
    const char *from = dc_path_name(path);
    size_t len = dc_path_stem(from), i = 0;
    for (; i < len && i < n - 1; i++)
        out[i] = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_.",
                        from[i])
                     ? from[i]
                     : '_';
    out[i] = '\0';
    if (out[0] == '.' || !out[0])
        out[0] = '_';
    out[i ? i : 1] = '\0';
}

static bool is_taken(const struct dc_report_cfg *cfg, size_t i,
                     const char *name)
{
    for (size_t k = 0; k < cfg->n_run; k++)
        if (k != i && !strcmp(cfg->run[k].name, name))
            return true;
    return !strcmp(name, "compare");
}

void dc_report_names(struct dc_report_cfg *cfg)
{
    char stem[DC_REPORT_NAME - 8];
    for (size_t i = 0; i < cfg->n_run; i++) {
        struct dc_report_run *r = &cfg->run[i];
        if (r->name[0])
            continue;
        stem_of(r->path, stem, sizeof stem);
        snprintf(r->name, sizeof r->name, "%s", stem);
        for (unsigned k = 2; is_taken(cfg, i, r->name); k++)
            snprintf(r->name, sizeof r->name, "%s-%u", stem, k);
    }
}

/* ---- the set ---- */

/* The set while it is made. */
struct making {
    const struct dc_report_cfg *cfg;
    struct dc_out_dir *o;
    struct dc_overview *results; /* NULL: of one run */
    struct dc_manifest_run run[DC_REPORT_MAX_RUNS];
};

/* What the outputs of a run have begun. */
struct begun {
    bool is[N_OUTPUT];
    void *what[N_OUTPUT];
};

static void begin_outputs(const struct making *m, const struct dc_facts *f,
                          bool early, struct begun *b)
{
    size_t n;
    const struct dc_output *const *row = dc_outputs(&n);
    for (size_t k = 0; k < n && !m->cfg->page_only; k++)
        if (row[k]->begin && row[k]->early == early) {
            b->what[k] = row[k]->begin(f, m->o);
            b->is[k] = true;
        }
}

static enum dc_status put_outputs(const struct making *m,
                                  const struct dc_facts *f, struct begun *b,
                                  struct dc_err *err)
{
    size_t n;
    const struct dc_output *const *row = dc_outputs(&n);
    enum dc_status st = DC_OK;
    for (size_t k = 0; k < n && !st; k++)
        if (b->is[k]) {
            b->is[k] = false;
            st = row[k]->end(b->what[k], f, m->o, err);
        } else if (!m->cfg->page_only || row[k] == &dc_output_facts) {
            st = row[k]->write(f, m->o, err);
        }
    return st;
}

static void drop_outputs(struct begun *b)
{
    size_t n;
    const struct dc_output *const *row = dc_outputs(&n);
    for (size_t k = 0; k < n; k++)
        if (b->is[k])
            row[k]->drop(b->what[k]);
}

static enum dc_status make_run(struct making *m, size_t i, struct dc_err *err)
{
    const struct dc_report_cfg *cfg = m->cfg;
    const struct dc_report_run *r = &cfg->run[i];
    const struct dc_facts_cfg how = {.path = r->path,
                                     .name = r->name,
                                     .judge = r->judge,
                                     .correct_with = cfg->correct_with,
                                     .page_mb = cfg->page_mb,
                                     .n_threads = cfg->n_threads,
                                     .plots = !cfg->no_plots,
                                     .names_asked = cfg->names_asked,
                                     .first_set = cfg->first_set};
    struct dc_facts *f = dc_xcalloc(1, sizeof *f);
    struct begun b = {.is = {false}};
    dc_out_enter(m->o, cfg->n_run > 1 ? r->name : "");
    enum dc_status st = dc_facts_begin(&how, f, err);
    if (!st) {
        begin_outputs(m, f, true, &b);
        st = dc_facts_end(f, err);
    }
    if (!st) {
        begin_outputs(m, f, false, &b);
        st = put_outputs(m, f, &b, err);
    }
    drop_outputs(&b);
    if (!st && m->results)
        dc_overview_add(m->results, f);
    m->run[i] = (struct dc_manifest_run){
        .name = r->name,
        .id = dc_arena_strdup(&m->o->arena, f->id),
        .judge = r->judge,
    };
    dc_facts_release(f);
    free(f);
    return st;
}

static enum dc_status put_manifest(struct making *m, struct dc_err *err)
{
    char sha[DC_SHA256_HEX];
    const char *correct_with = m->cfg->correct_with;
    struct dc_manifest says = {
        .version = DC_VERSION,
        .gnuplot = m->o->gnuplot,
        .page_mb = m->cfg->page_mb,
        .names = m->cfg->names_asked ? 0 : DC_MANIFEST_NAMES,
        .settings = m->cfg->first_set ? 0 : DC_MANIFEST_SETTINGS,
        .run = m->run,
        .n_run = m->cfg->n_run,
        .file = m->o->file,
        .n = m->o->n,
    };
    enum dc_status st = DC_OK;
    if (correct_with) {
        st = dc_sha256_file(correct_with, sha, err);
        says.correct_with = sha;
    }
    return st ? st : dc_out_commit(m->o, &says, err);
}

/* The runs side by side; each is read once for all of it. */
static enum dc_status put_comparisons(struct making *m, struct dc_err *err)
{
    const struct dc_report_cfg *cfg = m->cfg;
    struct dc_compare_file *file = dc_xcalloc(cfg->n_run, sizeof *file);
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < cfg->n_run && !st; i++)
        st = dc_compare_file_open(cfg->run[i].path, cfg->run[i].judge, &file[i],
                                  err);
    if (!st)
        st = dc_comparison_write(cfg, file, m->results, m->o, err);
    if (!st && !cfg->page_only)
        st = dc_runs_page_write(cfg, file, m->o, err);
    for (size_t i = 0; i < cfg->n_run; i++)
        dc_compare_file_close(&file[i]);
    free(file);
    return st;
}

/* What stands above the runs. */
static enum dc_status put_together(struct making *m, struct dc_err *err)
{
    const struct dc_manifest says = {
        .version = DC_VERSION,
        .settings = m->cfg->first_set ? 0 : DC_MANIFEST_SETTINGS,
        .run = m->run,
        .n_run = m->cfg->n_run};
    dc_out_enter(m->o, "");
    if (!m->results)
        return DC_OK;
    enum dc_status st = put_comparisons(m, err);
    return st ? st : dc_overview_write(m->results, &says, m->o, err);
}

enum dc_status dc_report_make(const struct dc_report_cfg *cfg,
                              struct dc_out_dir *o, struct dc_err *err)
{
    struct making m = {.cfg = cfg, .o = o};
    enum dc_status st = DC_OK;
    o->stop = cfg->stop;
    if (cfg->n_run > 1)
        m.results = dc_overview_create();
    for (size_t i = 0; i < cfg->n_run && !st; i++)
        st = make_run(&m, i, err);
    if (!st)
        st = put_together(&m, err);
    dc_overview_free(m.results);
    return st ? st : put_manifest(&m, err);
}
