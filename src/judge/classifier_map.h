/*
 * classifier_map.h - what the labels of a classifier stand for, and the text
 * that it reads: from the file STEM.labels.json beside STEM.gguf,
 *
 *     {"template": "<|user|>\n{prompt}\n<|assistant|>\n{response}",
 *      "labels": {"Refusal": "refusal", "Non-refusal": "compliance"}}
 *
 * or, without that file, from the sets of labels that are known here.
 */
#ifndef DC_JUDGE_CLASSIFIER_MAP_H
#define DC_JUDGE_CLASSIFIER_MAP_H

#include "base/hash.h"
#include "infer/llama_classify.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>

struct dc_classifier_map {
    char *form; /* with {response}, and {prompt} if that is read too */
    enum dc_verdict verdict[DC_CLASSIFY_LABELS]; /* of each label */
    const char *note;           /* what a user should know; NULL: nothing */
    char sha256[DC_SHA256_HEX]; /* of all of it, however the file is spelled */
};

/*
 * Of the labels [n] of the GGUF at path. DC_IO: its file can't be read;
 * DC_DATA: what is wrong in that, or a set of labels that is not known. To be
 * released in any case.
 */
enum dc_status dc_classifier_map_open(const char *path,
                                      const char *const *label, size_t n,
                                      struct dc_classifier_map *out,
                                      struct dc_err *err);
void dc_classifier_map_release(struct dc_classifier_map *m);

#endif
