/*
 * llama_quantize.h - the same model in other weights, by libllama's quantiser.
 *
 * ggml has repacked kernels for some types only (Q4_0 and Q8_0 on the CPU), so
 * that a file in another type may decode much slower. What is made is another
 * model: its hash differs and so do its traces.
 */
#ifndef DC_INFER_LLAMA_QUANTIZE_H
#define DC_INFER_LLAMA_QUANTIZE_H

#include <deepconf/status.h>

struct dc_quantize_cfg {
    const char *in;          /* path of a GGUF */
    const char *want_sha256; /* of that file; NULL: any will do */
    const char *out;         /* path of the new one, which must not exist */
    const char *type;        /* "Q8_0" or "Q4_0" */
    unsigned n_threads;      /* 1 or more */
    /* called for each tensor, 1 .. total; may be NULL */
    void (*progress)(void *arg, unsigned at, unsigned total);
    void *progress_arg;
};

/*
 * Written beside `out` and renamed, so that there is a whole file or none.
 * DC_USAGE: an unknown type, the type the file has already, or an `out` that
 * exists. DC_BACKEND: `in` is no model that libllama can read or quantise.
 * DC_IO: `in` can't be read or `out` not be written.
 */
enum dc_status dc_llama_quantize(const struct dc_quantize_cfg *cfg,
                                 struct dc_err *err);

#endif
