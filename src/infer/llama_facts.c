/*
 * llama_facts.c - llama_facts.h.
 *
 * libllama's own description names a size by the model's layers and a table
 * ("1B" for 494 million parameters); the file's tensors are counted instead.
 */
#include "infer/llama_facts.h"

#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value of the file's metadata into out [n]; "" where it has none. */
static void facts_meta(const struct llama_model *m, const char *key, char *out,
                       size_t n)
{
    if (llama_model_meta_val_str(m, key, out, n) < 0)
        out[0] = '\0';
}

/* Of the header: libllama knows it too late for who loads no tensors. */
static void facts_weights(const struct llama_model *m, char *out, size_t n)
{
    char type[32];
    facts_meta(m, "general.file_type", type, sizeof type);
    enum llama_ftype t = type[0] ? (enum llama_ftype)strtoul(type, NULL, 10)
                                 : llama_model_ftype(m);
    snprintf(out, n, "%s", llama_ftype_name(t));
}

void dc_llama_facts(const struct llama_model *m, struct dc_model_facts *out)
{
    char key[96], n_ctx[32];
    *out = (struct dc_model_facts){
        .n_params = llama_model_n_params(m),
        .n_bytes = llama_model_size(m),
        .n_vocab = (unsigned)llama_vocab_n_tokens(llama_model_get_vocab(m)),
    };
    facts_meta(m, "general.architecture", out->arch, sizeof out->arch);
    facts_meta(m, "general.name", out->name, sizeof out->name);
    facts_meta(m, "general.license", out->licence, sizeof out->licence);
    facts_weights(m, out->weights, sizeof out->weights);
    snprintf(key, sizeof key, "%s.context_length", out->arch);
    facts_meta(m, key, n_ctx, sizeof n_ctx);
    out->n_ctx = (unsigned)strtoul(n_ctx, NULL, 10);
}

/* A count with three digits that matter: "494 M", "7.62 B". */
static void facts_count(uint64_t n, char *out, size_t room)
{
    static const struct {
        double from;
        const char *unit;
    } unit[] = {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}};
    size_t i = 0;
    while (i < sizeof unit / sizeof *unit && (double)n < unit[i].from)
        i++;
    if (i == sizeof unit / sizeof *unit) {
        snprintf(out, room, "%llu", (unsigned long long)n);
        return;
    }
    double x = (double)n / unit[i].from;
    int places = x < 10 ? 2 : x < 100 ? 1 : 0;
    snprintf(out, room, "%.*f %s", places, x, unit[i].unit);
}

void dc_llama_describe(const struct llama_model *m, char *out, size_t n)
{
    struct dc_model_facts f;
    char count[32];
    dc_llama_facts(m, &f);
    facts_count(f.n_params, count, sizeof count);
    snprintf(out, n, "%s, %s parameters, %s", f.arch[0] ? f.arch : "no name",
             count, f.weights[0] ? f.weights : "weights of no known type");
}
