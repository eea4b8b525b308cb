/*
 * bundle.c - all outputs of all runs, and the manifest (bundle.h).
 */
#include "bundle/bundle.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "bundle/comparison.h"
#include "bundle/manifest.h"
#include "bundle/output.h"

#include <string.h>

#define X(NAME) extern const struct dc_output dc_output_##NAME;
#include "bundle/outputs.def"
#undef X

const struct dc_output *const *dc_outputs(size_t *n)
{
    static const struct dc_output *const row[] = {
#define X(NAME) &dc_output_##NAME,
#include "bundle/outputs.def"
#undef X
    };
    *n = DC_COUNT(row);
    return row;
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

static bool is_taken(const struct dc_bundle_cfg *cfg, size_t i,
                     const char *name)
{
    for (size_t k = 0; k < cfg->n_run; k++)
        if (k != i && !strcmp(cfg->run[k].name, name))
            return true;
    return !strcmp(name, "compare");
}

void dc_bundle_names(struct dc_bundle_cfg *cfg)
{
    char stem[DC_BUNDLE_NAME - 8];
    for (size_t i = 0; i < cfg->n_run; i++) {
        struct dc_bundle_run *r = &cfg->run[i];
        if (r->name[0])
            continue;
        stem_of(r->path, stem, sizeof stem);
        snprintf(r->name, sizeof r->name, "%s", stem);
        for (unsigned k = 2; is_taken(cfg, i, r->name); k++)
            snprintf(r->name, sizeof r->name, "%s-%u", stem, k);
    }
}

/* ---- the set ---- */

static enum dc_status make_run(const struct dc_bundle_cfg *cfg, size_t i,
                               struct dc_out_dir *o,
                               struct dc_manifest_run *says, struct dc_err *err)
{
    const struct dc_bundle_run *r = &cfg->run[i];
    const struct dc_facts_cfg how = {.path = r->path,
                                     .name = r->name,
                                     .judge = r->judge,
                                     .correct_with = cfg->correct_with,
                                     .page_mb = cfg->page_mb,
                                     .n_threads = cfg->n_threads,
                                     .plots = !cfg->no_plots};
    struct dc_facts *f = dc_xcalloc(1, sizeof *f);
    size_t n;
    const struct dc_output *const *row = dc_outputs(&n);
    enum dc_status st = dc_facts_read(&how, f, err);
    dc_out_enter(o, cfg->n_run > 1 ? r->name : "");
    for (size_t k = 0; k < n && !st; k++)
        st = row[k]->write(f, o, err);
    *says = (struct dc_manifest_run){
        .name = r->name,
        .id = dc_arena_strdup(&o->arena, f->id),
        .judge = r->judge,
    };
    dc_facts_release(f);
    free(f);
    return st;
}

static enum dc_status put_manifest(const struct dc_bundle_cfg *cfg,
                                   struct dc_manifest_run *run,
                                   struct dc_out_dir *o, struct dc_err *err)
{
    char sha[DC_SHA256_HEX];
    struct dc_manifest m = {
        .version = DC_VERSION,
        .gnuplot = o->gnuplot,
        .page_mb = cfg->page_mb,
        .run = run,
        .n_run = cfg->n_run,
        .file = o->file,
        .n = o->n,
    };
    struct dc_buf b;
    enum dc_status st = DC_OK;
    if (cfg->correct_with) {
        st = dc_sha256_file(cfg->correct_with, sha, err);
        m.correct_with = sha;
    }
    if (st)
        return st;
    dc_buf_init(&b, SIZE_MAX);
    dc_manifest_text(&m, &b);
    st = dc_out_commit(o, &b, err);
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_bundle_make(const struct dc_bundle_cfg *cfg,
                              struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_manifest_run run[DC_BUNDLE_MAX_RUNS];
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < cfg->n_run && !st; i++)
        st = make_run(cfg, i, o, &run[i], err);
    dc_out_enter(o, "");
    if (!st && cfg->n_run > 1)
        st = dc_comparison_write(cfg, o, err);
    return st ? st : put_manifest(cfg, run, o, err);
}
