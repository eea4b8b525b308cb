/*
 * served.h - what there is to say of a run whose traces came from servers, in
 * the words that the terminal, the page and the documents share.
 */
#ifndef DC_RESULTS_SERVED_H
#define DC_RESULTS_SERVED_H

#include "doc/doc.h"
#include "results/summary.h"

/* Said beside the cost. */
#define DC_SERVED_COST "tokens are those received, of the draws that were kept"

/* Fill s->server and s->n_server, and count a trace at its server. */
enum dc_status dc_served_read(struct dc_store *st, struct dc_summary *s,
                              struct dc_err *err);
void dc_served_count(struct dc_summary *s, const struct dc_trace_row *t);
/* The server that made a trace; NULL: none did. */
struct dc_summary_server *dc_served_of(const struct dc_summary *s,
                                       const struct dc_trace_row *t);

/* served_doc.c: a table of them, and what each was found to give; nothing
 * without servers. What makes up token confidence, and that such a run is not
 * repeatable, is said by dc_summary_setup(). */
void dc_served_doc(const struct dc_summary *s, struct dc_doc *d);

/* Append where it is and what it calls itself: "URL, model NAME, ...". Text of
 * a file: whoever shows it escapes it. */
void dc_served_put(const struct dc_summary_server *x, struct dc_buf *out);
/* Did a server become another one behind its URL, among the traces of this run?
 * Then append what it called itself, and how many traces each gave. */
bool dc_served_changed(const struct dc_summary *s, struct dc_buf *out);
/* Did a server of this run work on for answers whose connection was closed, as
 * its probe saw? Then append which. */
bool dc_served_works_on(const struct dc_summary *s, struct dc_buf *out);
/* Append what token confidence is made of; nothing where that is the logits of
 * a model in this process. */
void dc_served_confidence(const struct dc_summary *s, struct dc_buf *out);
/* What it means that a run is not repeatable; NULL: it is, or its traces were
 * given. */
const char *dc_served_unrepeatable(const struct dc_summary *s);

/* Append how often traces ended in which way, most frequent first; nothing if
 * they all ended by themselves or by a limit. */
void dc_summary_endings(const struct dc_summary *s, struct dc_buf *out);

#endif
