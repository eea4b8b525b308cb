/*
 * merge.c - the run files of shards as one run (merge.h).
 *
 *   look     every file's configuration: parts of one run, no shard twice, none
 *            missing; if some are, the places of the prompts that are there
 *   join     file after file, in the order of their shards: audited, then its
 *            rows are taken over (store/join.h), in one snapshot
 *   end      the configuration of the whole, and what there is to say of it
 *
 * A prompt's number in the merged run is how many prompts of the files stand
 * before it in the whole run: its place, if all are there; else counted in a
 * bitmap over the places.
 */
#include "run/merge.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/shard.h"
#include "base/utf8.h"
#include "base/write_file.h"
#include "store/join.h"
#include "trace/piece_ids.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_COLS = 60 };

struct part {
    const char *path;
    size_t first; /* shard it holds */
    uint64_t n_prompt;
};

/* Files in which a pair for the record is not as in the first. */
struct differs {
    const char *path, *value; /* of the first such file; fit for a message */
    size_t n;
};

struct merge {
    const struct dc_merge_cfg *cfg;
    struct dc_merge *m;
    struct part *part;        /* [cfg->n] */
    struct dc_shards shards;  /* of all files; n 0: none was read yet */
    size_t *owner;            /* [shards.n] the file of a shard, from 1; 0 */
    const struct dc_kv *base; /* [n_base] of the first file; in m's arena */
    size_t n_base;
    struct differs *differs; /* [n_base] */
    uint64_t n_prompt;       /* of all files */
    uint64_t *bits;          /* of the places of prompts; NULL: all are there */
    size_t n_word;
    uint32_t *before; /* [n_word] bits in the words in front of it */
    struct dc_store *out;
    struct dc_piece_ids *ids; /* of its pieces; NULL: of a vocabulary */
};

/* ---- what there is to say ---- */

static void add_note(struct dc_merge *m, const char *text)
{
    if (m->n_note == m->cap_note) {
        m->cap_note = m->cap_note ? 2 * m->cap_note : 8;
        m->note = dc_xrealloc(m->note, m->cap_note, sizeof *m->note);
    }
    m->note[m->n_note++] = dc_arena_strdup(&m->arena, text);
}

static const char *as_text(struct dc_arena *a, const struct dc_shards *s,
                           bool missing)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    (missing ? dc_shards_put_missing : dc_shards_put)(s, &b);
    const char *text = b.n ? dc_arena_strdup(a, b.data) : NULL;
    dc_buf_release(&b);
    return text;
}

/* A value in a message: on one line, and not too long. */
static const char *in_words(struct dc_arena *a, const char *value)
{
    struct dc_buf b;
    if (!value)
        return "not set";
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addc(&b, '\'');
    dc_utf8_display(&b, value, strlen(value), NOTE_COLS);
    dc_buf_addc(&b, '\'');
    const char *text = dc_arena_strdup(a, b.data);
    dc_buf_release(&b);
    return text;
}

/* ---- configurations ---- */

/* What differs from shard to shard by right. */
static bool is_of_shard(const char *key)
{
    return !strcmp(key, DC_AUDIT_SHARD) || !strcmp(key, "data.n_prompts");
}

/* The first pair of a [n] that b has not, or with another value; NULL. */
static const struct dc_kv *first_other(const struct dc_kv *a, size_t n,
                                       const struct dc_kv *b, size_t n_b)
{
    for (size_t i = 0; i < n; i++) {
        const struct dc_kv *x = dc_kv_find(b, n_b, a[i].key);
        if (is_of_shard(a[i].key) || !a[i].binding)
            continue;
        if (!x || !x->binding || strcmp(x->value, a[i].value) != 0)
            return &a[i];
    }
    return NULL;
}

static enum dc_status check_same(struct merge *g, const char *path,
                                 const struct dc_kv *kv, size_t n,
                                 struct dc_err *err)
{
    const struct dc_kv *other = first_other(g->base, g->n_base, kv, n);
    if (!other)
        other = first_other(kv, n, g->base, g->n_base);
    if (!other)
        return DC_OK;
    const struct dc_kv *a = dc_kv_find(g->base, g->n_base, other->key);
    const struct dc_kv *b = dc_kv_find(kv, n, other->key);
    struct dc_arena t;
    dc_arena_init(&t);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        "%.300s and %.300s are no parts of one run: %.60s is %s in the first "
        "and %s in the second. Merge shards that were run with the same "
        "options",
        g->part[0].path, path, other->key, in_words(&t, a ? a->value : NULL),
        in_words(&t, b ? b->value : NULL));
    dc_arena_release(&t);
    return st;
}

/* Pairs for the record may differ: the first file's are kept. */
static void see_records(struct merge *g, const char *path,
                        const struct dc_kv *kv, size_t n)
{
    for (size_t i = 0; i < g->n_base; i++) {
        const struct dc_kv *a = &g->base[i], *b = dc_kv_find(kv, n, a->key);
        struct differs *d = &g->differs[i];
        if (a->binding || (b && !strcmp(a->value, b->value)))
            continue;
        if (d->n++ == 0) {
            d->path = path;
            d->value = in_words(&g->m->arena, b ? b->value : NULL);
        }
    }
}

static void note_records(struct merge *g)
{
    struct dc_arena t;
    dc_arena_init(&t);
    for (size_t i = 0; i < g->n_base; i++) {
        const struct differs *d = &g->differs[i];
        const char *more = "";
        if (d->n == 0)
            continue;
        if (d->n > 1)
            more = dc_arena_printf(&t, ", and %zu more differ", d->n - 1);
        add_note(g->m,
                 dc_arena_printf(&t,
                                 "%.60s is %s in %.300s and %s in %.300s%s: "
                                 "the first is kept",
                                 g->base[i].key, in_words(&t, g->base[i].value),
                                 g->part[0].path, d->value, d->path, more));
    }
    dc_arena_release(&t);
}

static enum dc_status read_config(struct dc_store *s, struct dc_arena *a,
                                  struct dc_audit_config *c, struct dc_err *err)
{
    enum dc_status st = dc_audit_begun(s, err);
    if (!st)
        st = dc_audit_config_read(s, a, c, err);
    if (!st &&
        (!c->knows.drawn || dc_kv_find(c->kv, c->n_kv, "import.copy.format")))
        st = dc_fail(err, DC_USAGE,
                     "%s: was imported, and only run files that `deepconf run` "
                     "made are merged: export all inputs into one file, and "
                     "import that",
                     dc_store_path(s));
    return st;
}

/* ---- look ---- */

static enum dc_status fail_twice(const struct merge *g, size_t shard,
                                 const char *path, struct dc_err *err)
{
    const char *first = g->part[g->owner[shard] - 1].path;
    if (dc_file_same(first, path))
        return dc_fail(err, DC_USAGE,
                       "%.300s is given twice: name each file once", path);
    if (g->shards.n == 1)
        return dc_fail(err, DC_USAGE,
                       "%.300s and %.300s both hold a whole run, which nothing "
                       "is to be added to: merge the files of shards "
                       "(`deepconf run --shard`)",
                       first, path);
    return dc_fail(err, DC_USAGE,
                   "%.300s and %.300s both hold shard %zu of %zu: name one "
                   "file for each shard",
                   first, path, shard + 1, g->shards.n);
}

static enum dc_status check_cut(const struct merge *g, size_t i, size_t n,
                                struct dc_err *err)
{
    const char *a = g->part[0].path, *b = g->part[i].path;
    if (n == g->shards.n)
        return DC_OK;
    if (n == 1 || g->shards.n == 1)
        return dc_fail(err, DC_USAGE,
                       "%.300s holds a whole run and %.300s a shard: merge the "
                       "files of shards (`deepconf run --shard`)",
                       n == 1 ? b : a, n == 1 ? a : b);
    return dc_fail(
        err, DC_USAGE,
        "%.300s is of %zu shards and %.300s of %zu: merge the shards "
        "of one cut",
        a, g->shards.n, b, n);
}

/* Note whose shards these are; i: the file. */
static enum dc_status take_shards(struct merge *g, size_t i,
                                  const struct dc_shards *s, struct dc_err *err)
{
    g->part[i].first = s->n;
    for (size_t k = s->n; k-- > 0;) {
        if (!s->held[k])
            continue;
        if (g->owner[k])
            return fail_twice(g, k, g->part[i].path, err);
        g->owner[k] = i + 1;
        g->shards.held[k] = 1;
        g->part[i].first = k;
    }
    return DC_OK;
}

static enum dc_status shards_of(const struct dc_store *s,
                                const struct dc_audit_config *c,
                                struct dc_shards *out, struct dc_err *err)
{
    if (!c->shards) {
        *out = dc_shards_all();
        return DC_OK;
    }
    if (dc_shards_parse(c->shards, out, NULL) == DC_OK)
        return DC_OK;
    return dc_store_damaged(s, err, "configuration key %s names no shards",
                            DC_AUDIT_SHARD);
}

/* What all files are held against. */
static void take_base(struct merge *g, const struct dc_audit_config *c,
                      size_t n_shard)
{
    g->base = c->kv;
    g->n_base = c->n_kv;
    g->m->n_whole = c->n_whole;
    g->shards = (struct dc_shards){n_shard, dc_xcalloc(n_shard, 1)};
    g->owner = dc_xcalloc(n_shard, sizeof *g->owner);
}

static enum dc_status look_at_config(struct merge *g, size_t i,
                                     struct dc_store *s, struct dc_err *err)
{
    struct dc_audit_config c = {.n_prompts = 0};
    struct dc_shards shards = {.n = 0};
    struct dc_arena a;
    dc_arena_init(&a);
    struct dc_arena *keep = i == 0 ? &g->m->arena : &a;
    enum dc_status st = read_config(s, keep, &c, err);
    if (!st)
        st = shards_of(s, &c, &shards, err);
    if (!st && i == 0)
        take_base(g, &c, shards.n);
    if (!st)
        st = check_cut(g, i, shards.n, err);
    if (!st)
        st = check_same(g, g->part[i].path, c.kv, c.n_kv, err);
    if (!st)
        st = take_shards(g, i, &shards, err);
    g->part[i].n_prompt = c.n_prompts;
    g->n_prompt += c.n_prompts;
    dc_shards_release(&shards);
    dc_arena_release(&a);
    return st;
}

static enum dc_status look(struct merge *g, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < g->cfg->n && !st; i++) {
        struct dc_store *s = NULL;
        st = dc_store_open_ro(g->part[i].path, &s, err);
        if (!st)
            st = look_at_config(g, i, s, err);
        dc_store_close(s);
    }
    return st;
}

/* Are all shards there, or may they be missing? */
static enum dc_status check_missing(struct merge *g, struct dc_err *err)
{
    struct dc_merge *m = g->m;
    m->shards = as_text(&m->arena, &g->shards, false);
    m->missing = as_text(&m->arena, &g->shards, true);
    if (m->missing && !g->cfg->partial)
        return dc_fail(err, DC_USAGE,
                       "shard %.200s is missing: name its file too, or merge "
                       "those that are there with --partial",
                       m->missing);
    if (m->missing ? g->n_prompt <= m->n_whole : g->n_prompt == m->n_whole)
        return DC_OK;
    return dc_fail(err, DC_STORE,
                   "the files hold %" PRIu64
                   " prompts together, expected %s%" PRIu64
                   ", the prompts of the whole run: one of them was "
                   "changed by other means",
                   g->n_prompt, m->missing ? "at most " : "", m->n_whole);
}

/* ---- places ---- */

static enum dc_status see_place(void *arg, int64_t place, struct dc_err *err)
{
    struct merge *g = arg;
    if (place < 0 || (uint64_t)place >= g->m->n_whole)
        return dc_fail(err, DC_STORE,
                       "a prompt's place is %" PRId64
                       ", expected one below %" PRIu64
                       ": the file was changed by other means",
                       place, g->m->n_whole);
    g->bits[place / 64] |= UINT64_C(1) << (place % 64);
    return DC_OK;
}

static unsigned ones(uint64_t w)
{
    unsigned n = 0;
    for (; w; w &= w - 1)
        n++;
    return n;
}

/* Where prompts of missing shards leave gaps, those that are there are marked.
 */
static enum dc_status mark_places(struct merge *g, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    uint32_t sum = 0;
    g->n_word = (size_t)(g->m->n_whole / 64 + 1);
    g->bits = dc_xcalloc(g->n_word, sizeof *g->bits);
    g->before = dc_xcalloc(g->n_word, sizeof *g->before);
    for (size_t i = 0; i < g->cfg->n && !st; i++) {
        struct dc_store *s = NULL;
        st = dc_store_open_ro(g->part[i].path, &s, err);
        if (!st)
            st = dc_err_prefix(err, dc_store_each_place(s, see_place, g, err),
                               "%.300s", g->part[i].path);
        dc_store_close(s);
    }
    for (size_t w = 0; w < g->n_word; w++) {
        g->before[w] = sum;
        sum += ones(g->bits[w]);
    }
    return st;
}

/* The number that the prompt of a place gets. */
static int64_t rank_of(const struct merge *g, int64_t place)
{
    if (!g->bits)
        return place;
    uint64_t below = (UINT64_C(1) << (place % 64)) - 1;
    return (int64_t)g->before[place / 64] +
           (int64_t)ones(g->bits[place / 64] & below);
}

/* ---- join ---- */

/* The prompts of a file, as they come. */
struct ranks {
    const struct merge *g;
    const char *path;
    int64_t *ord; /* [n] */
    size_t n, cap;
};

static enum dc_status take_place(void *arg, int64_t place, struct dc_err *err)
{
    struct ranks *r = arg;
    if (r->n == r->cap || (uint64_t)place >= r->g->m->n_whole)
        return dc_fail(err, DC_STORE,
                       "%.300s: has other prompts than a moment ago: it was "
                       "replaced meanwhile; merge again",
                       r->path);
    r->ord[r->n++] = rank_of(r->g, place);
    return DC_OK;
}

/* The number that a piece gets in the merged file. */
static enum dc_status number_piece(void *arg, const struct dc_piece *text,
                                   int32_t *id, struct dc_err *err)
{
    const struct merge *g = arg;
    return dc_piece_ids_of(g->ids, g->out, text, id, err);
}

static enum dc_status join_rows(struct merge *g, const struct part *p,
                                struct dc_store *s, struct dc_err *err)
{
    struct ranks r = {.g = g, .path = p->path, .cap = (size_t)p->n_prompt};
    struct dc_join_count n = {0};
    r.ord = dc_xcalloc(r.cap + 1, sizeof *r.ord);
    enum dc_status st = dc_store_each_place(s, take_place, &r, err);
    const struct dc_join_cfg c = {.ord = r.ord,
                                  .n_ord = r.n,
                                  .is_part = g->m->missing != NULL,
                                  .number = g->ids ? number_piece : NULL,
                                  .number_arg = g};
    if (!st)
        st = dc_store_join_rows(g->out, s, &c, &n, err);
    free(r.ord);
    g->m->n_prompt += n.n_prompt;
    g->m->n_decided += n.n_decision;
    g->m->n_trace += n.n_trace;
    g->m->n_session += n.n_session;
    return st;
}

/* One file, in one snapshot. */
static enum dc_status join_part(struct merge *g, const struct part *p,
                                struct dc_store *s, struct dc_err *err)
{
    struct dc_audit_config c;
    struct dc_arena a;
    enum dc_status st = dc_store_begin(s, err);
    if (st)
        return st;
    dc_arena_init(&a);
    bool is_base = p == g->part;
    st = read_config(s, is_base ? &g->m->arena : &a, &c, err);
    if (!st)
        st = check_same(g, p->path, c.kv, c.n_kv, err);
    if (!st && is_base) {
        g->base = c.kv;
        g->n_base = c.n_kv;
        g->differs = dc_xcalloc(c.n_kv + 1, sizeof *g->differs);
        if (!c.knows.vocabulary)
            g->ids = dc_piece_ids_create();
    } else if (!st) {
        see_records(g, p->path, c.kv, c.n_kv);
    }
    if (!st)
        st = dc_audit_run(s, err);
    if (!st)
        st = join_rows(g, p, s, err);
    dc_store_rollback(s);
    dc_arena_release(&a);
    return st;
}

static int by_shard(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static enum dc_status join(struct merge *g, struct dc_err *err)
{
    const struct dc_merge_cfg *cfg = g->cfg;
    enum dc_status st = DC_OK;
    qsort(g->part, cfg->n, sizeof *g->part, by_shard);
    for (size_t i = 0; i < cfg->n && !st; i++) {
        struct dc_store *s = NULL;
        if (cfg->progress)
            cfg->progress(cfg->progress_arg, g->part[i].path, i, cfg->n);
        st = dc_store_open_ro(g->part[i].path, &s, err);
        if (!st)
            st = join_part(g, &g->part[i], s, err);
        dc_store_close(s);
    }
    return st;
}

/* ---- end ---- */

/* The first file's pairs, but for what says which part it is. */
static enum dc_status write_config(struct merge *g, struct dc_err *err)
{
    struct dc_merge *m = g->m;
    struct dc_kv *kv = dc_xcalloc(g->n_base, sizeof *kv);
    size_t n = 0;
    for (size_t i = 0; i < g->n_base; i++) {
        struct dc_kv p = g->base[i];
        bool is_part = !strcmp(p.key, DC_AUDIT_SHARD);
        if (!m->missing && (is_part || !strcmp(p.key, DC_AUDIT_WHOLE)))
            continue;
        if (is_part)
            p.value = m->shards;
        if (!strcmp(p.key, "data.n_prompts"))
            p.value = dc_arena_printf(&m->arena, "%" PRIu64, m->n_prompt);
        kv[n++] = p;
    }
    enum dc_status st = dc_store_config_write(g->out, kv, n, err);
    free(kv);
    return st;
}

/* The verdicts of a judge, counted row by row; those of a window are the run's
 * own. */
struct judged {
    struct dc_merge *m;
    const char *label;   /* NULL: none yet */
    const char *version; /* its first */
    bool several;        /* versions */
    uint64_t n;
};

static void end_judge(struct judged *j)
{
    struct dc_arena t;
    if (!j->label || dc_judge_is_window(j->label))
        return;
    dc_arena_init(&t);
    if (j->n < j->m->n_trace)
        add_note(j->m,
                 dc_arena_printf(&t,
                                 "%s has judged %" PRIu64 " of %" PRIu64
                                 " traces: `deepconf judge` judges the rest",
                                 in_words(&t, j->label), j->n, j->m->n_trace));
    if (j->several)
        add_note(j->m,
                 dc_arena_printf(
                     &t,
                     "the verdicts of %s are of several versions: `deepconf "
                     "judge --again` makes them one",
                     in_words(&t, j->label)));
    dc_arena_release(&t);
}

static enum dc_status see_verdicts(void *arg,
                                   const struct dc_verdict_count_row *c,
                                   struct dc_err *err)
{
    struct judged *j = arg;
    (void)err;
    if (!j->label || strcmp(j->label, c->judge) != 0) {
        end_judge(j);
        *j = (struct judged){.m = j->m,
                             .label = dc_arena_strdup(&j->m->arena, c->judge),
                             .version =
                                 dc_arena_strdup(&j->m->arena, c->version)};
    }
    j->several = j->several || strcmp(j->version, c->version) != 0;
    j->n += (uint64_t)c->n;
    return DC_OK;
}

static enum dc_status end(struct merge *g, struct dc_err *err)
{
    struct judged j = {.m = g->m};
    enum dc_status st = write_config(g, err);
    note_records(g);
    if (!st)
        st = dc_store_each_verdict_count(g->out, see_verdicts, &j, err);
    if (!st)
        end_judge(&j);
    return st;
}

/* ---- the whole ---- */

static enum dc_status check_names(const struct dc_merge_cfg *cfg,
                                  struct dc_err *err)
{
    for (size_t i = 0; i < cfg->n; i++)
        if (dc_file_same(cfg->path[i], cfg->out))
            return dc_fail(err, DC_USAGE,
                           "--out %.300s is one of the files to merge: name "
                           "another file",
                           cfg->out);
    return DC_OK;
}

static enum dc_status merge_all(struct merge *g, struct dc_err *err)
{
    enum dc_status st = check_names(g->cfg, err);
    if (!st)
        st = look(g, err);
    if (!st)
        st = check_missing(g, err);
    if (!st && g->m->missing)
        st = mark_places(g, err);
    if (!st)
        st = dc_store_join_begin(g->cfg->out, &g->out, err);
    if (st)
        return st;
    st = join(g, err);
    if (!st)
        st = end(g, err);
    return dc_store_join_end(g->out, st, err);
}

enum dc_status dc_merge_run(const struct dc_merge_cfg *cfg, struct dc_merge *m,
                            struct dc_err *err)
{
    struct merge g = {.cfg = cfg, .m = m};
    *m = (struct dc_merge){.n_note = 0};
    dc_arena_init(&m->arena);
    g.part = dc_xcalloc(cfg->n, sizeof *g.part);
    for (size_t i = 0; i < cfg->n; i++)
        g.part[i].path = cfg->path[i];
    enum dc_status st = merge_all(&g, err);
    dc_shards_release(&g.shards);
    free(g.part);
    free(g.owner);
    free(g.differs);
    free(g.bits);
    free(g.before);
    dc_piece_ids_free(g.ids);
    if (st)
        dc_merge_release(m);
    return st;
}

void dc_merge_release(struct dc_merge *m)
{
    free(m->note);
    dc_arena_release(&m->arena);
    *m = (struct dc_merge){.n_note = 0};
}
