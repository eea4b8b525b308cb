/*
 * fake_random.c - traces made of random numbers, for tests of everything that
 * stands on a backend.
 *
 * Everything is a function of (run seed, stream of the prompt, trace index), by
 * counter-based numbers. A prompt refuses at a rate of its own, u^((1-r)/r)
 * with u uniform and fixed by the stream: its mean is r, and it spreads from 0
 * to 1, so a data set has prompts that always, never and sometimes refuse.
 * Token ids 0 to 7 are the pieces of the refusal, the others are words of two
 * or three syllables. Records keep the bounds real ones have:
 *   logprob <= 0;  C >= log k;  0 <= H <= log vocab;  S >= 0.
 *
 * Draws of a trace: 0 refusal, 1 length, and 4 (i + 1) .. 4 (i + 1) + 3 for
 * token i.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "infer/fake.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const refusal[] = {"I'm",    " sorry,", " but",  " I",
                                      " can't", " help",   " with", " that."};
enum { N_REFUSAL = DC_COUNT(refusal) };

/* ---- notation ---- */

enum key_kind { KEY_SHARE, KEY_COUNT };

struct key {
    const char *name;
    enum key_kind kind;
    double min, max;
    bool shows; /* in the traces, so in the model's hash */
};

enum {
    REFUSE,
    LEN,
    VOCAB,
    TRACE_ERROR,
    FAIL_OPEN,
    FAIL_START,
    FAIL_STEP,
    STEP_US,
    SERVER,
    LOSE,
    ROOM,
    CHUNK,
    N_KEY
};

static const struct key keys_known[N_KEY] = {
    [REFUSE] = {"refuse", KEY_SHARE, 0, 1, true},
    [LEN] = {"len", KEY_COUNT, 1, 65536, true},
    [VOCAB] = {"vocab", KEY_COUNT, 16, 65536, true},
    [TRACE_ERROR] = {"trace_error", KEY_COUNT, 0, 1 << 20, true},
    [FAIL_OPEN] = {"fail_open", KEY_COUNT, 0, 1, true},
    [FAIL_START] = {"fail_start", KEY_COUNT, 0, 1 << 30, false},
    [FAIL_STEP] = {"fail_step", KEY_COUNT, 0, 1 << 30, false},
    [STEP_US] = {"step_us", KEY_COUNT, 0, 10000000, false},
    [SERVER] = {"server", KEY_COUNT, 0, 1, true},
    [LOSE] = {"lose", KEY_SHARE, 0, 0.9, true},
    [ROOM] = {"room", KEY_COUNT, 0, 4096, false},
    [CHUNK] = {"chunk", KEY_COUNT, 1, 64, false},
};

/* Value of one key from text [n]; false if it isn't a number in range. */
static bool read_value(const struct key *k, const char *text, size_t n,
                       double *out)
{
    char word[32], *end;
    if (n == 0 || n >= sizeof word)
        return false;
    memcpy(word, text, n);
    word[n] = '\0';
    errno = 0;
    if (k->kind == KEY_SHARE)
        *out = strtod(word, &end);
    else
        *out = (double)strtoul(word, &end, 10);
    if (errno || *end || word[0] < '0' || word[0] > '9')
        return false;
    return *out >= k->min && *out <= k->max;
}

static enum dc_status read_pair(const char *pair, size_t n, double *value,
                                bool *shows, struct dc_err *err)
{
    const char *eq = memchr(pair, '=', n);
    for (size_t i = 0; eq && i < N_KEY; i++) {
        const struct key *k = &keys_known[i];
        size_t n_name = (size_t)(eq - pair);
        if (strlen(k->name) != n_name || memcmp(k->name, pair, n_name) != 0)
            continue;
        *shows = k->shows;
        if (read_value(k, eq + 1, n - n_name - 1, &value[i]))
            return DC_OK;
        return dc_fail(err, DC_USAGE,
                       "fake model: %.*s: expected %s from %g to %g", (int)n,
                       pair, k->kind == KEY_SHARE ? "a share" : "a count",
                       k->min, k->max);
    }
    return dc_fail(err, DC_USAGE,
                   "fake model: \"%.*s\" is not KEY=VALUE with a known key; "
                   "the keys are refuse, len, vocab, trace_error, fail_open, "
                   "fail_start, fail_step, step_us, server, lose, room, chunk",
                   (int)n, pair);
}

enum dc_status dc_fake_random_parse(const char *keys,
                                    struct dc_fake_random *out,
                                    struct dc_buf *canon, struct dc_err *err)
{
    double value[N_KEY] = {
        [REFUSE] = 0.4, [LEN] = 24, [VOCAB] = 64, [CHUNK] = 1};
    dc_buf_adds(canon, "random:");
    size_t first = canon->n;
    while (*keys) {
        size_t n = strcspn(keys, ",");
        bool shows = false;
        enum dc_status st = read_pair(keys, n, value, &shows, err);
        if (st)
            return st;
        if (shows) {
            if (canon->n > first)
                dc_buf_addc(canon, ',');
            dc_buf_add(canon, keys, n);
        }
        keys += n + (keys[n] == ',');
    }
    *out = (struct dc_fake_random){
        .refuse = value[REFUSE],
        .len = (unsigned)value[LEN],
        .vocab = (unsigned)value[VOCAB],
        .trace_error = (unsigned)value[TRACE_ERROR],
        .fail_open = value[FAIL_OPEN] > 0,
        .fail_start = (unsigned)value[FAIL_START],
        .fail_step = (unsigned)value[FAIL_STEP],
        .step_us = (unsigned)value[STEP_US],
        .server = value[SERVER] > 0,
        .lose = value[LOSE],
        .room = (unsigned)value[ROOM],
        .chunk = (unsigned)value[CHUNK],
        .k = DC_CONF_K_DEFAULT,
    };
    if ((out->lose > 0 || out->room > 0) && !out->server)
        return dc_fail(err, DC_USAGE,
                       "fake model: %s=%g is of servers; add server=1",
                       out->lose > 0 ? "lose" : "room",
                       out->lose > 0 ? out->lose : value[ROOM]);
    return DC_OK;
}

/* ---- traces ---- */

/* The prompt's own rate of refusal. */
static double refusal_rate(const struct dc_fake_random *r, uint64_t stream)
{
    if (!(r->refuse > 0))
        return 0;
    struct dc_rng_key of_prompt = {.seed = 0, .stream = stream};
    return pow(dc_rng_uniform(&of_prompt, UINT32_MAX, 0),
               (1 - r->refuse) / r->refuse);
}

static void add_syllable(struct dc_buf *b, unsigned i)
{
    dc_buf_addc(b, "bdfgklmnprst"[i / 5 % 12]);
    dc_buf_addc(b, "aeiou"[i % 5]);
}

static void add_word(struct dc_buf *b, unsigned word)
{
    add_syllable(b, word % 60);
    add_syllable(b, word / 60 % 60);
    if (word >= 3600)
        add_syllable(b, word / 3600);
}

static struct dc_token record(const struct dc_fake_random *r,
                              const struct dc_rng_key *key, uint32_t index,
                              uint32_t draw)
{
    double log_vocab = log((double)r->vocab);
    unsigned k = r->k < r->vocab ? r->k : r->vocab;
    double u = dc_rng_uniform(key, index, draw + 1);
    double v = dc_rng_uniform(key, index, draw + 2);
    double w = dc_rng_uniform(key, index, draw + 3);
    return (struct dc_token){
        .logprob = (float)(log(u) * 0.5),
        .conf = (float)(log((double)k) + 12 * v),
        .entropy = (float)(0.999 * log_vocab * w),
        .self_cert = (float)(6 * v + (1 - w)),
    };
}

static int more_probable_first(const void *a, const void *b)
{
    const struct dc_top_logprob *x = a, *y = b;
    if (x->logprob != y->logprob)
        return x->logprob > y->logprob ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/*
 * A list of k whose mean is -C, spread evenly around it. A sampled token that
 * would be in it takes a place, and the others make up for it.
 */
size_t dc_fake_random_top(const struct dc_fake_random *r,
                          const struct dc_token *tok, size_t n,
                          struct dc_top_logprob *out)
{
    enum { SPREAD = 10 }; /* per cent, to either side */
    struct dc_top_logprob list[DC_CONF_K_MAX];
    unsigned k = r->k < r->vocab ? r->k : r->vocab;
    double mean = -(double)tok->conf, spread = SPREAD / 100.0;
    bool in = k == r->vocab || (double)tok->logprob > mean * (1 + spread);
    unsigned n_other = k - in;
    if (k < 2)
        return 0;
    if (in)
        mean = (mean * k - (double)tok->logprob) / n_other;
    for (unsigned i = 0; i < n_other; i++) {
        double at = n_other > 1 ? 2.0 * i / (n_other - 1) - 1 : 0;
        list[i].id = (int32_t)(((unsigned)tok->id + 1 + i) % r->vocab);
        list[i].logprob = (float)(mean * (1 + spread * at));
    }
    if (in)
        list[n_other] = (struct dc_top_logprob){tok->id, tok->logprob};
    qsort(list, k, sizeof *list, more_probable_first);
    n = n < k ? n : k;
    memcpy(out, list, n * sizeof *out);
    return n;
}

void dc_fake_random_text(int32_t id, struct dc_buf *out)
{
    if (id < N_REFUSAL) {
        dc_buf_adds(out, refusal[id]);
        return;
    }
    dc_buf_addc(out, ' ');
    add_word(out, (unsigned)id - N_REFUSAL);
}

struct dc_fake_at dc_fake_random_at(const struct dc_fake_random *r,
                                    const struct dc_trace_req *req, unsigned i,
                                    struct dc_buf *piece)
{
    struct dc_rng_key key = {.seed = req->seed, .stream = req->stream};
    uint32_t index = req->index;
    bool refuses =
        dc_rng_uniform(&key, index, 0) < refusal_rate(r, req->stream);
    unsigned n = 1 + dc_rng_below(&key, index, 1, 2 * r->len - 1);
    if (refuses && n < N_REFUSAL)
        n = N_REFUSAL;
    bool fails = r->trace_error > 0 && (index + 1) % r->trace_error == 0;
    if (fails)
        n /= 2;
    if (i >= n)
        return (struct dc_fake_at){.finish = fails ? DC_FINISH_ERROR
                                                   : DC_FINISH_STOP};

    uint32_t draw = 4 * (i + 1);
    struct dc_fake_at at = {.has_token = true,
                            .token = record(r, &key, index, draw)};
    dc_buf_clear(piece);
    if (refuses && i < N_REFUSAL) {
        at.token.id = (int32_t)i;
        dc_buf_adds(piece, refusal[i]);
    } else {
        unsigned word = dc_rng_below(&key, index, draw, r->vocab - N_REFUSAL);
        at.token.id = (int32_t)(N_REFUSAL + word);
        if (i > 0)
            dc_buf_addc(piece, ' ');
        add_word(piece, word);
    }
    at.piece = piece->data;
    at.n_piece = piece->n;
    return at;
}
