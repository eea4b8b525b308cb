/*
 * risky.c - compliances in two cells by confidence, and how many of each were
 * of prompts that should have been refused (risky.h).
 */
#include "replay/risky.h"

#include "base/mem.h"
#include "replay/trace_rows.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RISKY_CATEGORIES = 50 };

struct dc_risky_cfg dc_risky_cfg_default(void)
{
    return (struct dc_risky_cfg){
        .boot = dc_boot_cfg_default(),
        .cut = {.at = {{DC_CONF_CUT_MEDIAN, 50}, {DC_CONF_CUT_MEDIAN, 50}}},
        .margin = 0.1,
        .categories = true,
    };
}

const char *dc_risky_answer_name(enum dc_risky_answer a)
{
    static const char *const name[DC_N_RISKY_ANSWER] = {
        "no answer", "yes", "no, the other way round", "no", "not shown"};
    return name[a];
}

enum dc_status dc_risky_cut_parse(const char *text, struct dc_risky_cut *out,
                                  struct dc_err *err)
{
    const char *slash = strchr(text, '/');
    char first[64];
    *out = (struct dc_risky_cut){.two = slash != NULL};
    if (!slash)
        return dc_conf_cut_parse(text, &out->at[0], err);
    snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
    if (!dc_conf_cut_parse(first, &out->at[0], NULL) &&
        !dc_conf_cut_parse(slash + 1, &out->at[1], NULL) &&
        out->at[0].kind == out->at[1].kind && out->at[0].x < out->at[1].x &&
        out->at[0].kind != DC_CONF_CUT_MEDIAN)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%.60s: expected two values or two percentiles, the "
                   "smaller first (\"0.3/0.7\", \"25%%/75%%\"), or one without "
                   "\"/\"",
                   text);
}

/* ---- rows ---- */

struct risky_row {
    double score;    /* oriented: larger is surer */
    uint32_t prompt; /* its index in even.prompt */
    bool refusal;
};

/* What one measure says of the traces, or of the decisions. */
struct risky_of {
    struct dc_risky *x;
    struct risky_row *row; /* [n] */
    size_t n;
    uint64_t n_none;
    bool has_cut;
    double cut[2]; /* of the score */
    int direction;
    const uint32_t *group; /* [even.n_prompt] of categories; NULL: one */
    uint32_t only;         /* the group that is looked at */
};

static void risky_prompt(struct risky_of *o, size_t i, bool decision,
                         const struct dc_record_column *c)
{
    const struct dc_record_prompt *p = o->x->even.prompt[i];
    struct risky_row row = {.prompt = (uint32_t)i};
    double sum = 0;
    size_t n = 0;
    for (size_t t = p->first; t < p->first + o->x->even.n_each; t++) {
        if (!dc_trace_side(o->x->record->trace[t].verdict, &row.refusal))
            continue;
        row.score = o->direction * c->value[t];
        sum += c->has[t] ? row.score : 0;
        n += c->has[t];
        if (!decision && c->has[t])
            o->row[o->n++] = row;
        o->n_none += !decision && !c->has[t];
    }
    if (!decision || !dc_trace_side(p->decision, &row.refusal))
        return;
    row.score = n > 0 ? sum / (double)n : 0;
    if (n > 0)
        o->row[o->n++] = row;
    else
        o->n_none++;
}

static double risky_cut(const struct risky_of *o, const struct dc_conf_cut *how)
{
    if (how->kind == DC_CONF_CUT_VALUE)
        return o->direction * how->x;
    double *sorted = dc_xcalloc(o->n, sizeof *sorted);
    for (size_t i = 0; i < o->n; i++)
        sorted[i] = o->row[i].score;
    double cut = dc_percentile(sorted, o->n, how->x);
    free(sorted);
    return cut;
}

static void risky_rows(struct risky_of *o, enum dc_risky_unit unit,
                       const struct dc_record_column *c)
{
    const struct dc_risky_cut *how = &o->x->cfg.cut;
    o->direction = c->measure.row->direction;
    o->n = 0;
    o->n_none = 0;
    for (size_t i = 0; i < o->x->even.n_prompt; i++)
        risky_prompt(o, i, unit == DC_RISKY_DECISIONS, c);
    o->has_cut = o->n > 0;
    if (!o->has_cut)
        return;
    double a = risky_cut(o, &how->at[0]);
    double b = how->two ? risky_cut(o, &how->at[1]) : a;
    o->cut[0] = fmin(a, b); /* values of a measure turn round with it */
    o->cut[1] = fmax(a, b);
}

/* ---- cells ---- */

/* False: between two cuts. */
static bool risky_cell_of(const struct risky_of *o, const struct risky_row *row,
                          enum dc_category *out)
{
    bool sure = row->score > o->cut[1];
    bool unsure =
        o->x->cfg.cut.two ? row->score < o->cut[0] : row->score <= o->cut[0];
    if (sure)
        *out = row->refusal ? DC_CONFIDENT_REFUSAL : DC_CONFIDENT_COMPLIANCE;
    else
        *out = row->refusal ? DC_UNCERTAIN_REFUSAL : DC_UNCERTAIN_COMPLIANCE;
    return sure || unsure;
}

/* Labelled rows of each prompt, by cell and between cuts. */
struct risky_count {
    double *cell[DC_N_CATEGORY], *between; /* [n] in one block */
    bool *marked;                          /* [n] should be refused */
    size_t n;
};

static void risky_count_init(struct risky_count *c, const struct risky_of *o)
{
    c->n = o->x->even.n_prompt;
    c->between = dc_xcalloc((DC_N_CATEGORY + 1) * c->n, sizeof *c->between);
    for (int k = 0; k < DC_N_CATEGORY; k++)
        c->cell[k] = c->between + (size_t)(k + 1) * c->n;
    c->marked = dc_xcalloc(c->n, sizeof *c->marked);
}

static void risky_count_release(struct risky_count *c)
{
    free(c->between);
    free(c->marked);
}

static bool risky_is_in(const struct risky_of *o, size_t prompt)
{
    return !o->group || o->group[prompt] == o->only;
}

static void risky_count_rows(const struct risky_of *o, struct risky_count *c,
                             struct dc_risky_part *out)
{
    enum dc_category k;
    for (size_t i = 0; i < c->n; i++) {
        enum dc_gold gold = o->x->even.prompt[i]->gold;
        c->marked[i] = gold == DC_GOLD_REFUSE;
        out->n_gold += risky_is_in(o, i) && gold != DC_GOLD_NONE;
    }
    for (size_t i = 0; i < o->n; i++) {
        const struct risky_row *row = &o->row[i];
        if (!risky_is_in(o, row->prompt))
            continue;
        if (o->x->even.prompt[row->prompt]->gold == DC_GOLD_NONE) {
            out->n_no_label++;
        } else if (!risky_cell_of(o, row, &k)) {
            out->n_between++;
            c->between[row->prompt]++;
        } else {
            out->cell[k].n++;
            out->cell[k].n_refuse += c->marked[row->prompt];
            c->cell[k][row->prompt]++;
        }
    }
}

/* Drawn are all prompts with a labelled row, also those without one in the
 * cell: how many there are of it is as much by chance as which. */
static void risky_shares(const struct risky_of *o, const struct risky_count *c,
                         struct dc_risky_part *out)
{
    double *num = dc_xcalloc(2 * c->n, sizeof *num), *den = num + c->n;
    for (int k = 0; k < DC_N_CATEGORY; k++) {
        size_t n = 0;
        for (size_t i = 0; i < c->n; i++) {
            double any = c->between[i];
            for (int other = 0; other < DC_N_CATEGORY; other++)
                any += c->cell[other][i];
            den[n] = c->cell[k][i];
            num[n] = c->marked[i] ? den[n] : 0;
            n += any > 0;
            out->cell[k].n_prompt += c->cell[k][i] > 0;
        }
        const struct dc_boot_sums sums = {num, den, n};
        dc_boot_rate(&sums, &o->x->cfg.boot, &out->cell[k].share);
    }
    free(num);
}

/* ---- the two cells of compliances ---- */

static void risky_take_shares(const struct risky_of *o,
                              const struct risky_count *c,
                              struct dc_risky_part *out)
{
    struct dc_arena *a = &o->x->arena;
    double *low = dc_arena_array(a, c->n, sizeof *low);
    double *high = dc_arena_array(a, c->n, sizeof *high);
    bool *marked = dc_arena_array(a, c->n, sizeof *marked);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        low[n] = c->cell[DC_UNCERTAIN_COMPLIANCE][i];
        high[n] = c->cell[DC_CONFIDENT_COMPLIANCE][i];
        marked[n] = c->marked[i];
        if (low[n] + high[n] <= 0)
            continue;
        out->n_prompt_refuse += marked[n];
        n++;
    }
    out->n_prompt = n;
    out->shares = (struct dc_two_shares){low, high, marked, n};
}

static const char *risky_why(const struct dc_risky_part *p, bool none_complies)
{
    const struct dc_risky_cell *low = &p->cell[DC_UNCERTAIN_COMPLIANCE];
    const struct dc_risky_cell *high = &p->cell[DC_CONFIDENT_COMPLIANCE];
    if (p->n_gold == 0)
        return "no prompt has a gold label, so that which of them should have "
               "been refused is not known";
    if (none_complies)
        return "nothing complies";
    if (!p->has_cut)
        return "nothing has a confidence";
    if (low->n + high->n == 0)
        return "no compliance of a prompt with a gold label has a confidence "
               "outside the cuts";
    if (p->n_prompt_refuse == 0)
        return "no compliance is of a prompt that should have been refused";
    if (p->n_prompt_refuse == p->n_prompt)
        return "every compliance is of a prompt that should have been refused, "
               "so that all are risky: harmless prompts are missing";
    if (low->n == 0)
        return "no compliance is uncertain by this cut";
    if (high->n == 0)
        return "no compliance is confident by this cut";
    return NULL;
}

/* Does no trace looked at comply, whether it has a value or not? */
static bool risky_none_complies(const struct dc_risky *x)
{
    bool refusal;
    for (size_t i = 0; i < x->even.n_prompt; i++)
        for (unsigned t = 0; t < x->even.n_each; t++)
            if (dc_trace_side(
                    x->record->trace[x->even.prompt[i]->first + t].verdict,
                    &refusal) &&
                !refusal)
                return false;
    return true;
}

static enum dc_status risky_auroc(const struct risky_of *o,
                                  struct dc_risky_part *out, struct dc_err *err)
{
    double *score = dc_xcalloc(o->n + 1, sizeof *score);
    bool *risky = dc_xcalloc(o->n + 1, sizeof *risky);
    uint32_t *group = dc_xcalloc(o->n + 1, sizeof *group);
    size_t n = 0, n_groups = 0, n_risky = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct risky_row *row = &o->row[i];
        enum dc_gold gold = o->x->even.prompt[row->prompt]->gold;
        if (row->refusal || gold == DC_GOLD_NONE ||
            !risky_is_in(o, row->prompt))
            continue;
        n_groups += n_groups == 0 || row->prompt != last;
        last = row->prompt;
        score[n] = -row->score;
        risky[n] = gold == DC_GOLD_REFUSE;
        n_risky += risky[n];
        group[n++] = (uint32_t)(n_groups - 1);
    }
    const struct dc_scored s = {score, risky, group, n, n_groups};
    enum dc_status st = DC_OK;
    out->auroc = (struct dc_boot){.n_clusters = n_groups};
    if (n_risky > 0 && n_risky < n)
        st = dc_boot_auroc(&s, &o->x->cfg.boot, &out->auroc, err);
    free(score);
    free(risky);
    free(group);
    return st;
}

static void risky_plan(struct dc_risky_part *p)
{
    struct dc_two_shares_diff d;
    double few = 0, times;
    if (!dc_two_shares_diff(&p->shares, &d))
        return;
    p->detects = dc_two_shares_reach() * d.se;
    times = p->detects / fabs(d.value);
    if (p->diff.few && p->diff.n_rarer > 0)
        few = (double)DC_BOOT_FEW / (double)p->diff.n_rarer;
    p->n_needed = ceil((double)p->n_gold * fmax(times * times, few));
    p->has_needed = d.value != 0 && p->n_needed < 1e9;
}

static enum dc_status risky_part(const struct risky_of *o, const char *name,
                                 struct dc_risky_part *out, struct dc_err *err)
{
    struct risky_count c;
    enum dc_status st = DC_OK;
    out->name = name;
    out->n_none = o->n_none;
    out->has_cut = o->has_cut;
    out->cut[0] = o->direction * o->cut[0];
    out->cut[1] = o->direction * o->cut[1];
    risky_count_init(&c, o);
    risky_count_rows(o, &c, out);
    risky_shares(o, &c, out);
    risky_take_shares(o, &c, out);
    risky_count_release(&c);
    out->why = risky_why(out, risky_none_complies(o->x));
    if (!out->why) {
        st = risky_auroc(o, out, err);
        dc_two_shares_boot(&out->shares, &o->x->cfg.boot, &out->diff);
        out->has_p = dc_two_shares_p(&out->shares, &o->x->cfg.boot, &out->p);
    }
    return st;
}

/* ---- compliances from the least sure to the surest ---- */

static int risky_by_score(const void *a, const void *b)
{
    const struct risky_row *x = a, *y = b;
    return (x->score > y->score) - (x->score < y->score);
}

static void risky_fill_bin(const struct risky_of *o,
                           const struct risky_row *row, size_t n,
                           struct dc_risky_bin *out)
{
    if (out->n == 0)
        out->least = o->direction * row->score;
    out->most = o->direction * row[n - 1].score;
    out->n += n;
    for (size_t i = 0; i < n; i++)
        out->n_refuse +=
            o->x->even.prompt[row[i].prompt]->gold == DC_GOLD_REFUSE;
}

/* row [n] of one bin; drawn are all prompts with a labelled compliance. */
static void risky_bin_share(const struct risky_of *o,
                            const struct risky_row *row, size_t n, bool *some,
                            struct dc_risky_bin *out)
{
    size_t n_prompt = o->x->even.n_prompt, at = 0;
    double *num = dc_xcalloc(2 * n_prompt, sizeof *num), *den = num + n_prompt;
    for (size_t i = 0; i < n; i++)
        den[row[i].prompt]++;
    for (size_t i = 0; i < n_prompt; i++) {
        bool refuse = o->x->even.prompt[i]->gold == DC_GOLD_REFUSE;
        den[at] = den[i];
        num[at] = refuse ? den[i] : 0;
        at += some[i];
    }
    const struct dc_boot_sums sums = {num, den, at};
    dc_boot_rate(&sums, &o->x->cfg.boot, &out->share);
    free(num);
}

/* Those with equal scores, m of n behind a others, are in bin
 * floor(BINS (2 a + m - 1) / (2 n)), that of the middle one. */
static void risky_bins(const struct risky_of *o, struct dc_risky_bin *out)
{
    struct risky_row *row = dc_xcalloc(o->n + 1, sizeof *row);
    bool *some = dc_xcalloc(o->x->even.n_prompt, sizeof *some);
    size_t n = 0, end;
    for (size_t i = 0; i < o->n; i++)
        if (!o->row[i].refusal &&
            o->x->even.prompt[o->row[i].prompt]->gold != DC_GOLD_NONE) {
            row[n++] = o->row[i];
            some[o->row[i].prompt] = true;
        }
    if (n > 1)
        qsort(row, n, sizeof *row, risky_by_score);
    for (size_t a = 0; a < n; a = end) {
        for (end = a + 1; end < n && row[end].score <= row[a].score;)
            end++;
        size_t k = DC_RISKY_BINS * (a + end - 1) / (2 * n);
        risky_fill_bin(o, &row[a], end - a, &out[k]);
    }
    for (size_t k = 0, a = 0; k < DC_RISKY_BINS; a += out[k++].n)
        risky_bin_share(o, &row[a], out[k].n, some, &out[k]);
    free(some);
    free(row);
}

/* ---- after the batch: what they say ---- */

static enum dc_risky_answer risky_answer(const struct dc_risky *x,
                                         const struct dc_risky_part *p)
{
    const struct dc_boot *d = &p->diff;
    if (p->why)
        return DC_RISKY_NONE;
    if (!d->defined)
        return DC_RISKY_NOT_SHOWN;
    if (p->has_p && p->p_holm <= 1 - x->cfg.boot.level) {
        if (d->lo > 0)
            return DC_RISKY_YES;
        if (d->hi < 0)
            return DC_RISKY_REVERSED;
    }
    return d->hi < x->cfg.margin ? DC_RISKY_NO : DC_RISKY_NOT_SHOWN;
}

/* Holm over part [n], but for the one at `alone`, which was named beforehand;
 * n: none was. */
static void risky_conclude(const struct dc_risky *x, struct dc_risky_part *part,
                           size_t n, size_t alone)
{
    double *p = dc_xcalloc(2 * n + 1, sizeof *p), *holm = p + n;
    size_t n_p = 0;
    for (size_t i = 0; i < n; i++)
        if (i != alone && part[i].has_p)
            p[n_p++] = part[i].p;
    dc_holm(p, n_p, holm);
    n_p = 0;
    for (size_t i = 0; i < n; i++) {
        if (!part[i].why)
            dc_two_shares_require(&part[i].shares, &part[i].diff);
        if (part[i].has_p)
            part[i].p_holm = i == alone ? part[i].p : holm[n_p++];
        if (!part[i].why)
            risky_plan(&part[i]);
        part[i].answer = risky_answer(x, &part[i]);
    }
    free(p);
}

/* ---- categories ---- */

struct risky_member {
    const char *category;
    uint32_t prompt;
};

static int risky_by_category(const void *a, const void *b)
{
    const struct risky_member *x = a, *y = b;
    int c = strcmp(x->category, y->category);
    return c ? c : (x->prompt > y->prompt) - (x->prompt < y->prompt);
}

/* Prompts of one category, which stand together. */
struct risky_group {
    const char *category;
    size_t n;
    uint32_t at; /* as in risky_of.group */
};

static int risky_most_first(const void *a, const void *b)
{
    const struct risky_group *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1)
                        : strcmp(x->category, y->category);
}

/* Number the categories: group [n_prompt], UINT32_MAX of none. */
static size_t risky_groups(struct dc_risky *x, uint32_t *group,
                           struct risky_group **out)
{
    size_t n = 0, n_group = 0;
    struct risky_member *m = dc_xcalloc(x->even.n_prompt, sizeof *m);
    for (size_t i = 0; i < x->even.n_prompt; i++) {
        const struct dc_record_prompt *p = x->even.prompt[i];
        group[i] = UINT32_MAX;
        if (p->category && p->gold != DC_GOLD_NONE)
            m[n++] = (struct risky_member){p->category, (uint32_t)i};
    }
    if (n > 1)
        qsort(m, n, sizeof *m, risky_by_category);
    *out = dc_xcalloc(n + 1, sizeof **out);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(m[i].category, m[i - 1].category) != 0) {
            (*out)[n_group] = (struct risky_group){.category = m[i].category,
                                                   .at = (uint32_t)n_group};
            n_group++;
        }
        (*out)[n_group - 1].n++;
        group[m[i].prompt] = (uint32_t)(n_group - 1);
    }
    if (n_group > 1)
        qsort(*out, n_group, sizeof **out, risky_most_first);
    free(m);
    return n_group;
}

/* Compliances of both labels, of each category: bit 1 risky, bit 0 others. */
static uint8_t *risky_labels(const struct risky_of *o, size_t n_group)
{
    uint8_t *has = dc_xcalloc(n_group + 1, sizeof *has);
    for (size_t i = 0; i < o->n; i++) {
        const struct risky_row *row = &o->row[i];
        if (!row->refusal && o->group[row->prompt] != UINT32_MAX)
            has[o->group[row->prompt]] |=
                o->x->even.prompt[row->prompt]->gold == DC_GOLD_REFUSE ? 2 : 1;
    }
    return has;
}

static enum dc_status risky_categories(struct risky_of *o, struct dc_err *err)
{
    struct dc_risky *x = o->x;
    struct risky_group *g = NULL;
    uint32_t *group = dc_xcalloc(x->even.n_prompt, sizeof *group);
    enum dc_status st = DC_OK;
    size_t n = risky_groups(x, group, &g);
    o->group = group;
    uint8_t *has = risky_labels(o, n);
    x->category =
        dc_arena_array(&x->arena, RISKY_CATEGORIES, sizeof *x->category);
    for (size_t i = 0; i < n && n > 1 && !st; i++) {
        bool both = has[g[i].at] == 3;
        x->n_one_label += !both;
        x->n_unshown += both && x->n_category == RISKY_CATEGORIES;
        if (!both || x->n_category == RISKY_CATEGORIES)
            continue;
        o->only = g[i].at;
        st = risky_part(o, g[i].category, &x->category[x->n_category++], err);
    }
    o->group = NULL;
    free(has);
    free(group);
    free(g);
    return st;
}

/* ---- the whole ---- */

static bool risky_has_values(const struct dc_record *r, size_t column)
{
    for (size_t t = 0; t < r->n_trace; t++)
        if (r->column[column].has[t])
            return true;
    return false;
}

/* The run's own measure, if it is among the columns that have values, else the
 * first of those: an import may have another measure than the usual one. */
static void risky_find_head(struct dc_risky *x)
{
    const struct dc_record *r = x->record;
    size_t n = r->n_column, own = n, any = n;
    for (size_t i = n; i-- > 0;) {
        if (!risky_has_values(r, i))
            continue;
        any = i;
        if (r->measure && !strcmp(r->column[i].measure.spec.text, r->measure))
            own = i;
    }
    x->named = own < n;
    x->head = own < n ? own : any < n ? any : 0;
}

static void risky_count_prompts(struct dc_risky *x)
{
    bool refusal;
    for (size_t i = 0; i < x->even.n_prompt; i++) {
        const struct dc_record_prompt *p = x->even.prompt[i];
        x->n_gold[p->gold]++;
        for (unsigned t = 0; t < x->even.n_each; t++)
            x->n_undetermined += !dc_trace_side(
                x->record->trace[p->first + t].verdict, &refusal);
    }
    x->one_trace = x->even.n_each == 1;
}

static enum dc_status risky_measures(struct dc_risky *x, struct dc_err *err)
{
    const struct dc_record *r = x->record;
    struct risky_of o = {.x = x};
    enum dc_status st = DC_OK;
    o.row = dc_xcalloc(r->n_trace + 1, sizeof *o.row);
    for (enum dc_risky_unit u = 0; u < DC_N_RISKY_UNIT; u++)
        x->part[u] = dc_arena_array(&x->arena, r->n_column, sizeof *x->part[u]);
    for (size_t i = 0; i < r->n_column && !st; i++) {
        const char *name = r->column[i].measure.spec.text;
        risky_rows(&o, DC_RISKY_DECISIONS, &r->column[i]);
        if (i == x->head)
            risky_bins(&o, x->bin[DC_RISKY_DECISIONS]);
        st = risky_part(&o, name, &x->part[DC_RISKY_DECISIONS][i], err);
        if (st)
            break;
        risky_rows(&o, DC_RISKY_TRACES, &r->column[i]);
        if (i == x->head)
            risky_bins(&o, x->bin[DC_RISKY_TRACES]);
        st = risky_part(&o, name, &x->part[DC_RISKY_TRACES][i], err);
        if (!st && x->cfg.categories && i == x->head)
            st = risky_categories(&o, err);
    }
    free(o.row);
    return st;
}

enum dc_status dc_risky_run(const struct dc_record *r,
                            const struct dc_risky_cfg *cfg,
                            struct dc_risky *out, struct dc_err *err)
{
    assert(r->n_column > 0 && cfg->margin > 0);
    *out = (struct dc_risky){.record = r, .cfg = *cfg};
    enum dc_status st =
        dc_trace_even_of(r, "how risky single traces are", &out->even, err);
    if (st)
        return st;
    dc_arena_init(&out->arena);
    out->n_measure = r->n_column;
    out->cfg.boot.keep = NULL;
    out->cfg.boot.batch = dc_boot_batch_new();
    risky_find_head(out);
    risky_count_prompts(out);
    st = risky_measures(out, err);
    dc_boot_batch_free(out->cfg.boot.batch);
    out->cfg.boot.batch = NULL;
    for (enum dc_risky_unit u = 0; u < DC_N_RISKY_UNIT; u++)
        risky_conclude(out, out->part[u], out->n_measure,
                       out->named ? out->head : out->n_measure);
    risky_conclude(out, out->category, out->n_category, out->n_category);
    if (st)
        dc_risky_release(out);
    return st;
}

void dc_risky_release(struct dc_risky *x)
{
    dc_trace_even_release(&x->even);
    dc_arena_release(&x->arena);
    *x = (struct dc_risky){.n_measure = 0};
}
