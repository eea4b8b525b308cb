/*
 * columns.c - which columns are read, and what is said of one that isn't there.
 *
 * Names are compared exactly. A column that may be missing is still an error
 * when another name differs from it by case alone: reading on without the
 * labels in "Label" would change the result and say nothing.
 */
#include "base/mem.h"
#include "base/nearest.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "data/csv.h"
#include "data/dataset_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 64, MAX_LIST = 400, MIN_PART = 4, MAX_UNUSED = 64 };

static const char *const key_name[DC_N_COL] = {"prompt", "id", "label",
                                               "category", "response"};

/* Has a column kept, or the one of the category, this name already? */
static bool is_kept(const struct dc_columns *col, const char *name)
{
    const char *category = col->name[DC_COL_CATEGORY];
    bool kept = category && !strcmp(category, name);
    for (int k = DC_COL_KEEP; k < DC_N_COL && col->name[k] && !kept; k++)
        kept = !strcmp(col->name[k], name);
    return kept;
}

/* Those that are asked for must be there; the benchmark's may be missing. */
static void keep_columns(struct dc_columns *col, const struct dc_dataset_cfg *c)
{
    int k = DC_COL_KEEP;
    for (size_t i = 0; i < c->n_keep && k < DC_N_COL; i++) {
        if (is_kept(col, c->keep[i]))
            continue;
        col->may_lack[k] = false;
        col->name[k++] = c->keep[i];
    }
    for (const char *const *b = c->benchmark->keep; *b && k < DC_N_COL; b++) {
        if (is_kept(col, *b))
            continue;
        col->may_lack[k] = true;
        col->name[k++] = *b;
    }
}

struct dc_columns dc_columns_of(const struct dc_dataset_cfg *c)
{
    const struct dc_benchmark *b = c->benchmark;
    struct dc_columns col = {
        .preset = "--benchmark",
        .name = {[DC_COL_PROMPT] = b->col_prompt,
                 [DC_COL_ID] = b->col_id,
                 [DC_COL_LABEL] = b->col_label,
                 [DC_COL_CATEGORY] = b->col_category,
                 [DC_COL_CONTEXT] = b->col_context},
    };
    bool own = b->key_prompt; /* the preset has names of its own */
    col.key[DC_COL_PROMPT] = own ? b->key_prompt : key_name[DC_COL_PROMPT];
    col.key[DC_COL_ID] = key_name[DC_COL_ID];
    col.key[DC_COL_LABEL] = own ? NULL : key_name[DC_COL_LABEL];
    col.key[DC_COL_CATEGORY] =
        own ? b->key_category : key_name[DC_COL_CATEGORY];
    const char *const over[DC_N_COL] = {
        c->field_prompt, c->field_id, c->field_label, c->field_category, NULL};
    for (int k = 0; k < DC_N_COL; k++) {
        col.may_lack[k] = b->lenient && k != DC_COL_PROMPT && !over[k];
        if (over[k])
            col.name[k] = over[k];
    }
    for (int k = 0; k < DC_N_COL && b->row_id; k++)
        if ((k == DC_COL_ID || k == DC_COL_CATEGORY) && !over[k])
            col.may_lack[k] = true;
    col.may_lack[DC_COL_CONTEXT] = true;
    keep_columns(&col, c);
    return col;
}

/* ---- label columns that can't score what a model says now ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_but_case(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++)
        b++;
    return lower(*a) == lower(*b);
}

static const char of_responses[] =
    "that column speaks of the data set's own responses, not of the prompt. It "
    "can validate a judge on those responses; it can never score fresh traces.";

static const struct {
    const char *name;
    const char *why;
} not_gold[] = {
    {"response_refusal_label", of_responses},
    {"response_harm_label", of_responses},
    {"response_refusal_agreement", of_responses},
    {"response_refusal", of_responses},
    {"final_label", of_responses},
    {"annotation_1", of_responses},
    {"annotation_2", of_responses},
    {"model_output", "that column is the data set's own response, no label at "
                     "all. It can never score fresh traces."},
    {"human_annotation",
     "that column says whether people annotated the row, not what they found. "
     "It can never score fresh traces."},
};

static enum dc_status check_keep(const struct dc_dataset_cfg *c,
                                 struct dc_err *err)
{
    const char *category = dc_dataset_category(c);
    const size_t most = DC_DATA_MAX_KEEP - DC_BENCH_MAX_KEEP;
    if (c->n_keep > most)
        return dc_fail(err, DC_USAGE,
                       "--keep is given %zu times; at most %zu columns can be "
                       "kept",
                       c->n_keep, most);
    for (size_t i = 0; i < c->n_keep; i++) {
        const char *name = c->keep[i];
        for (size_t k = 0; k < i; k++)
            if (!strcmp(c->keep[k], name))
                return dc_fail(err, DC_USAGE, "--keep %.60s is given twice",
                               name);
        if (!name[0])
            return dc_fail(err, DC_USAGE, "--keep: expected a column");
        if (!strcmp(name, key_name[DC_COL_CATEGORY]) &&
            (!category || strcmp(category, name) != 0))
            return dc_fail(err, DC_USAGE,
                           "--keep category: the field of that name is the "
                           "prompt's category, which is read from column "
                           "%.60s; --field category=category names this one "
                           "instead",
                           category ? category : "(none)");
    }
    return DC_OK;
}

enum dc_status dc_columns_check(const struct dc_dataset_cfg *cfg,
                                struct dc_err *err)
{
    const struct dc_columns col = dc_columns_of(cfg);
    const char *name = col.name[DC_COL_LABEL];
    for (size_t i = 0; name && i < DC_COUNT(not_gold); i++)
        if (same_but_case(name, not_gold[i].name))
            return dc_fail(err, DC_USAGE,
                           "--field label=%s: %s Name a label of the prompt.",
                           name, not_gold[i].why);
    return check_keep(cfg, err);
}

/* ---- a column that isn't there ---- */

/* Letters and digits of s in lower case; false if more than fit. */
static bool plain(const char *s, char out[MAX_NAME])
{
    size_t n = 0;
    for (; *s; s++) {
        char c = lower(*s);
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
            continue;
        if (n == MAX_NAME - 1)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0;
}

/* The closest name, or NULL: few changes, or one holds the other. */
static const char *nearest(const char *want, const struct dc_names *have)
{
    char a[MAX_NAME], b[MAX_NAME];
    const char *best = NULL;
    size_t least = 0;
    if (!plain(want, a))
        return NULL;
    size_t len = strlen(a), most = len < 4 ? 1 : len < 8 ? 2 : 3;
    for (size_t i = 0; i < have->n; i++) {
        if (!plain(have->name[i], b))
            continue;
        size_t d = dc_edit_distance(a, b);
        const char *held = strlen(b) < len ? b : a;
        if (d > most && strlen(held) >= MIN_PART &&
            strstr(held == a ? b : a, held))
            d = most;
        if (d <= most && (!best || d < least)) {
            best = have->name[i];
            least = d;
        }
    }
    return best;
}

void dc_show_value(struct dc_buf *out, const char *s)
{
    size_t n = 0;
    while (n < 4 * DC_SHOWN_COLS && s[n])
        n++;
    dc_utf8_display(out, s, n, DC_SHOWN_COLS);
}

static void list_names(struct dc_buf *b, const struct dc_names *have)
{
    size_t i = 0, start = b->n;
    for (; i < have->n && b->n - start < MAX_LIST; i++) {
        dc_buf_adds(b, i ? ", " : "");
        dc_show_value(b, have->name[i]);
    }
    if (i < have->n)
        dc_buf_addf(b, " and %zu more", have->n - i);
}

static enum dc_status no_column(const struct dc_columns *col, int k,
                                const struct dc_names *have, struct dc_err *err)
{
    const char *near = nearest(col->name[k], have);
    struct dc_buf b;
    dc_buf_init(&b, 8 * DC_SHOWN_MAX);
    dc_buf_adds(&b, "there is no column \"");
    dc_show_value(&b, col->name[k]);
    dc_buf_adds(&b, "\"; the columns are: ");
    list_names(&b, have);
    dc_buf_addc(&b, '\n');
    if (near && k >= DC_COL_KEEP)
        dc_buf_adds(&b, "Did you mean --keep ");
    else if (near && col->key[k])
        dc_buf_addf(&b, "Did you mean --field %s=", col->key[k]);
    else if (near)
        dc_buf_adds(&b, "Rename ");
    if (near) {
        dc_show_value(&b, near);
        dc_buf_adds(&b, k >= DC_COL_KEEP || col->key[k] ? "? " : ". ");
    }
    dc_buf_adds(&b, "Name another with --field KEY=COLUMN (KEY: ");
    for (int i = 0; i < DC_N_COL; i++)
        if (col->key[i])
            dc_buf_addf(&b, "%s%s", i ? ", " : "", col->key[i]);
    dc_buf_adds(&b, ")");
    if (col->key[DC_COL_LABEL])
        dc_buf_addf(&b, ", or choose the right %s", col->preset);
    dc_buf_addc(&b, '.');
    enum dc_status st = dc_fail(err, DC_DATA, "%s", b.data);
    dc_buf_release(&b);
    return st;
}

void dc_columns_unused(const struct dc_columns *col,
                       const struct dc_names *have, struct dc_data_notes *notes)
{
    const char *name[MAX_UNUSED];
    struct dc_names left = {name, 0};
    struct dc_buf b;
    for (size_t i = 0; i < have->n && left.n < MAX_UNUSED; i++) {
        int k = 0;
        while (k < DC_N_COL &&
               (!col->name[k] || strcmp(col->name[k], have->name[i]) != 0))
            k++;
        if (k == DC_N_COL)
            name[left.n++] = have->name[i];
    }
    dc_buf_init(&b, 2 * MAX_LIST + 8 * DC_SHOWN_MAX);
    list_names(&b, &left);
    free(notes->unused);
    notes->unused = dc_buf_detach(&b);
}

void dc_data_notes_say(const struct dc_data_notes *n, struct dc_buf *out)
{
    if (n->sep && n->sep != ',')
        dc_buf_addf(out, "the columns are separated by %ss\n",
                    dc_csv_sep_name(n->sep));
    if (n->n_not_finite)
        dc_buf_addf(out,
                    "%" PRIu64 " number%s that %s not finite (NaN, Infinity): "
                    "read as null\n",
                    n->n_not_finite, dc_plural(n->n_not_finite),
                    n->n_not_finite == 1 ? "is" : "are");
    if (n->n_nul)
        dc_buf_addf(out,
                    "%" PRIu64 " text%s with \\u0000 or half of a surrogate "
                    "pair, read as U+FFFD\n",
                    n->n_nul, dc_plural(n->n_nul));
    if (n->lacking)
        dc_buf_adds(out, n->lacking);
    if (n->unused)
        dc_buf_addf(
            out, "no column of labels, so rates will be missing%s%s%s\n",
            n->unused[0] ? "; columns that are not used: " : "", n->unused,
            n->unused[0] ? " (--field label=COLUMN names one)" : "");
}

enum dc_status dc_column_lacks(const struct dc_columns *col, int k,
                               const struct dc_names *have, struct dc_err *err)
{
    bool ok = col->may_lack[k];
    if (ok && k >= DC_COL_KEEP) /* the benchmark's: nothing hangs on it */
        return DC_OK;
    for (size_t i = 0; ok && i < have->n; i++)
        ok = !same_but_case(have->name[i], col->name[k]);
    return ok ? DC_OK : no_column(col, k, have, err);
}
