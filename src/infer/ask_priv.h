/*
 * ask_priv.h - what stands behind ask.h: a table of functions for each way to
 * have a model.
 */
#ifndef DC_INFER_ASK_PRIV_H
#define DC_INFER_ASK_PRIV_H

#include "infer/ask.h"

/* The head of an open one; its own fields follow in its struct. */
struct dc_ask {
    const struct dc_ask_ops *ops;
    struct dc_ask_info info;
};

/* All required; as the functions of ask.h. */
struct dc_ask_ops {
    void (*close)(struct dc_ask *a);
    enum dc_status (*reply)(struct dc_ask *a, const struct dc_ask_pair *pair,
                            size_t n, struct dc_ask_reply *out,
                            struct dc_err *err);
    enum dc_status (*choose)(struct dc_ask *a, const struct dc_ask_pair *pair,
                             size_t n, struct dc_ask_reply *out,
                             struct dc_err *err);
};

enum dc_status dc_llama_ask_open(const struct dc_ask_cfg *cfg,
                                 struct dc_ask **out, struct dc_err *err);
enum dc_status dc_served_ask_open(const struct dc_ask_cfg *cfg,
                                  struct dc_ask **out, struct dc_err *err);

#endif
