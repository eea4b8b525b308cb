/*
 * llama_facts.h - what a GGUF file says of its model.
 */
#ifndef DC_INFER_LLAMA_FACTS_H
#define DC_INFER_LLAMA_FACTS_H

#include <stddef.h>
#include <stdint.h>

struct llama_model;

struct dc_model_facts {
    char arch[64];           /* "qwen2"; "" where the file has none */
    char name[128];          /* "" where the file has none; may be hostile */
    char licence[128];       /* the same */
    char weights[64];        /* type of the weights: "Q4_K - Medium" */
    uint64_t n_params;       /* as many as the file has */
    uint64_t n_bytes;        /* of the tensors */
    unsigned n_ctx, n_vocab; /* tokens; n_ctx 0: the file does not say */
};

/* Of a loaded model; one that was loaded with vocab_only will do. */
void dc_llama_facts(const struct llama_model *m, struct dc_model_facts *out);

/* "qwen2, 494 M parameters, Q4_K - Medium" into out [n]. */
void dc_llama_describe(const struct llama_model *m, char *out, size_t n);

#endif
