/*
 * sim_record.c - recorded runs in memory (sim_record.h).
 */
#include "coverage/sim_record.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const char *const column[SIM_COLUMNS] = {"mean", "self_certainty",
                                                "group_min"};

static struct dc_record *empty(const struct sim_world *w, const char *policy)
{
    size_t room = (size_t)w->n * w->m;
    struct dc_record *x = dc_xcalloc(1, sizeof *x);
    x->knows = dc_knows_all();
    dc_arena_init(&x->arena);
    x->k = w->m;
    x->min_traces = SIM_MIN_TRACES;
    x->policy = policy;
    x->measure = column[0];
    x->vote = "majority";
    x->judge = "j";
    x->prompt = dc_xcalloc(w->n, sizeof *x->prompt);
    x->trace = dc_xcalloc(room, sizeof *x->trace);
    x->n_column = SIM_COLUMNS;
    for (int c = 0; c < SIM_COLUMNS; c++) {
        enum dc_status st =
            dc_measure_parse(column[c], &x->column[c].measure, NULL);
        assert(st == DC_OK);
        (void)st;
        x->column[c].value = dc_xcalloc(room, sizeof(double));
        x->column[c].has = dc_xcalloc(room, sizeof(bool));
    }
    return x;
}

/* The trace that comes next in the record. */
static void add_trace(struct dc_record *x, const struct sim_rows *rows,
                      size_t row, struct sim_rng *r)
{
    size_t i = x->n_trace++;
    for (int c = 0; c < SIM_COLUMNS; c++) {
        x->column[c].value[i] =
            20 + rows->score[row] + (c ? 0.5 * sim_normal(r) : 0);
        x->column[c].has[i] = true;
    }
    x->trace[i] = (struct dc_record_trace){
        .verdict =
            rows->positive[row] ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE,
        .n_tok = 8,
        .ms = 1};
}

/* What is drawn of a prompt, of its share of the rows. */
static void draw(struct dc_record *x, struct dc_record_prompt *p,
                 const struct dc_stop_spec *policy, const struct sim_rows *rows,
                 struct sim_rng *r)
{
    size_t row = (size_t)(p - x->prompt) * x->k;
    struct dc_stop_trace *seen = dc_xcalloc(x->k, sizeof *seen);
    struct dc_stop_state s = {.trace = seen};
    const struct dc_stop_cfg cfg = {.min_traces = SIM_MIN_TRACES,
                                    .max_traces = x->k,
                                    .has_threshold = true,
                                    .threshold = 19};
    while (!dc_stop_ask(policy, &s, &cfg).stop) {
        double bar;
        size_t window, i = x->n_trace;
        bool has_bar = dc_stop_bar(policy, &s, &cfg, &bar, &window);
        add_trace(x, rows, row + p->n_trace, r);
        struct dc_record_trace *t = &x->trace[i];
        double conf = x->column[0].value[i];
        t->cut = has_bar && conf < bar;
        t->verdict = t->cut ? DC_VERDICT_UNDETERMINED : t->verdict;
        seen[p->n_trace++] =
            (struct dc_stop_trace){t->verdict, true, conf, t->cut};
        dc_tally_add(&s.tally, t->verdict);
    }
    p->decision = dc_tally_decide(&s.tally);
    free(seen);
}

struct dc_record *sim_record_create(const struct sim_world *w,
                                    const char *policy, struct sim_rng *r)
{
    struct dc_record *x = empty(w, policy);
    struct dc_stop_spec spec;
    struct sim_rows rows;
    enum dc_status st = dc_stop_parse(policy, &spec, NULL);
    assert(st == DC_OK);
    (void)st;
    sim_rows_init(&rows, w, r);
    for (uint32_t i = 0; i < w->n; i++) {
        struct dc_record_prompt *p = &x->prompt[x->n_prompt++];
        *p = (struct dc_record_prompt){
            .id = "p",
            .gold = sim_coin(r, 0.5) ? DC_GOLD_REFUSE : DC_GOLD_ANSWER,
            .stream = ((uint64_t)sim_below(r, UINT32_MAX) << 32) +
                      sim_below(r, UINT32_MAX),
            .first = x->n_trace,
            .has_decision = true};
        draw(x, p, &spec, &rows, r);
    }
    sim_rows_release(&rows);
    dc_record_settle(x);
    return x;
}

void sim_record_free(struct dc_record *x)
{
    for (int c = 0; c < SIM_COLUMNS; c++) {
        free(x->column[c].value);
        free(x->column[c].has);
    }
    free(x->prompt);
    free(x->trace);
    dc_arena_release(&x->arena);
    free(x);
}

/* P(k of n) where the probability is Beta(a, b). */
static double beta_binomial(unsigned k, unsigned n, double a, double b)
{
    double ways = dc_log_gamma(n + 1.0) - dc_log_gamma(k + 1.0) -
                  dc_log_gamma(n - k + 1.0);
    double with =
        dc_log_gamma(k + a) + dc_log_gamma(n - k + b) - dc_log_gamma(n + a + b);
    double all = dc_log_gamma(a) + dc_log_gamma(b) - dc_log_gamma(a + b);
    return exp(ways + with - all);
}

double sim_changed(const struct sim_world *w, const char *policy)
{
    const struct dc_stop_cfg cfg = {.min_traces = SIM_MIN_TRACES,
                                    .max_traces = w->m};
    double n = (1 - w->icc) / w->icc, sum = 0;
    struct dc_stop_spec spec;
    struct dc_stop_table t;
    enum dc_status st = dc_stop_parse(policy, &spec, NULL);
    if (!st)
        st = dc_stop_table_init(&t, &spec, &cfg, NULL);
    assert(st == DC_OK);
    for (unsigned r = 0; r <= w->m; r++)
        sum += t.disagree[r] *
               beta_binomial(r, w->m, w->share * n, (1 - w->share) * n);
    dc_stop_table_release(&t);
    return sum;
}
