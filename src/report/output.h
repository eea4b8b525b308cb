/*
 * output.h - a row of outputs.def: what one part of the set is and who writes
 * it. Row X(NAME) stands for dc_output_NAME, defined in src/report/out_NAME.c.
 */
#ifndef DC_REPORT_OUTPUT_H
#define DC_REPORT_OUTPUT_H

#include "report/facts.h"
#include "report/out_dir.h"

struct dc_output {
    const char *files; /* what it writes, for readers */
    const char *what;  /* one line: what it is for */
    /* Write into o under the run's folder. */
    enum dc_status (*write)(const struct dc_facts *f, struct dc_out_dir *o,
                            struct dc_err *err);
    /*
     * In place of write, for what takes long: begin() before the parts that
     * stand before it are written, end() at its place; drop() without an end.
     * What begin() gives, NULL too, is handed to one of the two, which free it.
     */
    void *(*begin)(const struct dc_facts *f, struct dc_out_dir *o);
    enum dc_status (*end)(void *begun, const struct dc_facts *f,
                          struct dc_out_dir *o, struct dc_err *err);
    void (*drop)(void *begun);
    bool early; /* begin() does with what dc_facts_begin() has read */
};

const struct dc_output *const *dc_outputs(size_t *n);

/* file_names.c: the name of a file of this run, or its part that may be another
 * one, and back again. asked: as runs with toxicity labels have it. */
const char *dc_output_name(const struct dc_facts *f, const char *asked);
const char *dc_output_asked(const char *name);
/* Has the run labels of toxicity or harm, as the data sets have that the names
 * are of? */
bool dc_output_names_asked(const struct dc_summary *s);

#endif
