/*
 * inspect_priv.h - what inspect_log.c and inspect_archive.c share.
 */
#ifndef DC_EXCHANGE_INSPECT_PRIV_H
#define DC_EXCHANGE_INSPECT_PRIV_H

#include "exchange/inspect_log.h"

/* ---- inspect_archive.c ---- */

enum dc_status dc_inspect_open_archive(struct dc_inspect_log *log,
                                       struct dc_err *err);
/* Begin to read a member as JSON. */
enum dc_status dc_inspect_enter(struct dc_inspect_log *log, size_t member,
                                struct dc_err *err);
/* Put the metadata of a sample in pieces into it. */
enum dc_status dc_inspect_metadata(struct dc_inspect_log *log,
                                   const struct dc_inspect_sample *s, json_t *o,
                                   struct dc_err *err);
/* As dc_inspect_texts(), of a sample in pieces. */
enum dc_status dc_inspect_pieces(struct dc_inspect_log *log,
                                 const struct dc_inspect_sample *s,
                                 const char *const *name, size_t n,
                                 json_t **out, struct dc_err *err);

/* ---- inspect_log.c ---- */

/* Read as much of a sample as its place in the run depends on. */
enum dc_status dc_inspect_look(struct dc_inspect_log *log,
                               struct dc_inspect_sample s, struct dc_err *err);
/* A value of the head; v is taken. */
void dc_inspect_head(struct dc_inspect_log *log, const char *key, json_t *v);
#endif
