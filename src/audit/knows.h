/*
 * knows.h - what can be known of a run's traces: asked once, of its
 * configuration.
 *
 * Readers ask here, and not where a run came from. Files of before there were
 * served runs have none of these keys: what `run` drew then came of a model in
 * its own process, and all is known of it. What a single trace lacks its own
 * row says (lacks, has_count and has_ms in store.h).
 */
#ifndef DC_AUDIT_KNOWS_H
#define DC_AUDIT_KNOWS_H

#include "base/buf.h"
#include "store/store.h"

#include <deepconf/conf.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

/* Configuration keys that say so, and what they say of a served run. */
#define DC_KNOWS_REPEATABLE "run.repeatable"
#define DC_KNOWS_SOURCE "confidence.source"
#define DC_KNOWS_PARTS "confidence.parts"
#define DC_KNOWS_IDS "piece.ids"
#define DC_KNOWS_NO "no"
#define DC_KNOWS_LIST "top-k list"
#define DC_KNOWS_ORDER "order"

struct dc_knows {
    /* by the policy of its configuration; else traces were given, and none was
     * saved or is promised */
    bool drawn;
    bool repeatable; /* the same command draws the same traces */
    bool logits;     /* token confidence is made of all logits; else of a list
                        of the most probable tokens */
    bool vocabulary; /* pieces have the ids of a vocabulary; else they are
                        numbered in the order they came in, and two tokens of
                        one text are one piece */
    unsigned parts;  /* enum dc_token_part that are known of some trace */
};

/* Of a run that was drawn from a model in this process: everything. */
struct dc_knows dc_knows_all(void);
struct dc_knows dc_knows_of(const struct dc_kv *kv, size_t n);
/* DC_STORE: a key has a value that it can't have. */
enum dc_status dc_knows_check(const struct dc_store *s, const struct dc_kv *kv,
                              size_t n, struct dc_err *err);

/* Append the names of parts, "logprob, conf"; "none". */
void dc_knows_put_parts(unsigned parts, struct dc_buf *out);

#endif
