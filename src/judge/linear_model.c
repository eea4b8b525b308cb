/*
 * linear_model.c - the file of a linear judge, written and read.
 *
 * "DCJ LIN1", the length of the card (uint32), the card (JSON), the weights,
 * and the SHA-256 of all that as 64 hex digits; numbers little-endian. Nothing
 * is believed before the hash is right, and nothing is allocated before its
 * size is compared with the file's: a foreign, cut or altered file is refused.
 */
#include "judge/linear_model.h"

#include "base/file_in.h"
#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "DCJ LIN1"; /* 8 bytes; 1: DC_LINEAR_FORMAT */
enum { MAGIC = 8, HEAD = MAGIC + 4, ROW = 12, HASH = DC_SHA256_HEX - 1 };

void dc_linear_release(struct dc_linear *m)
{
    free(m->weight);
    json_decref(m->card);
    *m = (struct dc_linear){0};
}

double dc_linear_probability(const struct dc_linear *m, double decision)
{
    return 1 / (1 + exp(-(m->slope * decision + m->offset)));
}

/* ---- numbers ---- */

static void put32(struct dc_buf *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        dc_buf_addc(b, (char)(uint8_t)(v >> (8 * i)));
}

static void put_float(struct dc_buf *b, float f)
{
    uint32_t v;
    memcpy(&v, &f, sizeof v);
    put32(b, v);
}

static uint32_t get32(const char *s)
{
    uint32_t v = 0;
    for (int i = 3; i >= 0; i--)
        v = v << 8 | (uint8_t)s[i];
    return v;
}

static float get_float(const char *s)
{
    uint32_t v = get32(s);
    float f;
    memcpy(&f, &v, sizeof f);
    return f;
}

/* ---- writing ---- */

/* The numbers of the card's "model": one table for writing and reading. */
struct number {
    const char *key;
    double value, min, max;
};
enum {
    BITS,
    WORDS,
    OPENING,
    CHAR_MIN_,
    CHAR_MAX_,
    BIAS,
    SLOPE,
    OFFSET,
    THRESHOLD,
    WEIGHTS,
    NUMBERS
};

static void numbers_of(const struct dc_linear *m, struct number n[NUMBERS])
{
    const struct dc_ngram_cfg *g = &m->gram;
    const struct number all[NUMBERS] = {
        [BITS] = {"bits", g->bits, DC_NGRAM_BITS_MIN, DC_NGRAM_BITS_MAX},
        [WORDS] = {"words", g->words, 0, DC_NGRAM_WORDS_MAX},
        [OPENING] = {"opening", g->opening, 0, 1000000},
        [CHAR_MIN_] = {"char_min", g->char_min, 0, DC_NGRAM_CHARS_MAX},
        [CHAR_MAX_] = {"char_max", g->char_max, 0, DC_NGRAM_CHARS_MAX},
        [BIAS] = {"bias", m->bias, -1e6, 1e6},
        [SLOPE] = {"slope", m->slope, 1e-9, 1e6},
        [OFFSET] = {"offset", m->offset, -1e6, 1e6},
        [THRESHOLD] = {"threshold", m->threshold, 0, 1},
        [WEIGHTS] = {"weights", (double)m->n, 0, 1u << DC_NGRAM_BITS_MAX},
    };
    memcpy(n, all, sizeof all);
}

static bool is_whole(size_t i)
{
    return i <= CHAR_MAX_ || i == WEIGHTS;
}

void dc_linear_write(const struct dc_linear *m, struct dc_buf *out)
{
    struct number n[NUMBERS];
    char hash[DC_SHA256_HEX];
    size_t start = out->n;
    json_t *model = json_object();
    numbers_of(m, n);
    for (size_t i = 0; i < NUMBERS; i++)
        dc_json_put(model, n[i].key,
                    is_whole(i) ? json_integer((json_int_t)n[i].value)
                                : json_real(n[i].value));
    dc_json_put(m->card, "model", model);
    struct dc_buf card;
    dc_buf_init(&card, SIZE_MAX);
    dc_json_dump(m->card, JSON_INDENT(1) | JSON_REAL_PRECISION(17), &card);
    assert(card.n <= DC_LINEAR_CARD_MAX);
    dc_buf_add(out, magic, MAGIC);
    put32(out, (uint32_t)card.n);
    dc_buf_add(out, card.data, card.n);
    dc_buf_release(&card);
    for (size_t i = 0; i < m->n; i++) {
        put32(out, m->weight[i].bucket);
        put_float(out, m->weight[i].w);
        put_float(out, m->weight[i].q);
    }
    dc_sha256_hex(out->data + start, out->n - start, hash);
    dc_buf_add(out, hash, HASH);
}

/* ---- reading ---- */

static enum dc_status check_frame(const struct dc_buf *b, struct dc_err *err)
{
    char hash[DC_SHA256_HEX];
    if (b->n < MAGIC || memcmp(b->data, magic, MAGIC - 1) != 0)
        return dc_fail(err, DC_DATA,
                       "no file of a linear judge: it does not begin with "
                       "\"%.7s\"; make one with `deepconf train-judge`",
                       magic);
    if (b->data[MAGIC - 1] != magic[MAGIC - 1])
        return dc_fail(err, DC_DATA,
                       "written in another version of the format than %d; "
                       "train it again with this program",
                       (int)DC_LINEAR_FORMAT);
    if (b->n < HEAD + HASH)
        return dc_fail(err, DC_DATA,
                       "cut: %zu bytes are less than the shortest judge file "
                       "has; copy it again",
                       b->n);
    dc_sha256_hex(b->data, b->n - HASH, hash);
    if (memcmp(hash, b->data + b->n - HASH, HASH) != 0)
        return dc_fail(err, DC_DATA,
                       "damaged or cut: the checksum at its end is not that of "
                       "its bytes; copy it again, or train it again");
    return DC_OK;
}

static enum dc_status get_number(const json_t *model, size_t i,
                                 struct number *n, struct dc_err *err)
{
    const json_t *v = json_object_get(model, n->key);
    if (!v || !(is_whole(i) ? json_is_integer(v) : json_is_number(v)))
        return dc_fail(err, DC_DATA, "its card has no number model.%s", n->key);
    n->value = json_number_value(v);
    if (!(n->value >= n->min && n->value <= n->max))
        return dc_fail(err, DC_DATA,
                       "its card says model.%s = %g; expected %g to %g", n->key,
                       n->value, n->min, n->max);
    return DC_OK;
}

static enum dc_status read_card(const struct dc_buf *b, struct dc_linear *m,
                                size_t *n_card, struct dc_err *err)
{
    struct number n[NUMBERS];
    json_error_t why;
    enum dc_status st = DC_OK;
    *n_card = get32(b->data + MAGIC);
    if (*n_card > DC_LINEAR_CARD_MAX || *n_card > b->n - HEAD - HASH)
        return dc_fail(err, DC_DATA,
                       "its card has %zu bytes, more than there are or may be",
                       *n_card);
    m->card =
        dc_json_loadb(b->data + HEAD, *n_card, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(m->card))
        return dc_fail(err, DC_DATA, "its card is no JSON object");
    numbers_of(m, n);
    for (size_t i = 0; i < NUMBERS && !st; i++)
        st = get_number(json_object_get(m->card, "model"), i, &n[i], err);
    if (st)
        return st;
    m->gram = (struct dc_ngram_cfg){
        .bits = (unsigned)n[BITS].value,
        .words = (unsigned)n[WORDS].value,
        .opening = (unsigned)n[OPENING].value,
        .char_min = (unsigned)n[CHAR_MIN_].value,
        .char_max = (unsigned)n[CHAR_MAX_].value,
    };
    m->bias = n[BIAS].value;
    m->slope = n[SLOPE].value;
    m->offset = n[OFFSET].value;
    m->threshold = n[THRESHOLD].value;
    m->n = (size_t)n[WEIGHTS].value;
    return DC_OK;
}

static enum dc_status read_weights(const char *s, size_t n_bytes,
                                   struct dc_linear *m, struct dc_err *err)
{
    if (n_bytes != m->n * ROW)
        return dc_fail(err, DC_DATA,
                       "its card speaks of %zu weights, and there are %zu "
                       "bytes instead of %zu",
                       m->n, n_bytes, m->n * ROW);
    m->weight = dc_xcalloc(m->n ? m->n : 1, sizeof *m->weight);
    for (size_t i = 0; i < m->n; i++, s += ROW) {
        struct dc_linear_weight *w = &m->weight[i];
        *w = (struct dc_linear_weight){get32(s), get_float(s + 4),
                                       get_float(s + 8)};
        bool ordered = i == 0 || w->bucket > w[-1].bucket;
        if (!ordered || w->bucket >> m->gram.bits || !isfinite(w->w) ||
            !isfinite(w->q) || w->q <= 0)
            return dc_fail(err, DC_DATA,
                           "weight %zu of %zu is not one that training gives",
                           i + 1, m->n);
    }
    return DC_OK;
}

enum dc_status dc_linear_read(const char *path, struct dc_linear *m, char *id,
                              struct dc_err *err)
{
    struct dc_buf b;
    size_t n_card = 0;
    *m = (struct dc_linear){0};
    dc_buf_init(&b, DC_LINEAR_FILE_MAX);
    enum dc_status st = dc_file_read(
        path, "a judge file that `deepconf train-judge` wrote", &b, err);
    if (!st)
        st = check_frame(&b, err);
    if (!st)
        st = read_card(&b, m, &n_card, err);
    if (!st)
        st = read_weights(b.data + HEAD + n_card, b.n - HEAD - HASH - n_card, m,
                          err);
    if (!st && id)
        dc_sha256_hex(b.data, b.n, id);
    dc_buf_release(&b);
    if (!st)
        return DC_OK;
    dc_linear_release(m);
    return dc_err_prefix(err, st, "%.300s", path);
}
