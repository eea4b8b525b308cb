/*
 * llama_form.h - a prompt with holes, for a model that judges: its own text is
 * the author's, what goes into the holes is hostile.
 *
 * Cut into parts, which llama_tokens.h tokenises: markers ("[/INST]",
 * "<|im_end|>") are read in the form's own text only.
 */
#ifndef DC_INFER_LLAMA_FORM_H
#define DC_INFER_LLAMA_FORM_H

#include "base/buf.h"
#include "infer/llama_tokens.h"

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DC_FORM_PROMPT,   /* {prompt} */
    DC_FORM_RESPONSE, /* {response} */
    DC_FORM_HOLES,
    DC_FORM_MAX = DC_TOKENS_MAX /* bytes of a filled form */
};

/* What goes into one hole: [n], valid UTF-8; s NULL: nothing. */
struct dc_form_text {
    const char *s;
    size_t n;
};

struct dc_form {
    struct dc_tokens tokens;
    char *text; /* with the holes as they are written */
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
                                const char *then, struct dc_token_ids *out,
                                struct dc_err *err);

/*
 * Ids of the form's own text before its first hole that stay the same whatever
 * goes into it; out is emptied first.
 */
enum dc_status dc_form_prefix(const struct dc_form *f, struct dc_token_ids *out,
                              struct dc_err *err);

#endif
