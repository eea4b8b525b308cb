/*
 * claims_ids.c - which prompts a sweep has in which cell, against what the rule
 * makes of the run's traces (claims.h).
 *
 * A sweep may have its cells the other way round, which is one fault of all of
 * it and not one of each id: so both readings are counted, and the row's counts
 * tell which is meant.
 */
#include "base/json.h"
#include "base/utf8.h"
#include "exchange/claims.h"

static const char *const cell_name[] = {"tp", "fn", "fp", "tn"};
enum { CELLS = 4 };

const char *dc_claims_cell_name(enum dc_claims_cell c)
{
    return cell_name[c];
}

void dc_claims_ids_read(struct dc_claims_ids *ids, const json_t *matrix)
{
    const json_t *e = json_object_get(matrix, "examples");
    json_t *v;
    size_t i;
    *ids = (struct dc_claims_ids){.cell = NULL};
    if (!json_is_object(e))
        return;
    ids->cell = json_object();
    for (int k = 0; k < CELLS; k++)
        json_array_foreach(json_object_get(e, cell_name[k]), i, v)
        {
            if (json_is_string(v))
                json_object_set_new(ids->cell, json_string_value(v),
                                    json_integer(k));
        }
}

void dc_claims_id_see(struct dc_claims *c, size_t i, const char *id,
                      enum dc_claims_cell is)
{
    static const enum dc_claims_cell turned[] = {DC_CLAIMS_FN, DC_CLAIMS_TP,
                                                 DC_CLAIMS_TN, DC_CLAIMS_FP};
    struct dc_claims_ids *x = &c->row[i].ids;
    const json_t *said = json_object_get(x->cell, id);
    const enum dc_claims_cell want[] = {is, turned[is]};
    if (!said)
        return;
    x->n_seen++;
    for (int k = 0; k < 2; k++) {
        if (json_integer_value(said) == (json_int_t)want[k])
            continue;
        if (x->n_odd[k]++ > 0)
            continue;
        x->odd[k] = dc_utf8_copy(&c->arena, id);
        x->odd_is[k] = cell_name[want[k]];
    }
}
