/*
 * export.c - the walk over a run that every writer is led through
 * (export_priv.h), and the table of formats.
 */
#include "base/mem.h"
#include "exchange/export_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define X(name) extern const struct dc_format dc_format_##name;
#include "exchange/formats.def"
#undef X

static const struct dc_format *const rows[] = {
#define X(name) &dc_format_##name,
#include "exchange/formats.def"
#undef X
};

const struct dc_format *const *dc_formats(size_t *n)
{
    *n = DC_COUNT(rows);
    return rows;
}

const struct dc_format *dc_format_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (!strcmp(rows[i]->name, name))
            return rows[i];
    return NULL;
}

/* ---- the walk ---- */

struct walk {
    struct dc_export *e;
    const struct dc_export_ops *ops;
    const struct dc_run_votes *by;
    struct dc_export_prompt p;
};

static enum dc_status send_on(struct dc_export *e, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < DC_EXPORT_FILES && !st; i++)
        st = dc_sink_flush(&e->file[i], err);
    return st;
}

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *p,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct walk *w = arg;
    (void)p;
    w->e->count.n_trace++;
    if (t->n_tok > 0 && (w->ops->parts & DC_TRACE_TOKENS) &&
        (!t->tok_end || (t->lacks & DC_TOKEN_LOGPROB)))
        w->e->count.n_no_text++;
    w->ops->trace(w->e, &w->p, t);
    return send_on(w->e, err);
}

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct walk *w = arg;
    struct dc_run_view *r = w->e->run;
    struct dc_decision_row d;
    bool decided = dc_run_view_decision(r, w->by, (size_t)p->ord, &d);
    w->p = (struct dc_export_prompt){p, decided ? &d : NULL};
    w->e->count.n_prompt++;
    if (w->ops->prompt)
        w->ops->prompt(w->e, &w->p);
    enum dc_status st = dc_run_view_each_of(r, (size_t)p->ord, w->ops->parts,
                                            see_trace, w, err);
    if (!st && w->ops->prompt_end)
        w->ops->prompt_end(w->e, &w->p);
    return st ? st : send_on(w->e, err);
}

static enum dc_status walk_all(struct walk *w, struct dc_err *err)
{
    struct dc_export *e = w->e;
    enum dc_status st = DC_OK;
    if (w->ops->begin)
        st = w->ops->begin(e, err);
    if (!st)
        st = dc_store_each_prompt(e->run->store, see_prompt, w, err);
    if (!st && w->ops->end)
        st = w->ops->end(e, err);
    return st;
}

/* ---- files ---- */

enum dc_status dc_export_open(struct dc_export *e, size_t i, const char *name,
                              struct dc_err *err)
{
    const char *path =
        dc_arena_printf(&e->arena, "%.3000s/%.500s", e->cfg->out, name);
    enum dc_status st = DC_OK;
    if (e->cfg->format->folder)
        st = dc_export_set_add(&e->set, &e->file[i].to, name, err);
    return st ? st : dc_sink_open_own(&e->file[i], path, err);
}

static bool is_folder(const char *path)
{
    struct stat sb;
    return stat(path, &sb) == 0 && S_ISDIR(sb.st_mode);
}

static enum dc_status make_folder(const char *out, struct dc_err *err)
{
    if (mkdir(out, 0777) == 0)
        return DC_OK;
    int why = errno;
    if (is_folder(out))
        return DC_OK;
    if (!out[0])
        return dc_fail(err, DC_USAGE, "the name of the folder is empty");
    if (why == EEXIST)
        return dc_fail(err, DC_USAGE,
                       "%.300s is a file, and a folder is to be made there: "
                       "name another one with --out",
                       out);
    return dc_fail(err, DC_IO, "%.300s: the folder can't be made: %s", out,
                   strerror(why));
}

/* A format of one file whose name can be its own: "logs/" asks for a folder. */
static bool wants_folder(const struct dc_export_ops *ops, const char *out)
{
    return ops->file_name && *out && out[strlen(out) - 1] == '/';
}

static enum dc_status open_file(struct dc_export *e, struct dc_err *err)
{
    const struct dc_export_ops *ops = e->cfg->format->write;
    const char *out = e->cfg->out;
    if (out && wants_folder(ops, out)) {
        enum dc_status st = make_folder(out, err);
        if (st)
            return st;
    }
    if (!out || !is_folder(out))
        return dc_sink_open(&e->file[0], out, err);
    if (ops->file_name)
        return dc_export_open(e, 0, ops->file_name(e), err);
    return dc_fail(err, DC_USAGE,
                   "--out %.300s is a folder; name the file to write", out);
}

static enum dc_status open_out(struct dc_export *e, struct dc_err *err)
{
    const char *out = e->cfg->out;
    if (!e->cfg->format->folder)
        return open_file(e, err);
    if (!out || !strcmp(out, "-"))
        return dc_fail(err, DC_USAGE,
                       "--format %s is several files: name a folder with "
                       "--out FOLDER",
                       e->cfg->format->name);
    enum dc_status st = make_folder(out, err);
    return st ? st
              : dc_export_set_open(&e->set, out, e->cfg->format->name, err);
}

/* Files of a folder get their names together; each other file has its own. */
static enum dc_status close_all(struct dc_export *e, enum dc_status st,
                                struct dc_err *err)
{
    bool folder = e->cfg->format->folder;
    for (size_t i = 0; i < DC_EXPORT_FILES; i++)
        st = folder ? dc_sink_finish(&e->file[i], st, err)
                    : dc_sink_close(&e->file[i], st, err);
    return folder ? dc_export_set_close(&e->set, st, err) : st;
}

static enum dc_status run(struct dc_export *e, struct dc_err *err)
{
    struct walk w = {.e = e, .ops = e->cfg->format->write};
    enum dc_status st =
        dc_run_view_decisions(e->run, e->cfg->judge, &w.by, err);
    if (!st && (w.ops->parts & DC_TRACE_TOP))
        st = dc_pieces_read(e->run->store, &e->pieces, err);
    if (!st)
        st = open_out(e, err);
    if (!st)
        st = walk_all(&w, err);
    st = close_all(e, st, err);
    dc_pieces_release(&e->pieces);
    return st;
}

static enum dc_status export_run(struct dc_export *e, struct dc_err *err)
{
    const struct dc_export_ops *ops = e->cfg->format->write;
    const struct dc_summary_cfg how = {.judge = e->cfg->judge};
    struct dc_summary sum;
    enum dc_status st = dc_summary_of(e->run, &how, &sum, err);
    if (st)
        return st;
    e->sum = &sum;
    dc_arena_init(&e->arena);
    e->own = dc_xcalloc(1, ops->n_own + 1);
    st = run(e, err);
    if (ops->release)
        ops->release(e);
    free(e->own);
    dc_arena_release(&e->arena);
    dc_summary_release(&sum);
    return st;
}

enum dc_status dc_export(struct dc_store *s, const struct dc_export_cfg *cfg,
                         struct dc_export_count *out, struct dc_err *err)
{
    struct dc_run_view r;
    struct dc_export e = {.run = &r, .cfg = cfg};
    /* One snapshot, should a run be writing meanwhile. */
    enum dc_status st = dc_store_begin(s, err);
    if (st)
        return st;
    st = dc_run_view_open(s, DC_RUN_AUDIT, &r, err);
    if (!st)
        st = export_run(&e, err);
    dc_run_view_close(&r);
    dc_store_rollback(s);
    *out = e.count;
    return st;
}
