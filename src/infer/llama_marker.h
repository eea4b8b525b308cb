/*
 * llama_marker.h - the tokens of a vocabulary that a text must not spell.
 *
 * A marker ("<|im_end|>", "</think>") is a token that a model was taught to
 * take for structure. Which tokens are markers, and which are text that
 * happens to have a token of a special kind, is decided in llama_marker.c.
 */
#ifndef DC_INFER_LLAMA_MARKER_H
#define DC_INFER_LLAMA_MARKER_H

#include <llama.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_marker {
    llama_token id;
    const char *text; /* [n] borrowed from the vocabulary */
    size_t n;
    enum llama_token_attr attr;
    bool read;  /* libllama reads it where markers are read */
    bool eager; /* libllama reads it in any text */
};

struct dc_markers {
    const struct llama_vocab *vocab; /* borrowed */
    struct dc_marker *marker;        /* [n] in the order of their bytes */
    size_t n;
    size_t first[257]; /* [b]: the first marker whose first byte is b or more */
    bool has_eager;
};

void dc_markers_init(struct dc_markers *m, const struct llama_vocab *vocab);
void dc_markers_release(struct dc_markers *m); /* a zeroed one too */

/* Is a token a marker, or one that no text may become? */
bool dc_marker_is(const struct llama_vocab *vocab, llama_token id);

/* Where a search among the markers stands; {0} before the first. */
struct dc_marker_find {
    size_t lo, hi, depth;
};

/* The next longer marker that s [n] begins with; NULL: no more of them. */
const struct dc_marker *dc_marker_next(const struct dc_markers *m,
                                       const char *s, size_t n,
                                       struct dc_marker_find *f);

#endif
