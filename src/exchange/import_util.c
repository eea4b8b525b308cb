/*
 * import_util.c - what several readers need (import_priv.h).
 */
#include "base/mem.h"
#include "exchange/import_priv.h"

#include <stdio.h>
#include <string.h>

void dc_import_know(struct dc_import *in, const char *key, const char *value)
{
    size_t i = 0;
    if (!value)
        return;
    while (i < in->n_known && strcmp(in->known[i].key, key) != 0)
        i++;
    if (i < in->n_known) {
        if (strcmp(in->known[i].value, value) != 0)
            in->known[i].value = "unknown"; /* several */
        return;
    }
    if (i == DC_IMPORT_KNOWN)
        return;
    in->known[i].key = key;
    in->known[i].value = dc_arena_strdup(&in->arena, value);
    in->n_known++;
}

void dc_import_know_json(struct dc_import *in, const char *key, const json_t *v)
{
    struct dc_arena a;
    dc_arena_init(&a);
    dc_import_know(in, key, dc_import_text(&a, v));
    dc_arena_release(&a);
}

void dc_import_note(struct dc_import *in, const char *what)
{
    dc_import_note_first(in, what, "");
}

void dc_import_note_first(struct dc_import *in, const char *what,
                          const char *first)
{
    struct dc_import_count *c = &in->count;
    size_t i = 0;
    while (i < c->n_note && strcmp(c->note[i].what, what) != 0)
        i++;
    if (i == DC_IMPORT_NOTES)
        return;
    if (i == c->n_note)
        snprintf(c->note[i].first, sizeof c->note[i].first, "%s", first);
    c->note[i].what = what;
    c->note[i].n++;
    c->n_note += i == c->n_note;
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

enum dc_finish dc_import_finish(const char *word)
{
    static const struct {
        const char *word;
        enum dc_finish finish;
    } row[] = {
        {"stop", DC_FINISH_STOP},       {"eos", DC_FINISH_STOP},
        {"end_turn", DC_FINISH_STOP},   {"tool_calls", DC_FINISH_STOP},
        {"length", DC_FINISH_LENGTH},   {"max_tokens", DC_FINISH_LENGTH},
        {"context", DC_FINISH_CONTEXT}, {"model_length", DC_FINISH_CONTEXT},
        {"filter", DC_FINISH_FILTER},   {"content_filter", DC_FINISH_FILTER},
        {"error", DC_FINISH_ERROR},
    };
    for (size_t i = 0; word && i < DC_COUNT(row); i++)
        if (!strcmp(row[i].word, word))
            return row[i].finish;
    return DC_FINISH_NONE;
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

enum dc_status dc_import_no_field(const struct dc_import *in, const char *field,
                                  const char *key, struct dc_err *err)
{
    if (!field)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--field %s has no effect on --format %s: leave it out", key,
                   in->cfg->format->name);
}
