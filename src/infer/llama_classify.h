/*
 * llama_classify.h - encoders that classify: models of the BERT families that
 * read a text as a whole and give each of their labels a number (libllama's
 * pooling by rank).
 *
 * A text is computed alone, in one pass, by attention in float32, so its
 * numbers are a function of model and text: neighbours, order, threads and the
 * longest text so far do not show.
 */
#ifndef DC_INFER_LLAMA_CLASSIFY_H
#define DC_INFER_LLAMA_CLASSIFY_H

#include "infer/ask.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct llama_model;

enum {
    DC_CLASSIFY_LABELS = 32, /* at most */
    DC_CLASSIFY_NAME = 64,   /* bytes of a label, at most */
    DC_CLASSIFY_CTX = 4096   /* tokens of a text, if the model takes so many */
};

/* Everything is borrowed during dc_classify_open() only. */
struct dc_classify_cfg {
    const char *model;       /* path of a GGUF */
    const char *want_sha256; /* of the file; NULL: any will do */
    unsigned n_threads;
    int gpu_layers; /* -1: all that fit */
};

struct dc_classify; /* opaque */

/*
 * DC_IO, DC_BACKEND: no model, or none that classifies: one that generates
 * text, one without the names of its labels, one whose head is not in the file.
 */
enum dc_status dc_classify_open(const struct dc_classify_cfg *cfg,
                                struct dc_classify **out, struct dc_err *err);
void dc_classify_close(struct dc_classify *c); /* c may be NULL */

/* Borrowed until the close: valid UTF-8 without control characters, all
 * different, *n from 2 to DC_CLASSIFY_LABELS. */
const char *const *dc_classify_labels(const struct dc_classify *c, size_t *n);
const char *dc_classify_sha256(const struct dc_classify *c); /* of the file */
/* "libllama 0.5.0", "gpu libllama ...": what else may show in a number. */
const char *dc_classify_how(const struct dc_classify *c);

/*
 * The text that is read of a pair, with the holes {prompt} and {response}. To
 * be set once, before the first pair. DC_BACKEND: the tokeniser can't do it.
 */
enum dc_status dc_classify_set_form(struct dc_classify *c, const char *form,
                                    struct dc_err *err);

/* Of one text; no share is filled in unless OK. */
enum dc_classify_end { DC_CLASSIFY_OK, DC_CLASSIFY_LONG, DC_CLASSIFY_NAN };

/*
 * The share of each label, softmax over all, into share [labels]. Markers in
 * prompt and response are text. DC_BACKEND: can't go on.
 */
enum dc_status dc_classify_pair(struct dc_classify *c,
                                const struct dc_ask_pair *pair, double *share,
                                enum dc_classify_end *end, struct dc_err *err);
size_t dc_classify_n_tok(const struct dc_classify *c); /* of the last text */

/* Classify a text of a few tokens and forget it: what a model that libllama
 * can't bear does to this process (llama_probe.h). */
void dc_classify_try(struct llama_model *m);

#endif
