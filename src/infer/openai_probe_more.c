/*
 * openai_probe_more.c - what people want to know of a server: does closing a
 * connection stop its work, do choices of one request share the work on the
 * prompt, and how many alternatives are there at most? A run that closes
 * connections wants to know the first, and asks no more of it.
 *
 * That is read off the server's own counts of running requests, in
 * /metrics or /slots, while an answer is under way and after it was closed; the
 * second, of a server that does not count it, off the clock, for prompts that
 * no cache can know.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "infer/openai_probe_priv.h"

#include <stdlib.h>
#include <string.h>

#define MORE_LONG                                                              \
    "Count from 1 to 1000 in words, one number on each line, and leave none "  \
    "out."
enum {
    MORE_TOP = 200,      /* alternatives asked for */
    MORE_TOKENS = 1500,  /* of an answer that is to be closed */
    MORE_LOOKS = 20,     /* before it */
    MORE_SEEN = 2,       /* chunks of it */
    MORE_STOP_MS = 5000, /* to stop in */
    MORE_PAUSE_MS = 20,  /* between two looks */
    MORE_WORDS = 700,    /* of a long prompt */
    MORE_LEAST_MS = 40   /* that a long prompt takes, to be measured */
};

/* ---- running requests ---- */

/* The sum of a metric over its labels, in the format of Prometheus. */
static bool more_metric(const char *text, const char *name, double *out)
{
    size_t n = strlen(name);
    bool any = false;
    *out = 0;
    for (const char *s = text; s && *s; s = strchr(s, '\n')) {
        s += *s == '\n';
        const char *value = s + n;
        if (strncmp(s, name, n) != 0 || (*value != ' ' && *value != '{'))
            continue;
        if (*value == '{')
            value = strchr(value, '}');
        if (!value)
            break;
        *out += strtod(value + 1, NULL);
        any = true;
    }
    return any;
}

static bool more_metrics(struct dc_call *call, double *out)
{
    static const char *const name[] = {
        "vllm:num_requests_running",
        "llamacpp:requests_processing",
        "sglang:num_running_reqs",
        "mock:running",
    };
    struct dc_call_reply r;
    if (dc_call_get(call, "/metrics", &r, NULL) || r.status != 200)
        return false;
    for (size_t i = 0; i < DC_COUNT(name); i++)
        if (more_metric(r.body, name[i], out))
            return true;
    return false;
}

/* llama-server's slots */
static bool more_slots(struct dc_call *call, double *out)
{
    struct dc_call_reply r;
    size_t i;
    json_t *root, *x;
    if (dc_call_get(call, "/slots", &r, NULL) || r.status != 200)
        return false;
    root = dc_json_loadb(r.body, r.n_body, 0, NULL);
    *out = 0;
    json_array_foreach(root, i, x)
    {
        *out += json_is_true(json_object_get(x, "is_processing"));
    }
    bool ok = json_array_size(root) > 0;
    json_decref(root);
    return ok;
}

static bool more_running(struct dc_call *call, double *out)
{
    return more_metrics(call, out) || more_slots(call, out);
}

/* A server counts a request a little longer than its answer takes: the least of
 * some looks. */
static bool more_before(struct dc_call *call, double *out)
{
    double now;
    if (!more_running(call, out))
        return false;
    for (unsigned i = 0; *out > 0 && i < MORE_LOOKS; i++) {
        dc_clock_pause_ms(MORE_PAUSE_MS);
        if (more_running(call, &now) && now < *out)
            *out = now;
    }
    return true;
}

/* ---- an abort ---- */

struct more_abort {
    struct dc_call *call; /* of its own: the other one is in use */
    double before, during;
    bool seen;
};

static bool more_watch(void *arg, unsigned n_chunk)
{
    struct more_abort *a = arg;
    if (n_chunk < MORE_SEEN)
        return false;
    a->seen = more_running(a->call, &a->during) && a->during > a->before;
    return true;
}

/* Until the server runs no more than before, or it has had its time. */
static void more_settle(struct dc_probe *p, struct more_abort *a)
{
    double begun = dc_clock_ms(), now = a->during;
    while (now > a->before && dc_clock_ms() - begun < MORE_STOP_MS) {
        if (!more_running(a->call, &now))
            return;
        if (now > a->before)
            dc_clock_pause_ms(MORE_PAUSE_MS);
    }
    p->abort_ms = dc_clock_ms() - begun;
    p->abort_stops = now > a->before ? DC_KNOWN_NO : DC_KNOWN_YES;
}

static enum dc_status more_abort_ask(struct dc_prober *b, struct more_abort *a,
                                     struct dc_err *err)
{
    struct dc_probe_ask q = dc_probe_ask_default(b, MORE_LONG);
    struct dc_probe_answer answer;
    unsigned room = b->p->n_ctx / 2;
    bool refused;
    dc_probe_answer_init(&answer);
    q.stream = true;
    q.max_tokens = room > 0 && room < MORE_TOKENS ? room : MORE_TOKENS;
    q.n_top = 0;
    q.enough = more_watch;
    q.arg = a;
    enum dc_status st = dc_probe_ask(b, &q, &answer, &refused, err);
    if (!st && !refused && a->seen)
        more_settle(b->p, a);
    dc_probe_answer_release(&answer);
    return st;
}

static enum dc_status more_abort(struct dc_prober *b, struct dc_err *err)
{
    struct more_abort a = {.seen = false};
    enum dc_status st = dc_call_open(&b->call_cfg, &a.call, err);
    if (st)
        return st;
    bool counts = more_before(a.call, &a.before);
    if (counts)
        st = more_abort_ask(b, &a, err);
    dc_call_close(a.call);
    if (st)
        return st;
    if (b->p->abort_stops == DC_KNOWN_NO)
        dc_probe_note(b->p, true,
                      "the server works on for an answer whose connection was "
                      "closed: what stopping early saves is not saved there");
    else if (!counts)
        dc_probe_note(b->p, false,
                      "neither /metrics nor /slots says how many requests "
                      "run, so that nothing can be said of aborts "
                      "(llama-server has them with --metrics, --slots)");
    return DC_OK;
}

/* ---- several choices ---- */

/* Time for n choices of one token on a prompt that was never sent before. */
static enum dc_status more_time(struct dc_prober *b, unsigned n, double *ms,
                                struct dc_err *err)
{
    unsigned room = b->p->n_ctx / 4;
    unsigned words = room > 0 && room < MORE_WORDS ? room : MORE_WORDS;
    struct dc_probe_answer a;
    struct dc_buf text;
    bool refused;
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_addf(&text, "%.0f %u", dc_clock_ms(), b->p->n_request);
    for (unsigned i = 0; i < words; i++)
        dc_buf_addf(&text, " word%u", i % 97);
    struct dc_probe_ask q = dc_probe_ask_default(b, text.data);
    dc_probe_answer_init(&a);
    q.n = n;
    q.n_top = 0;
    q.max_tokens = 1;
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    if (!st && !refused && (*ms == 0 || a.ms < *ms))
        *ms = a.ms;
    dc_probe_answer_release(&a);
    dc_buf_release(&text);
    return st;
}

static enum dc_status more_share(struct dc_prober *b, struct dc_err *err)
{
    enum { ROUNDS = 2, SHARED = 2 };
    struct dc_probe *p = b->p;
    double one = 0, four = 0;
    enum dc_status st = DC_OK;
    if (!p->several || p->shares != DC_KNOWN_NOT)
        return DC_OK;
    for (unsigned i = 0; i < ROUNDS && !st; i++) {
        st = more_time(b, 1, &one, err);
        if (!st)
            st = more_time(b, DC_PROBE_CHOICES, &four, err);
    }
    if (st || one < MORE_LEAST_MS || four == 0)
        return st;
    p->share_ratio = four / one;
    p->shares = p->share_ratio < SHARED ? DC_KNOWN_YES : DC_KNOWN_NO;
    return DC_OK;
}

/* ---- alternatives ---- */

static enum dc_status more_top(struct dc_prober *b, struct dc_err *err)
{
    struct dc_probe *p = b->p;
    unsigned got, told;
    if (!p->logprobs || p->n_top_max < b->n_ask || dc_probe_bad(p, NULL))
        return DC_OK;
    enum dc_status st = dc_probe_list(b, MORE_TOP, &got, &told, err);
    if (!st && told > p->n_top_max)
        st = dc_probe_list(b, told, &got, &told, err);
    if (!st && got > p->n_top_max)
        p->n_top_max = got;
    return st;
}

/* ---- all of them ---- */

static const struct {
    enum dc_status (*ask)(struct dc_prober *b, struct dc_err *err);
    const char *what;
    bool closes; /* a run that closes answers wants to know it, too */
} more_question[] = {
    {more_top, "how many alternatives there are at most", false},
    {more_share, "whether choices share the work on their prompt", false},
    {more_abort, "whether an abort stops the server", true},
};

static bool more_wanted(const struct dc_probe_cfg *c, size_t i)
{
    return c->whole || (c->closes && more_question[i].closes);
}

unsigned dc_probe_more_count(const struct dc_probe_cfg *c)
{
    unsigned n = 0;
    for (size_t i = 0; i < DC_COUNT(more_question); i++)
        n += more_wanted(c, i);
    return n;
}

enum dc_status dc_probe_more(struct dc_prober *b, struct dc_err *err)
{
    for (size_t i = 0; i < DC_COUNT(more_question); i++) {
        const char *what = more_question[i].what;
        struct dc_err why;
        if (!more_wanted(b->cfg, i))
            continue;
        dc_probe_tell(b, what);
        enum dc_status st = more_question[i].ask(b, &why);
        if (st && st != DC_BACKEND)
            return dc_fail(err, st, "%s", why.msg);
        if (st) /* what is known without it is worth printing */
            dc_probe_note(b->p, false, "%s was not found out: %s", what,
                          why.msg);
    }
    return DC_OK;
}
