/*
 * experiment_yaml.h - an experiment file: sections of keys, read by libyaml,
 * each with the line it stands on. Of a suite also its matrix and its stages,
 * whose keys are written [SECTION.]KEY, run.KEY without a section.
 */
#ifndef DC_DATA_EXPERIMENT_YAML_H
#define DC_DATA_EXPERIMENT_YAML_H

#include "base/arena.h"

#include <deepconf/status.h>
#include <stddef.h>

struct dc_exp_pair {
    const char *section;
    const char *key;    /* NULL: the section itself, with its line */
    const char **value; /* [n] */
    size_t n;
    size_t line; /* from 1; 0: from --set */
};

/* A value of a matrix's axis, or a stage: keys that take the place of those in
 * the sections. */
struct dc_exp_point {
    const char *name;
    size_t line;
    struct dc_exp_pair *pair; /* [n] with section and key */
    size_t n;
    struct dc_exp_pair when; /* of a stage; n 0: no conditions */
};

struct dc_exp_axis {
    const char *name;
    size_t line;
    struct dc_exp_point *point; /* [n], n >= 1 */
    size_t n;
};

struct dc_exp {
    struct dc_arena arena;    /* owns the strings, axes and stages */
    struct dc_exp_pair *pair; /* [n], heap, in the order of the file */
    size_t n, cap;
    const char *about;        /* the file's own words; "" */
    struct dc_exp_axis *axis; /* [n_axis] */
    size_t n_axis;
    struct dc_exp_point *stage; /* [n_stage] */
    size_t n_stage;
};

/*
 * DC_IO; DC_DATA names the line: no YAML, no sections of keys, a key twice.
 * Messages do not name the file. Release also after a failure.
 */
enum dc_status dc_exp_read(const char *path, struct dc_exp *out,
                           struct dc_err *err);
void dc_exp_release(struct dc_exp *e);
/* Replace the pair of this section and key, or add one; value is copied. */
struct dc_exp_pair *dc_exp_set(struct dc_exp *e, const char *section,
                               const char *key, const char *value);
/* The same pair, its line too; its strings are borrowed. */
void dc_exp_put(struct dc_exp *e, const struct dc_exp_pair *p);
/* NULL if it is not there. */
struct dc_exp_pair *dc_exp_find(const struct dc_exp *e, const char *section,
                                const char *key);

#endif
