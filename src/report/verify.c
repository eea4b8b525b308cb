/*
 * verify.c - the set made again in a temporary folder and compared (verify.h).
 */
#include "report/verify.h"

#include "audit/audit.h"
#include "base/file_in.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/plural.h"
#include "plot/plot.h"
#include "report/inside.h"
#include "report/manifest.h"
#include "report/overview.h"
#include "report/verify_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct check {
    struct dc_verify *v;
    const char *dir;
    int top;                 /* the folder, open; -1: a page */
    struct dc_manifest then; /* as the folder has it */
    struct dc_out_dir now;
    bool same_gnuplot;
};

static struct dc_verify_file *add(struct dc_verify *v, const char *path,
                                  enum dc_verify_state state)
{
    if (v->n == v->cap) {
        v->cap = v->cap ? 2 * v->cap : 64;
        v->file = dc_xrealloc(v->file, v->cap, sizeof *v->file);
    }
    struct dc_verify_file *f = &v->file[v->n++];
    *f = (struct dc_verify_file){.path = dc_arena_strdup(&v->arena, path),
                                 .state = state};
    return f;
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n >= m && !strcmp(path + n - m, end);
}

/* ---- the file's own runs ---- */

static enum dc_status check_correction(const struct dc_manifest *m,
                                       const struct dc_report_cfg *cfg,
                                       struct dc_err *err)
{
    char sha[DC_SHA256_HEX];
    if (!m->correct_with && !cfg->correct_with)
        return DC_OK;
    if (!cfg->correct_with)
        return dc_fail(err, DC_USAGE,
                       "the report was made with --correct-with; give that "
                       "file again (SHA-256 %.64s)",
                       m->correct_with);
    if (!m->correct_with)
        return dc_fail(err, DC_USAGE,
                       "the report was made without --correct-with; leave it "
                       "out");
    enum dc_status st = dc_sha256_file(cfg->correct_with, sha, err);
    if (!st && strcmp(sha, m->correct_with) != 0)
        return dc_fail(err, DC_USAGE,
                       "%.300s is not the file of --correct-with that the "
                       "report was made from (SHA-256 %.64s, expected %.64s)",
                       cfg->correct_with, sha, m->correct_with);
    return st;
}

static enum dc_status other_runs(const struct dc_manifest *m,
                                 const struct dc_report_cfg *cfg,
                                 struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < m->n_run && b.n < 500; i++)
        dc_buf_addf(&b, "%s%.80s", i ? ", " : "", m->run[i].name);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        "the report is of %zu run%s, and %zu %s given; name the file of each "
        "with --run, in this order: %s",
        m->n_run, dc_plural(m->n_run), cfg->n_run, dc_are(cfg->n_run), b.data);
    dc_buf_release(&b);
    return st;
}

static enum dc_status take_runs(const struct dc_manifest *m,
                                struct dc_report_cfg *cfg, struct dc_err *err)
{
    cfg->page_mb = m->page_mb;
    if (m->n_run != cfg->n_run)
        return other_runs(m, cfg, err);
    for (size_t i = 0; i < m->n_run; i++) {
        const char *name = m->run[i].name;
        if (strlen(name) >= sizeof cfg->run[i].name || strchr(name, '/') ||
            !dc_inside_is_path(name))
            return dc_fail(err, DC_DATA,
                           "%s: \"%.80s\" can't be the name of a run",
                           DC_MANIFEST, name);
        snprintf(cfg->run[i].name, sizeof cfg->run[i].name, "%s", name);
        cfg->run[i].judge = m->run[i].judge;
    }
    cfg->no_plots = m->gnuplot == NULL;
    cfg->names_asked = m->names == 0;
    cfg->first_set = m->settings == 0;
    return check_correction(m, cfg, err);
}

/* ---- files ---- */

static void differ(struct dc_verify_file *f, const char *said,
                   const char *given)
{
    f->state = DC_VERIFY_DIFFERS;
    f->diff[f->n_diff++] =
        (struct dc_verify_diff){.said = said, .given = given};
}

/* A bitmap: equal bytes or not. */
static void compare_hash(const struct check *c, const struct dc_out_file *now,
                         struct dc_verify_file *f)
{
    if (dc_out_same(now, c->top, now->path))
        f->state = DC_VERIFY_EQUAL;
    else if (c->same_gnuplot)
        differ(f, "other bytes", "the picture drawn here");
    else
        f->state = DC_VERIFY_NOT_COMPARED;
}

/* Open the folder's file, or say in f what is there instead; *said is NULL
 * then. Nothing but a regular file is opened, and no link is followed. */
static enum dc_status open_said(const struct check *c, struct dc_verify_file *f,
                                FILE **said, struct dc_err *err)
{
    size_t n = 0;
    mode_t mode = 0;
    *said = NULL;
    if (!dc_inside_look(c->top, f->path, &n, &mode))
        return DC_OK; /* missing */
    if (!f->path[n] && S_ISREG(mode))
        return dc_err_prefix(err, dc_inside_open(c->top, f->path, said, err),
                             "%.400s", c->dir);
    if (!f->path[n])
        differ(f, dc_file_what(mode), "a file");
    return DC_OK;
}

static enum dc_status
compare_file(struct check *c, const struct dc_out_file *now, struct dc_err *err)
{
    struct dc_arena *a = &c->v->arena;
    struct dc_verify_two two = {
        .given = dc_arena_printf(a, "%s/%s", c->now.root, now->path),
        .figures_only = !c->same_gnuplot && ends_in(now->path, ".svg"),
        .no_pictures = !c->same_gnuplot,
    };
    struct dc_verify_file *f = add(c->v, now->path, DC_VERIFY_MISSING);
    enum dc_status st = open_said(c, f, &two.said, err);
    if (!two.said)
        return st;
    if (ends_in(now->path, ".png"))
        compare_hash(c, now, f);
    else
        st = dc_verify_compare(&two, a, f, err);
    fclose(two.said);
    return st;
}

/* Where another gnuplot is, a picture is held against the manifest's hash: it
 * is what was drawn then. */
static void hold_against_manifest(const struct check *c)
{
    for (size_t i = 0; i < c->v->n; i++) {
        struct dc_verify_file *f = &c->v->file[i];
        const struct dc_out_file *then =
            dc_out_find(c->then.file, c->then.n, f->path);
        if (f->state != DC_VERIFY_EQUAL && f->state != DC_VERIFY_NOT_COMPARED)
            continue;
        if (!then || !dc_out_same(then, c->top, f->path))
            differ(f, "other bytes", "those of the SHA-256 in " DC_MANIFEST);
    }
}

static enum dc_status compare_manifest(struct check *c, struct dc_err *err)
{
    struct dc_verify_two two = {
        .given = dc_arena_printf(&c->v->arena, "%s/" DC_MANIFEST, c->now.root),
    };
    if (!c->same_gnuplot)
        hold_against_manifest(c);
    struct dc_verify_file *f = add(c->v, DC_MANIFEST, DC_VERIFY_MISSING);
    enum dc_status st = open_said(c, f, &two.said, err);
    if (!two.said)
        return st;
    if (c->same_gnuplot)
        st = dc_verify_compare(&two, &c->v->arena, f, err);
    else /* its hashes are those of other pictures */
        f->state = DC_VERIFY_NOT_COMPARED;
    fclose(two.said);
    return st;
}

static bool is_of_set(const struct check *c, const char *path)
{
    return dc_out_find(c->now.file, c->now.n, path) ||
           !strcmp(path, DC_MANIFEST);
}

static void add_surplus(struct check *c, const char *path, mode_t mode)
{
    if (++c->v->n_surplus > DC_VERIFY_MAX_SURPLUS)
        return;
    struct dc_verify_file *f = add(c->v, path, DC_VERIFY_SURPLUS);
    if (!S_ISREG(mode))
        f->diff[f->n_diff++] = (struct dc_verify_diff){
            .said = dc_file_what(mode), .given = "nothing of that name"};
}

/* What else lies in the folder. sub: "" or with a slash at its end. */
static enum dc_status find_surplus(struct check *c, const char *sub,
                                   struct dc_err *err)
{
    struct dc_arena *a = &c->v->arena;
    enum dc_status st = DC_OK;
    struct dc_buf names;
    dc_buf_init(&names, SIZE_MAX);
    if (!dc_inside_list(c->top, sub, &names))
        st = dc_err_prefix(err, dc_file_errno(NULL, err), "%.300s/%.500s",
                           c->dir, sub);
    for (size_t i = 0; i < names.n && !st; i += strlen(names.data + i) + 1) {
        const char *path = dc_arena_printf(a, "%s%s", sub, names.data + i);
        size_t n = 0;
        mode_t mode = 0;
        if (dc_out_is_left(path))
            c->v->n_left++;
        else if (!dc_inside_look(c->top, path, &n, &mode))
            continue;
        else if (S_ISDIR(mode))
            st = find_surplus(c, dc_arena_printf(a, "%s/", path), err);
        else if (!is_of_set(c, path))
            add_surplus(c, path, mode);
    }
    dc_buf_release(&names);
    return st;
}

/* ---- facts of a value ---- */

static bool shows(const char *text, double x)
{
    char made[64], plain[64];
    size_t n = 0;
    int decimals = 0;
    const char *dot = strchr(text, '.');
    for (const char *p = text; *p && n < sizeof plain - 1; p++)
        if (*p != ',')
            plain[n++] = *p;
    plain[n] = '\0';
    if (strpbrk(plain, "eE") || (dot && strlen(dot) > 12)) {
        snprintf(made, sizeof made, "%.17g", x);
        return !strcmp(made, plain);
    }
    if (dot)
        decimals = (int)strlen(dot + 1);
    else if (floor(x) != x)
        return false;
    snprintf(made, sizeof made, "%.*f", decimals, x);
    return !strcmp(made, plain);
}

static const char *fact_of(const json_t *facts, const char *given)
{
    static const char *const key[] = {"value", "k", "n", "lo", "hi"};
    for (size_t k = 0; k < DC_COUNT(key); k++)
        for (size_t i = 0; i < json_array_size(facts); i++) {
            const json_t *o = json_array_get(facts, i);
            const json_t *x = json_object_get(o, key[k]);
            double v = json_number_value(x);
            /* a count is written without a fraction, and never in per cent */
            if (json_is_integer(x) ? !strchr(given, '.') && shows(given, v)
                                   : json_is_real(x) && (shows(given, v) ||
                                                         shows(given, 100 * v)))
                return json_string_value(json_object_get(o, "name"));
        }
    return NULL;
}

/* Does the file stand above the runs' folders? What differs in it may be a
 * figure of any of them. */
static bool is_above(const struct check *c, const char *path)
{
    for (size_t i = 0; i < c->then.n_run; i++) {
        const char *name = c->then.run[i].name;
        size_t n = strlen(name);
        if (!strncmp(path, name, n) && path[n] == '/')
            return false;
    }
    return c->then.n_run > 1;
}

/* Name the figures that the numbers made again are. sub: "" or "RUN/". */
static void name_facts(struct check *c, const char *sub)
{
    struct dc_arena *a = &c->v->arena;
    json_t *root = json_load_file(
        dc_arena_printf(a, "%s/%sfacts.json", c->now.root, sub), 0, NULL);
    const json_t *facts = json_object_get(root, "facts");
    for (size_t i = 0; i < c->v->n; i++) {
        struct dc_verify_file *f = &c->v->file[i];
        bool above = is_above(c, f->path);
        if (!above && strncmp(f->path, sub, strlen(sub)) != 0)
            continue;
        for (size_t k = 0; k < f->n_diff; k++) {
            struct dc_number x;
            struct dc_verify_diff *d = &f->diff[k];
            size_t n = strlen(d->given);
            if (d->fact || !dc_number_find(d->given, n, 0, &x) || x.n != n)
                continue;
            const char *name = fact_of(facts, d->given);
            if (name)
                d->fact = dc_arena_printf(a, "%s%s", above ? sub : "", name);
        }
    }
    json_decref(root);
}

/* ---- what no run file can show ---- */

/* Can token confidence be made again from what is stored? */
static const char *confidence_of(struct dc_arena *a,
                                 const struct dc_audit_config *c)
{
    if (c->knows.logits || !(c->knows.parts & DC_TOKEN_CONF))
        return "";
    if (c->n_top == 0)
        return "; its token confidence can't be made again, as no lists of "
               "the most probable tokens are stored (run --top-logprobs)";
    return dc_arena_printf(
        a,
        c->n_top >= c->k
            ? "; its token confidence was made again from the stored lists of "
              "%" PRIu64 " (k = %" PRIu64 ")"
            : "; its token confidence can't be made again, only bounded: the "
              "stored lists are of %" PRIu64 " tokens, and k is %" PRIu64,
        c->n_top, c->k);
}

static void add_note(struct dc_verify *v, const char *name,
                     const struct dc_audit_config *c)
{
    if (!c->knows.drawn || c->knows.repeatable)
        return;
    v->note = dc_arena_more(&v->arena, v->note, v->n_note, sizeof *v->note);
    v->note[v->n_note++] = dc_arena_printf(
        &v->arena,
        "%.60s: not repeatable: figures verified, sampling not, as the same "
        "command draws other traces%s",
        name, confidence_of(&v->arena, c));
}

/* The runs were read a moment ago. */
static enum dc_status
note_runs(struct check *c, const struct dc_report_cfg *cfg, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < cfg->n_run && !st; i++) {
        struct dc_store *s = NULL;
        struct dc_audit_config config;
        st = dc_store_open_ro(cfg->run[i].path, &s, err);
        if (!st)
            st = dc_audit_config_read(s, &c->v->arena, &config, err);
        if (!st)
            add_note(c->v, cfg->run[i].name, &config);
        dc_store_close(s);
    }
    return st;
}

/* ---- the whole ---- */

static void find_other_run(struct check *c)
{
    struct dc_manifest now;
    if (dc_manifest_read(c->now.root, &now, NULL))
        return; /* it was made just now */
    for (size_t i = 0; i < now.n_run && i < c->then.n_run; i++)
        if (strcmp(now.run[i].id, c->then.run[i].id) != 0)
            c->v->other_run = dc_arena_strdup(&c->v->arena, now.run[i].name);
    dc_manifest_release(&now);
}

static void sum_up(struct check *c, const struct dc_report_cfg *cfg)
{
    struct dc_verify *v = c->v;
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_verify_file *f = &v->file[i];
        v->n_number += f->n_number;
        v->n_uncompared += f->state == DC_VERIFY_NOT_COMPARED;
        v->n_bad +=
            f->state != DC_VERIFY_EQUAL && f->state != DC_VERIFY_NOT_COMPARED;
    }
    if (v->n_surplus > DC_VERIFY_MAX_SURPLUS)
        v->n_bad += v->n_surplus - DC_VERIFY_MAX_SURPLUS;
    if (v->n_bad == 0)
        return;
    if (cfg->n_run == 1)
        name_facts(c, "");
    for (size_t i = 0; i < cfg->n_run && cfg->n_run > 1; i++)
        name_facts(c, dc_arena_printf(&v->arena, "%s/", cfg->run[i].name));
}

static enum dc_status compare_all(struct check *c,
                                  const struct dc_report_cfg *cfg,
                                  struct dc_err *err)
{
    enum dc_status st = DC_OK;
    const char *then = c->then.gnuplot, *now = c->now.gnuplot;
    c->v->made_by = dc_arena_strdup(&c->v->arena, c->then.version);
    c->v->gnuplot_then = then ? dc_arena_strdup(&c->v->arena, then) : NULL;
    c->v->gnuplot_now = now ? dc_arena_strdup(&c->v->arena, now) : NULL;
    c->same_gnuplot = !then == !now && (!then || !strcmp(then, now));
    for (size_t i = 0; i < c->now.n && !st; i++)
        st = compare_file(c, &c->now.file[i], err);
    if (!st)
        st = compare_manifest(c, err);
    if (!st)
        st = find_surplus(c, "", err);
    if (!st) {
        find_other_run(c);
        sum_up(c, cfg);
    }
    return st;
}

/* A page alone. */
static enum dc_status compare_page(struct check *c,
                                   const struct dc_report_cfg *cfg,
                                   struct dc_err *err)
{
    struct dc_arena *a = &c->v->arena;
    struct dc_verify_two two = {
        .given = dc_arena_printf(a, "%s/" DC_RESULTS, c->now.root),
    };
    c->v->made_by = dc_arena_strdup(a, c->then.version);
    enum dc_status st = dc_file_open(c->dir, "a page", &two.said, err);
    if (st)
        return dc_err_prefix(err, st, "%.400s", c->dir);
    st = dc_verify_compare(&two, a, add(c->v, c->dir, DC_VERIFY_EQUAL), err);
    fclose(two.said);
    if (!st) {
        find_other_run(c);
        sum_up(c, cfg);
    }
    return st;
}

static bool is_page(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISREG(s.st_mode);
}

/* What the folder or the page says it was made from. */
static enum dc_status read_then(struct check *c, bool page, struct dc_err *err)
{
    if (page)
        return dc_manifest_read_mark(c->dir, &c->then, err);
    enum dc_status st = dc_manifest_read(c->dir, &c->then, err);
    if (!st)
        c->top = dc_inside_top(c->dir);
    if (!st && c->top < 0) {
        st = dc_err_prefix(err, dc_file_errno(NULL, err), "%.400s", c->dir);
        dc_manifest_release(&c->then);
    }
    return st;
}

static enum dc_status check_finished(const struct check *c, struct dc_err *err)
{
    if (!c->then.unfinished)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%.400s: the report is not whole: `deepconf report` was "
                   "ended while it wrote into this folder; give the same "
                   "command again",
                   c->dir);
}

/* Pictures are compared by drawing them again; said before any work. */
static enum dc_status check_gnuplot(const struct check *c,
                                    const atomic_int *stop, struct dc_err *err)
{
    char version[DC_PLOT_VERSION];
    if (!c->then.gnuplot)
        return DC_OK;
    return dc_err_prefix(err, dc_plot_version(version, stop, err),
                         "%.300s: has plots, which are drawn again to be "
                         "compared",
                         c->dir);
}

enum dc_status dc_verify_run(const char *path, struct dc_report_cfg *cfg,
                             struct dc_verify *out, struct dc_err *err)
{
    struct check c = {.v = out, .dir = path, .top = -1};
    *out = (struct dc_verify){.n = 0};
    dc_arena_init(&out->arena);
    cfg->page_only = is_page(path);
    enum dc_status st = read_then(&c, cfg->page_only, err);
    if (st)
        return st;
    st = check_finished(&c, err);
    if (!st)
        st = dc_err_prefix(err, take_runs(&c.then, cfg, err), "%.300s", path);
    if (!st)
        st = check_gnuplot(&c, cfg->stop, err);
    if (!st)
        st = dc_out_begin(NULL, &c.now, err);
    if (!st)
        st = dc_report_make(cfg, &c.now, err);
    if (!st)
        st = cfg->page_only ? compare_page(&c, cfg, err)
                            : compare_all(&c, cfg, err);
    if (!st)
        st = note_runs(&c, cfg, err);
    dc_out_end(&c.now);
    dc_manifest_release(&c.then);
    if (c.top >= 0)
        close(c.top);
    return st;
}

void dc_verify_release(struct dc_verify *v)
{
    free(v->file);
    dc_arena_release(&v->arena);
    *v = (struct dc_verify){.n = 0};
}
