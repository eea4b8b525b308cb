/*
 * hand_labels.c - reading labels given by hand, line by line; nothing is
 * guessed, and a line that can't be right ends the reading.
 */
#include "data/hand_labels.h"

#include "base/mem.h"
#include "data/jsonl.h"
#include "data/text_file.h"

#include <stdlib.h>
#include <string.h>

/* ---- values of a line ---- */

struct hand_line {
    const json_t *o;
    size_t at; /* its number */
};

static const char *text_at(const json_t *o, const char *key, size_t *n)
{
    const json_t *x = json_object_get(o, key);
    if (n)
        *n = json_string_length(x);
    return json_string_value(x);
}

static enum dc_status want(const struct hand_line *l, const char *key,
                           const char *what, struct dc_err *err)
{
    const json_t *x = json_object_get(l->o, key);
    return dc_fail(err, DC_DATA, "line %zu: \"%s\" %s; expected %s", l->at, key,
                   x ? "is something else" : "is missing", what);
}

/* A text that must be there; may_be_empty or not. */
static enum dc_status take_text(const struct hand_line *l, const char *key,
                                bool empty, const char **out,
                                struct dc_err *err)
{
    size_t n = 0;
    *out = text_at(l->o, key, &n);
    if (!*out || (n == 0 && !empty))
        return want(l, key, "text", err);
    if (strlen(*out) != n)
        return dc_fail(err, DC_DATA, "line %zu: \"%s\" has a NUL in it", l->at,
                       key);
    return DC_OK;
}

static enum dc_status take_count(const struct hand_line *l, const json_t *o,
                                 const char *key, uint64_t *out,
                                 struct dc_err *err)
{
    const json_t *x = json_object_get(o, key);
    if (!json_is_integer(x) || json_integer_value(x) < 0)
        return want(l, key, "a number of 0 or more", err);
    *out = (uint64_t)json_integer_value(x);
    return DC_OK;
}

static bool is_hash(const char *s)
{
    size_t n = strspn(s, "0123456789abcdef");
    return n == DC_SHA256_HEX - 1 && s[n] == '\0';
}

/* ---- heads ---- */

static enum dc_status take_strata(struct dc_hand_labels *x,
                                  const struct hand_line *l,
                                  struct dc_hand_head *h, struct dc_err *err)
{
    const json_t *list = json_object_get(l->o, "strata");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > DC_HAND_STRATA)
        return want(l, "strata", "a list of at most 64", err);
    h->stratum = dc_arena_array(&x->arena, n + 1, sizeof *h->stratum);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        h->stratum[i].name = text_at(o, "name", NULL);
        if (!h->stratum[i].name)
            return want(l, "strata", "a \"name\" of each", err);
        const char *verdict = text_at(o, "verdict", NULL);
        if (!verdict || !dc_verdict_parse(verdict, &h->stratum[i].verdict))
            return want(l, "strata", "a \"verdict\" of each", err);
        enum dc_status st = take_count(l, o, "n", &h->stratum[i].n, err);
        for (size_t k = 0; k < i && !st; k++)
            if (!strcmp(h->stratum[k].name, h->stratum[i].name))
                st = want(l, "strata", "each name once", err);
        if (st)
            return st;
    }
    h->n_stratum = n;
    return DC_OK;
}

static enum dc_status take_others(struct dc_hand_labels *x,
                                  const struct hand_line *l,
                                  struct dc_hand_head *h, struct dc_err *err)
{
    const json_t *list = json_object_get(l->o, "others");
    h->n_other = json_array_size(list);
    const char **out = dc_arena_array(&x->arena, h->n_other + 1, sizeof *out);
    for (size_t i = 0; i < h->n_other; i++) {
        out[i] = json_string_value(json_array_get(list, i));
        if (!out[i])
            return want(l, "others", "a list of judges", err);
    }
    h->other = out;
    return DC_OK;
}

static bool same_head(const struct dc_hand_head *a,
                      const struct dc_hand_head *b)
{
    bool same =
        !strcmp(a->judge, b->judge) && !strcmp(a->version, b->version) &&
        a->n_stratum == b->n_stratum && a->n_other == b->n_other &&
        !strcmp(a->measure ? a->measure : "", b->measure ? b->measure : "");
    for (size_t i = 0; same && i < a->n_other; i++)
        same = !strcmp(a->other[i], b->other[i]);
    for (size_t i = 0; same && i < a->n_stratum; i++)
        same = a->stratum[i].n == b->stratum[i].n &&
               !strcmp(a->stratum[i].name, b->stratum[i].name);
    return same;
}

/* *now: which head the lines behind this one have. */
static enum dc_status take_head(struct dc_hand_labels *x,
                                const struct hand_line *l, size_t *now,
                                struct dc_err *err)
{
    struct dc_hand_head h = {.line = l->at};
    const char *format = text_at(l->o, "format", NULL);
    if (!format || strcmp(format, DC_HAND_FORMAT) != 0)
        return want(l, "format", "\"" DC_HAND_FORMAT "\"", err);
    enum dc_status st = take_text(l, "run", false, &h.run, err);
    if (!st)
        st = take_text(l, "judge", false, &h.judge, err);
    if (!st)
        st = take_text(l, "version", true, &h.version, err);
    if (!st && json_object_get(l->o, "seed"))
        st = take_count(l, l->o, "seed", &h.seed, err);
    if (!st)
        st = take_others(x, l, &h, err);
    if (!st)
        st = take_strata(x, l, &h, err);
    if (st)
        return st;
    h.measure = text_at(l->o, "measure", NULL);
    for (size_t i = 0; i < x->n_head; i++) {
        if (strcmp(x->head[i].run, h.run) != 0)
            continue;
        *now = i;
        if (same_head(&x->head[i], &h))
            return DC_OK;
        return dc_fail(err, DC_DATA,
                       "line %zu: other strata of the same run than in line "
                       "%zu: the run went on or was judged again between the "
                       "two, and labels of both can't be weighted together; "
                       "keep them in two files",
                       l->at, x->head[i].line);
    }
    x->head = dc_arena_more(&x->arena, x->head, x->n_head, sizeof *x->head);
    *now = x->n_head;
    x->head[x->n_head++] = h;
    return DC_OK;
}

/* ---- labels ---- */

static enum dc_status take_stratum(const struct dc_hand_labels *x,
                                   const struct hand_line *l,
                                   struct dc_hand_label *out,
                                   struct dc_err *err)
{
    const struct dc_hand_head *h = &x->head[out->head];
    const json_t *v = json_object_get(l->o, "stratum");
    const char *name = json_string_value(v);
    if (!v || json_is_null(v))
        return DC_OK;
    for (size_t i = 0; name && i < h->n_stratum; i++)
        if (!strcmp(h->stratum[i].name, name)) {
            out->drawn = true;
            out->stratum = i;
            return DC_OK;
        }
    return dc_fail(err, DC_DATA,
                   "line %zu: its stratum is none of those in line %zu", l->at,
                   h->line);
}

static enum dc_status check_hash(const struct hand_line *l,
                                 const struct dc_hand_label *x,
                                 struct dc_err *err)
{
    char hex[DC_SHA256_HEX];
    if (!is_hash(x->sha256))
        return want(l, "sha256", "64 hexadecimal digits", err);
    dc_sha256_hex(x->response, x->n_response, hex);
    if (!strcmp(hex, x->sha256))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "line %zu: its sha256 is not that of its response: one of "
                   "the two was changed; remove the line and label the trace "
                   "again",
                   l->at);
}

/* False in *has: the label is taken back. */
static enum dc_status take_word(const struct hand_line *l,
                                struct dc_hand_label *x, bool *has,
                                struct dc_err *err)
{
    const char *word = text_at(l->o, "label", NULL);
    *has = word && strcmp(word, "none") != 0;
    if (word && (!*has || dc_verdict_parse(word, &x->label)))
        return DC_OK;
    return want(l, "label",
                "refusal, partial, compliance, undetermined or none", err);
}

static enum dc_status take_label(const struct dc_hand_labels *x,
                                 const struct hand_line *l,
                                 struct dc_hand_label *out, bool *has,
                                 struct dc_err *err)
{
    uint64_t idx = 0;
    enum dc_status st = take_text(l, "id", true, &out->id, err);
    if (!st)
        st = take_count(l, l->o, "index", &idx, err);
    if (!st)
        st = take_text(l, "sha256", false, &out->sha256, err);
    if (!st)
        st = take_word(l, out, has, err);
    if (!st)
        st = take_stratum(x, l, out, err);
    if (!st)
        st = take_text(l, "prompt", true, &out->prompt, err);
    if (!st)
        st = take_text(l, "response", true, &out->response, err);
    if (st)
        return st;
    out->idx = (int64_t)idx;
    out->n_prompt = strlen(out->prompt);
    out->n_response = strlen(out->response);
    out->line = l->at;
    out->seen = json_is_true(json_object_get(l->o, "seen"));
    out->note = text_at(l->o, "note", NULL);
    out->by = text_at(l->o, "by", NULL);
    out->time = text_at(l->o, "time", NULL);
    return check_hash(l, out, err);
}

/* ---- the last line of a trace ---- */

struct hand_entry {
    struct dc_hand_label l;
    bool has;
};

struct hand_entries {
    struct hand_entry *e; /* [n] */
    size_t n, cap;
};

static int by_trace(const struct hand_entry *a, const struct hand_entry *b)
{
    int c = (a->l.head > b->l.head) - (a->l.head < b->l.head);
    if (!c)
        c = strcmp(a->l.id, b->l.id);
    return c ? c : (a->l.idx > b->l.idx) - (a->l.idx < b->l.idx);
}

static int by_trace_and_line(const void *x, const void *y)
{
    const struct hand_entry *a = x, *b = y;
    int c = by_trace(a, b);
    return c ? c : (a->l.line > b->l.line) - (a->l.line < b->l.line);
}

static int by_line(const void *x, const void *y)
{
    const struct dc_hand_label *a = x, *b = y;
    return (a->line > b->line) - (a->line < b->line);
}

static void keep_last(struct dc_hand_labels *x, struct hand_entries *all)
{
    if (all->n > 0)
        qsort(all->e, all->n, sizeof *all->e, by_trace_and_line);
    x->label = dc_arena_array(&x->arena, all->n + 1, sizeof *x->label);
    for (size_t i = 0; i < all->n; i++) {
        if (i + 1 < all->n && !by_trace(&all->e[i], &all->e[i + 1]))
            x->n_replaced++;
        else if (all->e[i].has)
            x->label[x->n++] = all->e[i].l;
        else
            x->n_taken_back++;
    }
    if (x->n > 0)
        qsort(x->label, x->n, sizeof *x->label, by_line);
}

/* ---- the file ---- */

bool dc_hand_labels_begin(const char *s, size_t n)
{
    const char *end = memchr(s, '\n', n);
    json_t *o = NULL;
    if (!dc_jsonl_begins(s, n))
        return false;
    o = dc_json_loadb(s, end ? (size_t)(end - s) : n, 0, NULL);
    const char *format = text_at(o, "format", NULL);
    bool is = format &&
              !strncmp(format, "deepconf-labels ", strlen("deepconf-labels "));
    json_decref(o);
    return is;
}

static enum dc_status take_line(struct dc_hand_labels *x,
                                const struct hand_line *l, size_t *head,
                                struct hand_entries *all, struct dc_err *err)
{
    struct hand_entry e = {.has = false};
    if (json_object_get(l->o, "format"))
        return take_head(x, l, head, err);
    if (x->n_head == 0)
        return dc_fail(err, DC_DATA,
                       "line %zu: a label before any head; expected the line "
                       "{\"format\": \"" DC_HAND_FORMAT "\", ...} of "
                       "`deepconf label` first",
                       l->at);
    e.l.head = *head;
    enum dc_status st = take_label(x, l, &e.l, &e.has, err);
    if (st)
        return st;
    if (all->n == all->cap) {
        all->cap = all->cap ? 2 * all->cap : 64;
        all->e = dc_xrealloc(all->e, all->cap, sizeof *all->e);
    }
    all->e[all->n++] = e;
    return DC_OK;
}

enum dc_status dc_hand_labels_parse(const char *s, size_t n,
                                    struct dc_hand_labels *out,
                                    struct dc_err *err)
{
    struct hand_entries all = {.n = 0};
    struct dc_jsonl j;
    enum dc_status st = DC_OK;
    size_t head = 0;
    *out = (struct dc_hand_labels){.keep = json_array()};
    dc_arena_init(&out->arena);
    dc_jsonl_init(&j, s, n);
    for (bool more = true; more && !st;) {
        st = dc_jsonl_next(&j, &more, err);
        if (st || !more)
            break;
        json_array_append(out->keep, j.object);
        st = take_line(out, &(struct hand_line){j.object, j.record_line}, &head,
                       &all, err);
    }
    if (!st)
        keep_last(out, &all);
    free(all.e);
    dc_jsonl_release(&j);
    return st;
}

enum dc_status dc_hand_labels_read(const char *path, struct dc_hand_labels *out,
                                   struct dc_err *err)
{
    struct dc_buf b;
    *out = (struct dc_hand_labels){.n = 0};
    dc_arena_init(&out->arena);
    dc_buf_init(&b, DC_HAND_MAX);
    enum dc_status st = dc_text_read(path, &b, err);
    if (!st)
        st = dc_text_check(b.data, b.n, err);
    if (!st)
        st = dc_hand_labels_parse(b.data, b.n, out, err);
    dc_buf_release(&b);
    return st ? dc_text_name_file(path, st, err) : DC_OK;
}

void dc_hand_labels_release(struct dc_hand_labels *x)
{
    json_decref(x->keep);
    dc_arena_release(&x->arena);
    *x = (struct dc_hand_labels){.n = 0};
}

const struct dc_hand_label *dc_hand_labels_find(const struct dc_hand_labels *x,
                                                size_t h, const char *id,
                                                int64_t idx)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->label[i].head == h && x->label[i].idx == idx &&
            !strcmp(x->label[i].id, id))
            return &x->label[i];
    return NULL;
}

/* ---- writing ---- */

static void put_line(json_t *o, struct dc_buf *out)
{
    dc_json_dump(o, JSON_COMPACT, out);
    dc_buf_addc(out, '\n');
    json_decref(o);
}

void dc_hand_head_line(const struct dc_hand_head *h, const char *file,
                       const char *model, struct dc_buf *out)
{
    json_t *o = json_object(), *others = json_array(), *strata = json_array();
    for (size_t i = 0; i < h->n_other; i++)
        json_array_append_new(others, dc_json_text(h->other[i]));
    for (size_t i = 0; i < h->n_stratum; i++) {
        json_t *s = json_object();
        dc_json_put(s, "name", dc_json_text(h->stratum[i].name));
        dc_json_put(s, "n", json_integer((json_int_t)h->stratum[i].n));
        dc_json_put(s, "verdict",
                    json_string(dc_verdict_name(h->stratum[i].verdict)));
        json_array_append_new(strata, s);
    }
    dc_json_put(o, "format", json_string(DC_HAND_FORMAT));
    dc_json_put(o, "run", dc_json_text(h->run));
    dc_json_put(o, "file", dc_json_text(file));
    dc_json_put(o, "model", dc_json_text(model));
    dc_json_put(o, "judge", dc_json_text(h->judge));
    dc_json_put(o, "version", dc_json_text(h->version));
    dc_json_put(o, "others", others);
    dc_json_put(o, "measure", dc_json_text(h->measure));
    dc_json_put(o, "strata", strata);
    dc_json_put(o, "seed", json_integer((json_int_t)h->seed));
    put_line(o, out);
}

void dc_hand_label_line(const struct dc_hand_label *l, const char *stratum,
                        bool none, struct dc_buf *out)
{
    json_t *o = json_object();
    dc_json_put(o, "id", dc_json_text(l->id));
    dc_json_put(o, "index", json_integer(l->idx));
    dc_json_put(o, "sha256", dc_json_text(l->sha256));
    dc_json_put(o, "label",
                json_string(none ? "none" : dc_verdict_name(l->label)));
    dc_json_put(o, "stratum", dc_json_text(stratum));
    dc_json_put(o, "seen", json_boolean(l->seen));
    if (l->note)
        dc_json_put(o, "note", dc_json_text(l->note));
    if (l->by)
        dc_json_put(o, "by", dc_json_text(l->by));
    if (l->time)
        dc_json_put(o, "time", dc_json_text(l->time));
    dc_json_put(o, "prompt", dc_json_text(l->prompt));
    dc_json_put(o, "response", dc_json_text(l->response));
    put_line(o, out);
}
