/*
 * fuzz_openai_chunk.c - any bytes as a chunk of a server, and its tokens
 * through the checks of a stream.
 *
 * What must hold: what is handed out lies inside what was counted, lists follow
 * each other, reading again gives the same, and a message can be shown to a
 * terminal as it is.
 */
#define FUZZ_NAME "fuzz_openai_chunk"

#include "base/mem.h"
#include "fuzz.h"
#include "infer/openai_chunk.h"
#include "infer/stream_check.h"

enum { FUZZ_CHUNK_MAX = 1 << 20 };

/* What the inputs reached: a test asks whether all ways out were taken. */
static size_t fuzz_n_chunk, fuzz_n_tok, fuzz_n_odd, fuzz_n_fault, fuzz_n_error;

static void must_be_safe(const struct dc_err *err)
{
    must_be_shown(err, "");
    fuzz_n_error++;
}

/* Reads every byte, so that a sanitizer sees one that is not there. */
static uint64_t sum_text(struct dc_chunk_text t)
{
    uint64_t sum = t.n;
    must(t.s || t.n == 0, "a length without a text");
    for (size_t i = 0; i < t.n; i++)
        sum = sum * 31 + (unsigned char)t.s[i];
    return sum;
}

static uint64_t sum_alt(const struct dc_chunk_alt *a)
{
    uint64_t bits = 0;
    must(a->id >= -1, "a negative id");
    if (a->has_logprob && a->logprob == a->logprob)
        memcpy(&bits, &a->logprob, sizeof bits);
    return sum_text((struct dc_chunk_text){a->bytes, a->n}) * 7 + bits +
           (uint64_t)a->id;
}

static uint64_t sum_choice(const struct dc_chunk *c,
                           const struct dc_chunk_choice *h)
{
    must(h->index <= DC_CHUNK_MAX_INDEX, "an index out of range");
    must(h->tok + h->n_tok <= c->n_tok,
         "tokens of a choice that are not there");
    must(h->n_tok == 0 || h->has_list, "tokens without a list");
    must((h->finish != DC_FINISH_NONE) == (h->words.n > 0),
         "an end without a word");
    return sum_text(h->text) + 3 * sum_text(h->reasoning) +
           5 * sum_text(h->refusal) + 7 * sum_text(h->words) +
           11 * sum_text(h->stop_reason) + h->index;
}

/* A number made of all that the chunk says. */
static uint64_t sum_chunk(const struct dc_chunk *c)
{
    uint64_t sum = sum_text(c->id) + sum_text(c->model) +
                   sum_text(c->fingerprint) + c->usage.prompt +
                   c->usage.completion + sum_text(c->error.message) +
                   sum_text(c->error.type) + sum_text(c->error.code);
    size_t next = 0, next_alt = 0, next_given = 0;
    must(c->n_choice <= DC_CHUNK_MAX_CHOICE, "too many choices");
    for (size_t i = 0; i < c->n_choice; i++) {
        must(c->choice[i].tok == next, "tokens that belong to no choice");
        must(c->choice[i].given == next_given,
             "tokens of a prompt that belong to no choice");
        next += c->choice[i].n_tok;
        next_given += c->choice[i].n_given;
        sum = sum * 31 + sum_choice(c, &c->choice[i]);
    }
    must(next == c->n_tok, "tokens behind the last choice");
    must(next_given == c->n_given, "prompt tokens behind the last choice");
    for (size_t i = 0; i < c->n_given; i++)
        sum = sum * 31 + sum_alt(&c->given[i]);
    for (size_t i = 0; i < c->n_tok; i++) {
        must(c->tok[i].alt == next_alt, "alternatives that belong to no token");
        must(c->tok[i].n_alt <= DC_CHUNK_MAX_ALT, "too many alternatives");
        next_alt += c->tok[i].n_alt;
        sum = sum * 31 + sum_alt(&c->tok[i].it);
    }
    must(next_alt == c->n_alt, "alternatives behind the last token");
    for (size_t i = 0; i < c->n_alt; i++)
        sum = sum * 31 + sum_alt(&c->alt[i]);
    for (size_t i = 0; i < DC_CHUNK_N_ODD; i++)
        sum = sum * 31 + c->odd[i];
    return sum;
}

static void check_stream(const struct dc_chunk *c)
{
    struct dc_stream_check s;
    struct dc_buf b;
    dc_stream_check_init(&s, 2);
    for (size_t i = 0; i < c->n_tok; i++)
        dc_stream_check_add(&s, &c->tok[i], c->alt + c->tok[i].alt);
    must(s.n_tok == c->n_tok && s.n_list <= s.n_tok, "tokens not counted");
    for (size_t i = 0; i < DC_STREAM_N; i++)
        must(s.n[i] <= s.n_tok && (s.n[i] == 0 || s.first[i] <= s.n_tok),
             "a row of more tokens than there are");
    dc_buf_init(&b, 1 << 16);
    dc_stream_check_say(&s, &b);
    must((b.n > 0) || !dc_stream_check_bad(&s, NULL), "a fault without words");
    dc_buf_release(&b);
    fuzz_n_fault += dc_stream_check_bad(&s, NULL);
}

/* A number made of all that r says of it; 0: it is refused. */
static uint64_t fuzz_chunk(struct dc_chunk_reader *r, const char *json,
                           size_t n)
{
    const struct dc_chunk *c;
    struct dc_err err;
    if (dc_chunk_read(r, json, n, &c, &err)) {
        must_be_safe(&err);
        return 0;
    }
    uint64_t sum = sum_chunk(c);
    check_stream(c);
    fuzz_n_chunk++;
    fuzz_n_tok += c->n_tok;
    for (size_t i = 0; i < DC_CHUNK_N_ODD; i++)
        fuzz_n_odd += c->odd[i] > 0;
    must(dc_chunk_read(r, json, n, &c, &err) == DC_OK && sum_chunk(c) == sum,
         "a chunk reads otherwise the second time");
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dc_chunk_reader *kept; /* its memory holds what was before */
    struct dc_chunk_reader *fresh = dc_chunk_reader_create(FUZZ_CHUNK_MAX);
    /* A copy of this very size, so that a read past the end is seen. */
    char *exact = dc_xmalloc(size ? size : 1);
    if (size)
        memcpy(exact, data, size);
    if (!kept)
        kept = dc_chunk_reader_create(FUZZ_CHUNK_MAX);
    must(fuzz_chunk(kept, exact, size) == fuzz_chunk(fresh, exact, size),
         "a chunk reads otherwise behind others");
    dc_chunk_reader_free(fresh);
    free(exact);
    return 0;
}

#ifdef DC_FUZZ_MAIN
int main(int argc, char **argv)
{
    bool ok = fuzz_files(argc, argv, DC_CHUNK_MAX);
    printf("%zu chunks, %zu tokens, %zu faults, %zu errors\n", fuzz_n_chunk,
           fuzz_n_tok, fuzz_n_fault, fuzz_n_error);
    return ok ? 0 : 1;
}
#endif
