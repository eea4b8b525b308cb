/*
 * import_util.c - what several readers need (import_priv.h).
 */
#include "base/mem.h"
#include "exchange/import_priv.h"
#include "store/schema.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void note_several(struct dc_import *in, const char *key,
                         const char *value)
{
    char what[DC_IMPORT_WHAT];
    snprintf(what, sizeof what, "%s that is not the same in all, so not known",
             key);
    dc_import_note_first(in, what, value);
}

void dc_import_know(struct dc_import *in, const char *key, const char *value)
{
    size_t i = 0;
    if (!value)
        return;
    while (i < in->n_known && strcmp(in->known[i].key, key) != 0)
        i++;
    if (i < in->n_known) {
        bool several = strcmp(in->known[i].value, value) != 0;
        if (several && strcmp(in->known[i].value, "unknown") != 0) {
            note_several(in, key, value);
            in->known[i].value = "unknown";
        }
        return;
    }
    if (i == DC_IMPORT_KNOWN)
        return;
    in->known[i].key = key;
    in->known[i].value = dc_arena_strdup(&in->arena, value);
    in->n_known++;
}

void dc_import_more(struct dc_import *in, const char *key, const char *value)
{
    assert(in->n_more < DC_IMPORT_MORE);
    in->more[in->n_more++] =
        (struct dc_kv){key, dc_arena_strdup(&in->arena, value), true};
}

void dc_import_know_json(struct dc_import *in, const char *key, const json_t *v)
{
    struct dc_arena a;
    dc_arena_init(&a);
    dc_import_know(in, key, dc_import_text(&a, v));
    dc_arena_release(&a);
}

static const char *string_text(struct dc_arena *a, const json_t *v)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_json_add_text(&b, v);
    const char *s = b.n ? dc_arena_strndup(a, b.data, b.n) : NULL;
    dc_buf_release(&b);
    return s;
}

const char *dc_import_text(struct dc_arena *a, const json_t *v)
{
    if (dc_json_big(v))
        return dc_arena_strdup(a, dc_json_big(v));
    if (json_is_string(v))
        return string_text(a, v);
    if (json_is_integer(v))
        return dc_arena_printf(a, "%" JSON_INTEGER_FORMAT,
                               json_integer_value(v));
    if (json_is_real(v))
        return dc_arena_printf(a, "%.15g", json_real_value(v));
    if (json_is_boolean(v))
        return json_is_true(v) ? "true" : "false";
    return NULL;
}

/* ---- numbers ---- */

void dc_import_missing_key(struct dc_import *in, const char *key,
                           const char *why)
{
    char what[DC_IMPORT_WHAT];
    snprintf(what, sizeof what, "\"%s\" %s", key, why);
    dc_import_missing(in, what);
}

static enum dc_status bad_number(const struct dc_import_value *x,
                                 const char *want, struct dc_err *err)
{
    struct dc_arena a;
    dc_arena_init(&a);
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "%s: \"%s\" is %.40s: expected %s, or null if it "
                "is not known",
                x->where, x->key, dc_import_text(&a, x->v), want);
    dc_arena_release(&a);
    return st;
}

/* Is there a number? What is neither that nor null is noted. */
static bool is_number(struct dc_import *in, const struct dc_import_value *x)
{
    bool is = json_is_number(x->v) || dc_json_big(x->v);
    if (x->v && !json_is_null(x->v) && !is)
        dc_import_missing_key(in, x->key, "that is no number");
    return is;
}

enum dc_status dc_import_count_of(struct dc_import *in,
                                  const struct dc_import_value *x,
                                  bool has_text, int64_t *n, struct dc_err *err)
{
    char want[64];
    if (!is_number(in, x))
        return DC_OK;
    double v = json_number_value(x->v);
    snprintf(want, sizeof want, "a whole number from 0 to %d",
             DC_SCHEMA_MAX_TOK);
    if (dc_json_big(x->v) || !(v >= 0 && v <= DC_SCHEMA_MAX_TOK) ||
        v != floor(v))
        return bad_number(x, want, err);
    if (v == 0 && has_text)
        dc_import_missing_key(in, x->key, "that is 0 for a text");
    else
        *n = (int64_t)v;
    return DC_OK;
}

enum dc_status dc_import_time_of(struct dc_import *in,
                                 const struct dc_import_value *x, double *ms,
                                 struct dc_err *err)
{
    if (!is_number(in, x))
        return DC_OK;
    double v = json_number_value(x->v);
    if (dc_json_big(x->v) || !(v >= 0 && v <= DC_SCHEMA_MAX_MS / 1000))
        return bad_number(x, "seconds from 0 on, at most three centuries", err);
    if (v == 0)
        dc_import_missing_key(in, x->key, "that is 0: nothing takes no time");
    *ms = 1000 * v;
    return DC_OK;
}

static void add_part(struct dc_buf *b, const json_t *part)
{
    const json_t *text = json_object_get(part, "text");
    const json_t *think = json_object_get(part, "reasoning");
    if (json_is_string(part))
        dc_buf_add(b, json_string_value(part), json_string_length(part));
    if (json_is_string(think) && json_string_length(think) > 0) {
        dc_buf_adds(b, "<think>\n");
        dc_buf_add(b, json_string_value(think), json_string_length(think));
        dc_buf_adds(b, "\n</think>\n\n");
    } else if (json_is_string(text)) {
        dc_buf_add(b, json_string_value(text), json_string_length(text));
    }
}

json_t *dc_import_content(const json_t *content)
{
    struct dc_buf b;
    size_t i;
    json_t *part;
    if (json_is_string(content))
        return json_incref((json_t *)content);
    if (!json_is_array(content))
        return NULL;
    dc_buf_init(&b, SIZE_MAX);
    json_array_foreach(content, i, part)
    {
        add_part(&b, part);
    }
    json_t *out = json_stringn(b.data, b.n);
    dc_buf_release(&b);
    return out;
}

/* ---- fields that are named ---- */

void dc_import_see_named(struct dc_import *in, const json_t *label,
                         const json_t *category)
{
    in->has_row = true;
    in->has_label |= label != NULL;
    in->has_category |= category != NULL;
}

enum dc_status dc_import_check_named(const struct dc_import *in,
                                     const char *who, struct dc_err *err)
{
    const struct dc_import_cfg *c = in->cfg;
    bool label = c->field_label && !in->has_label;
    bool category = c->field_category && !in->has_category;
    bool verdict = c->field_verdict && !in->has_verdict;
    for (size_t i = 0; i < c->n_keep && in->has_row; i++)
        if (!in->has_kept[i])
            return dc_fail(err, DC_DATA, "%s \"%.60s\", which --keep names",
                           who, c->keep[i]);
    if (!in->has_row || (!label && !category && !verdict))
        return DC_OK;
    return dc_fail(err, DC_DATA, "%s \"%.60s\", which --field %s names", who,
                   label      ? c->field_label
                   : category ? c->field_category
                              : c->field_verdict,
                   label      ? "label"
                   : category ? "category"
                              : "verdict");
}

enum dc_status dc_import_no_field(struct dc_import *in, const char *field,
                                  const char *key, struct dc_err *err)
{
    in->own_prompt |= !strcmp(key, "prompt");
    in->own_response |= !strcmp(key, "response");
    if (!field)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--field %s has no effect on --format %s: leave it out", key,
                   in->cfg->format->name);
}

enum dc_status dc_import_only_fields(struct dc_import *in, bool keeps,
                                     struct dc_err *err)
{
    const struct dc_import_cfg *c = in->cfg;
    enum dc_status st = dc_import_no_field(in, c->field_prompt, "prompt", err);
    if (!st)
        st = dc_import_no_field(in, c->field_response, "response", err);
    if (!st)
        st = dc_import_no_field(in, c->field_verdict, "verdict", err);
    if (!st && c->n_keep > 0 && !keeps)
        st = dc_fail(err, DC_USAGE,
                     "--keep has no effect on --format %s: leave it out",
                     c->format->name);
    return st;
}

enum dc_status dc_import_once(const struct dc_json_feed *feed,
                              const char *const *key, size_t n,
                              const char *where, struct dc_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (dc_json_feed_twice(feed, key[i]))
            return dc_fail(err, DC_DATA,
                           "%s: the object has the key \"%.60s\" more than "
                           "once; take out all but one",
                           where, key[i]);
    return DC_OK;
}
