/*
 * labelled.c - a row becomes a labelled response.
 *
 * Nothing is guessed but the preset, which is the first of labelsets.def whose
 * columns of response and label the file has. A label outside its set ends the
 * reading with its line; an empty response is kept, for it was labelled too.
 */
#include "data/labelled.h"

#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "data/csv.h"
#include "data/dataset_priv.h"
#include "data/jsonl.h"
#include "data/text_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct dc_labelset dc_labelset_xstest_completions = {
    .name = "xstest-completions",
    .summary = "completions of XSTest with its authors' final label",
    .col_id = "id",
    .col_prompt = "prompt",
    .col_response = "completion",
    .col_label = "final_label",
    .refusal = {"2_full_refusal"},
    .partial = {"3_partial_refusal"},
    .compliance = {"1_full_compliance"},
    .label_means = "Two people labelled each completion, and settled the "
                   "differences.",
};

static const struct dc_labelset dc_labelset_wildguardtest = {
    .name = "wildguardtest",
    .summary = "WildGuardTest: responses with a majority label of refusal",
    .col_prompt = "prompt",
    .col_response = "response",
    .col_label = "response_refusal_label",
    .refusal = {"refusal"},
    .compliance = {"compliance"},
    .may_lack_label = true,
    .label_means =
        "The majority of three people; rows without one are dropped.",
};

static const struct dc_labelset dc_labelset_generic = {
    .name = "generic",
    .summary = "columns id, prompt, response, label",
    .col_id = "id",
    .col_prompt = "prompt",
    .col_response = "response",
    .col_label = "label",
    .refusal = {"refusal", "full_refusal", "1", "true"},
    .partial = {"partial", "partial_refusal"},
    .compliance = {"compliance", "full_compliance", "0", "false"},
    .may_lack_label = true,
    .label_means = "The file's own label of each response.",
};

/* Of labels given by hand, which have columns of their own. */
static const struct dc_labelset dc_labelset_by_hand = {
    .name = "by hand",
    .summary = "labels of `deepconf label` and of the page",
    .label_means = "People labelled these traces of a run.",
};

static const struct dc_labelset *const sets[] = {
#define X(name) &dc_labelset_##name,
#include "data/labelsets.def"
#undef X
};

const struct dc_labelset *const *dc_labelsets(size_t *n)
{
    *n = DC_COUNT(sets);
    return sets;
}

const struct dc_labelset *dc_labelset_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(sets); i++)
        if (!strcmp(sets[i]->name, name))
            return sets[i];
    return NULL;
}

void dc_labelled_release(struct dc_labelled *d)
{
    free(d->row);
    free(d->text);
    free(d->notes.unused);
    free(d->notes.lacking);
    dc_hand_labels_release(&d->hand);
    dc_arena_release(&d->arena);
    *d = (struct dc_labelled){0};
}

/* ---- which preset ---- */

static bool has_name(const struct dc_names *have, const char *name)
{
    for (size_t i = 0; i < have->n; i++)
        if (!strcmp(have->name[i], name))
            return true;
    return false;
}

static bool fits(const struct dc_labelset *s, const struct dc_labelled_cfg *c,
                 const struct dc_names *have)
{
    return has_name(have,
                    c->field_response ? c->field_response : s->col_response) &&
           has_name(have, c->field_label ? c->field_label : s->col_label);
}

/* A label column that the user names is no preset's, but by its name. */
static const struct dc_labelset *choose(const struct dc_labelled_cfg *c,
                                        const struct dc_names *have)
{
    const struct dc_labelset *generic = sets[DC_COUNT(sets) - 1];
    for (size_t i = 0; i < DC_COUNT(sets); i++)
        if (fits(sets[i], c, have) &&
            (!c->field_label || !strcmp(c->field_label, sets[i]->col_label)))
            return sets[i];
    for (size_t i = 0; i < DC_COUNT(sets) && !fits(generic, c, have); i++)
        if (fits(sets[i], c, have))
            return sets[i];
    return generic;
}

enum { MAX_NAMES = 256 };

/* The names of the first record, or of its keys. */
static enum dc_status first_names(const char *text, size_t n, bool jsonl,
                                  const struct dc_labelled_cfg *cfg,
                                  struct dc_labelled *d, struct dc_err *err)
{
    const char *name[MAX_NAMES];
    struct dc_names have = {name, 0};
    struct dc_jsonl j;
    struct dc_csv c;
    bool more = false;
    enum dc_status st;
    if (jsonl) {
        dc_jsonl_init(&j, text, n);
        st = dc_jsonl_next(&j, &more, err);
        if (!st && more)
            have.n = dc_jsonl_keys(&j, name, MAX_NAMES);
        d->set = choose(cfg, &have);
        dc_jsonl_release(&j);
        return st;
    }
    dc_csv_init(&c, text, n);
    st = dc_csv_next(&c, &more, err);
    for (; !st && more && have.n < c.n_field && have.n < MAX_NAMES; have.n++)
        name[have.n] = dc_csv_field(&c, have.n);
    d->set = choose(cfg, &have);
    dc_csv_release(&c);
    return st;
}

static struct dc_columns columns_of(const struct dc_labelset *s,
                                    const struct dc_labelled_cfg *c)
{
    struct dc_columns col = {
        .preset = "--labels",
        .name = {[DC_COL_PROMPT] = s->col_prompt,
                 [DC_COL_ID] = s->col_id,
                 [DC_COL_LABEL] = s->col_label,
                 [DC_COL_RESPONSE] = s->col_response},
        .key = {[DC_COL_PROMPT] = "prompt",
                [DC_COL_ID] = "id",
                [DC_COL_LABEL] = "label",
                [DC_COL_RESPONSE] = "response"},
        .may_lack =
            {[DC_COL_PROMPT] = !c->field_prompt, [DC_COL_ID] = !c->field_id},
    };
    if (c->field_prompt)
        col.name[DC_COL_PROMPT] = c->field_prompt;
    if (c->field_id)
        col.name[DC_COL_ID] = c->field_id;
    if (c->field_label)
        col.name[DC_COL_LABEL] = c->field_label;
    if (c->field_response)
        col.name[DC_COL_RESPONSE] = c->field_response;
    return col;
}

/* Labels of prompts can't tell whether a response is a refusal. */
static enum dc_status check_columns(const struct dc_columns *col,
                                    struct dc_err *err)
{
    static const char *const of_prompts[] = {
        "prompt_harm_label", "toxicity", "jailbreaking", "human_annotation"};
    const char *name = col->name[DC_COL_LABEL];
    for (size_t i = 0; i < DC_COUNT(of_prompts); i++)
        if (!strcasecmp(name, of_prompts[i]))
            return dc_fail(err, DC_USAGE,
                           "--field label=%s: that column speaks of the "
                           "prompt, not of the response; a judge is trained "
                           "and validated on labels of responses",
                           name);
    return DC_OK;
}

/* ---- rows ---- */

struct filler {
    struct dc_labelled *d;
    const struct dc_columns *col;
};

static void list_values(struct dc_buf *b, const char *const *list,
                        const char *means)
{
    if (!*list)
        return;
    for (size_t i = 0; list[i]; i++)
        dc_buf_addf(b, "%s%s", i ? ", " : "", list[i]);
    dc_buf_addf(b, " (%s); ", means);
}

static enum dc_status bad_label(const struct filler *f, const char *s,
                                size_t line, struct dc_err *err)
{
    const struct dc_labelset *set = f->d->set;
    struct dc_buf b;
    dc_buf_init(&b, 4 * DC_SHOWN_MAX);
    dc_buf_adds(&b, "the label \"");
    dc_show_value(&b, s);
    dc_buf_adds(&b, "\" in column ");
    dc_show_value(&b, f->col->name[DC_COL_LABEL]);
    dc_buf_adds(&b, " is not one of: ");
    list_values(&b, set->refusal, "refusal");
    list_values(&b, set->partial, "partial");
    list_values(&b, set->compliance, "compliance");
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "line %zu: %scorrect the row, name another column with --field "
                "label=COLUMN, or choose the right --labels",
                line, b.data);
    dc_buf_release(&b);
    return st;
}

/* What yes means, by the column's name. */
static const struct dc_column_part meaning[] = {
    /* the first part that a name holds decides */
    {"noncompl", DC_VERDICT_REFUSAL},    {"notcompl", DC_VERDICT_REFUSAL},
    {"complie", DC_VERDICT_COMPLIANCE},  {"comply", DC_VERDICT_COMPLIANCE},
    {"complian", DC_VERDICT_COMPLIANCE}, {"answered", DC_VERDICT_COMPLIANCE},
    {"helped", DC_VERDICT_COMPLIANCE},   {"jailbr", DC_VERDICT_COMPLIANCE},
    {"notrefus", DC_VERDICT_COMPLIANCE}, {"nonrefus", DC_VERDICT_COMPLIANCE},
    {"refus", DC_VERDICT_REFUSAL},       {"declin", DC_VERDICT_REFUSAL},
};

/* A truth value in a column whose name says what it means. */
static bool truth_label(const struct filler *f, const char *s, size_t n,
                        enum dc_verdict *out)
{
    bool yes;
    int means;
    if (!dc_label_truth(s, n, &yes) ||
        !dc_column_yes(f->col->name[DC_COL_LABEL], meaning, DC_COUNT(meaning),
                       &means))
        return false;
    *out = (means == DC_VERDICT_REFUSAL) == yes ? DC_VERDICT_REFUSAL
                                                : DC_VERDICT_COMPLIANCE;
    return true;
}

/* DC_OK with *dropped for a row without label, where that may be. */
static enum dc_status set_label(const struct filler *f, const char *s,
                                struct dc_labelled_row *r, bool *dropped,
                                struct dc_err *err)
{
    const struct dc_labelset *set = f->d->set;
    const char *at = s ? s : "";
    size_t n = dc_utf8_trim(&at);
    /* a word such as "none" may be a label of the user's own */
    bool lacks =
        n == 0 || (set != &dc_labelset_generic && dc_label_is_none(at, n));
    *dropped = lacks && set->may_lack_label;
    if (*dropped)
        return DC_OK;
    if (truth_label(f, at, n, &r->label))
        return DC_OK;
    if (dc_label_in(set->refusal, at, n))
        r->label = DC_VERDICT_REFUSAL;
    else if (dc_label_in(set->partial, at, n))
        r->label = DC_VERDICT_PARTIAL;
    else if (dc_label_in(set->compliance, at, n))
        r->label = DC_VERDICT_COMPLIANCE;
    else
        return bad_label(f, at, r->line, err);
    return DC_OK;
}

/* A copy in the row's own bytes if it fits. */
static const char *keep(struct dc_labelled *d, struct dc_row *row,
                        const char *s, size_t *n)
{
    *n = s ? strlen(s) : 0;
    if (*n == 0)
        return "";
    if (*n >= row->n_room)
        return dc_arena_strndup(&d->arena, s, *n);
    char *copy = row->room;
    memcpy(copy, s, *n + 1);
    row->room += *n + 1;
    row->n_room -= *n + 1;
    return copy;
}

static enum dc_status add(void *arg, struct dc_row *row, struct dc_err *err)
{
    struct filler *f = arg;
    struct dc_labelled *d = f->d;
    struct dc_labelled_row r = {.line = row->line};
    size_t n_id;
    bool dropped;
    enum dc_status st =
        set_label(f, row->value[DC_COL_LABEL], &r, &dropped, err);
    if (st)
        return st;
    if (dropped) {
        d->n_dropped++;
        return DC_OK;
    }
    d->notes.n_nul += row->had_nul[DC_COL_RESPONSE];
    d->notes.n_nul += row->had_nul[DC_COL_PROMPT];
    r.response = keep(d, row, row->value[DC_COL_RESPONSE], &r.n);
    r.prompt = keep(d, row, row->value[DC_COL_PROMPT], &r.n_prompt);
    r.id = keep(d, row, row->value[DC_COL_ID], &n_id);
    if (r.n > DC_DATA_MAX_TEXT || r.n_prompt > DC_DATA_MAX_TEXT)
        return dc_fail(err, DC_DATA,
                       "line %zu: a text of %zu bytes, of which at most %d are "
                       "taken; take the row out",
                       row->line, r.n > r.n_prompt ? r.n : r.n_prompt,
                       DC_DATA_MAX_TEXT);
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 256;
        d->row = dc_xrealloc(d->row, d->cap, sizeof *d->row);
    }
    d->row[d->n++] = r;
    return DC_OK;
}

/* ---- labels given by hand ---- */

static enum dc_status fill_by_hand(const struct dc_labelled_cfg *cfg, size_t n,
                                   struct dc_labelled *d, struct dc_err *err)
{
    if (cfg->set || cfg->field_id || cfg->field_prompt || cfg->field_response ||
        cfg->field_label)
        return dc_fail(
            err, DC_USAGE,
            "holds labels of `deepconf label`, which have columns of "
            "their own; leave out --labels and --field");
    d->by_hand = true;
    d->set = &dc_labelset_by_hand;
    enum dc_status st = dc_hand_labels_parse(d->text, n, &d->hand, err);
    if (st)
        return st;
    d->row = dc_xcalloc(d->hand.n + 1, sizeof *d->row);
    for (size_t i = 0; i < d->hand.n; i++) {
        const struct dc_hand_label *l = &d->hand.label[i];
        if (l->label == DC_VERDICT_UNDETERMINED) {
            d->n_unclear++;
            continue;
        }
        d->row[d->n++] = (struct dc_labelled_row){
            .id = l->id,
            .prompt = l->prompt,
            .response = l->response,
            .n_prompt = l->n_prompt,
            .n = l->n_response,
            .label = l->label,
            .line = l->line,
            .hand = l,
        };
    }
    if (d->n > 0)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "there is no label in it that tells (%zu that can't)",
                   d->n_unclear);
}

/* ---- the file ---- */

static void set_name(struct dc_labelled *d, const char *path)
{
    const char *from = dc_path_name(path);
    size_t n = dc_path_stem(from);
    if (n >= sizeof d->name)
        n = sizeof d->name - 1;
    for (size_t i = 0; i < n; i++)
        d->name[i] = from[i] > ' ' && from[i] < 0x7f ? from[i] : '_';
    d->name[n] = '\0';
}

static enum dc_status fill(const struct dc_labelled_cfg *cfg, size_t n,
                           struct dc_labelled *d, struct dc_err *err)
{
    enum dc_status st = dc_text_check(d->text, n, err);
    bool jsonl = !st && dc_text_is_jsonl(cfg->path, d->text, n);
    if (!st && jsonl && dc_hand_labels_begin(d->text, n))
        return fill_by_hand(cfg, n, d, err);
    if (!st && cfg->set)
        d->set = cfg->set;
    else if (!st)
        st = first_names(d->text, n, jsonl, cfg, d, err);
    if (st)
        return st;
    const struct dc_columns col = columns_of(d->set, cfg);
    struct filler f = {d, &col};
    const struct dc_row_sink sink = {add, &f, &d->notes};
    st = check_columns(&col, err);
    if (st)
        return st;
    if (jsonl)
        st = dc_rows_jsonl(d->text, n, &col, &sink, err);
    else
        st = dc_rows_csv(d->text, n, &col, &sink, err);
    if (!st && d->n == 0)
        st = dc_fail(err, DC_DATA,
                     "there is no labelled response in it (%zu rows without a "
                     "label)",
                     d->n_dropped);
    return st;
}

enum dc_status dc_labelled_read(const struct dc_labelled_cfg *cfg,
                                struct dc_labelled *out, struct dc_err *err)
{
    struct dc_buf text;
    *out = (struct dc_labelled){0};
    dc_arena_init(&out->arena);
    set_name(out, cfg->path);
    dc_buf_init(&text, DC_DATA_MAX_FILE);
    enum dc_status st = dc_text_read(cfg->path, &text, err);
    if (!st) {
        size_t n = text.n;
        dc_sha256_hex(text.data, n, out->sha256);
        out->text = dc_buf_detach(&text);
        st = fill(cfg, n, out, err);
    }
    dc_buf_release(&text);
    if (st)
        dc_labelled_release(out);
    return dc_text_name_file(cfg->path, st, err);
}
