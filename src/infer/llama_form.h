/*
 * llama_form.h - a form as the tokens of a model: its own text is the author's,
 * what goes into the holes is hostile.
 *
 * Cut into parts, which llama_tokens.h tokenises: markers ("[/INST]",
 * "<|im_end|>") are read in the form's own text only.
 */
#ifndef DC_INFER_LLAMA_FORM_H
#define DC_INFER_LLAMA_FORM_H

#include "infer/form.h"
#include "infer/llama_tokens.h"

#include <deepconf/status.h>
#include <llama.h>

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
