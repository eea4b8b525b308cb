/*
 * experiment_yaml.h - an experiment file: sections of keys, read by libyaml,
 * each with the line it stands on.
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

struct dc_exp {
    struct dc_arena arena;    /* owns the strings */
    struct dc_exp_pair *pair; /* [n], heap, in the order of the file */
    size_t n, cap;
    const char *about; /* the file's own words; "" */
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
/* NULL if it is not there. */
struct dc_exp_pair *dc_exp_find(const struct dc_exp *e, const char *section,
                                const char *key);

#endif
