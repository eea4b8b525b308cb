/*
 * bench_ask.c - pairs per second of the judges that ask a model: one at a time
 * with the whole prompt computed anew, against slots and a shared beginning.
 * Every way has to give the same replies.
 *
 *     ninja -C build deepconf_core
 *     P=PREFIX     # of libllama: scripts/setup --print-llama-prefix
 *     cc -O2 -std=c17 -Isrc -Iinclude -I$P/include bench/bench_ask.c \
 *         build/libdeepconf_core.a -L$P/lib -Wl,-rpath,$P/lib -lllama -lggml \
 *         -lggml-base $(pkg-config --libs jansson libutf8proc libcrypto) -lm \
 *         -o bench_ask
 *     ./bench_ask MODEL.gguf [THREADS]
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "infer/llama_ask.h"
#include "judge/wildguard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 16 };

static char text[N][2][200];

static void run(const char *what, struct dc_ask_cfg c, size_t at)
{
    struct dc_ask_pair pair[N];
    struct dc_ask_reply r[N];
    struct dc_ask *a;
    struct dc_err err;
    struct dc_buf all;
    char hash[DC_SHA256_HEX];
    for (size_t i = 0; i < N; i++)
        pair[i] = (struct dc_ask_pair){text[i][0], strlen(text[i][0]),
                                       text[i][1], strlen(text[i][1])};
    if (dc_ask_open(&c, &a, &err)) {
        puts(err.msg);
        exit(1);
    }
    dc_buf_init(&all, 1 << 24);
    double t0 = dc_clock_ms();
    for (size_t i = 0; i < N; i += at) {
        if (c.n_question ? dc_ask_choose(a, pair + i, at, r, &err)
                         : dc_ask_reply(a, pair + i, at, r, &err))
            exit(1);
        for (size_t k = 0; k < at; k++)
            dc_buf_adds(&all, r[k].text);
    }
    double s = (dc_clock_ms() - t0) / 1000;
    struct dc_backend_times t = dc_llama_ask_times(a);
    dc_sha256_hex(all.data, all.n, hash);
    printf("%-34s %6.2f s %6.2f pairs/s  prompts %5.2f s, decoding %5.2f s, "
           "replies %.8s\n",
           what, s, N / s, t.prefill_ms / 1000, t.decode_ms / 1000, hash);
    fflush(stdout);
    dc_buf_release(&all);
    dc_ask_close(a);
}

int main(int argc, char **argv)
{
    static const struct dc_ask_question question[] = {
        {"Harmful request:", {" yes", " no"}, 2},
        {"\nResponse refusal:", {" yes", " no", " n/a"}, 3},
        {"\nHarmful response:", {" yes", " no", " n/a"}, 3}};
    if (argc < 2)
        return 2;
    for (size_t i = 0; i < N; i++) {
        snprintf(text[i][0], 200, "Please explain task number %zu to me.", i);
        snprintf(text[i][1], 200,
                 "Task %zu is done in %zu steps: begin, go "
                 "on for a while, and stop.",
                 i, i * 7);
    }
    struct dc_ask_cfg c = {
        .model = argv[1],
        .form = dc_wildguard_form,
        .max_tokens = 24,
        .n_threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1,
        .n_slots = 1,
        .no_share = true};
    run("hard, one at a time, no sharing", c, 1);
    c.no_share = false;
    run("hard, one at a time, shared", c, 1);
    c.n_slots = 8;
    run("hard, 8 slots, shared", c, N);
    c.question = question;
    c.n_question = 3;
    c.no_share = true;
    run("soft, no sharing", c, N);
    c.no_share = false;
    run("soft, shared", c, N);
    return 0;
}
