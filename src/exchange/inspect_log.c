/*
 * inspect_log.c - inspect_log.h: opening, the samples of a .json, their order.
 */
#include "base/mem.h"
#include "exchange/inspect_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a sample ---- */

static const char *const looked_at[] = {"id", "epoch", "target", "metadata"};

const json_t *dc_inspect_field(const json_t *sample, const char *named,
                               const char *usual)
{
    const json_t *meta = json_object_get(sample, "metadata");
    const json_t *v = json_object_get(meta, named ? named : usual);
    return v || !named ? v : json_object_get(sample, named);
}

const json_t *dc_inspect_kept(const void *sample, const char *key)
{
    const json_t *meta = json_object_get(sample, "metadata");
    const json_t *v = json_object_get(meta, key);
    return v ? v : json_object_get(json_object_get(meta, "fields"), key);
}

static enum dc_status no_sample(const struct dc_inspect_log *log,
                                const struct dc_inspect_sample *s,
                                struct dc_err *err)
{
    char buf[64];
    return dc_fail(err, DC_DATA,
                   "sample \"%.60s\" (%.100s): expected a sample of Inspect "
                   "with \"id\" and \"input\"",
                   s->id ? s->id : "?", dc_inspect_where(log, s, buf));
}

/* Note where a sample is, and what decides on its labels. */
static enum dc_status found(struct dc_inspect_log *log,
                            struct dc_inspect_sample s, const json_t *o,
                            struct dc_err *err)
{
    const struct dc_import_cfg *c = log->in->cfg;
    const json_t *epoch = json_object_get(o, "epoch");
    s.id = dc_import_text(&log->arena, json_object_get(o, "id"));
    s.has_epoch = json_is_integer(epoch);
    s.epoch = s.has_epoch ? json_integer_value(epoch) : 0;
    s.number = log->n;
    if (!s.id)
        return no_sample(log, &s, err);
    const struct dc_label_values label = {
        dc_inspect_field(o, c->field_label, "label"),
        json_object_get(o, "target")};
    dc_labels_see(log->in, &log->labels, &label);
    dc_import_see_named(log->in, label.label,
                        dc_inspect_field(o, c->field_category, "category"));
    dc_import_see_kept(log->in, dc_inspect_kept, o);
    if (log->n == log->cap) {
        log->cap = log->cap ? 2 * log->cap : 256;
        log->sample = dc_xrealloc(log->sample, log->cap, sizeof *log->sample);
    }
    log->sample[log->n++] = s;
    return DC_OK;
}

const char *dc_inspect_where(const struct dc_inspect_log *log,
                             const struct dc_inspect_sample *s,
                             char buf[static 64])
{
    if (log->archive)
        return dc_archive_name(log->archive, (size_t)s->place);
    snprintf(buf, 64, "line %zu", s->line);
    return buf;
}

/* ---- .json ---- */

static uint64_t place_of(const struct dc_inspect_log *log)
{
    const struct dc_json_in *j = log->json;
    return (uint64_t)ftello(log->file.f) - (j->n - j->at);
}

static enum dc_status find_samples(struct dc_inspect_log *log,
                                   struct dc_err *err)
{
    struct dc_json_in *j = log->json;
    json_t *o = NULL;
    if (dc_ji_peek(j) == 'n') /* null */
        return dc_ji_skip(j, err);
    enum dc_status st = dc_ji_take(j, '[', err);
    while (!st && dc_ji_peek(j) != ']') {
        struct dc_inspect_sample s = {.line = j->line, .place = place_of(log)};
        if (dc_ji_peek(j) != '{' && dc_ji_peek(j) >= 0)
            return no_sample(log, &s, err);
        st = dc_ji_pick(j, looked_at, DC_COUNT(looked_at), &o, err);
        if (!st)
            st = found(log, s, o, err);
        json_decref(o);
        o = NULL;
        if (!st && dc_ji_peek(j) != ']')
            st = dc_ji_take(j, ',', err);
    }
    return st ? st : dc_ji_take(j, ']', err);
}

/* A value of the head; *v is taken. */
void dc_inspect_head(struct dc_inspect_log *log, const char *key, json_t *v)
{
    json_t **at = !strcmp(key, "eval")   ? &log->eval
                  : !strcmp(key, "plan") ? &log->plan
                                         : NULL;
    if (!strcmp(key, "status"))
        log->status = dc_import_text(&log->arena, v);
    if (at && json_is_object(v)) {
        json_decref(*at);
        *at = json_incref(v);
    }
    json_decref(v);
}

static enum dc_status find_pair(struct dc_inspect_log *log, bool *samples,
                                struct dc_err *err)
{
    struct dc_json_in *j = log->json;
    json_t *key = NULL, *v = NULL;
    enum dc_status st = dc_ji_key(j, &key, err);
    if (st)
        return st;
    const char *name = json_string_value(key);
    if (!strcmp(name, "samples")) {
        *samples = true;
        st = find_samples(log, err);
    } else if (!strcmp(name, "eval") || !strcmp(name, "plan") ||
               !strcmp(name, "status")) {
        st = dc_ji_value(j, &v, err);
        if (!st)
            dc_inspect_head(log, name, v);
    } else {
        st = dc_ji_skip(j, err);
    }
    json_decref(key);
    return st;
}

static enum dc_status open_json(struct dc_inspect_log *log, struct dc_err *err)
{
    bool samples = false;
    enum dc_status st = dc_import_open(log->in->cfg->path, &log->file, err);
    if (st)
        return st;
    log->json = log->file.json;
    if (dc_ji_peek(log->json) != '{' && dc_ji_peek(log->json) >= 0)
        return dc_fail(err, DC_DATA,
                       "line %zu: expected an Inspect log, one object with "
                       "version, status, eval, ..., samples",
                       log->json->line);
    st = dc_ji_take(log->json, '{', err);
    while (!st && dc_ji_peek(log->json) != '}') {
        st = find_pair(log, &samples, err);
        if (!st && dc_ji_peek(log->json) != '}')
            st = dc_ji_take(log->json, ',', err);
    }
    if (!st && !samples)
        st = dc_fail(err, DC_DATA,
                     "is no Inspect log with samples: it has no key "
                     "\"samples\"; expected version, status, eval, ..., "
                     "samples");
    return st;
}

static enum dc_status go_to(struct dc_inspect_log *log,
                            const struct dc_inspect_sample *s,
                            struct dc_err *err)
{
    struct dc_json_in *j = log->json;
    size_t room = j->room;
    if (log->archive)
        return dc_inspect_enter(log, (size_t)s->place, err);
    if (fseeko(log->file.f, (off_t)s->place, SEEK_SET) != 0)
        return dc_fail(err, DC_IO, "line %zu: the file can't be read again",
                       s->line);
    dc_ji_init(j, j->read, j->arg);
    j->room = room;
    j->line = s->line;
    return DC_OK;
}

enum dc_status dc_inspect_read(struct dc_inspect_log *log,
                               const struct dc_inspect_sample *s,
                               const char *const *key, size_t n, json_t **out,
                               struct dc_err *err)
{
    enum dc_status st = go_to(log, s, err);
    *out = NULL;
    if (!st)
        st = dc_ji_pick(log->json, key, n, out, err);
    if (!st && log->archive)
        st = dc_ji_end(log->json, err);
    if (!st && s->folder)
        st = dc_inspect_metadata(log, s, *out, err);
    if (log->archive && log->json->failed)
        st = dc_archive_fail(log->archive, err);
    if (st) {
        json_decref(*out);
        *out = NULL;
    }
    return st && log->archive
               ? dc_err_prefix(err, st, "%.100s",
                               dc_archive_name(log->archive, (size_t)s->place))
               : st;
}

enum dc_status dc_inspect_look(struct dc_inspect_log *log,
                               struct dc_inspect_sample s, struct dc_err *err)
{
    json_t *o = NULL;
    enum dc_status st =
        dc_inspect_read(log, &s, looked_at, DC_COUNT(looked_at), &o, err);
    if (!st)
        st = found(log, s, o, err);
    json_decref(o);
    return st;
}

enum dc_status dc_inspect_texts(struct dc_inspect_log *log,
                                const struct dc_inspect_sample *s,
                                const char *const *name, size_t n, json_t **out,
                                struct dc_err *err)
{
    struct dc_json_in *j = log->json;
    json_t *key = NULL;
    *out = NULL;
    if (s->folder)
        return dc_inspect_pieces(log, s, name, n, out, err);
    enum dc_status st = go_to(log, s, err);
    if (!st)
        st = dc_ji_take(j, '{', err);
    while (!st && dc_ji_peek(j) != '}' && !*out) {
        st = dc_ji_key(j, &key, err);
        if (st)
            break;
        bool here = !strcmp(json_string_value(key), "attachments");
        json_decref(key);
        st = here && dc_ji_peek(j) == '{' ? dc_ji_pick(j, name, n, out, err)
                                          : dc_ji_skip(j, err);
        if (!st && dc_ji_peek(j) != '}')
            st = dc_ji_take(j, ',', err);
    }
    return st;
}

/* ---- the order ---- */

struct place {
    const char *id;
    size_t at;
};

static int by_id(const void *x, const void *y)
{
    return strcmp(((const struct place *)x)->id, ((const struct place *)y)->id);
}

/* Each prompt's place in the data set, as far as the head says it. */
static void find_order(struct dc_inspect_log *log)
{
    const json_t *ids =
        json_object_get(json_object_get(log->eval, "dataset"), "sample_ids");
    struct place *p = dc_xcalloc(json_array_size(ids), sizeof *p);
    size_t n = 0, i;
    json_t *v;
    json_array_foreach(ids, i, v)
    {
        const char *id = dc_import_text(&log->arena, v);
        if (id)
            p[n++] = (struct place){id, i};
    }
    qsort(p, n, sizeof *p, by_id);
    for (i = 0; i < log->n; i++) {
        const struct place key = {log->sample[i].id, 0};
        const struct place *at = bsearch(&key, p, n, sizeof *p, by_id);
        log->sample[i].order = at ? at->at : SIZE_MAX;
    }
    free(p);
}

/* Numbers within ids by their value: q2 before q10. */
static int natural(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a += strspn(a, "0");
            b += strspn(b, "0");
            size_t n = strspn(a, "0123456789"), m = strspn(b, "0123456789");
            int c = n == m ? strncmp(a, b, n) : n < m ? -1 : 1;
            if (c)
                return c;
            a += n ? n - 1 : 0;
            b += m ? m - 1 : 0;
            if (n == 0) { /* both are 0, and behind it now */
                a--;
                b--;
            }
        } else if (*a != *b) {
            break;
        }
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static int by_order(const void *x, const void *y)
{
    const struct dc_inspect_sample *a = x, *b = y;
    int c = (a->order > b->order) - (a->order < b->order);
    if (!c)
        c = natural(a->id, b->id);
    if (!c)
        c = strcmp(a->id, b->id);
    if (!c)
        c = (a->epoch > b->epoch) - (a->epoch < b->epoch);
    return c ? c : (a->number > b->number) - (a->number < b->number);
}

/* ---- the whole ---- */

static bool is_zip(const char *path)
{
    char head[2] = {0};
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return n == 2 && !memcmp(head, "PK", 2);
}

enum dc_status dc_inspect_open(struct dc_import *in, struct dc_inspect_log *log,
                               struct dc_err *err)
{
    *log = (struct dc_inspect_log){
        .in = in,
        .labels = {
            .target.left_out =
                "targets that are no gold labels, as not all in the log are "
                "words of the benchmark's; --field label=target takes them",
            .label.left_out =
                "labels in the metadata that are no gold labels, as not all in "
                "the log are words of the benchmark's; --field label=label "
                "takes them",
            .lacking = "samples without a value where --field label says: no "
                       "gold label"}};
    dc_arena_init(&log->arena);
    enum dc_status st = is_zip(in->cfg->path)
                            ? dc_inspect_open_archive(log, err)
                            : open_json(log, err);
    if (st)
        return st;
    find_order(log);
    if (log->n > 0)
        qsort(log->sample, log->n, sizeof *log->sample, by_order);
    return DC_OK;
}

void dc_inspect_close(struct dc_inspect_log *log)
{
    if (log->archive) {
        dc_ji_release(log->json);
        free(log->json);
    }
    dc_import_close(&log->file);
    dc_archive_close(log->archive);
    json_decref(log->eval);
    json_decref(log->plan);
    free(log->by_name);
    free(log->sample);
    dc_arena_release(&log->arena);
}
