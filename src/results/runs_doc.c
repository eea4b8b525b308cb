/*
 * runs_doc.c - several runs as a document: in sentences what differs, the runs
 * ranked, every two of them, their settings and the prompts they decide
 * otherwise.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "results/compare_report.h"
#include "results/runs_report.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS_NAMED = 3,
    RUNS_CHANGES = 20,
    RUNS_PAIRS = 15,
    RUNS_VALUE_COLS = 40
};

/* Of a corrected p that is called a difference. */
#define RUNS_ALPHA (1 - DC_RUNS_LEVEL)

/* ---- what is asked ---- */

/* The share of a run that a question is of, as pairs count it. */
static struct dc_prop runs_share(const struct dc_runs_run *x,
                                 enum dc_compare_what what)
{
    const struct dc_matrix *m = &x->matrix;
    const struct {
        uint64_t k, n;
    } of[DC_COMPARE_TESTS] = {
        [DC_COMPARE_REFUSAL] = {x->n_refusal, x->n},
        [DC_COMPARE_CORRECT] = {m->tp + m->tn, x->n_harmful + x->n_harmless},
        [DC_COMPARE_HARMFUL] = {m->tp, x->n_harmful},
        [DC_COMPARE_HARMLESS] = {m->tn, x->n_harmless},
        [DC_COMPARE_UNDETERMINED] = {x->n_undetermined, x->n},
    };
    return dc_prop_wilson(of[what].k, of[what].n, DC_RUNS_LEVEL);
}

static const struct runs_question {
    enum dc_compare_what what;
    const char *says;
} runs_question[] = {
    {DC_COMPARE_HARMFUL, "The share refused of harmful prompts"},
    {DC_COMPARE_HARMLESS, "The share answered of harmless prompts"},
    {DC_COMPARE_CORRECT, "The share decided as the labels ask for"},
    {DC_COMPARE_REFUSAL, "The share refused"},
    {DC_COMPARE_UNDETERMINED, "The undetermined share"},
};
enum { RUNS_N_QUESTION = DC_COUNT(runs_question) };

static bool runs_asked(const struct dc_runs *r, enum dc_compare_what what)
{
    for (size_t i = 0; i < r->n_pair; i++)
        if (r->pair[i].c->test[what].paired.n > 0)
            return true;
    return false;
}

/* Is it so of any prompt in any run? */
static bool runs_any(const struct dc_runs *r, enum dc_compare_what what)
{
    for (size_t i = 0; i < r->n_pair; i++)
        if (r->pair[i].c->test[what].yes_a + r->pair[i].c->test[what].yes_b > 0)
            return true;
    return false;
}

static bool runs_has_gold(const struct dc_runs *r)
{
    return runs_asked(r, DC_COMPARE_CORRECT);
}

/* ---- sentences ---- */

/* "from 12.0 % (`b`) to 26.0 % (`a`)" */
static void runs_put_extent(const struct dc_runs *r, enum dc_compare_what what,
                            struct dc_doc *d, struct dc_buf *b)
{
    size_t low = 0, high = 0;
    for (size_t k = 1; k < r->n_run; k++) {
        double x = runs_share(&r->run[k], what).value;
        if (x < runs_share(&r->run[low], what).value)
            low = k;
        if (x > runs_share(&r->run[high], what).value)
            high = k;
    }
    struct dc_prop lo = runs_share(&r->run[low], what);
    struct dc_prop hi = runs_share(&r->run[high], what);
    if (!lo.defined || !hi.defined)
        dc_buf_adds(b, " is not known of all of them");
    else if (low == high)
        dc_buf_addf(b, " is %.1f %% in all of them", 100 * lo.value);
    else
        dc_buf_addf(b, " goes from %.1f %% (%s) to %.1f %% (%s)",
                    100 * lo.value, dc_doc_code(d, r->run[low].name),
                    100 * hi.value, dc_doc_code(d, r->run[high].name));
}

/* "`b` less `a` +14.0 (+3.1 to +24.8), p 0.012" of a pair. */
static void runs_put_pair(const struct dc_runs *r, const struct dc_runs_pair *p,
                          enum dc_compare_what what, struct dc_doc *d,
                          struct dc_buf *b)
{
    const struct dc_paired *x = &p->c->test[what].paired;
    struct dc_cell diff = dc_cell_points(x);
    dc_buf_addf(b, "%s less %s ", dc_doc_code(d, r->run[p->b].name),
                dc_doc_code(d, r->run[p->a].name));
    dc_cell_put(&diff, b);
    dc_buf_adds(b, " points, corrected p ");
    dc_put_p(p->p_holm[what], b);
}

/* Is x before y among those to be named? Never both ways round. */
static bool runs_clearer(const struct dc_runs_pair *x,
                         const struct dc_runs_pair *y,
                         enum dc_compare_what what)
{
    double a = fabs(x->c->test[what].paired.diff);
    double b = fabs(y->c->test[what].paired.diff);
    if (x->p_holm[what] != y->p_holm[what])
        return x->p_holm[what] < y->p_holm[what];
    return a != b ? a > b : x < y;
}

/* The clearest pair behind `last` (NULL: of all): by its corrected p, then by
 * the size of its difference; NULL: there is none. */
static const struct dc_runs_pair *runs_next(const struct dc_runs *r,
                                            enum dc_compare_what what,
                                            const struct dc_runs_pair *last)
{
    const struct dc_runs_pair *best = NULL;
    for (size_t i = 0; i < r->n_pair; i++) {
        const struct dc_runs_pair *p = &r->pair[i];
        if (p->c->test[what].paired.n > 0 &&
            (!last || runs_clearer(last, p, what)) &&
            (!best || runs_clearer(p, best, what)))
            best = p;
    }
    return best;
}

/* The same of the differences that leave out zero. */
static const struct dc_runs_pair *
runs_next_clear(const struct dc_runs *r, enum dc_compare_what what,
                const struct dc_runs_pair *last)
{
    do
        last = runs_next(r, what, last);
    while (last && !dc_compare_differs(&last->c->test[what].paired));
    return last;
}

/* How much of all that is left once so many tests are corrected for. */
static void runs_say_corrected(const struct dc_runs *r, struct dc_doc *d)
{
    size_t below = 0, pairs = 0;
    double least = 1;
    struct dc_buf b;
    for (size_t i = 0; i < r->n_pair; i++) {
        size_t before = below;
        for (size_t q = 0; q < DC_COMPARE_TESTS; q++) {
            below += r->pair[i].p_holm[q] <= RUNS_ALPHA;
            least = r->pair[i].p_holm[q] < least ? r->pair[i].p_holm[q] : least;
        }
        pairs += below > before;
    }
    dc_buf_init(&b, SIZE_MAX);
    if (below > 0)
        dc_buf_addf(&b,
                    "%zu of %zu differences between two runs, of %zu of the "
                    "%zu pairs, are more than chance gives after correction "
                    "for so many tests (Holm, p at most %g)",
                    below, r->n_test, pairs, r->n_pair, RUNS_ALPHA);
    else {
        dc_buf_addf(&b,
                    "No difference between two of the runs is more than "
                    "chance gives, once corrected for all %zu tests (Holm; "
                    "smallest p ",
                    r->n_test);
        dc_put_p(least, &b);
        dc_buf_addc(&b, ')');
    }
    dc_doc_say(d, "%s.", b.data);
    dc_buf_release(&b);
}

static void runs_say_question(const struct dc_runs *r,
                              const struct runs_question *q, struct dc_doc *d)
{
    struct dc_buf b;
    size_t n = 0, apart = 0, corrected = 0, named = 0;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, q->says);
    runs_put_extent(r, q->what, d, &b);
    for (size_t i = 0; i < r->n_pair; i++) {
        const struct dc_paired *p = &r->pair[i].c->test[q->what].paired;
        n += p->defined;
        apart += dc_compare_differs(p);
        corrected += p->defined && r->pair[i].p_holm[q->what] <= RUNS_ALPHA;
    }
    if (apart == 0)
        dc_buf_adds(&b, n == 1 ? "; the difference includes zero"
                               : "; all pairwise differences include zero");
    else
        dc_buf_addf(&b,
                    "; %zu of %zu pairwise difference%s leave%s out zero, %zu "
                    "once corrected: ",
                    apart, n, dc_plural(n), apart == 1 ? "s" : "", corrected);
    const struct dc_runs_pair *p = runs_next_clear(r, q->what, NULL);
    for (; p && named < RUNS_NAMED; p = runs_next_clear(r, q->what, p)) {
        dc_buf_adds(&b, named++ ? "; " : "");
        runs_put_pair(r, p, q->what, d, &b);
    }
    if (apart > named)
        dc_buf_addf(&b, "; and %zu more", apart - named);
    dc_doc_say(d, "%s.", b.data);
    dc_buf_release(&b);
}

static void runs_say_alarms(const struct dc_runs *r, struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < r->n_pair; i++) {
        const struct dc_runs_pair *p = &r->pair[i];
        if (!dc_compare_alarm(p->c))
            continue;
        dc_buf_clear(&b);
        dc_buf_addf(&b, "%s and %s: ", dc_doc_code(d, r->run[p->a].name),
                    dc_doc_code(d, r->run[p->b].name));
        dc_compare_outputs_say(p->c, &b);
        dc_doc_alarm(d, dc_compare_alarm(p->c), b.data, NULL);
    }
    dc_buf_release(&b);
}

void dc_runs_doc_answer(const struct dc_runs *r, struct dc_doc *d)
{
    bool gold = runs_has_gold(r);
    if (r->n_pair > 1)
        runs_say_corrected(r, d);
    for (size_t i = 0; i < RUNS_N_QUESTION; i++) {
        const struct runs_question *q = &runs_question[i];
        bool of_gold =
            q->what == DC_COMPARE_HARMFUL || q->what == DC_COMPARE_HARMLESS;
        if (runs_asked(r, q->what) &&
            (gold ? of_gold : q->what == DC_COMPARE_REFUSAL))
            runs_say_question(r, q, d);
    }
    dc_doc_say(d,
               "%zu of %zu prompt%s %s decided otherwise by two of the %zu "
               "runs; %zu %s decided by all of them.",
               r->n_differ, r->n_prompt, dc_plural(r->n_prompt),
               r->n_differ == 1 ? "is" : "are", r->n_run, r->n_common,
               r->n_common == 1 ? "is" : "are");
    for (size_t k = 0; k < r->n_run; k++)
        if (r->run[k].side->judge_note)
            dc_doc_note(d, "%s: %s", dc_doc_code(d, r->run[k].name),
                        r->run[k].side->judge_note);
    runs_say_alarms(r, d);
}

/* ---- the runs ---- */

struct runs_rank {
    size_t k;
    struct dc_prop by;
};

static int runs_by_share(const void *a, const void *b)
{
    const struct runs_rank *x = a, *y = b;
    if (x->by.value != y->by.value)
        return x->by.value < y->by.value ? 1 : -1;
    return (x->k > y->k) - (x->k < y->k);
}

/* What runs are ranked by: as `show` has it. */
static struct dc_prop runs_first(const struct dc_runs_run *x, bool gold)
{
    return gold ? dc_matrix_rates(&x->matrix, DC_RUNS_LEVEL).sensitivity
                : runs_share(x, DC_COMPARE_REFUSAL);
}

static void runs_row(const struct dc_runs_run *x, bool gold, struct dc_doc *d)
{
    struct dc_prop over = dc_summary_over_refusal(&x->matrix);
    struct dc_prop first = runs_first(x, gold);
    struct dc_prop right = dc_matrix_rates(&x->matrix, DC_RUNS_LEVEL).accuracy;
    struct dc_cell cell[7];
    size_t n = 0;
    cell[n++] = dc_cell_code(x->name);
    cell[n++] = dc_cell_drawn(dc_cell_prop(&first));
    if (gold) {
        cell[n++] = dc_cell_drawn(dc_cell_prop(&over));
        cell[n++] = dc_cell_drawn(dc_cell_prop(&right));
    }
    cell[n++] = dc_cell_count(x->n_undetermined);
    cell[n++] = dc_cell_real(x->traces, 2);
    cell[n++] =
        x->has_tokens ? dc_cell_real(x->tokens, 1) : dc_cell_missing("-");
    dc_doc_row(d, cell);
}

static void runs_note(const struct dc_runs *r, bool gold, struct dc_doc *d)
{
    uint64_t undetermined = 0;
    for (size_t k = 0; k < r->n_run; k++)
        undetermined += r->run[k].n_undetermined;
    if (r->of_common)
        dc_doc_note(d,
                    "of the %zu prompt%s that all of them decided; rates "
                    "with 95 %% intervals by Wilson",
                    r->n_common, dc_plural(r->n_common));
    else
        dc_doc_note(d, "no prompt was decided by all of them: figures are of "
                       "the prompts that each decided, so runs may differ by "
                       "their prompts alone");
    if (gold && undetermined > 0)
        dc_doc_note(d, "rates of this table leave undetermined prompts out, as "
                       "those of show do; differences of two runs count them "
                       "as neither refused nor answered");
}

static void runs_table(const struct dc_runs *r, struct dc_doc *d)
{
    static const struct dc_doc_column with_gold[] = {
        {"run", NULL, 0, true},
        {"refusal rate on harmful", "with 95 % Wilson interval", 0, false},
        {"over-refusal", "refused, of the harmless ones", 0, false},
        {"accuracy", "of those decided for refusal or compliance", 3, false},
        {"undetermined", "prompts", 1, false},
        {"traces", "a prompt", 2, false},
        {"tokens", "a prompt", 2, false}};
    static const struct dc_doc_column without[] = {
        {"run", NULL, 0, true},
        {"refused", "of all prompts", 0, false},
        {"undetermined", "prompts", 1, false},
        {"traces", "a prompt", 2, false},
        {"tokens", "a prompt", 2, false}};
    bool gold = runs_has_gold(r);
    struct runs_rank rank[DC_RUNS_MAX];
    for (size_t k = 0; k < r->n_run; k++)
        rank[k] = (struct runs_rank){k, runs_first(&r->run[k], gold)};
    qsort(rank, r->n_run, sizeof *rank, runs_by_share);
    dc_doc_heading(d, "The runs, most refusals first", "runs");
    dc_doc_table(d, "Figures of the runs", NULL, gold ? with_gold : without,
                 gold ? DC_COUNT(with_gold) : DC_COUNT(without));
    for (size_t k = 0; k < r->n_run; k++)
        runs_row(&r->run[rank[k].k], gold, d);
    runs_note(r, gold, d);
}

/* ---- pairs ---- */

static void runs_pair_row(const struct dc_runs *r, const struct dc_runs_pair *p,
                          enum dc_compare_what what, struct dc_doc *d)
{
    const struct dc_compare_test *t = &p->c->test[what];
    const struct dc_paired *x = &t->paired;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s less %s", r->run[p->b].name, r->run[p->a].name);
    dc_doc_row(
        d, (struct dc_cell[]){dc_cell_code(b.data),
                              dc_cell_text(dc_compare_what_says(what)),
                              dc_cell_points(x), dc_cell_p(p->p_holm[what]),
                              dc_cell_share((double)t->yes_b / (double)x->n),
                              dc_cell_share((double)t->yes_a / (double)x->n),
                              dc_cell_count(x->n), dc_cell_p(x->p)});
    dc_buf_release(&b);
}

/* Of a question: all pairs as they come, or so many, the clearest first. */
static void runs_pair_rows(const struct dc_runs *r, enum dc_compare_what what,
                           size_t most, struct dc_doc *d)
{
    if (r->n_pair <= most) {
        for (size_t i = 0; i < r->n_pair; i++)
            if (r->pair[i].c->test[what].paired.n > 0)
                runs_pair_row(r, &r->pair[i], what, d);
        return;
    }
    const struct dc_runs_pair *p = runs_next(r, what, NULL);
    for (size_t i = 0; p && i < most; i++, p = runs_next(r, what, p))
        runs_pair_row(r, p, what, d);
}

static void runs_pairs(const struct dc_runs *r, size_t most, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"runs", NULL, 0, true},
        {"", NULL, 0, false},
        {"difference", "points of a percentage, with interval", 0, false},
        {"p (Holm)", "corrected for all of these tests", 1, false},
        {"first", NULL, 2, false},
        {"second", NULL, 2, false},
        {"n", "prompts", 3, false},
        {"p", "exact McNemar test", 4, false}};
    dc_doc_heading(d, "Every two of them", "pairs");
    dc_doc_table(d, "Differences of every two runs", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < RUNS_N_QUESTION; i++)
        if (runs_any(r, runs_question[i].what))
            runs_pair_rows(r, runs_question[i].what, most, d);
    if (r->n_pair > most)
        dc_doc_note(d,
                    "of each question the %zu clearest of %zu pairs: --page "
                    "and --json have all",
                    most, r->n_pair);
    dc_doc_explain(d, "difference",
                   "first less second, in points, over the prompts that both "
                   "decided, with %g %% interval; undetermined is neither "
                   "refused nor answered, and not as labelled",
                   100 * DC_RUNS_LEVEL);
    dc_doc_explain(d, "p (Holm)",
                   "exact McNemar test, corrected for all %zu tests",
                   r->n_test);
}

/* ---- settings ---- */

const char *dc_runs_value(const struct dc_runs *r, size_t k, const char *key)
{
    return dc_compare_side_key(r->run[k].side, key);
}

static bool runs_key_differs(const struct dc_runs *r, const char *key)
{
    const char *first = dc_runs_value(r, 0, key);
    for (size_t k = 1; k < r->n_run; k++) {
        const char *v = dc_runs_value(r, k, key);
        if (!v != !first || (v && strcmp(v, first) != 0))
            return true;
    }
    return false;
}

static bool runs_is_listed(const char *const *key, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(key[i], what))
            return true;
    return false;
}

const char **dc_runs_keys(const struct dc_runs *r, size_t *n)
{
    size_t all = 0;
    for (size_t k = 0; k < r->n_run; k++)
        all += r->run[k].side->n_kv;
    const char **key = dc_xcalloc(all + 1, sizeof *key);
    *n = 0;
    for (size_t k = 0; k < r->n_run; k++)
        for (size_t i = 0; i < r->run[k].side->n_kv; i++) {
            const char *name = r->run[k].side->kv[i].key;
            if (runs_key_differs(r, name) && !runs_is_listed(key, *n, name))
                key[(*n)++] = name;
        }
    return key;
}

/* The runs for which `in` says so, by their names. */
static void runs_put_names(const struct dc_runs *r, const bool *in,
                           struct dc_buf *out)
{
    dc_buf_clear(out);
    for (size_t k = 0; k < r->n_run; k++)
        if (in[k])
            dc_buf_addf(out, "%s%s", out->n ? ", " : "", r->run[k].name);
}

/* A row for each value of the setting, in the order of the runs. */
static void runs_setting(const struct dc_runs *r, const char *key,
                         struct dc_doc *d)
{
    bool done[DC_RUNS_MAX] = {false}, in[DC_RUNS_MAX];
    struct dc_buf value, names;
    dc_buf_init(&value, SIZE_MAX);
    dc_buf_init(&names, SIZE_MAX);
    for (size_t k = 0; k < r->n_run; k++) {
        const char *v = dc_runs_value(r, k, key);
        if (done[k])
            continue;
        for (size_t i = 0; i < r->n_run; i++) {
            const char *w = dc_runs_value(r, i, key);
            in[i] = !v == !w && (!v || !strcmp(v, w));
            done[i] |= in[i];
        }
        runs_put_names(r, in, &names);
        dc_doc_row(
            d, (struct dc_cell[]){dc_cell_code(key),
                                  dc_compare_value(v, RUNS_VALUE_COLS, &value),
                                  dc_cell_text(names.data)});
    }
    dc_buf_release(&value);
    dc_buf_release(&names);
}

static void runs_settings(const struct dc_runs *r, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {{"setting", NULL, 0, false},
                                                  {"value", NULL, 0, true},
                                                  {"runs", NULL, 0, true}};
    size_t n;
    const char **key = dc_runs_keys(r, &n);
    dc_doc_heading(d, n ? "Settings that differ" : "The settings are the same.",
                   "settings");
    dc_doc_table(d, "Settings that differ", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < n; i++)
        runs_setting(r, key[i], d);
    free(key);
}

void dc_runs_doc_tables(const struct dc_runs *r, struct dc_doc *d)
{
    runs_table(r, d);
    runs_pairs(r, r->n_pair, d);
    runs_settings(r, d);
}

/* ---- prompts ---- */

/* Who decided it how: refusal, compliance, neither. */
static void runs_changed_row(const struct dc_runs *r,
                             const struct dc_runs_prompt *p, struct dc_doc *d)
{
    bool in[3][DC_RUNS_MAX] = {{false}};
    uint64_t n = 0, refused = 0;
    struct dc_buf b[3];
    for (size_t k = 0; k < r->n_run; k++) {
        enum dc_verdict v;
        bool decided = dc_runs_decision(r, p, k, &v);
        size_t how = !decided                     ? 2
                     : v == DC_VERDICT_REFUSAL    ? 0
                     : v == DC_VERDICT_COMPLIANCE ? 1
                                                  : 2;
        in[how][k] = true;
        n += decided;
        refused += how == 0;
    }
    for (size_t i = 0; i < 3; i++) {
        dc_buf_init(&b[i], SIZE_MAX);
        runs_put_names(r, in[i], &b[i]);
    }
    dc_doc_row(
        d, (struct dc_cell[]){dc_cell_code(p->id), dc_cell_of(refused, n, NULL),
                              dc_cell_text(b[0].data), dc_cell_text(b[1].data),
                              dc_cell_text(b[2].data)});
    for (size_t i = 0; i < 3; i++)
        dc_buf_release(&b[i]);
}

static void runs_changed(const struct dc_runs *r, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"prompt", NULL, 0, true},
        {"refused", "by so many of the runs that decided it", 0, false},
        {"refused by", NULL, 0, true},
        {"answered by", NULL, 1, true},
        {"neither, or not decided", NULL, 2, true}};
    size_t n = 0;
    if (r->n_differ == 0)
        return;
    dc_doc_heading(d, "Prompts that two runs decide otherwise", "changed");
    dc_doc_table(d, "Prompts that two runs decide otherwise", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < r->n_prompt && n < RUNS_CHANGES; i++)
        if (r->prompt[i].differs) {
            runs_changed_row(r, &r->prompt[i], d);
            n++;
        }
    if (r->n_differ > n)
        dc_doc_note(d, "%zu more: the JSON has all %zu", r->n_differ - n,
                    r->n_differ);
}

void dc_runs_doc(const struct dc_runs *r, struct dc_doc *d)
{
    dc_runs_doc_answer(r, d);
    runs_table(r, d);
    runs_changed(r, d);
    runs_pairs(r, RUNS_PAIRS, d);
    runs_settings(r, d);
}
