/*
 * test_trace_stats.c - the trace statistics against counting by definition:
 * every pair, every cell, on small runs with ties, undetermined traces, missing
 * values, prompts without a label or a decision.
 */
#include "trace_fixture.h"

/* ---- counting by definition ---- */

struct row {
    size_t prompt;
    enum dc_gold gold;
    bool refusal, positive;
    double x; /* oriented */
};

/* Rows of one target and column, the slow way. */
static size_t rows_of(const struct dc_record *r, int column, int target,
                      struct row *out)
{
    size_t n = 0;
    for (size_t p = 0; p < r->n_prompt; p++) {
        const struct dc_record_prompt *q = &r->prompt[p];
        size_t ref = 0, comp = 0;
        for (size_t i = q->first; i < q->first + q->n_trace; i++) {
            ref += r->trace[i].verdict == DC_VERDICT_REFUSAL ||
                   r->trace[i].verdict == DC_VERDICT_PARTIAL;
            comp += r->trace[i].verdict == DC_VERDICT_COMPLIANCE;
        }
        bool most_ref = 2 * ref > q->n_trace,
             most_comp = 2 * comp >= q->n_trace;
        for (size_t i = q->first; i < q->first + q->n_trace; i++) {
            const struct dc_record_column *c = &r->column[column];
            bool und = r->trace[i].verdict == DC_VERDICT_UNDETERMINED;
            bool refusal = r->trace[i].verdict != DC_VERDICT_COMPLIANCE;
            if (!q->has_decision || q->problem || und || !c->has[i] ||
                (target == DC_TARGET_CORRECT && q->gold == DC_GOLD_NONE) ||
                (target == DC_TARGET_MAJORITY && !most_ref && !most_comp))
                continue;
            bool right = (q->gold == DC_GOLD_REFUSE && refusal) ||
                         (q->gold == DC_GOLD_ANSWER && !refusal);
            out[n++] = (struct row){
                .prompt = p,
                .gold = q->gold,
                .refusal = refusal,
                .positive = target == DC_TARGET_CORRECT   ? right
                            : target == DC_TARGET_REFUSAL ? refusal
                                                          : refusal == most_ref,
                .x = column == TF_NLL ? -c->value[i] : c->value[i],
            };
        }
    }
    return n;
}

struct pairs {
    double won, n;
};

/* Of rows in the class (NONE: all). */
static struct pairs count_pairs(const struct row *x, size_t n,
                                enum dc_gold class, bool same_prompt)
{
    struct pairs p = {0, 0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (!x[i].positive || x[j].positive ||
                (same_prompt && x[i].prompt != x[j].prompt) ||
                (class != DC_GOLD_NONE &&
                 (x[i].gold != class || x[j].gold != class)))
                continue;
            p.n += 1;
            p.won += x[i].x > x[j].x ? 1 : x[i].x == x[j].x ? 0.5 : 0;
        }
    return p;
}

static size_t prompts_of(const struct row *x, size_t n, enum dc_gold class)
{
    size_t count = 0, last = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (class != DC_GOLD_NONE && x[i].gold != class)
            continue;
        count += x[i].prompt != last;
        last = x[i].prompt;
    }
    return count;
}

/* Decisions: of the rows of each prompt, the mean. */
static void check_decisions(const struct dc_record *r, int column, int target,
                            const struct dc_trace_target *got)
{
    static const enum dc_gold class[DC_N_TRACES] = {
        DC_GOLD_NONE, DC_GOLD_REFUSE, DC_GOLD_ANSWER};
    struct row *x = dc_xcalloc(r->n_trace + 1, sizeof *x);
    struct row *of = dc_xcalloc(r->n_prompt + 1, sizeof *of);
    size_t n = rows_of(r, column, DC_TARGET_REFUSAL, x), m = 0;
    assert_true(got->has_decision == (target != DC_TARGET_MAJORITY));
    for (size_t p = 0; p < r->n_prompt && got->has_decision; p++) {
        const struct dc_record_prompt *q = &r->prompt[p];
        bool refusal = q->decision == DC_VERDICT_REFUSAL;
        double sum = 0, k = 0;
        for (size_t i = 0; i < n; i++) {
            sum += x[i].prompt == p ? x[i].x : 0;
            k += x[i].prompt == p;
        }
        if (k == 0 || q->decision == DC_VERDICT_UNDETERMINED ||
            (target == DC_TARGET_CORRECT && q->gold == DC_GOLD_NONE))
            continue;
        of[m++] = (struct row){
            .prompt = p,
            .gold = q->gold,
            .positive = target == DC_TARGET_REFUSAL
                            ? refusal
                            : refusal == (q->gold == DC_GOLD_REFUSE),
            .x = sum / k,
        };
    }
    for (int s = 0; s < DC_N_TRACES && got->has_decision; s++) {
        const struct dc_trace_auroc *a = &got->decision[s];
        struct pairs w = count_pairs(of, m, class[s], false);
        assert_close((double)(a->n_positive * a->n_negative), w.n, 0);
        assert_true(a->auroc.value.defined == (w.n > 0));
        if (w.n > 0)
            assert_close(a->auroc.value.value, w.won / w.n, 1e-14);
    }
    free(x);
    free(of);
}

static void check_target(const struct dc_record *r, int column, int target,
                         const struct dc_trace_target *got)
{
    static const enum dc_gold class[DC_N_TRACES] = {
        DC_GOLD_NONE, DC_GOLD_REFUSE, DC_GOLD_ANSWER};
    struct row *x = dc_xcalloc(r->n_trace + 1, sizeof *x);
    size_t n = rows_of(r, column, target, x);
    struct pairs p;
    for (int s = 0; s < DC_N_TRACES; s++) {
        const struct dc_trace_auroc *a = &got->scope[s];
        p = count_pairs(x, n, class[s], false);
        assert_true(a->auroc.value.defined == (p.n > 0));
        assert_close((double)(a->n_positive * a->n_negative), p.n, 0);
        assert_int_equal(a->auroc.n_clusters, prompts_of(x, n, class[s]));
        if (p.n > 0)
            assert_close(a->auroc.value.value, p.won / p.n, 1e-15);
    }
    p = count_pairs(x, n, DC_GOLD_NONE, true);
    assert_close((double)got->within.n_pair, p.n, 0);
    assert_true(got->within.pooled.value.defined == (p.n > 0));
    if (p.n > 0)
        assert_close(got->within.pooled.value.value, p.won / p.n, 1e-14);
    check_decisions(r, column, target, got);
    assert_true(got->has_risk == (target != DC_TARGET_REFUSAL && n > 0));
    if (got->has_risk) {
        size_t wrong = 0;
        for (size_t i = 0; i < n; i++)
            wrong += !x[i].positive;
        assert_close(got->risk.risk, (double)wrong / (double)n, 1e-15);
        assert_close(got->aurc.value.value, got->risk.aurc, 0);
    }
    free(x);
}

/* ---- random runs ---- */

static struct dc_record *roll(struct dice *d)
{
    static const char verdict[] = "RRPCCCU";
    struct dc_record *r = tf_create(6);
    size_t n = 3 + dice_below(d, 12);
    for (size_t p = 0; p < n; p++) {
        struct dc_record_prompt *q =
            tf_prompt(r, (enum dc_gold)dice_below(d, 3));
        uint32_t k = dice_below(d, 7);
        for (uint32_t t = 0; t < k; t++) {
            tf_trace(r, verdict[dice_below(d, 7)],
                     (1 + dice_below(d, 9)) / 10.0);
            r->column[TF_NLL].has[r->n_trace - 1] = dice_below(d, 8) > 0;
        }
        q->has_decision = dice_below(d, 8) > 0;
        q->decision = dice_below(d, 8) == 0   ? DC_VERDICT_UNDETERMINED
                      : dice_below(d, 2) == 0 ? DC_VERDICT_REFUSAL
                                              : DC_VERDICT_COMPLIANCE;
    }
    tf_prompt(r, DC_GOLD_ANSWER); /* one that surely counts */
    tf_trace(r, 'C', 0.35);
    return r;
}

static void test_discrimination_by_definition(void **state)
{
    (void)state;
    struct dice d = {.seed = 11};
    size_t n_value = 0;
    for (int round = 0; round < 60; round++) {
        struct dc_record *r = roll(&d);
        struct dc_trace_stats_cfg cfg = tf_cfg();
        struct dc_trace_stats s;
        cfg.boot.n_resamples = 20;
        assert_int_equal(dc_trace_stats_run(r, &cfg, &s, NULL), DC_OK);
        for (int c = 0; c < TF_N_COLUMN; c++)
            for (int t = 0; t < DC_N_TARGET; t++) {
                const struct dc_trace_target *got = &s.measure[c].target[t];
                check_target(r, c, t, got);
                n_value += got->within.pooled.value.defined;
            }
        dc_trace_stats_release(&s);
        tf_free(r);
    }
    assert_true(n_value > 100);
}

/* ---- categories ---- */

static void check_categories(const struct dc_record *r, int column,
                             const struct dc_trace_categories *got)
{
    struct row *x = dc_xcalloc(r->n_trace + 1, sizeof *x);
    size_t n = rows_of(r, column, DC_TARGET_REFUSAL, x);
    uint64_t count[DC_N_CATEGORY] = {0}, right[DC_N_CATEGORY] = {0};
    size_t n_labelled =
        prompts_of(x, n, DC_GOLD_REFUSE) + prompts_of(x, n, DC_GOLD_ANSWER);
    double cut = column == TF_NLL ? -got->cut : got->cut;
    size_t above = 0, below = 0;
    assert_true(got->has == (n > 0));
    for (size_t i = 0; i < n; i++) {
        bool sure = x[i].x > cut;
        int k =
            sure ? x[i].refusal ? DC_CONFIDENT_REFUSAL : DC_CONFIDENT_COMPLIANCE
            : x[i].refusal ? DC_UNCERTAIN_REFUSAL
                           : DC_UNCERTAIN_COMPLIANCE;
        count[k]++;
        right[k] += (x[i].refusal && x[i].gold == DC_GOLD_REFUSE) ||
                    (!x[i].refusal && x[i].gold == DC_GOLD_ANSWER);
        above += x[i].x > cut;
        below += x[i].x < cut;
    }
    assert_true(2 * above <= n && 2 * below <= n); /* the median */
    for (int k = 0; got->has && k < DC_N_CATEGORY; k++) {
        const struct dc_trace_category *c = &got->category[k];
        uint64_t labelled =
            c->n_scope[DC_TRACES_TO_REFUSE] + c->n_scope[DC_TRACES_TO_ANSWER];
        assert_int_equal(c->n, count[k]);
        assert_int_equal(c->n_right, right[k]);
        assert_int_equal(c->right.n_clusters, n_labelled);
        assert_true(c->right.value.defined == (labelled > 0));
        if (labelled > 0)
            assert_close(c->right.value.value,
                         (double)right[k] / (double)labelled, 1e-15);
    }
    free(x);
}

static void test_categories_by_definition(void **state)
{
    (void)state;
    struct dice d = {.seed = 12};
    for (int round = 0; round < 40; round++) {
        struct dc_record *r = roll(&d);
        struct dc_trace_stats_cfg cfg = tf_cfg();
        struct dc_trace_stats s;
        cfg.boot.n_resamples = 20;
        assert_int_equal(dc_trace_stats_run(r, &cfg, &s, NULL), DC_OK);
        for (int c = 0; c < TF_N_COLUMN; c++) {
            check_categories(r, c, &s.measure[c].categories);
            assert_true(s.measure[c].categories.in_sample);
        }
        dc_trace_stats_release(&s);
        tf_free(r);
    }
}

static void test_cut_by_value_and_percentile(void **state)
{
    (void)state;
    struct dc_record *r = tf_create(4);
    tf_prompt(r, DC_GOLD_NONE);
    for (int i = 1; i <= 4; i++)
        tf_trace(r, i % 2 ? 'R' : 'C', i / 10.0);
    struct dc_trace_stats_cfg cfg = tf_cfg();
    struct dc_trace_stats s;
    cfg.cut = (struct dc_conf_cut){DC_CONF_CUT_VALUE, 0.3}; /* strictly above */
    assert_int_equal(dc_trace_stats_run(r, &cfg, &s, NULL), DC_OK);
    const struct dc_trace_categories *c = &s.measure[TF_PROBABILITY].categories;
    assert_false(c->in_sample);
    assert_int_equal(c->category[DC_CONFIDENT_COMPLIANCE].n, 1);
    assert_int_equal(c->category[DC_CONFIDENT_REFUSAL].n, 0);
    dc_trace_stats_release(&s);
    /* nll is surer when smaller: its 75th percentile of sureness is that of
     * the surest quarter, not of the largest values. */
    cfg.cut = (struct dc_conf_cut){DC_CONF_CUT_PERCENTILE, 75};
    assert_int_equal(dc_trace_stats_run(r, &cfg, &s, NULL), DC_OK);
    c = &s.measure[TF_NLL].categories;
    assert_close(c->cut, -(0.75 * log(0.3) + 0.25 * log(0.4)), 1e-14);
    assert_int_equal(c->category[DC_CONFIDENT_COMPLIANCE].n, 1);
    assert_int_equal(c->category[DC_UNCERTAIN_REFUSAL].n, 2);
    dc_trace_stats_release(&s);
    tf_free(r);
}

static void test_cut_texts(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "Median", "101%", "-1%",
                                      "50%%", "nan",    "inf",  "0.5x"};
    struct dc_conf_cut c;
    struct dc_err err;
    assert_int_equal(dc_conf_cut_parse("median", &c, &err), DC_OK);
    assert_true(c.kind == DC_CONF_CUT_MEDIAN && c.x == 50);
    assert_int_equal(dc_conf_cut_parse("75%", &c, &err), DC_OK);
    assert_true(c.kind == DC_CONF_CUT_PERCENTILE && c.x == 75);
    assert_int_equal(dc_conf_cut_parse("-0.25", &c, &err), DC_OK);
    assert_true(c.kind == DC_CONF_CUT_VALUE && c.x == -0.25);
    for (size_t i = 0; i < DC_COUNT(bad); i++)
        assert_int_equal(dc_conf_cut_parse(bad[i], &c, &err), DC_USAGE);
}

/* ---- calibration ---- */

static void test_calibration_of_probabilities_alone(void **state)
{
    (void)state;
    struct dc_record *r = tf_create(4);
    struct dc_trace_stats_cfg cfg = tf_cfg();
    struct dc_trace_stats s;
    /* 3 of 4 agree with the majority, and are right; claimed is 0.6. */
    for (int i = 0; i < 5; i++) {
        tf_prompt(r, DC_GOLD_ANSWER);
        for (int t = 0; t < 4; t++)
            tf_trace(r, t ? 'C' : 'R', 0.6);
    }
    assert_int_equal(dc_trace_stats_run(r, &cfg, &s, NULL), DC_OK);
    const struct dc_trace_measure *p = &s.measure[TF_PROBABILITY];
    assert_true(p->probability && !s.measure[TF_NLL].probability);
    assert_false(s.measure[TF_NLL].calib[DC_TARGET_CORRECT].has);
    assert_false(p->calib[DC_TARGET_REFUSAL].has);
    for (int t = 0; t < DC_N_TARGET; t++) {
        if (t == DC_TARGET_REFUSAL)
            continue;
        assert_true(p->calib[t].has);
        assert_close(p->calib[t].width.ece, 0.15, 1e-14);
        assert_close(p->calib[t].mass.ece, 0.15, 1e-14);
        assert_close(p->calib[t].noise_width.ece, 0.15, 1e-14);
        assert_close(p->calib[t].brier.value.value, 0.75 * 0.16 + 0.25 * 0.36,
                     1e-14);
        assert_int_equal(p->calib[t].brier.n_clusters, 5);
        assert_false(p->calib[t].noise_width.defined); /* five prompts */
    }
    dc_trace_stats_release(&s);
    tf_free(r);
}

/* ---- agreement ---- */

/* Krippendorff's alpha over all pairs, one by one. */
static bool alpha_of(const struct dc_record *r, double *alpha)
{
    int label[TF_ROOM];
    size_t unit[TF_ROOM], m[TF_ROOM] = {0}, n = 0;
    double within = 0, any = 0;
    for (size_t p = 0; p < r->n_prompt; p++) {
        const struct dc_record_prompt *q = &r->prompt[p];
        if (!q->has_decision || q->n_trace < 2)
            continue;
        for (size_t i = q->first; i < q->first + q->n_trace; i++) {
            enum dc_verdict v = r->trace[i].verdict;
            label[n] = v == DC_VERDICT_UNDETERMINED ? 2
                       : v == DC_VERDICT_COMPLIANCE ? 1
                                                    : 0;
            unit[n++] = p;
            m[p]++;
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            any += label[i] != label[j];
            if (unit[i] == unit[j])
                within += (label[i] != label[j]) / (double)(m[unit[i]] - 1);
        }
    if (any == 0)
        return false;
    *alpha = 1 - within / (double)n * ((double)n * (double)(n - 1)) / any;
    return true;
}

static void test_agreement_by_definition(void **state)
{
    (void)state;
    struct dice d = {.seed = 13};
    for (int round = 0; round < 60; round++) {
        struct dc_record *r = roll(&d);
        struct dc_trace_stats_cfg cfg = tf_cfg();
        struct dc_trace_stats s;
        double alpha = 0, sum = 0;
        size_t n = 0;
        cfg.boot.n_resamples = 20;
        assert_int_equal(dc_trace_stats_run(r, &cfg, &s, NULL), DC_OK);
        const struct dc_trace_agreement *a = &s.agreement;
        assert_true(alpha_of(r, &alpha) == a->alpha.value.defined);
        if (a->alpha.value.defined) {
            assert_close(a->alpha.value.value, alpha, 1e-12);
            assert_close(a->all.alpha.value, alpha, 1e-12);
        }
        for (size_t p = 0; p < r->n_prompt; p++) {
            n += a->has_entropy[p];
            sum += a->prompt_entropy[p];
        }
        assert_int_equal(n, a->all.n_units);
        if (n > 0) {
            assert_close(a->entropy.value.value, sum / (double)n, 1e-14);
            assert_close(a->observed.value.value, a->all.observed.value, 1e-14);
        }
        assert_true(a->fleiss.value.defined == a->all.fleiss.defined);
        if (a->all.fleiss.defined)
            assert_close(a->fleiss.value.value, a->all.fleiss.value, 1e-12);
        dc_trace_stats_release(&s);
        tf_free(r);
    }
}

/* ---- the whole ---- */

static struct dc_record *even(size_t n, unsigned k)
{
    struct dc_record *r = tf_create(k);
    struct dice d = {.seed = 14};
    for (size_t p = 0; p < n; p++) {
        double hard = dice_uniform(&d);
        tf_prompt(r, p % 2 ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
        for (unsigned t = 0; t < k; t++)
            tf_trace(r, dice_uniform(&d) < hard ? 'R' : 'C', dice_uniform(&d));
    }
    return r;
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    struct dc_record *r = even(80, 5);
    struct dc_trace_stats_cfg cfg = tf_cfg();
    struct dc_trace_stats one, four;
    assert_int_equal(dc_trace_stats_run(r, &cfg, &one, NULL), DC_OK);
    cfg.boot.n_threads = 4;
    assert_int_equal(dc_trace_stats_run(r, &cfg, &four, NULL), DC_OK);
    for (int c = 0; c < TF_N_COLUMN; c++) {
        struct dc_trace_measure *a = &one.measure[c], *b = &four.measure[c];
        for (int t = 0; t < DC_N_TARGET; t++)
            for (int s = 0; s < DC_N_TRACES; s++) {
                const struct dc_boot *x = &a->target[t].scope[s].auroc;
                const struct dc_boot *y = &b->target[t].scope[s].auroc;
                assert_true(x->defined && x->lo == y->lo && x->hi == y->hi);
                assert_true(x->lo < x->value.value && x->value.value < x->hi);
            }
        assert_true(a->target[0].aurc.lo == b->target[0].aurc.lo);
    }
    assert_true(one.agreement.alpha.lo == four.agreement.alpha.lo);
    assert_true(one.agreement.fleiss.defined);
    dc_trace_stats_release(&one);
    dc_trace_stats_release(&four);
    tf_free(r);
}

static void test_counts_of_the_run(void **state)
{
    (void)state;
    struct dc_record *r = tf_create(3);
    struct dc_trace_stats_cfg cfg = tf_cfg();
    struct dc_trace_stats s;
    struct dc_err err;
    tf_prompt(r, DC_GOLD_ANSWER)->has_decision = false;
    tf_trace(r, 'C', 0.5);
    assert_int_equal(dc_trace_stats_run(r, &cfg, &s, &err), DC_DATA);
    tf_prompt(r, DC_GOLD_REFUSE);
    for (int i = 0; i < 3; i++)
        tf_trace(r, "RUC"[i], 0.5);
    tf_prompt(r, DC_GOLD_NONE);
    tf_trace(r, 'C', 0.5);
    tf_prompt(r, DC_GOLD_ANSWER)->problem = true;
    assert_int_equal(dc_trace_stats_run(r, &cfg, &s, &err), DC_OK);
    assert_int_equal(s.n_prompt, 2);
    assert_int_equal(s.n_left_out, 2);
    assert_int_equal(s.n_short, 1);
    assert_int_equal(s.n_row, 3);
    assert_int_equal(s.n_undetermined, 1);
    assert_int_equal(s.n_gold[DC_TRACES_TO_REFUSE], 1);
    assert_int_equal(s.n_gold[DC_TRACES_TO_ANSWER], 0);
    /* R, U, C of three: neither side has its share, so no majority. */
    const struct dc_trace_auroc *m =
        &s.measure[0].target[DC_TARGET_MAJORITY].scope[DC_TRACES_ALL];
    assert_int_equal(m->n_positive + m->n_negative, 1);
    dc_trace_stats_release(&s);
    tf_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_discrimination_by_definition),
        cmocka_unit_test(test_categories_by_definition),
        cmocka_unit_test(test_cut_by_value_and_percentile),
        cmocka_unit_test(test_cut_texts),
        cmocka_unit_test(test_calibration_of_probabilities_alone),
        cmocka_unit_test(test_agreement_by_definition),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_counts_of_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
