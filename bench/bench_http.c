/*
 * bench_http.c - tokens per second that src/net takes from a server that sends
 * as fast as it can: http and sse alone, no JSON, on one core.
 *
 *     ninja -C build deepconf_core
 *     cc -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -Isrc -Iinclude \
 *         bench/bench_http.c build/libdeepconf_core.a \
 *         $(pkg-config --libs libcurl libutf8proc) -lm -o bench_http
 *     python3 tests/servers/mock.py </dev/zero    # says "port N"
 *     ./bench_http http://127.0.0.1:N [STREAMS [TOKENS]]
 *
 * Reports the processor's time beside the clock's: the server runs on the same
 * machine, and what the client alone could take is tokens by its own time.
 */
#include "base/clock.h"
#include "net/http.h"
#include "net/sse.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MAX_STREAM = 1024, MAX_LINE = 1 << 20 };

struct bench {
    unsigned n_stream, n_busy;
    struct dc_http *h;
    struct dc_sse sse[MAX_STREAM];
    size_t n_event, n_byte, n_poll, n_done, n_lost;
};

static void bench_send(struct bench *b, const char *base, unsigned long n_token)
{
    char url[200], body[300];
    struct dc_err err;

    snprintf(url, sizeof url, "%s/v1/chat/completions", base);
    int n = snprintf(body, sizeof body,
                     "{\"model\":\"mock:flood\",\"stream\":true,"
                     "\"max_tokens\":%lu,\"messages\":[]}",
                     n_token);
    struct dc_http_req r = dc_http_req_default(url);
    r.body = body;
    r.n_body = (size_t)n;
    r.max_body = (size_t)1 << 40;
    for (unsigned i = 0; i < b->n_stream; i++) {
        dc_sse_init(&b->sse[i], MAX_LINE);
        if (dc_http_send(b->h, i, &r, &err)) {
            puts(err.msg);
            exit(1);
        }
    }
    b->n_busy = b->n_stream;
}

static void bench_take(struct bench *b, const struct dc_http_event *e)
{
    struct dc_sse_event event;
    struct dc_err err;
    bool more = true;

    if (e->what & DC_HTTP_DATA) {
        b->n_byte += e->n;
        dc_sse_feed(&b->sse[e->id], e->data, e->n);
        for (;;) {
            if (dc_sse_next(&b->sse[e->id], &event, &more, &err)) {
                puts(err.msg);
                exit(1);
            }
            if (!more)
                break;
            b->n_event++;
            b->n_done += !strcmp(event.data, "[DONE]");
        }
    }
    if (e->what & DC_HTTP_LOST) {
        puts(e->words);
        b->n_lost++;
    }
    b->n_busy -= (e->what & (DC_HTTP_END | DC_HTTP_LOST)) != 0;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    static struct bench b;
    static struct dc_http_event ev[MAX_STREAM];
    struct rusage before, after;

    b.n_stream = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 256;
    unsigned long n_token = argc > 3 ? strtoul(argv[3], NULL, 10) : 4096;
    if (argc < 2 || b.n_stream == 0 || b.n_stream > MAX_STREAM)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    b.h = dc_http_create(b.n_stream);
    bench_send(&b, argv[1], n_token);
    getrusage(RUSAGE_SELF, &before);
    double start = dc_clock_ms();
    for (; b.n_busy > 0; b.n_poll++) {
        size_t n = dc_http_poll(b.h, 250, ev, MAX_STREAM);
        for (size_t i = 0; i < n; i++)
            bench_take(&b, &ev[i]);
    }
    double wall = (dc_clock_ms() - start) / 1e3;
    getrusage(RUSAGE_SELF, &after);
    double user = seconds(after.ru_utime) - seconds(before.ru_utime);
    double sys = seconds(after.ru_stime) - seconds(before.ru_stime);
    printf("%u streams: %zu events, %zu MB, %zu polls, %zu whole, %zu lost\n"
           "clock %.2f s: %.0f tokens/s; own %.2f s user + %.2f s system: "
           "%.0f tokens/s\nat most %ld MB resident\n",
           b.n_stream, b.n_event, b.n_byte >> 20, b.n_poll, b.n_done, b.n_lost,
           wall, (double)b.n_event / wall, user, sys,
           (double)b.n_event / (user + sys), after.ru_maxrss >> 10);
    dc_http_free(b.h);
    for (unsigned i = 0; i < b.n_stream; i++)
        dc_sse_release(&b.sse[i]);
    return b.n_lost > 0;
}
