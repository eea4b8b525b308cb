/*
 * audit_top.h - do the lists of top log-probabilities agree with the token
 * records? Private to src/audit.
 *
 *   numbers   of a run of ours are those of the configuration
 *   order     the most probable first; what fills up a list is at its end
 *   texts     every number has its piece
 *   sampled   a token that is in its list has the log-probability it has
 *             there; one that is not, in a full list, is no more probable than
 *             the last. Without the ids of a vocabulary a token is known by
 *             its log-probability alone
 *   C         is the mean that the list gives where it holds all of the k, and
 *             at least what follows from it where it holds a part
 *             (docs/METHODS.md, section 2)
 */
#ifndef DC_AUDIT_AUDIT_TOP_H
#define DC_AUDIT_AUDIT_TOP_H

#include "audit/audit.h"
#include "store/pieces.h"

struct dc_audit_top {
    struct dc_store *store;
    const struct dc_audit_config *config;
    struct dc_pieces pieces; /* of the file */
};

/* A trace with its lists; id: of its prompt, fit for a message. DC_STORE. */
enum dc_status dc_audit_top(const struct dc_audit_top *x,
                            const struct dc_trace_row *t, const char *id,
                            struct dc_err *err);

#endif
