/*
 * llm_file.h - the file of an `llm` judge: JSON, an object with
 *
 *     model       a GGUF (relative to the file), a name of the registry, or
 *                 URL#NAME, a model at a server
 *     template    text with {prompt} and {response}, each once at least
 *     answers     {"what the model says": "verdict", ...}
 *     system      optional; default: what the model's chat template has
 *     raw         optional, true: the template is all there is; default false:
 *                 it is what the user says in the model's chat
 *     grammar     optional, GBNF; default: exactly one of the answers
 *     max_tokens  optional, default 16
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
    char *form;
    char *system; /* NULL: the chat template's own */
    char *grammar;
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
void dc_llm_file_release(struct dc_llm_file *f);

#endif
