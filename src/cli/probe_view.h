/*
 * probe_view.h - what a probe found, for people: `deepconf probe`.
 */
#ifndef DC_CLI_PROBE_VIEW_H
#define DC_CLI_PROBE_VIEW_H

#include "base/buf.h"
#include "infer/openai_probe.h"

/* Append what a server can do, what it gets wrong and what else to know, in
 * lines of at most `width` columns. */
void dc_probe_view(const struct dc_probe *p, size_t width, struct dc_buf *out);

#endif
