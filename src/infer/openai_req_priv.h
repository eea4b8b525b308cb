/*
 * openai_req_priv.h - what bodies ask of the further arguments.
 */
#ifndef DC_INFER_OPENAI_REQ_PRIV_H
#define DC_INFER_OPENAI_REQ_PRIV_H

#include "base/json_out.h"
#include "infer/openai_req.h"

/* Is there this key at the top? */
bool dc_request_args_has(const struct dc_request_args *a, const char *key);
/* Do they say chat_template_kwargs.enable_thinking? */
bool dc_request_args_thinks(const struct dc_request_args *a);
/* Their members into the object at hand, and what `think` asks of the template.
 * a may be NULL. */
void dc_request_args_put(const struct dc_request_args *a, enum dc_think think,
                         struct dc_json_out *o);

#endif
