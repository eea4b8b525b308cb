/*
 * measure_memo.c - measure_memo.h. A place that holds another name is parsed
 * anew; names that are too long to keep always are.
 */
#include "conf/measure_memo.h"

#include <string.h>

const struct dc_measure_spec *dc_measure_recall(struct dc_measure_memo *m,
                                                size_t i, const char *name)
{
    size_t at = i < DC_MEMO_MEASURES ? i : DC_MEMO_MEASURES - 1;
    size_t n = strlen(name);
    if (strcmp(m->at[at].name, name) != 0) {
        m->at[at].name[0] = '\0';
        m->at[at].is = dc_measure_parse(name, &m->at[at].spec, NULL) == DC_OK;
        if (n > 0 && n < DC_MEMO_NAME)
            memcpy(m->at[at].name, name, n + 1);
    } else if (n == 0) {
        return NULL;
    }
    return m->at[at].is ? &m->at[at].spec : NULL;
}
