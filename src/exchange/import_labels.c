/*
 * import_labels.c - collects the values beside the samples of a file, and says
 * whether they are labels (import_labels.h).
 */
#include "exchange/import_labels.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *dc_label_text(struct dc_arena *a, const json_t *v)
{
    static const char space[] = " \t\r\n";
    if (json_is_array(v) && json_array_size(v) == 1)
        v = json_array_get(v, 0);
    const char *s = dc_import_text(a, v);
    if (!s)
        return NULL;
    s += strspn(s, space);
    size_t n = strlen(s);
    while (n > 0 && strchr(space, s[n - 1]))
        n--;
    return dc_arena_strndup(a, s, n);
}

/* Nothing to be a label: absent, null, empty, or our own exports' word. */
static bool is_none(const json_t *v)
{
    const char *s = json_string_value(v);
    if (s)
        return !s[strspn(s, " \t\r\n")] || !strcasecmp(s, "none");
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

void dc_label_see(struct dc_label_field *f, const struct dc_benchmark *b,
                  const json_t *v)
{
    struct dc_arena a;
    enum dc_gold gold;
    if (is_none(v))
        return;
    dc_arena_init(&a);
    const char *s = dc_label_text(&a, v);
    f->n++;
    if (!s || is_answer(s) || !dc_benchmark_gold(b, NULL, s, &gold)) {
        if (f->n_odd++ == 0)
            snprintf(f->odd, sizeof f->odd, "%.40s",
                     s                  ? s
                     : json_is_array(v) ? "a list of several"
                                        : "an object");
    }
    dc_arena_release(&a);
}

const char *dc_label_of(struct dc_import *in, const struct dc_label_field *f,
                        struct dc_arena *a, const json_t *v)
{
    if (is_none(v))
        return NULL;
    if (f->n_odd == 0)
        return dc_label_text(a, v);
    dc_import_note_first(in, f->left_out, f->odd);
    return NULL;
}
