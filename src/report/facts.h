/*
 * facts.h - everything that the report says of one run, read once.
 *
 * The figures are those of the commands that print them by themselves: `show`,
 * `stats`, `sweep`, `calibrate` and `judge`, with their default options, and
 * from one snapshot of the run file. Writers of the set take them from here and
 * compute none of their own; what they need of single prompts and traces they
 * walk over in the store, which stays open as long as the facts.
 */
#ifndef DC_REPORT_FACTS_H
#define DC_REPORT_FACTS_H

#include "base/arena.h"
#include "replay/budgets.h"
#include "replay/by_field.h"
#include "replay/calibrate.h"
#include "replay/judges.h"
#include "replay/record.h"
#include "replay/sweep.h"
#include "replay/trace_stability.h"
#include "replay/trace_stats.h"
#include "results/correction.h"
#include "results/judge_start.h"
#include "results/risky_report.h"
#include "results/stats_report.h"
#include "results/summary.h"

#include <deepconf/status.h>

/* What the file's other judges make of the same traces, by the run's measure
 * alone; only of judges that have judged all of them. */
struct dc_facts_other {
    const char *label; /* as --judge has it; NULL: the run's own */
    struct dc_summary summary;
    struct dc_record record;
    bool has_stats, has_risky;
    struct dc_trace_stats stats;
    struct dc_risky risky;
};

/* A prompt that shows what figures are of, and one of its traces (examples.h).
 */
enum { DC_EXAMPLES = 5 };
struct dc_example {
    size_t prompt;     /* in the record */
    size_t trace;      /* of the prompt's, from 0 */
    unsigned n_agree;  /* of its traces with the decision */
    const char *asked; /* texts as stored; NULL: there is no such prompt */
    const char *said;
};

struct dc_facts_cfg {
    const char *path;         /* of the run file */
    const char *name;         /* what the report calls it */
    const char *judge;        /* as --judge has it; NULL: the run's own */
    const char *correct_with; /* JSON of validate-judge; NULL: none */
    uint32_t page_mb;         /* kept for the page */
    uint32_t n_threads;       /* changes no figure */
    bool plots;               /* draw them */
    bool names_asked;         /* files have the names of runs with toxicity
                                 labels, whatever the labels are */
    bool first_set;           /* as that of struct dc_sweep_defaults */
};

/* Everything is owned by the facts. What is not `has` says why in `why`. */
struct dc_facts {
    struct dc_arena arena;
    const char *name;
    struct dc_store *store; /* open for reading, in a snapshot */
    bool began;
    struct dc_run_view *run; /* of it, open */
    struct dc_judge_pick pick;
    struct dc_judge_start start;
    struct dc_summary summary; /* its alarms, and those of the stats */
    struct dc_summary_alarm *alarm_show; /* [n_alarm_show] its own alone */
    size_t n_alarm_show;
    uint32_t page_mb;        /* of the configuration */
    struct dc_record record; /* every measure; what sweep and calibrate need */
    struct dc_record of_stats; /* the same, whole traces alone; owns nothing */
    const struct dc_judges *judges; /* the summary's, or own_judges */
    struct dc_judges own_judges;    /* of a file with one judge */
    struct dc_by_field
        *by; /* [n_by] refusals by what the data say of prompts */
    size_t n_by;
    struct dc_example example[DC_EXAMPLES];
    struct dc_facts_other *other; /* [n_other] */
    size_t n_other;
    struct dc_setting *setting; /* [n_setting] of the sweep */
    size_t n_setting;
    bool has_stats, has_stability, has_risky, has_budgets, has_sweep,
        has_calibrate, has_correction;
    struct dc_trace_stats stats;
    struct dc_stability stability;
    struct dc_risky risky;     /* without it the reason is that of stability */
    const char *risky_says;    /* dc_risky_sentence(); NULL: none */
    struct dc_budgets budgets; /* without them, other traces are needed */
    struct dc_sweep sweep;
    struct dc_calibrate calibrate;
    struct dc_correction correction; /* summary.correction */
    const char *why_stats, *why_stability, *why_sweep, *why_calibrate;
    struct dc_summary_alarm note[DC_STATS_NOTES]; /* [n_note] */
    size_t n_note;
    bool plots;
    uint32_t n_threads;
    struct dc_facts_plan *plan; /* private to facts.c */
    bool names_asked;           /* dc_output_name() */
    char id[65]; /* SHA-256 of the run's configuration, hexadecimal */
};

/*
 * cfg is borrowed for the call. DC_STORE, DC_IO: the file can't be read or its
 * rows contradict each other; DC_DATA: no run in it, or no correction of this
 * judge; DC_USAGE: no such judge. That no prompt is decided yet is no failure.
 * Call dc_facts_release() also after one. *out stays in place until then.
 */
enum dc_status dc_facts_read(const struct dc_facts_cfg *cfg,
                             struct dc_facts *out, struct dc_err *err);
void dc_facts_release(struct dc_facts *f);
/*
 * The same in two steps, cfg borrowed for both. After the first the run is
 * read: run, store, summary, record, by, example and judges are there, and with
 * n_threads > 1 another thread computes the rest until ..._end() returns. Until
 * then nothing else of *f may be looked at.
 */
enum dc_status dc_facts_begin(const struct dc_facts_cfg *cfg,
                              struct dc_facts *out, struct dc_err *err);
enum dc_status dc_facts_end(struct dc_facts *f, struct dc_err *err);

/* facts_other.c: f->other of what was read before, and its end. measure: the
 * run's. */
enum dc_status dc_facts_read_others(struct dc_facts *f,
                                    const struct dc_facts_cfg *cfg,
                                    const char *measure, struct dc_err *err);
void dc_facts_release_others(struct dc_facts *f);
struct dc_boot_cfg dc_facts_boot(const struct dc_facts_cfg *cfg);
/* With has_risky: of the run and its other judges, as `stats --question` has
 * it. */
struct dc_risky_report dc_facts_risky(const struct dc_facts *f);

#endif
