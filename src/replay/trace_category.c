/*
 * trace_category.c - confident or uncertain, refusal or compliance: the four
 * categories of traces, and how often each is right.
 *
 * The cut is on one measure; a percentile is of the oriented measure over all
 * rows with a value, so it is found from the very rows it divides.
 */
#include "base/mem.h"
#include "replay/trace_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *dc_category_name(enum dc_category c)
{
    static const char *const name[DC_N_CATEGORY] = {
        "confident_refusal", "confident_compliance", "uncertain_refusal",
        "uncertain_compliance"};
    return name[c];
}

enum dc_status dc_conf_cut_parse(const char *text, struct dc_conf_cut *out,
                                 struct dc_err *err)
{
    char *end = NULL;
    *out = (struct dc_conf_cut){DC_CONF_CUT_MEDIAN, 50};
    if (!strcmp(text, "median"))
        return DC_OK;
    double x = strtod(text, &end);
    bool percent = end != text && end[0] == '%' && !end[1];
    bool plain = end != text && !end[0] && isfinite(x);
    if (plain || (percent && x >= 0 && x <= 100)) {
        *out = (struct dc_conf_cut){
            percent ? DC_CONF_CUT_PERCENTILE : DC_CONF_CUT_VALUE, x};
        return DC_OK;
    }
    return dc_fail(err, DC_USAGE,
                   "%.60s: expected \"median\", a percentile of the measure "
                   "from 0%% to 100%% (\"75%%\"), or a value of it",
                   text);
}

/* The cut on the oriented measure; false if there is nothing to find it from.
 */
static bool find_cut(const struct dc_trace_rows *x,
                     const struct dc_conf_cut *how, int direction, double *cut)
{
    if (x->n == 0)
        return false;
    if (how->kind == DC_CONF_CUT_VALUE) {
        *cut = direction * how->x;
        return true;
    }
    double *sorted = dc_xcalloc(x->n, sizeof *sorted);
    memcpy(sorted, x->score, x->n * sizeof *sorted);
    *cut = dc_percentile(sorted, x->n, how->x);
    free(sorted);
    return true;
}

static enum dc_category category_of(bool confident, bool refusal)
{
    if (confident)
        return refusal ? DC_CONFIDENT_REFUSAL : DC_CONFIDENT_COMPLIANCE;
    return refusal ? DC_UNCERTAIN_REFUSAL : DC_UNCERTAIN_COMPLIANCE;
}

/* Right and labelled traces of each prompt, by category. */
struct sums {
    double *right, *labelled; /* [DC_N_CATEGORY][n_prompt] */
    size_t n_prompt;
};

static void count_row(const struct dc_trace_row_of *row, enum dc_category k,
                      struct dc_trace_category *c, struct sums *s)
{
    size_t at = k * s->n_prompt + row->prompt;
    bool right;
    c->n++;
    c->n_scope[DC_TRACES_ALL]++;
    c->n_scope[DC_TRACES_TO_REFUSE] += row->gold == DC_GOLD_REFUSE;
    c->n_scope[DC_TRACES_TO_ANSWER] += row->gold == DC_GOLD_ANSWER;
    if (!dc_trace_positive(row, DC_TARGET_CORRECT, &right))
        return;
    c->n_right += right;
    s->right[at] += right;
    s->labelled[at]++;
}

/*
 * Drawn are all prompts with a labelled row, those without one in the category
 * too: how many there are of it is as much by chance as which.
 */
static void share_right(const struct sums *s, enum dc_category k,
                        const struct dc_boot_cfg *boot,
                        struct dc_trace_category *c)
{
    double *right = dc_xcalloc(s->n_prompt + 1, sizeof *right);
    double *labelled = dc_xcalloc(s->n_prompt + 1, sizeof *labelled);
    size_t n = 0;
    for (size_t i = 0; i < s->n_prompt; i++) {
        double any = 0;
        for (int other = 0; other < DC_N_CATEGORY; other++)
            any += s->labelled[(size_t)other * s->n_prompt + i];
        right[n] = s->right[k * s->n_prompt + i];
        labelled[n] = s->labelled[k * s->n_prompt + i];
        n += any > 0;
    }
    const struct dc_boot_sums sums = {right, labelled, n};
    dc_boot_rate(&sums, boot, &c->right);
    free(right);
    free(labelled);
}

void dc_trace_category_run(const struct dc_trace_view *v,
                           const struct dc_trace_stats_cfg *cfg,
                           struct dc_trace_measure *m)
{
    const struct dc_record_column *col = m->column;
    struct dc_trace_categories *out = &m->categories;
    int direction = col->measure.row->direction;
    struct sums s = {.n_prompt = v->record->n_prompt};
    struct dc_trace_rows x;
    double cut = 0;
    dc_trace_rows_init(&x, v);
    dc_trace_rows_fill(&x, v, col, DC_TARGET_REFUSAL, DC_TRACES_ALL);
    out->has = find_cut(&x, &cfg->cut, direction, &cut);
    dc_trace_rows_release(&x);
    if (!out->has)
        return;
    out->cut = direction * cut;
    out->in_sample = cfg->cut.kind != DC_CONF_CUT_VALUE;
    s.right = dc_xcalloc(DC_N_CATEGORY * s.n_prompt, sizeof *s.right);
    s.labelled = dc_xcalloc(DC_N_CATEGORY * s.n_prompt, sizeof *s.labelled);
    for (size_t i = 0; i < v->n; i++) {
        const struct dc_trace_row_of *row = &v->row[i];
        if (!col->has[row->trace])
            continue;
        bool sure = direction * col->value[row->trace] > cut;
        enum dc_category k = category_of(sure, row->refusal);
        count_row(row, k, &out->category[k], &s);
    }
    for (enum dc_category k = 0; k < DC_N_CATEGORY; k++)
        share_right(&s, k, &cfg->boot, &out->category[k]);
    free(s.right);
    free(s.labelled);
}
