/*
 * measure.c - the table of measures.
 */
#include <deepconf/conf.h>
#include <string.h>

#define X(name) extern const struct dc_measure dc_measure_##name;
#include "conf/measures.def"
#undef X

static const struct dc_measure *const rows[] = {
#define X(name) &dc_measure_##name,
#include "conf/measures.def"
#undef X
};

const struct dc_measure *const *dc_measures(size_t *n)
{
    *n = sizeof rows / sizeof *rows;
    return rows;
}

const struct dc_measure *dc_measure_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i]->name, name))
            return rows[i];
    return NULL;
}
