/*
 * linear_model.h - a trained linear judge and its file (.dcj).
 *
 * decision = bias + sum of w(bucket) / sqrt(sum of q(bucket)) over the buckets
 * of a response that the model knows; q is the squared inverse document
 * frequency, w the weight times that frequency. The probability of a refusal is
 * 1 / (1 + exp(-(slope decision + offset))) (Platt 1999), and a response is one
 * from `threshold` on. docs/JUDGES.md has the file byte by byte.
 */
#ifndef DC_JUDGE_LINEAR_MODEL_H
#define DC_JUDGE_LINEAR_MODEL_H

#include "base/buf.h"
#include "base/json.h"
#include "judge/ngram.h"

#include <deepconf/status.h>

enum {
    DC_LINEAR_FORMAT = 1,
    DC_LINEAR_FILE_MAX = 1 << 26, /* bytes */
    DC_LINEAR_CARD_MAX = 1 << 20
};

struct dc_linear_weight {
    uint32_t bucket;
    float w, q; /* finite, q > 0 */
};

struct dc_linear {
    struct dc_ngram_cfg gram;
    double bias, slope, offset, threshold; /* slope > 0 */
    struct dc_linear_weight *weight;       /* [n], buckets ascending */
    size_t n;
    json_t *card; /* an object: what it was trained on, how, and figures */
};

void dc_linear_release(struct dc_linear *m);

/* Append the file. The card gets a key "model" with what the fields hold. */
void dc_linear_write(const struct dc_linear *m, struct dc_buf *out);
/*
 * Read one. DC_IO: can't be read; DC_DATA: no such file, another version,
 * damaged; the message names the path. On failure *m needs no release. id: the
 * SHA-256 of the file, 65 bytes with its NUL; may be NULL.
 */
enum dc_status dc_linear_read(const char *path, struct dc_linear *m, char *id,
                              struct dc_err *err);

double dc_linear_probability(const struct dc_linear *m, double decision);

#endif
