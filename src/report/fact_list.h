/*
 * fact_list.h - every figure of a run by its name, with the command that prints
 * it and where in that command's JSON it stands.
 *
 * Made from the JSON of the commands themselves, so that no figure is named by
 * hand: show.rates.sensitivity is what `deepconf show FILE --json` has at
 * .rates.sensitivity. An element of a list is named by its setting, measure,
 * label or id: sweep.rows[curtail].tokens. Under another judge of the run file
 * the command has its label: show[keywords].rates.sensitivity.
 */
#ifndef DC_REPORT_FACT_LIST_H
#define DC_REPORT_FACT_LIST_H

#include "base/arena.h"
#include "report/facts.h"

struct dc_fact {
    const char *name;    /* "show.rates.sensitivity" */
    const char *command; /* "show", "stats", ... */
    const char *query;   /* in its JSON, as jq has it */
    const char *judge;   /* what its --judge is; NULL: none */
    const char *measure; /* what its --measure is; NULL: none */
    double value;
    bool is_count; /* a whole number in the JSON */
    bool has_interval;
    double lo, hi;
    bool has_counts;
    double k, n; /* value = k / n */
};

struct dc_fact_list {
    struct dc_arena arena;
    struct dc_fact *fact; /* [n] in the order of the commands' JSON */
    size_t n, cap;
};

void dc_fact_list_make(const struct dc_facts *f, struct dc_fact_list *out);
void dc_fact_list_release(struct dc_fact_list *l);
/* NULL: none of this name. */
const struct dc_fact *dc_fact_find(const struct dc_fact_list *l,
                                   const char *name);

#endif
