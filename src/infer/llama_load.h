/*
 * llama_load.h - loading a GGUF, and libllama's log: what it complained of
 * becomes part of our messages.
 */
#ifndef DC_INFER_LLAMA_LOAD_H
#define DC_INFER_LLAMA_LOAD_H

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>

/*
 * Start libllama, with its log kept (and shown on standard error too if
 * DEEPCONF_LLAMA_LOG is set). Again and again is fine.
 */
void dc_llama_start(void);

/* Forget the errors so far; those since then, on one line, never NULL. */
void dc_llama_errors_clear(void);
const char *dc_llama_errors(void);

/*
 * What computes with so many layers on a GPU, as the run file names it: "cpu",
 * or "gpu (all layers): NAME OF THE FIRST ONE". Call dc_llama_start() first.
 */
void dc_llama_device(int gpu_layers, char *out, size_t n);

/*
 * Load the model at path; gpu_layers -1: all, if there is a GPU. The caller
 * frees *out by llama_model_free(). DC_USAGE: layers wanted on a GPU, and there
 * is none. DC_BACKEND: no model, or none that generates text.
 */
enum dc_status dc_llama_load(const char *path, int gpu_layers,
                             struct llama_model **out, struct dc_err *err);
/* The same, whatever the model does. */
enum dc_status dc_llama_load_any(const char *path, int gpu_layers,
                                 struct llama_model **out, struct dc_err *err);
/* Does it read texts as a whole, and generate none (BERT and its kin)? */
bool dc_llama_is_encoder(const struct llama_model *m);

/* Header and vocabulary alone: enough to render and tokenise. DC_BACKEND. */
enum dc_status dc_llama_load_vocab(const char *path, struct llama_model **out,
                                   struct dc_err *err);

#endif
