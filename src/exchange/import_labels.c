/*
 * import_labels.c - collects the values beside the samples of a file, and says
 * whether they are labels (import_labels.h).
 */
#include "exchange/import_labels.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A text or number without white space around it, also as the only one of a
 * list; NULL: none, or several. */
static const char *text_of(struct dc_arena *a, const json_t *v)
{
    if (json_is_array(v) && json_array_size(v) == 1)
        v = json_array_get(v, 0);
    const char *s = dc_import_text(a, v);
    if (!s)
        return NULL;
    size_t n = dc_utf8_trim(&s);
    return dc_arena_strndup(a, s, n);
}

/* Nothing to be a label: absent, null, empty, or our own exports' word. */
static bool is_none(const json_t *v)
{
    const char *s = json_string_value(v);
    if (s)
        return !strcasecmp(s, "none") || dc_utf8_trim(&s) == 0;
    return !v || json_is_null(v) ||
           (json_is_array(v) && json_array_size(v) == 0);
}

/* Words that answer any question, and say nothing of refusals. */
static bool is_answer(const char *s)
{
    static const char *const word[] = {"true", "false", "yes", "no",
                                       "t",    "f",     "y",   "n"};
    for (size_t i = 0; i < DC_COUNT(word); i++)
        if (!strcasecmp(s, word[i]))
            return true;
    return s[strspn(s, "0123456789.+-eE ")] == '\0';
}

static void see(struct dc_label_field *f, const struct dc_benchmark *b,
                const json_t *v)
{
    struct dc_arena a;
    enum dc_gold gold;
    if (is_none(v))
        return;
    dc_arena_init(&a);
    const char *s = text_of(&a, v);
    if (!s || is_answer(s) || !dc_benchmark_gold(b, NULL, s, &gold)) {
        if (f->n_odd++ == 0)
            snprintf(f->odd, sizeof f->odd, "%.40s",
                     s                  ? s
                     : json_is_array(v) ? "a list of several"
                                        : "an object");
    }
    dc_arena_release(&a);
}

void dc_labels_see(struct dc_import *in, struct dc_labels *l,
                   const struct dc_label_values *v)
{
    if (in->cfg->field_label)
        return;
    see(&l->label, in->cfg->benchmark, v->label);
    see(&l->target, in->cfg->benchmark, v->target);
}

/* NULL if there is none, or, with a note, if the file's don't count. */
static const char *taken(struct dc_import *in, const struct dc_label_field *f,
                         struct dc_arena *a, const json_t *v)
{
    if (is_none(v))
        return NULL;
    if (f->n_odd == 0)
        return text_of(a, v);
    dc_import_note_first(in, f->left_out, f->odd);
    return NULL;
}

const char *dc_labels_of(struct dc_import *in, const struct dc_labels *l,
                         struct dc_arena *a, const struct dc_label_values *v)
{
    const char *s;
    if (!in->cfg->field_label) {
        s = taken(in, &l->label, a, v->label);
        return s ? s : taken(in, &l->target, a, v->target);
    }
    s = text_of(a, v->label);
    if (!s)
        dc_import_note(in, l->lacking);
    return s;
}
