/*
 * jinja_priv.h - the engine as it is (jinja.cpp), for the child that tries a
 * template before this process does (jinja_probe.c).
 */
#ifndef DC_CHAT_JINJA_PRIV_H
#define DC_CHAT_JINJA_PRIV_H

#include "chat/jinja.h"

#ifdef __cplusplus
extern "C" {
#endif

/* dc_jinja_parse() of valid UTF-8 without zeros, with no child before it. */
enum dc_status dc_jinja_parse_here(const char *source, size_t n,
                                   struct dc_jinja **out, struct dc_err *err);

/* From here on the engine aborts where it gets no memory. */
void dc_jinja_abort_without_memory(void);

#ifdef __cplusplus
}
#endif
#endif
