/*
 * probe_view.h - what a probe found, for people: `deepconf probe`.
 */
#ifndef DC_CLI_PROBE_VIEW_H
#define DC_CLI_PROBE_VIEW_H

#include "doc/doc.h"
#include "infer/openai_probe.h"

/* What a server can do, what it gets wrong and what else to know. */
void dc_probe_doc(const struct dc_probe *p, struct dc_doc *d);

#endif
