/*
 * openai_probe_all.c - several servers are probed at once: a thread for each,
 * as a probe is questions in their order, each waited for. They share nothing
 * but who looks on, who is told by one of them at a time.
 */
#include "base/mem.h"
#include "base/parallel.h"
#include "infer/openai_probe.h"
#include "net/http.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* Who looks on at all of them. */
struct probed_watch {
    pthread_mutex_t lock;
    const struct dc_server_watch *watch;
    unsigned n_told; /* questions, of all servers */
    unsigned n_url;
};

struct probed_one {
    const struct dc_probe_cfg *cfg;
    struct dc_probe *out;
    struct probed_watch *watch;
    enum dc_status st;
    struct dc_err err;
};

static void probed_asks(void *arg, const struct dc_probe_step *s)
{
    struct probed_watch *w = arg;
    struct dc_probe_step all = *s;
    pthread_mutex_lock(&w->lock);
    all.at = ++w->n_told;
    all.n = s->n * w->n_url;
    w->watch->asks(w->watch->arg, &all);
    pthread_mutex_unlock(&w->lock);
}

static void probed_work(const void *job, uint32_t i, uint32_t n)
{
    struct probed_one *p = *(struct probed_one *const *)job + i;
    struct dc_probe_cfg c = *p->cfg;
    (void)n;
    if (c.watch.asks) {
        c.watch.asks = probed_asks;
        c.watch.arg = p->watch;
    }
    p->st = dc_openai_probe(&c, p->out, &p->err);
}

enum dc_status dc_openai_probe_all(const struct dc_probe_cfg *c, size_t n,
                                   struct dc_probe *out, size_t *n_done,
                                   struct dc_err *err)
{
    struct probed_watch w = {PTHREAD_MUTEX_INITIALIZER, &c[0].watch, 0,
                             (unsigned)n};
    struct probed_one *one = dc_xcalloc(n, sizeof *one);
    /* so that libcurl is set up before there are threads, until all have ended
     */
    struct dc_http *first = dc_http_create(1);
    size_t i = 0;
    assert(n > 0 && n <= DC_SERVER_MAX_URL);
    for (size_t k = 0; k < n; k++)
        one[k] = (struct probed_one){.cfg = &c[k], .out = &out[k], .watch = &w};
    dc_parallel(probed_work, &one, (uint32_t)n);
    while (i < n && !one[i].st)
        i++;
    *n_done = i;
    enum dc_status st = i < n ? one[i].st : DC_OK;
    if (st && err)
        *err = one[i].err;
    for (size_t k = i + 1; k < n; k++)
        if (!one[k].st)
            dc_probe_release(&out[k]);
    free(one);
    dc_http_free(first);
    return st;
}
