/*
 * served.c - served.h.
 */
#include "results/served.h"

#include "base/json.h"
#include "base/plural.h"

#include <inttypes.h>
#include <string.h>

static enum dc_status see_server(void *arg, const struct dc_endpoint_row *p,
                                 struct dc_err *err)
{
    struct dc_summary *s = arg;
    struct dc_arena *a = &s->arena;
    (void)err;
    s->server = dc_arena_more(a, s->server, s->n_server, sizeof *s->server);
    s->server[s->n_server++] = (struct dc_summary_server){
        .id = p->id,
        .url = dc_arena_strdup(a, p->url),
        .model = dc_arena_strdup(a, p->model),
        .fingerprint =
            p->fingerprint ? dc_arena_strdup(a, p->fingerprint) : NULL,
        .probe = p->probe ? dc_arena_strdup(a, p->probe) : NULL,
    };
    return DC_OK;
}

enum dc_status dc_served_read(struct dc_store *st, struct dc_summary *s,
                              struct dc_err *err)
{
    return dc_store_each_endpoint(st, see_server, s, err);
}

/* Servers are few. */
struct dc_summary_server *dc_served_of(const struct dc_summary *s,
                                       const struct dc_trace_row *t)
{
    for (size_t i = 0; i < s->n_server && t->endpoint > 0; i++)
        if (s->server[i].id == t->endpoint)
            return &s->server[i];
    return NULL;
}

void dc_served_count(struct dc_summary *s, const struct dc_trace_row *t)
{
    struct dc_summary_server *x = dc_served_of(s, t);
    if (x)
        x->n_trace++;
}

void dc_served_put(const struct dc_summary_server *x, struct dc_buf *out)
{
    dc_buf_addf(out, "%s, model %s, ", x->url, x->model);
    if (x->fingerprint)
        dc_buf_addf(out, "fingerprint %s", x->fingerprint);
    else
        dc_buf_adds(out, "no fingerprint");
    dc_buf_addf(out, ": %" PRIu64 " trace%s", x->n_trace,
                dc_plural(x->n_trace));
}

/* The next server behind i (from 0 on) that was at the URL of server i, and was
 * another one, as it says; n_server: none is. */
static size_t other_behind(const struct dc_summary *s, size_t i, size_t from)
{
    const struct dc_summary_server *x = &s->server[i];
    for (size_t k = from; k < s->n_server; k++) {
        const struct dc_summary_server *y = &s->server[k];
        if (k != i && x->n_trace > 0 && y->n_trace > 0 && x->fingerprint &&
            y->fingerprint && !strcmp(x->url, y->url))
            return k;
    }
    return s->n_server;
}

bool dc_served_changed(const struct dc_summary *s, struct dc_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < s->n_server; i++) {
        const struct dc_summary_server *x = &s->server[i];
        if (other_behind(s, i, 0) < i || other_behind(s, i, 0) == s->n_server)
            continue; /* told with the first of its URL, or alone there */
        dc_buf_addf(out, "%s%s was %s (%" PRIu64 " trace%s)", any ? "; " : "",
                    x->url, x->fingerprint, x->n_trace, dc_plural(x->n_trace));
        any = true;
        for (size_t k = other_behind(s, i, i + 1); k < s->n_server;
             k = other_behind(s, i, k + 1))
            dc_buf_addf(out, ", then %s (%" PRIu64 ")",
                        s->server[k].fingerprint, s->server[k].n_trace);
    }
    return any;
}

bool dc_served_works_on(const struct dc_summary *s, struct dc_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < s->n_server; i++) {
        const struct dc_summary_server *x = &s->server[i];
        json_t *probe = x->probe
                            ? dc_json_loadb(x->probe, strlen(x->probe), 0, NULL)
                            : NULL;
        if (x->n_trace > 0 &&
            json_is_false(json_object_get(probe, "abort_stops"))) {
            dc_buf_addf(out, "%s%s", any ? ", " : "", x->url);
            any = true;
        }
        json_decref(probe);
    }
    return any;
}

void dc_served_confidence(const struct dc_summary *s, struct dc_buf *out)
{
    const struct dc_knows *k = &s->knows;
    if (!k->drawn || k->logits)
        return;
    dc_buf_addf(out,
                DC_KNOWS_LIST " (k = %.20s of the server's list); known of "
                              "each token: ",
                dc_summary_config(s, "confidence.k", "?"));
    dc_knows_put_parts(k->parts, out);
}

const char *dc_served_unrepeatable(const struct dc_summary *s)
{
    if (!s->knows.drawn || s->knows.repeatable)
        return NULL;
    return "no: the same command draws other traces. The figures can be "
           "verified from the run file, the sampling can't";
}

void dc_summary_endings(const struct dc_summary *s, struct dc_buf *out)
{
    bool shown[DC_N_FINISH] = {false}, first = true;
    if (s->ended[DC_FINISH_FILTER] + s->ended[DC_FINISH_ERROR] +
            s->ended[DC_FINISH_CONTEXT] ==
        0)
        return;
    for (;;) {
        int best = -1;
        for (int f = 0; f < DC_N_FINISH; f++)
            if (!shown[f] && s->ended[f] > 0 &&
                (best < 0 || s->ended[f] > s->ended[best]))
                best = f;
        if (best < 0)
            return;
        shown[best] = true;
        dc_buf_addf(out, "%s%" PRIu64 " %s", first ? "" : ", ", s->ended[best],
                    dc_finish_name((enum dc_finish)best));
        first = false;
    }
}
