/*
 * piece_ids.h - numbers for texts of tokens that come without ids.
 *
 * Servers and other programs write the texts of tokens. A text gets the next
 * number when it first comes, so that the run file holds it once; the same text
 * has the same number, though two tokens of a vocabulary may share it.
 */
#ifndef DC_TRACE_PIECE_IDS_H
#define DC_TRACE_PIECE_IDS_H

#include "store/store.h"

struct dc_piece_ids;

struct dc_piece_ids *dc_piece_ids_create(void);
void dc_piece_ids_free(struct dc_piece_ids *p); /* p may be NULL */

/* Those that the store has already, before any other. What the store returns;
 * DC_STORE: they are not numbered from 0 on. */
enum dc_status dc_piece_ids_read(struct dc_piece_ids *p, struct dc_store *s,
                                 struct dc_err *err);

/* The number of bytes [n], which is added to the store if it is new. DC_DATA:
 * there are too many. */
enum dc_status dc_piece_ids_of(struct dc_piece_ids *p, struct dc_store *s,
                               const struct dc_piece *text, int32_t *id,
                               struct dc_err *err);

#endif
