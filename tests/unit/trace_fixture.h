/*
 * trace_fixture.h - runs in memory for the tests of trace statistics: prompts
 * as strings of verdicts, with values of two measures.
 */
#ifndef TRACE_FIXTURE_H
#define TRACE_FIXTURE_H

#include "base/mem.h"
#include "replay/trace_stats.h"
#include "stat_util.h"

#include <stdlib.h>
#include <string.h>

enum { TF_PROBABILITY, TF_NLL, TF_N_COLUMN, TF_ROOM = 4000 };

/* Columns: mean_prob, larger is surer, and nll, smaller is surer. */
static inline struct dc_record *tf_create(unsigned k)
{
    static const char *const name[TF_N_COLUMN] = {"mean_prob", "nll"};
    struct dc_record *r = dc_xcalloc(1, sizeof *r);
    r->knows = dc_knows_all();
    r->k = k;
    r->policy = "fixed";
    r->judge = "j";
    r->prompt = dc_xcalloc(TF_ROOM, sizeof *r->prompt);
    r->trace = dc_xcalloc(TF_ROOM, sizeof *r->trace);
    r->n_column = TF_N_COLUMN;
    for (int c = 0; c < TF_N_COLUMN; c++) {
        assert_int_equal(dc_measure_parse(name[c], &r->column[c].measure, NULL),
                         DC_OK);
        r->column[c].value = dc_xcalloc(TF_ROOM, sizeof(double));
        r->column[c].has = dc_xcalloc(TF_ROOM, sizeof(bool));
    }
    return r;
}

static inline void tf_free(struct dc_record *r)
{
    for (int c = 0; c < TF_N_COLUMN; c++) {
        free(r->column[c].value);
        free(r->column[c].has);
    }
    free(r->prompt);
    free(r->trace);
    free(r);
}

/* A prompt that is decided; its traces come next. */
static inline struct dc_record_prompt *tf_prompt(struct dc_record *r,
                                                 enum dc_gold gold)
{
    assert_true(r->n_prompt < TF_ROOM);
    struct dc_record_prompt *p = &r->prompt[r->n_prompt++];
    *p = (struct dc_record_prompt){
        .id = "p", .gold = gold, .first = r->n_trace, .has_decision = true};
    return p;
}

static inline void tf_trace(struct dc_record *r, char verdict, double p)
{
    assert_true(r->n_trace < TF_ROOM && r->n_prompt > 0);
    size_t i = r->n_trace++;
    r->prompt[r->n_prompt - 1].n_trace++;
    r->trace[i].verdict = verdict == 'R'   ? DC_VERDICT_REFUSAL
                          : verdict == 'P' ? DC_VERDICT_PARTIAL
                          : verdict == 'C' ? DC_VERDICT_COMPLIANCE
                                           : DC_VERDICT_UNDETERMINED;
    r->column[TF_PROBABILITY].value[i] = p;
    r->column[TF_NLL].value[i] = -log(p);
    r->column[TF_PROBABILITY].has[i] = r->column[TF_NLL].has[i] = true;
}

static inline struct dc_trace_stats_cfg tf_cfg(void)
{
    struct dc_trace_stats_cfg cfg = {.boot = dc_boot_cfg_default(),
                                     .cut = {DC_CONF_CUT_MEDIAN, 50}};
    cfg.boot.n_resamples = 200;
    cfg.boot.seed = 3;
    return cfg;
}

#endif
