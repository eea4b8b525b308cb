/*
 * llm_file.h - the file of an `llm` judge: JSON, an object with
 *
 *     model       a GGUF (relative to the file), a name of the registry, or
 *                 URL#NAME, a model at a server
 *     template    text with {prompt} and {response}, each once at least
 *     pair        true: prompt and response are turns of a chat, of which the
 *                 model's own template makes the question; with template, if
 *                 there is one, as what the user says next
 *     answers     {"what the model says": "verdict", ...}
 *     read        optional: the answer stands behind the last place of this in
 *                 the reply, or begins the reply if it is empty; default: the
 *                 last line is the answer
 *     score       optional, with read: [refusal, compliance], two answers
 *     system      optional; default: what the model's chat template has
 *     raw         optional, true: the template is all there is; default false:
 *                 it is what the user says in the model's chat
 *     grammar     optional, GBNF; default: exactly one of the answers, and with
 *                 read none
 *     max_tokens  optional, default 16
 *     size, licence, source, published
 *                 optional, for readers: of the model, where it is to be had,
 *                 and what its makers say of its errors
 */
#ifndef DC_JUDGE_LLM_FILE_H
#define DC_JUDGE_LLM_FILE_H

#include "base/hash.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_LLM_ANSWERS = 16 };

struct dc_llm_answer {
    char *text;
    enum dc_verdict verdict;
};

struct dc_llm_file {
    char *model; /* a path from here, a name, or URL#NAME */
    char *form;  /* NULL: the pair is all that is said */
    bool pair;
    char *read;           /* NULL: the last line */
    const char *score[2]; /* texts of two answers; NULL: none */
    char *system;         /* NULL: the chat template's own */
    char *grammar;        /* NULL: none */
    bool raw;
    unsigned max_tokens;
    struct dc_llm_answer answer[DC_LLM_ANSWERS];
    size_t n_answer;
    char sha256[DC_SHA256_HEX]; /* of the file */
};

/*
 * DC_IO: can't be read; DC_DATA with file and line: what is wrong in it. To be
 * released in any case.
 */
enum dc_status dc_llm_file_read(const char *path, struct dc_llm_file *out,
                                struct dc_err *err);
/*
 * The same of text [n] that is compiled in, called `name` in messages; it names
 * no model, and out->model is NULL.
 */
enum dc_status dc_llm_file_builtin(const char *name, const char *text, size_t n,
                                   struct dc_llm_file *out, struct dc_err *err);
void dc_llm_file_release(struct dc_llm_file *f);

#endif
