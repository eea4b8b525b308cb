/*
 * bench_chunk.c - tokens a second that one core reads of a served model's
 * stream: a chunk of one token with N alternatives (20), as vLLM writes it,
 * through dc_chunk_read() and the checks of a stream; and the same JSON through
 * jansson, walked for the same values.
 *
 *   P=$(scripts/setup --quiet --print-yyjson-prefix)
 *   cc -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -ffp-contract=off \
 *      -fno-math-errno -Iinclude -Isrc -isystem $P/include \
 *      bench/bench_chunk.c src/infer/openai_chunk*.c src/infer/stream_check.c \
 *      src/base/finish_words.c src/conf/conf_top.c src/base/mem.c \
 *      src/base/buf.c src/base/utf8.c src/base/arena.c src/base/status.c \
 *      $P/lib/libyyjson.a -ljansson -lutf8proc -lm -o bench_chunk &&
 *   ./bench_chunk
 *
 * Processor time of this thread, not wall time: the machine may be busy. The
 * three are run in turn, several rounds, and every round is printed. 256
 * streams of different chunks take turns, so that no branch learns one chunk.
 */
#include "base/buf.h"
#include "infer/openai_chunk.h"
#include "infer/stream_check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STREAMS = 256, ROUNDS = 5 };

static char *chunk_of(unsigned stream, unsigned n_alt)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 20);
    dc_buf_addf(&b,
                "{\"id\":\"chatcmpl-0123456789abcdef%04x\",\"object\":"
                "\"chat.completion.chunk\",\"created\":1796000000,\"model\":"
                "\"Qwen/Qwen3-0.6B\",\"choices\":[{\"index\":0,\"delta\":{"
                "\"content\":\" word%u\"},\"logprobs\":{\"content\":[{"
                "\"token\":\" word%u\",\"logprob\":-0.3141592741012573,"
                "\"bytes\":[32,119,111,114,100,%u],\"top_logprobs\":[",
                stream, stream % 10, stream % 10, 48 + stream % 10);
    for (unsigned i = 0; i < n_alt; i++) {
        double lp = (double)(float)(-0.3141592741 - i * 0.7123 - stream * 0.01);
        dc_buf_addf(&b,
                    "%s{\"token\":\" %c%u\",\"logprob\":%.17g,\"bytes\":"
                    "[32,%u,%u]}",
                    i ? "," : "", 'a' + (int)(i % 26), i % 10, lp, 97 + i % 26,
                    48 + i % 10);
    }
    dc_buf_adds(&b, "]}]},\"finish_reason\":null,\"token_ids\":null}]}");
    return dc_buf_detach(&b);
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A sum of what was read, so that nothing is left out. */
static double by_reader(struct dc_chunk_reader *r, const char *json, size_t n,
                        struct dc_stream_check *check)
{
    const struct dc_chunk *c;
    double sum = 0;
    if (dc_chunk_read(r, json, n, &c, NULL))
        abort();
    for (size_t i = 0; i < c->n_alt; i++)
        sum += c->alt[i].logprob + c->alt[i].n;
    for (size_t i = 0; check && i < c->n_tok; i++)
        dc_stream_check_add(check, &c->tok[i], c->alt + c->tok[i].alt);
    return sum;
}

static double by_jansson(const char *json, size_t n)
{
    json_t *root = json_loadb(json, n, 0, NULL), *x, *y;
    json_t *choice = json_array_get(json_object_get(root, "choices"), 0);
    json_t *list =
        json_object_get(json_object_get(choice, "logprobs"), "content");
    json_t *top = json_object_get(json_array_get(list, 0), "top_logprobs");
    double sum = 0;
    size_t i, k;
    json_array_foreach(top, i, x)
    {
        json_t *bytes = json_object_get(x, "bytes");
        char text[64];
        json_array_foreach(bytes, k, y)
        {
            text[k & 63] = (char)json_integer_value(y);
        }
        sum += json_real_value(json_object_get(x, "logprob")) +
               (double)json_array_size(bytes) + 0 * text[0] +
               (json_object_get(x, "token") ? 0 : 1);
    }
    json_decref(root);
    return sum;
}

static void say(const char *what, double s, unsigned n, double sum)
{
    printf("%-28s %8.2f us a token  %9.0f tokens/s  (%.6g)\n", what,
           1e6 * s / n, n / s, sum);
}

int main(int argc, char **argv)
{
    unsigned n_alt = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20;
    const unsigned n = 400 * STREAMS, n_slow = 40 * STREAMS;
    struct dc_chunk_reader *r = dc_chunk_reader_create(DC_CHUNK_MAX);
    struct dc_stream_check check;
    char *json[STREAMS];
    size_t len[STREAMS], all = 0;
    for (unsigned i = 0; i < STREAMS; i++) {
        json[i] = chunk_of(i, n_alt);
        all += len[i] = strlen(json[i]);
    }
    printf("%u alternatives, %zu bytes a chunk\n", n_alt, all / STREAMS);
    for (int round = 0; round < ROUNDS; round++) {
        double sum = 0, t = cpu_s();
        for (unsigned i = 0; i < n; i++)
            sum += by_reader(r, json[i % STREAMS], len[i % STREAMS], NULL);
        say("dc_chunk_read (yyjson)", cpu_s() - t, n, sum / n);
        dc_stream_check_init(&check, n_alt);
        t = cpu_s();
        sum = 0;
        for (unsigned i = 0; i < n; i++)
            sum += by_reader(r, json[i % STREAMS], len[i % STREAMS], &check);
        say("the same, and the checks", cpu_s() - t, n, sum / n);
        t = cpu_s();
        sum = 0;
        for (unsigned i = 0; i < n_slow; i++)
            sum += by_jansson(json[i % STREAMS], len[i % STREAMS]);
        say("jansson", cpu_s() - t, n_slow, sum / n_slow);
    }
    for (unsigned i = 0; i < STREAMS; i++)
        free(json[i]);
    dc_chunk_reader_free(r);
    return 0;
}
