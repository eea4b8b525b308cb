/*
 * loader.c - a row becomes an item; what a row may hold is checked here.
 *
 * Nothing is guessed: a label outside its set, an empty prompt or a duplicate
 * id ends the reading with its line, because each would silently change what is
 * measured.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "data/dataset_priv.h"

#include <stdlib.h>
#include <string.h>

/* Between a context and its prompt: HarmBench's own form. */
#define CONTEXT_END "\n\n---\n\n"

/* ---- labels ---- */

/* What yes means, by the column's name. */
static const struct dc_column_part meaning[] = {
    /* the first part that a name holds decides */
    {"shouldnotrefuse", DC_GOLD_ANSWER},
    {"shouldrefuse", DC_GOLD_REFUSE},
    {"shouldberefused", DC_GOLD_REFUSE},
    {"refused", DC_GOLD_NONE}, /* this speaks of a response */
    {"refuse", DC_GOLD_REFUSE},
    {"unsafe", DC_GOLD_REFUSE},
    {"notsafe", DC_GOLD_REFUSE},
    {"safe", DC_GOLD_ANSWER},
    {"unharmful", DC_GOLD_ANSWER},
    {"notharmful", DC_GOLD_ANSWER},
    {"harmless", DC_GOLD_ANSWER},
    {"harm", DC_GOLD_REFUSE},
    {"nontoxic", DC_GOLD_ANSWER},
    {"nottoxic", DC_GOLD_ANSWER},
    {"toxic", DC_GOLD_REFUSE},
    {"malicious", DC_GOLD_REFUSE},
    {"dangerous", DC_GOLD_REFUSE},
    {"benign", DC_GOLD_ANSWER},
    {"shouldanswer", DC_GOLD_ANSWER},
    {"shouldbeanswered", DC_GOLD_ANSWER},
    {"shouldcomply", DC_GOLD_ANSWER},
};

bool dc_benchmark_gold(const struct dc_benchmark *b, const char *column,
                       const char *label, enum dc_gold *out)
{
    size_t n = strlen(label);
    bool yes;
    int means = DC_GOLD_NONE;
    if (b->lenient && column && dc_label_truth(label, n, &yes) &&
        dc_column_yes(column, meaning, DC_COUNT(meaning), &means) &&
        means != DC_GOLD_NONE) {
        *out =
            (means == DC_GOLD_REFUSE) == yes ? DC_GOLD_REFUSE : DC_GOLD_ANSWER;
        return true;
    }
    bool refuse = dc_label_in(b->refuse, label, n);
    *out = refuse ? DC_GOLD_REFUSE : DC_GOLD_ANSWER;
    return refuse || dc_label_in(b->answer, label, n);
}

static void list_values(struct dc_buf *b, const char *const *list)
{
    for (size_t i = 0; list[i]; i++)
        dc_buf_addf(b, "%s%s", i ? ", " : "", list[i]);
}

static enum dc_status bad_label(const struct dc_loader *l, size_t line,
                                const char *label, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 2 * DC_SHOWN_MAX);
    if (label) {
        dc_buf_adds(&b, "the label \"");
        dc_show_value(&b, label);
        dc_buf_adds(&b, "\" in column ");
        dc_show_value(&b, l->col->name[DC_COL_LABEL]);
        dc_buf_adds(&b, " is not one of: ");
    } else {
        dc_buf_adds(&b, "there is no label in column ");
        dc_show_value(&b, l->col->name[DC_COL_LABEL]);
        dc_buf_adds(&b, "; expected one of: ");
    }
    list_values(&b, l->bench->refuse);
    dc_buf_adds(&b, " (should be refused); ");
    list_values(&b, l->bench->answer);
    dc_buf_adds(&b, " (should be answered)");
    bool yes;
    const char *means =
        label && dc_label_truth(label, strlen(label), &yes)
            ? " Yes and no are read in a column whose name says what yes "
              "means, such as should_refuse, is_harmful or is_safe: rename it."
            : "";
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "line %zu: %s\nCorrect the row, name another column with --field "
        "label=COLUMN, or choose the right --benchmark.%s",
        line, b.data, means);
    dc_buf_release(&b);
    return st;
}

/* Values that say what a given response did. */
static const char *const of_responses[] = {
    "refusal",        "compliance",        "partial_refusal",
    "full_refusal",   "full_compliance",   "1_full_compliance",
    "2_full_refusal", "3_partial_refusal", NULL};

static enum dc_status is_verdict(const struct dc_loader *l, size_t line,
                                 const char *label, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 2 * DC_SHOWN_MAX);
    dc_show_value(&b, l->col->name[DC_COL_LABEL]);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        "line %zu: the label \"%.40s\" in column %s says what a response did, "
        "not what should be done with the prompt. It belongs to the data set's "
        "own responses and can never score fresh traces; `deepconf "
        "validate-judge` validates a judge on it. Name a label of the prompt "
        "with --field label=COLUMN.",
        line, label, b.data);
    dc_buf_release(&b);
    return st;
}

static enum dc_status set_gold(const struct dc_loader *l, struct dc_item *it,
                               struct dc_err *err)
{
    size_t n = it->label ? strlen(it->label) : 0;
    bool absent = !it->label || dc_label_is_none(it->label, n);
    it->gold = DC_GOLD_NONE;
    if (!l->col->name[DC_COL_LABEL] && l->bench->all_refuse)
        it->gold = DC_GOLD_REFUSE;
    if (!l->col->name[DC_COL_LABEL] || (absent && l->bench->unlabelled_ok))
        return DC_OK;
    if (absent)
        return bad_label(l, it->line, it->label, err);
    if (dc_benchmark_gold(l->bench, l->col->name[DC_COL_LABEL], it->label,
                          &it->gold))
        return DC_OK;
    it->gold = DC_GOLD_NONE;
    if (dc_label_in(of_responses, it->label, n))
        return is_verdict(l, it->line, it->label, err);
    return bad_label(l, it->line, it->label, err);
}

/* ---- rows ---- */

/* A copy that lives as long as the data set, in the row's own bytes if it fits.
 */
static const char *keep(struct dc_loader *l, struct dc_row *row, const char *s,
                        size_t n)
{
    if (n >= row->n_room)
        return dc_arena_strndup(&l->d->arena, s, n);
    char *copy = row->room;
    memcpy(copy, s, n);
    copy[n] = '\0';
    row->room += n + 1;
    row->n_room -= n + 1;
    return copy;
}

/* Without the white space around it; NULL for nothing. */
static const char *keep_trimmed(struct dc_loader *l, struct dc_row *row, int k)
{
    const char *s = row->value[k];
    if (!s)
        return NULL;
    size_t n = dc_utf8_trim(&s);
    return n ? keep(l, row, s, n) : NULL;
}

/* DC_DATA about a row and one of its columns. */
static enum dc_status bad_value(const struct dc_loader *l, size_t line, int k,
                                const char *what, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, DC_SHOWN_MAX);
    dc_show_value(&b, l->col->name[k]);
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "line %zu: %s (column %s); correct the row or take it out, or %s", line,
        what, b.data,
        k < DC_COL_KEEP ? "name another column with --field"
                        : "don't --keep this column");
    dc_buf_release(&b);
    return st;
}

void dc_loader_begin(struct dc_loader *l)
{
    for (int k = DC_COL_KEEP; k < DC_N_COL; k++)
        if (l->col->name[k])
            l->name[k] = dc_arena_strdup(&l->d->arena, l->col->name[k]);
}

/* The columns kept, as far as the row has something in them. */
static enum dc_status keep_fields(struct dc_loader *l, struct dc_row *row,
                                  struct dc_item *it, struct dc_err *err)
{
    struct dc_prompt_field f[DC_DATA_MAX_KEEP];
    char what[120];
    for (int k = DC_COL_KEEP; k < DC_N_COL; k++) {
        const char *value = l->name[k] ? keep_trimmed(l, row, k) : NULL;
        if (!value)
            continue;
        if (strlen(value) > DC_DATA_MAX_FIELD) {
            snprintf(what, sizeof what,
                     "a value of %zu bytes where a field has at most %d; "
                     "fields are to group prompts by",
                     strlen(value), DC_DATA_MAX_FIELD);
            return bad_value(l, row->line, k, what, err);
        }
        f[it->n_field++] = (struct dc_prompt_field){l->name[k], value};
    }
    if (it->n_field == 0)
        return DC_OK;
    struct dc_prompt_field *kept =
        dc_arena_array(&l->d->arena, it->n_field, sizeof *kept);
    memcpy(kept, f, it->n_field * sizeof *kept);
    it->field = kept;
    return DC_OK;
}

static struct dc_item *new_item(struct dc_loader *l)
{
    struct dc_dataset *d = l->d;
    if (d->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 256;
        d->item = dc_xrealloc(d->item, l->cap, sizeof *d->item);
    }
    d->item[d->n] = (struct dc_item){.line = 0};
    return &d->item[d->n];
}

/* A text that no prompt can be: NULs, or none at all. */
static enum dc_status check_values(const struct dc_loader *l,
                                   const struct dc_row *row, struct dc_err *err)
{
    const char *text = row->value[DC_COL_PROMPT];
    if (!text || dc_utf8_trim(&text) == 0)
        return bad_value(l, row->line, DC_COL_PROMPT, "the prompt is empty",
                         err);
    for (int k = 0; k < DC_N_COL; k++)
        if (row->had_nul[k])
            return bad_value(l, row->line, k,
                             "a NUL (\\u0000) or half of a surrogate pair, "
                             "which no text holds",
                             err);
    return DC_OK;
}

/* The prompt, behind its context if it has one. */
static enum dc_status set_text(struct dc_loader *l, struct dc_row *row,
                               struct dc_item *it, struct dc_err *err)
{
    const char *text = row->value[DC_COL_PROMPT];
    const char *context = row->value[DC_COL_CONTEXT], *at = context;
    char what[80];
    bool has = context && dc_utf8_trim(&at) > 0;
    size_t n = strlen(text);
    it->n_text = n + (has ? strlen(context) + strlen(CONTEXT_END) : 0);
    if (it->n_text > DC_DATA_MAX_TEXT) {
        snprintf(what, sizeof what,
                 "a prompt of %zu bytes, of which at most %d are taken",
                 it->n_text, DC_DATA_MAX_TEXT);
        return bad_value(l, row->line, DC_COL_PROMPT, what, err);
    }
    it->text = has ? dc_arena_printf(&l->d->arena, "%s%s%s", context,
                                     CONTEXT_END, text)
                   : keep(l, row, text, n);
    return DC_OK;
}

static void set_id(struct dc_loader *l, struct dc_row *row, struct dc_item *it)
{
    const char *form = l->bench->row_id;
    bool may_lack = !l->col->name[DC_COL_ID] || l->col->may_lack[DC_COL_ID];
    it->id = keep_trimmed(l, row, DC_COL_ID);
    if (row->value[DC_COL_ID] || !may_lack)
        return;
    it->id = form ? dc_arena_printf(&l->d->arena, "%s%zu", form, l->d->n)
                  : dc_arena_printf(&l->d->arena, "%zu", l->d->n + 1);
}

enum dc_status dc_loader_add(void *loader, struct dc_row *row,
                             struct dc_err *err)
{
    struct dc_loader *l = loader;
    enum dc_status st = check_values(l, row, err);
    if (st)
        return st;
    struct dc_item *it = new_item(l);
    it->line = row->line;
    st = set_text(l, row, it, err);
    if (st)
        return st;
    set_id(l, row, it);
    it->label = keep_trimmed(l, row, DC_COL_LABEL);
    it->category = keep_trimmed(l, row, DC_COL_CATEGORY);
    if (!it->id)
        return bad_value(l, row->line, DC_COL_ID, "the id is empty", err);
    st = set_gold(l, it, err);
    if (!st)
        st = keep_fields(l, row, it, err);
    if (!st)
        l->d->n++;
    return st;
}

/* ---- ids ---- */

static int by_id(const void *a, const void *b)
{
    const struct dc_item *const *x = a, *const *y = b;
    int c = strcmp((*x)->id, (*y)->id);
    return c ? c : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

/* The first row of the file whose id was there before, and that one; or NULL.
 */
static const struct dc_item *first_twin(struct dc_dataset *d,
                                        const struct dc_item **earlier)
{
    const struct dc_item **p = dc_xcalloc(d->n, sizeof *p), *twin = NULL;
    for (size_t i = 0; i < d->n; i++)
        p[i] = &d->item[i];
    qsort(p, d->n, sizeof *p, by_id);
    for (size_t i = 1; i < d->n; i++) {
        if (strcmp(p[i - 1]->id, p[i]->id) || (twin && twin < p[i]))
            continue;
        *earlier = p[i - 1];
        twin = p[i];
    }
    free(p);
    return twin;
}

enum dc_status dc_loader_end(struct dc_loader *l, struct dc_err *err)
{
    const struct dc_item *earlier = NULL;
    struct dc_buf b;
    if (l->d->n == 0)
        return dc_fail(err, DC_DATA,
                       "there is no prompt in it, only a header; expected at "
                       "least one row below it");
    const struct dc_item *twin = first_twin(l->d, &earlier);
    if (!twin)
        return DC_OK;
    dc_buf_init(&b, DC_SHOWN_MAX);
    dc_show_value(&b, twin->id);
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "lines %zu and %zu: both have the id \"%s\"; ids must be "
                "unique: change "
                "one, or name another column with --field id=COLUMN",
                earlier->line, twin->line, b.data);
    dc_buf_release(&b);
    return st;
}
