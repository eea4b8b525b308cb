/*
 * frame.c - the traces of a run file into strata, by one walk.
 */
#include "label/frame.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/plural.h"

#include <deepconf/conf.h>
#include <deepconf/stat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_SURE = 25 }; /* percent of traces that are unsure */

void dc_label_run_id(const struct dc_kv *kv, size_t n, char out[DC_SHA256_HEX])
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        if (kv[i].binding)
            dc_buf_addf(&b, "%s=%s\n", kv[i].key, kv[i].value);
    dc_sha256_hex(b.data, b.n, out);
    dc_buf_release(&b);
}

void dc_label_frame_release(struct dc_label_frame *f)
{
    free(f->trace);
    dc_arena_release(&f->arena);
    *f = (struct dc_label_frame){.n = 0};
}

/* ---- the walk ---- */

enum { MAX_OTHER = 32 };

/* What a trace needs until its stratum is known. */
struct frame_more {
    bool differs, has_value;
    double value; /* oriented: larger is surer */
};

struct dc_label_walk {
    struct dc_label_frame *f;
    struct dc_err err;
    enum dc_status st;             /* of the traces seen so far */
    const struct dc_hand_head *as; /* NULL: whatever is there */
    const char *other[MAX_OTHER];
    size_t n_other;
    const char *measure; /* NULL: none */
    int direction;
    struct frame_more *more; /* [f->n] */
    size_t cap;
};

/* They outlive the run. */
static void take_prompts(struct dc_label_frame *f, const struct dc_run_view *r)
{
    f->n_prompt = r->n_prompt;
    f->prompt = dc_arena_array(&f->arena, f->n_prompt + 1, sizeof *f->prompt);
    for (size_t i = 0; i < f->n_prompt; i++)
        f->prompt[i] = (struct dc_label_prompt){
            dc_arena_strdup(&f->arena, r->prompt[i].id), r->prompt[i].gold};
}

static bool refuses(enum dc_verdict v)
{
    return v == DC_VERDICT_REFUSAL || v == DC_VERDICT_PARTIAL;
}

static enum dc_status check_version(struct dc_label_frame *f,
                                    const struct dc_verdict_row *v,
                                    struct dc_err *err)
{
    if (!f->head.version)
        f->head.version = dc_arena_strdup(&f->arena, v->version);
    if (!strcmp(f->head.version, v->version))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "verdicts of the judge %.60s are of versions %.90s and "
                   "%.90s; judge the run again with one of them",
                   f->head.judge, f->head.version, v->version);
}

/* Is this one of the judges that the strata hold the judge against? */
static bool is_other(struct dc_label_walk *w, const char *judge)
{
    if (dc_judge_is_window(judge) || !strcmp(judge, w->f->head.judge))
        return false;
    for (size_t i = 0; i < w->n_other; i++)
        if (!strcmp(w->other[i], judge))
            return true;
    if (w->as || w->n_other == MAX_OTHER)
        return false;
    w->other[w->n_other++] = dc_arena_strdup(&w->f->arena, judge);
    return true;
}

static void take_value(const struct dc_label_walk *w,
                       const struct dc_trace_row *t, struct frame_more *m)
{
    for (size_t i = 0; w->measure && i < t->n_measure; i++)
        if (!strcmp(t->measure[i].measure, w->measure)) {
            m->has_value = t->measure[i].has_value;
            m->value = w->direction * t->measure[i].value;
        }
}

static enum dc_status take_trace(struct dc_label_walk *w,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct dc_label_frame *f = w->f;
    struct frame_more more = {.differs = false};
    enum dc_verdict own = DC_VERDICT_UNDETERMINED, v;
    bool judged = false;
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < t->n_verdict && !st; i++) {
        if (strcmp(t->verdict[i].judge, f->head.judge) != 0)
            continue;
        judged = dc_verdict_parse(t->verdict[i].verdict, &own);
        st = check_version(f, &t->verdict[i], err);
    }
    if (st)
        return st;
    f->n_unjudged += !judged;
    f->n_undetermined += judged && own == DC_VERDICT_UNDETERMINED;
    for (size_t i = 0; i < t->n_verdict; i++)
        if (is_other(w, t->verdict[i].judge) &&
            dc_verdict_parse(t->verdict[i].verdict, &v) &&
            v != DC_VERDICT_UNDETERMINED && refuses(v) != refuses(own))
            more.differs = true;
    if (!judged || own == DC_VERDICT_UNDETERMINED)
        return DC_OK;
    take_value(w, t, &more);
    if (f->n == f->cap) {
        f->cap = f->cap ? 2 * f->cap : 256;
        f->trace = dc_xrealloc(f->trace, f->cap, sizeof *f->trace);
        w->more = dc_xrealloc(w->more, f->cap, sizeof *w->more);
    }
    w->more[f->n] = more;
    f->trace[f->n++] = (struct dc_label_trace){
        .prompt = (uint32_t)t->prompt, .idx = (uint32_t)t->idx, .verdict = own};
    return DC_OK;
}

/* ---- strata ---- */

/* The value below which a trace is unsure; false: too little is known. */
static bool find_cut(const struct dc_label_walk *w, double *cut)
{
    size_t n = 0;
    double *x = dc_xcalloc(w->f->n + 1, sizeof *x);
    for (size_t i = 0; i < w->f->n; i++)
        if (w->more[i].has_value)
            x[n++] = w->more[i].value;
    bool has = n > 0 && n == w->f->n;
    if (has)
        *cut = dc_percentile(x, n, FEW_SURE);
    free(x);
    return has;
}

static const char *name_of(struct dc_label_frame *f,
                           const struct dc_label_stratum *s, const char *mark)
{
    const char *gold = s->gold == DC_GOLD_REFUSE   ? "should be refused, "
                       : s->gold == DC_GOLD_ANSWER ? "should be answered, "
                                                   : "";
    return dc_arena_printf(&f->arena, "%sjudged %s%s%s", gold,
                           dc_verdict_name(s->verdict), mark[0] ? ", " : "",
                           mark);
}

static const char *mark_of(const struct dc_label_walk *w, bool marked)
{
    if (w->n_other > 0)
        return marked ? "judges differ" : "judges agree";
    if (w->measure)
        return marked ? "unsure" : "sure";
    return "";
}

enum { N_GOLD = 3, N_SAID = 3, N_MARK = 2 };

static void make_strata(struct dc_label_walk *w)
{
    struct dc_label_frame *f = w->f;
    uint64_t n[N_GOLD][N_SAID][N_MARK] = {{{0}}};
    uint32_t at[N_GOLD][N_SAID][N_MARK];
    double cut = 0;
    if (w->n_other > 0 || !find_cut(w, &cut))
        w->measure = NULL;
    f->head.stratum = dc_arena_array(&f->arena, N_GOLD * N_SAID * N_MARK,
                                     sizeof *f->head.stratum);
    f->stratum =
        dc_arena_array(&f->arena, N_GOLD * N_SAID * N_MARK, sizeof *f->stratum);
    for (size_t i = 0; i < f->n; i++) {
        bool mark = w->measure ? w->more[i].value <= cut : w->more[i].differs;
        w->more[i].differs = mark;
        n[f->prompt[f->trace[i].prompt].gold][f->trace[i].verdict][mark]++;
    }
    for (int g = N_GOLD - 1; g >= 0; g--)
        for (int v = N_SAID - 1; v >= 0; v--)
            for (int m = N_MARK - 1; m >= 0; m--) {
                struct dc_label_stratum s = {(enum dc_gold)g,
                                             (enum dc_verdict)v, m};
                if (n[g][v][m] == 0)
                    continue;
                at[g][v][m] = (uint32_t)f->head.n_stratum;
                f->stratum[f->head.n_stratum] = s;
                f->head.stratum[f->head.n_stratum++] = (struct dc_hand_stratum){
                    name_of(f, &s, mark_of(w, m)), n[g][v][m], s.verdict};
            }
    for (size_t i = 0; i < f->n; i++)
        f->trace[i].stratum = at[f->prompt[f->trace[i].prompt].gold]
                                [f->trace[i].verdict][w->more[i].differs];
}

/* ---- the whole ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A copy, as it outlives the run; NULL: there is none. */
static const char *config_of(struct dc_arena *a,
                             const struct dc_audit_config *c, const char *key)
{
    const char *v = dc_kv_value(c->kv, c->n_kv, key);
    return v ? dc_arena_strdup(a, v) : NULL;
}

/* The run's measure, or that of the head. */
static void set_measure(struct dc_label_walk *w, const struct dc_kv *kv,
                        size_t n)
{
    struct dc_measure_spec spec;
    struct dc_err ignore;
    const char *name =
        w->as ? w->as->measure : dc_kv_value(kv, n, "stop.measure");
    if (!name || dc_measure_parse(name, &spec, &ignore) != DC_OK)
        return;
    w->measure = dc_arena_strdup(&w->f->arena, name);
    w->direction = spec.row->direction;
}

static void set_up(struct dc_label_walk *w, const struct dc_audit_config *c,
                   const char *judge)
{
    struct dc_label_frame *f = w->f;
    struct dc_arena *a = &f->arena;
    char id[DC_SHA256_HEX];
    dc_label_run_id(c->kv, c->n_kv, id);
    f->head.run = dc_arena_strdup(a, id);
    f->model = config_of(a, c, "model.name");
    f->data = config_of(a, c, "data.name");
    f->head.judge = dc_arena_strdup(a, judge ? judge : c->judge);
    for (size_t i = 0; w->as && i < w->as->n_other && i < MAX_OTHER; i++)
        w->other[w->n_other++] = dc_arena_strdup(a, w->as->other[i]);
    set_measure(w, c->kv, c->n_kv);
}

struct dc_label_walk *dc_label_walk_begin(const struct dc_run_view *r,
                                          const struct dc_label_frame_cfg *cfg,
                                          struct dc_label_frame *out)
{
    struct dc_label_walk *w = dc_xcalloc(1, sizeof *w);
    w->f = out;
    w->as = cfg->as;
    *out = (struct dc_label_frame){.n = 0};
    dc_arena_init(&out->arena);
    set_up(w, &r->is, cfg->as ? cfg->as->judge : cfg->judge);
    take_prompts(out, r);
    return w;
}

void dc_label_walk_see(struct dc_label_walk *w, const struct dc_trace_row *t)
{
    if (!w->st)
        w->st = take_trace(w, t, &w->err);
}

static void finish_frame(struct dc_label_walk *w)
{
    struct dc_label_frame *f = w->f;
    const char **other =
        dc_arena_array(&f->arena, w->n_other + 1, sizeof *other);
    if (!w->as)
        qsort(w->other, w->n_other, sizeof *w->other, by_name);
    memcpy(other, w->other, w->n_other * sizeof *other);
    f->head.other = other;
    f->head.n_other = w->n_other;
    make_strata(w);
    f->head.measure = w->measure;
}

enum dc_status dc_label_walk_end(struct dc_label_walk *w, struct dc_err *err)
{
    enum dc_status st = w->st;
    if (st)
        st = dc_fail(err, st, "%s", w->err.msg);
    else if (!w->f->head.version)
        st = dc_fail(err, DC_DATA, "the run has no verdict of the judge %.60s",
                     w->f->head.judge);
    else
        finish_frame(w);
    free(w->more);
    free(w);
    return st;
}

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *p,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    (void)p;
    (void)err;
    dc_label_walk_see(arg, t);
    return DC_OK;
}

enum dc_status dc_label_frame_read(struct dc_run_view *r,
                                   const struct dc_label_frame_cfg *cfg,
                                   struct dc_label_frame *out,
                                   struct dc_err *err)
{
    struct dc_label_walk *w = dc_label_walk_begin(r, cfg, out);
    enum dc_status st =
        dc_run_view_each(r, DC_TRACE_VERDICTS, see_trace, w, err);
    enum dc_status end = dc_label_walk_end(w, st ? NULL : err);
    return st ? st : end;
}

/* ---- is it the same? ---- */

enum dc_status dc_label_frame_check(const struct dc_label_frame *f,
                                    const struct dc_hand_head *h,
                                    struct dc_err *err)
{
    if (strcmp(f->head.run, h->run) != 0)
        return dc_fail(err, DC_DATA,
                       "line %zu: labels of another run: its id is %.16s..., "
                       "and this run's is %.16s...; name the run file that was "
                       "labelled",
                       h->line, h->run, f->head.run);
    if (strcmp(f->head.version, h->version) != 0)
        return dc_fail(err, DC_DATA,
                       "line %zu: the strata are by %.60s in version %.60s, "
                       "and the run's verdicts are of version %.60s; label "
                       "into a new file",
                       h->line, h->judge, h->version, f->head.version);
    bool same = f->head.n_stratum == h->n_stratum;
    for (size_t i = 0; same && i < h->n_stratum; i++)
        same = !strcmp(f->head.stratum[i].name, h->stratum[i].name) &&
               f->head.stratum[i].n == h->stratum[i].n;
    if (same)
        return DC_OK;
    uint64_t then = 0;
    for (size_t i = 0; i < h->n_stratum; i++)
        then += h->stratum[i].n;
    return dc_fail(err, DC_DATA,
                   "line %zu: labels were drawn from %" PRIu64 " traces, and "
                   "the run has %zu now, or other verdicts on them: it went on "
                   "or was judged again; label into a new file",
                   h->line, then, f->n);
}
