/*
 * read_lm_eval.c - samples_*.jsonl of lm-evaluation-harness: a line is a doc,
 * and what its requests brought are the traces.
 *
 * A doc has one request with several repeats, or several requests. A file has
 * the docs once for each filter, over the same responses: they are taken once.
 * The prompt is the request's argument, as the model got it, unless --field
 * prompt names a key. Named keys are those of the doc, or else of the line.
 * Only generated text is of use: log-likelihoods of given texts are no
 * responses.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "exchange/import_labels.h"
#include "exchange/lm_eval_doc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hashes: open addressing, at most half full; 0 is none. */
struct set {
    struct seen {
        uint64_t key, filter;
    } * at; /* [cap] */
    size_t n, cap;
};

struct file {
    struct dc_import *in;
    struct dc_import_keys key;
    struct dc_labels labels;
    struct set lines, docs;
};

struct sample {
    struct file *f;
    struct dc_lm_doc d;
    struct dc_import_row row;
    char where[64];
    struct dc_arena arena;
};

/* ---- docs that were there before ---- */

static struct seen *slot(const struct set *s, uint64_t key)
{
    size_t i = (size_t)key & (s->cap - 1);
    while (s->at[i].key && s->at[i].key != key)
        i = (i + 1) & (s->cap - 1);
    return &s->at[i];
}

static void grow(struct set *s)
{
    struct set old = *s;
    s->cap = old.cap ? 2 * old.cap : 1024;
    s->at = dc_xcalloc(s->cap, sizeof *s->at);
    for (size_t i = 0; i < old.cap; i++)
        if (old.at[i].key)
            *slot(s, old.at[i].key) = old.at[i];
    free(old.at);
}

/* What was there under the key; else it is added, and that is NULL. */
static const struct seen *seen(struct set *s, uint64_t key, uint64_t filter)
{
    if (2 * (s->n + 1) > s->cap)
        grow(s);
    key = key ? key : 1;
    struct seen *at = slot(s, key);
    if (at->key)
        return at;
    *at = (struct seen){key, filter};
    s->n++;
    return NULL;
}

static uint64_t hash_of(const char *id, const json_t *a, const json_t *b)
{
    struct dc_buf text;
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_adds(&text, id ? id : "");
    dc_buf_addc(&text, '\n');
    dc_json_dump(a, JSON_COMPACT | JSON_SORT_KEYS, &text);
    dc_json_dump(b, JSON_COMPACT | JSON_SORT_KEYS, &text);
    uint64_t h = dc_hash64(text.data, text.n);
    dc_buf_release(&text);
    return h;
}

/* Is it a line over responses that were taken? */
static bool is_again(struct sample *s)
{
    const json_t *none = json_null(), *o = s->d.o;
    const json_t *ask = json_object_get(o, "arguments");
    const json_t *got = json_object_get(o, "resps");
    const json_t *filter = json_object_get(o, "filter");
    uint64_t f = hash_of("", filter ? filter : none, none);
    uint64_t key = hash_of(s->row.id,
                           ask        ? ask
                           : s->d.doc ? s->d.doc
                                      : none,
                           got ? got : none);
    const struct seen *was = seen(&s->f->lines, key, f);
    if (was && was->filter != f)
        dc_import_left_out(
            s->f->in, "lines of another filter, over the same responses", "");
    else if (was)
        dc_import_left_out(s->f->in, "lines that were there before, the same",
                           s->where);
    else if (s->row.id && seen(&s->f->docs, hash_of(s->row.id, none, none), 0))
        dc_import_note_first(s->f->in,
                             "docs that come again with other responses: these "
                             "are further traces of the prompt",
                             s->where);
    return was != NULL;
}

/* ---- a doc ---- */

static const json_t *field(const struct sample *s, const char *named,
                           const char *usual)
{
    const json_t *v = json_object_get(s->d.doc, named ? named : usual);
    return v || !named ? v : json_object_get(s->d.o, named);
}

static const json_t *lm_kept(const void *sample, const char *key)
{
    return field(sample, key, key);
}

static enum dc_status no_field(const struct sample *s, const char *key,
                               const char *named, struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%s: neither the doc nor its line has \"%.60s\", which "
                   "--field %s names",
                   s->where, named, key);
}

static enum dc_status set_labels(struct sample *s, struct dc_err *err)
{
    const struct dc_import_cfg *c = s->f->in->cfg;
    struct dc_import_row *r = &s->row;
    r->id = dc_import_text(&s->arena, field(s, c->field_id, "id"));
    if (c->field_id && !r->id)
        return no_field(s, "id", c->field_id, err);
    if (!r->id)
        r->id = dc_import_text(&s->arena, json_object_get(s->d.o, "doc_id"));
    r->category =
        dc_import_text(&s->arena, field(s, c->field_category, "category"));
    return dc_import_kept(s->f->in, &s->arena, lm_kept, s, r, err);
}

static struct dc_label_values labels_of(const struct sample *s)
{
    return (struct dc_label_values){
        field(s, s->f->in->cfg->field_label, "label"),
        json_object_get(s->d.o, "target")};
}

static enum dc_status take(struct sample *s, const struct dc_lm_request *r,
                           struct dc_err *err)
{
    enum dc_status st = DC_OK;
    json_t *empty = json_string("");
    s->row.prompt = r->prompt;
    s->row.no_response = r->n == 0;
    if (r->n == 0)
        st = dc_import_row(s->f->in, &s->row, err);
    for (size_t i = 0; i < r->n && !st; i++) {
        s->row.response = r->response[i] ? r->response[i] : empty;
        s->row.finish = r->response[i] ? DC_FINISH_UNKNOWN : DC_FINISH_ERROR;
        st = dc_import_row(s->f->in, &s->row, err);
    }
    json_decref(empty);
    return st;
}

/* Requests that ask the same are one prompt; others are one each. */
static enum dc_status take_requests(struct sample *s, struct dc_err *err)
{
    struct dc_lm_request *r = NULL;
    size_t n = 0;
    const char *id = s->row.id;
    enum dc_status st = dc_lm_requests(s->f->in, &s->d, s->where, &r, &n, err);
    if (!st && s->d.n_request > 1)
        dc_import_note(s->f->in,
                       n == 1 ? "docs with several requests: what each of them "
                                "brought is a trace"
                              : "docs whose requests differ: each request is a "
                                "prompt of its own, ID/0, ID/1, ...");
    for (size_t i = 0; i < n && !st; i++) {
        if (n > 1 && id)
            s->row.id = dc_arena_printf(&s->arena, "%s/%zu", id, i);
        st = take(s, &r[i], err);
    }
    dc_lm_requests_free(r, n);
    return st;
}

static enum dc_status read_sample(struct sample *s, struct dc_err *err)
{
    const struct dc_import_cfg *c = s->f->in->cfg;
    enum dc_status st = dc_lm_doc(&s->d, s->where, err);
    s->row = (struct dc_import_row){.where = s->where, .n_tok = -1};
    if (!st)
        st = set_labels(s, err);
    if (st || is_again(s))
        return st;
    /* after it is known that the line is taken: notes count those alone */
    const struct dc_label_values label = labels_of(s);
    s->row.label = dc_labels_of(s->f->in, &s->f->labels, &s->arena, &label);
    if (c->field_prompt) {
        s->d.prompt = field(s, c->field_prompt, "");
        if (!s->d.prompt)
            return no_field(s, "prompt", c->field_prompt, err);
    }
    dc_lm_sampling(s->f->in, &s->d);
    return take_requests(s, err);
}

/* Labels of the whole file come first. */
static void look(struct sample *s)
{
    const struct dc_import_cfg *c = s->f->in->cfg;
    s->d.doc = json_object_get(s->d.o, "doc");
    const struct dc_label_values label = labels_of(s);
    dc_labels_see(s->f->in, &s->f->labels, &label);
    dc_import_see_named(s->f->in, label.label,
                        field(s, c->field_category, "category"));
    dc_import_see_kept(s->f->in, lm_kept, s);
}

/* ---- the file ---- */

static enum dc_status each_line(struct file *f, bool take_them,
                                struct dc_err *err)
{
    struct dc_import_file in = {.f = NULL};
    json_t *o = NULL;
    size_t line = 0;
    enum dc_status st = dc_import_open(f->in->cfg->path, &in, err);
    while (!st && !(st = dc_import_pick(&in, &f->key, &o, &line, err)) && o) {
        struct sample s = {.f = f, .d.o = o};
        dc_arena_init(&s.arena);
        snprintf(s.where, sizeof s.where, "line %zu", line);
        if (take_them)
            dc_import_begin_row(f->in, "line");
        if (take_them)
            st = read_sample(&s, err);
        else
            look(&s);
        dc_arena_release(&s.arena);
        json_decref(o);
        o = NULL;
    }
    if (!st && take_them)
        dc_import_note_feed(f->in, in.json);
    dc_import_close(&in);
    return st;
}

/* What is looked at of a line: named keys may stand beside the doc. */
static void set_keys(struct dc_import_keys *k, const struct dc_import_cfg *c)
{
    const char *const key[] = {
        "doc",          "doc_id",         "target",        "arguments",
        "resps",        "filter",         c->field_prompt, c->field_id,
        c->field_label, c->field_category};
    for (size_t i = 0; i < DC_COUNT(key); i++)
        if (key[i])
            k->key[k->n++] = key[i];
    for (size_t i = 0; i < c->n_keep; i++)
        k->key[k->n++] = c->keep[i];
}

enum dc_status dc_read_lm_eval(struct dc_import *in, struct dc_err *err)
{
    struct file f = {
        .in = in,
        .labels = {
            .target.left_out =
                "targets that are no gold labels, as not all in the file are "
                "words of the benchmark's; --field label=target takes them",
            .label.left_out =
                "labels of docs that are no gold labels, as not all in the "
                "file are words of the benchmark's; --field label=label takes "
                "them",
            .lacking = "docs without a value where --field label says: no gold "
                       "label"}};
    enum dc_status st =
        dc_import_no_field(in, in->cfg->field_response, "response", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_verdict, "verdict", err);
    set_keys(&f.key, in->cfg);
    if (!st)
        st = each_line(&f, false, err);
    if (!st)
        st = dc_import_check_named(in, "no doc and no line has", err);
    if (!st)
        st = each_line(&f, true, err);
    free(f.lines.at);
    free(f.docs.at);
    return st;
}
