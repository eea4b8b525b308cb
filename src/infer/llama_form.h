/*
 * llama_form.h - a prompt with holes, for a model that judges: its own text is
 * the author's, what goes into the holes is hostile.
 *
 * Markers ("[/INST]", "<|im_end|>") are read in the form's own text only. What
 * a user's text puts into a hole can't become a control token, nor a token
 * that the form itself uses as a marker. Apart from that the ids are the ones
 * the tokeniser gives for the whole prompt in one piece.
 */
#ifndef DC_INFER_LLAMA_FORM_H
#define DC_INFER_LLAMA_FORM_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DC_FORM_PROMPT,   /* {prompt} */
    DC_FORM_RESPONSE, /* {response} */
    DC_FORM_HOLES,
    DC_FORM_MAX = 64 << 20 /* bytes of a filled form */
};

/* What goes into one hole: [n], valid UTF-8; s NULL: nothing. */
struct dc_form_text {
    const char *s;
    size_t n;
};

struct dc_form {
    const struct llama_vocab *vocab; /* borrowed */
    char *text;                      /* with the holes as they are written */
    struct dc_form_marker *marker;   /* [n_marker] longest first */
    size_t n_marker;
    bool *used;          /* [n_marker] stands in the form's own text */
    bool has_lookalikes; /* one of them can be spelled in any text */
};

/* Growing ids; a zeroed struct is empty; caller frees id. */
struct dc_form_ids {
    llama_token *id; /* [n] */
    size_t n, cap;
};

/*
 * text: of the form, holes written {prompt} and {response}, each any number of
 * times. DC_BACKEND if the vocabulary has no tokeniser, or reads this text in
 * another way than piece by piece.
 */
enum dc_status dc_form_init(struct dc_form *f, const struct llama_vocab *vocab,
                            const char *text, struct dc_err *err);
void dc_form_release(struct dc_form *f); /* a zeroed one too */

/* The bytes of the filled form, appended to out (max at least DC_FORM_MAX).
 * False: there is no room for them. */
bool dc_form_render(const char *text, const struct dc_form_text hole[],
                    struct dc_buf *out);

/*
 * Its token ids, BOS first if the model wants one; out is emptied first. `then`
 * (NULL: nothing) is more of the form's own text, behind it. DC_DATA: too long.
 */
enum dc_status dc_form_tokenize(const struct dc_form *f,
                                const struct dc_form_text hole[],
                                const char *then, struct dc_form_ids *out,
                                struct dc_err *err);

/*
 * Ids of the form's own text before its first hole that stay the same whatever
 * goes into it; out is emptied first.
 */
enum dc_status dc_form_prefix(const struct dc_form *f, struct dc_form_ids *out,
                              struct dc_err *err);

#endif
