/*
 * ask_priv.h - what stands behind ask.h: a table of functions for each way to
 * have a model.
 */
#ifndef DC_INFER_ASK_PRIV_H
#define DC_INFER_ASK_PRIV_H

#include "base/buf.h"
#include "infer/ask_score.h"
#include "infer/form.h"

/* The head of an open one; its own fields follow in its struct. */
struct dc_ask {
    const struct dc_ask_ops *ops;
    struct dc_ask_info info;
    struct dc_ask_question question[DC_ASK_QUESTIONS]; /* own copies */
    size_t n_question;
    struct dc_ask_score score; /* own copy; word[0] NULL: none */
    struct dc_buf *text;       /* [n_text] of the replies in the making */
    size_t n_text, text_max;   /* bytes of one, at most */
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

/* ---- for all of them (ask.c) ---- */

void dc_ask_copy_questions(struct dc_ask *a, const struct dc_ask_cfg *cfg);
void dc_ask_release(struct dc_ask *a); /* questions, score and texts */

/* Begin replies out [n], with empty texts. */
void dc_ask_begin(struct dc_ask *a, struct dc_ask_reply *out, size_t n);
/* Make texts what out[i].text promises. */
void dc_ask_finish(struct dc_ask *a, struct dc_ask_reply *out, size_t n);
/* Keep the likeliest answer to question q, by r->logprob. */
void dc_ask_keep_likeliest(const struct dc_ask *a, size_t q,
                           struct dc_ask_reply *r);
/* What fills the form's hole [DC_FORM_HOLES]. */
void dc_ask_holes(const struct dc_ask_pair *pair, struct dc_form_text *hole);

/* ---- each ---- */

enum dc_status dc_llama_ask_open(const struct dc_ask_cfg *cfg,
                                 struct dc_ask **out, struct dc_err *err);
enum dc_status dc_served_ask_open(const struct dc_ask_cfg *cfg,
                                  struct dc_ask **out, struct dc_err *err);

#endif
