/*
 * backend_contract.h - the promises of infer/backend.h as a suite that any
 * backend can be put through: what all promise, and what the repeatable ones
 * promise besides.
 *
 *   static const struct contract subject = {.ops = ..., .cfg = ..., ...};
 *   const struct CMUnitTest tests[] = {CONTRACT_TESTS(&subject),
 *                                      CONTRACT_REPEATABLE_TESTS(&subject)};
 *
 * Everything goes through one driver, contract_run(): it puts a list of jobs
 * (prompt, trace index) through a backend with so many slots, refilling them
 * in the order of the list, checks every event on the way, and keeps what each
 * trace gave. The tests then compare runs that may not differ. That a backend
 * leaks nothing shows in a sanitizer run.
 */
#ifndef DC_TEST_BACKEND_CONTRACT_H
#define DC_TEST_BACKEND_CONTRACT_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "infer/backend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct contract {
    const struct dc_backend_ops *ops;
    struct dc_backend_cfg cfg;
    const char *prompt[2]; /* two different ones */
    unsigned n_trace;      /* of each prompt, 2 or more */
    unsigned max_tokens;   /* 4 or more */
    unsigned n_ctx;
    bool scripted; /* traces don't depend on the seed */
    bool to_end;   /* of its requests */
    /* markers of the vocabulary, of each kind; NULL: no more of them */
    const char *marker[8];
};

enum {
    CONTRACT_SLOTS_MAX = 16,
    CONTRACT_JOBS_MAX = 64,
    CONTRACT_EVENTS = 64,
    CONTRACT_POLLS = 100000 /* of a run, that bring nothing */
};

struct contract_job {
    unsigned prompt, index;
    bool cancel;           /* take it out ... */
    unsigned cancel_after; /* ... when it has so many tokens */
    struct dc_buf text;    /* result */
    struct dc_token *tok;  /* result [n] */
    struct dc_buf top;     /* result: the lists as they came */
    size_t n;              /* result */
    enum dc_finish finish; /* result; NONE: cancelled */
    unsigned attempt;      /* result */
    bool whole;            /* result */
    size_t n_prompt;       /* result; 0: not told */
    bool out;              /* a server is asked for it */
    bool done;
};

struct contract_jobs {
    struct contract_job job[CONTRACT_JOBS_MAX];
    size_t n;
};

/* How a run differs from the usual one. */
struct contract_how {
    unsigned n_slots;
    unsigned max_tokens; /* 0: the subject's */
    unsigned n_ctx;      /* 0: the subject's */
    uint64_t seed;
    bool reopen; /* close and open the prompts again before begin */
};

static struct dc_backend *contract_open(const struct contract *c)
{
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    if (c->ops->open(&c->cfg, &b, &err))
        fail_msg("%s", err.msg);
    assert_non_null(b);
    assert_ptr_equal(b->ops, c->ops);
    return b;
}

static struct dc_backend_prompt *
contract_prompt(const struct contract *c, struct dc_backend *b, unsigned i)
{
    struct dc_backend_prompt *p = NULL;
    struct dc_err err = {.msg = ""};
    const char *text = c->prompt[i];
    if (c->ops->prompt_open(b, text, strlen(text), &p, &err))
        fail_msg("%s", err.msg);
    if (c->ops->info(b)->caps.counts_prompt)
        assert_true(p->n_tok >= 1 && p->n_tok < c->n_ctx);
    else
        assert_int_equal(p->n_tok, 0);
    return p;
}

/* All traces of the prompts from .. to, one after the other. */
static void contract_jobs_init(struct contract_jobs *j,
                               const struct contract *c, unsigned from,
                               unsigned to)
{
    j->n = 0;
    for (unsigned t = 0; t < c->n_trace; t++) {
        for (unsigned p = from; p <= to; p++) {
            assert_true(j->n < CONTRACT_JOBS_MAX);
            j->job[j->n] = (struct contract_job){.prompt = p, .index = t};
            dc_buf_init(&j->job[j->n].top, 1 << 24);
            dc_buf_init(&j->job[j->n++].text, 1 << 24);
        }
    }
}

static void contract_jobs_release(struct contract_jobs *j)
{
    for (size_t i = 0; i < j->n; i++) {
        dc_buf_release(&j->job[i].text);
        dc_buf_release(&j->job[i].top);
        free(j->job[i].tok);
    }
}

static struct contract_job *contract_find(struct contract_jobs *j, unsigned p,
                                          unsigned index)
{
    for (size_t i = 0; i < j->n; i++)
        if (j->job[i].prompt == p && j->job[i].index == index)
            return &j->job[i];
    fail_msg("no job for prompt %u, trace %u", p, index);
    return NULL;
}

static void contract_check_token(const struct dc_backend_info *info,
                                 const struct dc_event *ev)
{
    const struct dc_token *t = &ev->token;
    double log_vocab = log((double)info->n_vocab);
    assert_int_equal(ev->parts & ~(unsigned)DC_TOKEN_ALL, 0);
    assert_int_equal(ev->parts & ~info->caps.parts, 0);
    if (ev->parts & DC_TOKEN_ID)
        assert_true(t->id >= 0 && (size_t)t->id < info->n_vocab);
    if (ev->parts & DC_TOKEN_LOGPROB)
        assert_true(isfinite(t->logprob) && t->logprob <= 0);
    if (ev->parts & DC_TOKEN_CONF)
        assert_true(isfinite(t->conf) && t->conf >= 0);
    if (ev->parts & DC_TOKEN_ENTROPY)
        assert_true(t->entropy >= 0 && t->entropy <= log_vocab + 1e-4);
    if (ev->parts & DC_TOKEN_SELF_CERT)
        assert_true(isfinite(t->self_cert) && t->self_cert >= -1e-4);
}

/*
 * A list of top log-probabilities is in order and agrees with the record: the
 * sampled token has its own in it, or is no more probable than the last; with
 * all of the k in it their mean is -C.
 */
static void contract_check_top(const struct contract *c,
                               const struct dc_backend_info *info,
                               const struct dc_event *ev)
{
    const struct dc_token *t = &ev->token;
    double sum = 0;
    bool in = false, ids = info->caps.vocabulary;
    assert_true(ev->n_alt <= c->cfg.n_top);
    for (size_t i = 0; i < ev->n_alt; i++) {
        const struct dc_alt *x = &ev->alt[i];
        assert_true(isfinite(x->logprob) && x->logprob <= 0);
        assert_true(i == 0 || x->logprob <= ev->alt[i - 1].logprob);
        assert_true(ids ? x->id >= 0 && !x->bytes : x->id == -1 && x->bytes);
        for (size_t k = 0; k < i; k++)
            assert_true(ids ? x->id != ev->alt[k].id
                            : x->n != ev->alt[k].n ||
                                  memcmp(x->bytes, ev->alt[k].bytes, x->n));
        if (ids && x->id == t->id) {
            assert_memory_equal(&x->logprob, &t->logprob, sizeof t->logprob);
            in = true;
        }
        sum -= (double)x->logprob;
    }
    if (ids && !c->scripted && ev->n_alt > 0 && !in)
        assert_true(t->logprob <= ev->alt[ev->n_alt - 1].logprob);
    if (!c->scripted && ev->n_alt > 0 && ev->n_alt == c->cfg.k &&
        (ev->parts & DC_TOKEN_CONF))
        assert_true(fabs(sum / c->cfg.k - (double)t->conf) <=
                    1e-5 * (1 + (double)t->conf));
}

static void contract_forget(struct contract_job *j)
{
    dc_buf_clear(&j->text);
    dc_buf_clear(&j->top);
    j->n = 0;
}

static void contract_take_token(struct contract_job *j,
                                const struct dc_event *ev)
{
    dc_buf_add(&j->text, ev->piece, ev->n_piece);
    for (size_t i = 0; i < ev->n_alt; i++) {
        const struct dc_top_logprob x = {ev->alt[i].id, ev->alt[i].logprob};
        dc_buf_add(&j->top, &x, sizeof x);
    }
    j->tok = dc_xrealloc(j->tok, j->n + 1, sizeof *j->tok);
    j->tok[j->n++] = ev->token;
}

/* A server's trace is said to be sent before anything comes of it; others never
 * are. */
static void contract_take_move(const struct dc_backend_info *info,
                               const struct dc_event *ev,
                               struct contract_job *j)
{
    const unsigned came = DC_EVENT_PROMPT | DC_EVENT_TOKEN | DC_EVENT_END;
    const unsigned moves = DC_EVENT_SENDING | DC_EVENT_HELD;
    assert_true(info->n_endpoint > 0 || !(ev->what & moves));
    assert_true(!(ev->what & DC_EVENT_SENDING) || !j->out ||
                ev->what & DC_EVENT_RESTART);
    assert_true(!(ev->what & (DC_EVENT_HELD | DC_EVENT_RESTART)) || j->out);
    assert_true(!(ev->what & moves) || !(ev->what & came));
    if (ev->what & (moves | DC_EVENT_RESTART))
        j->out = ev->what & DC_EVENT_SENDING;
    assert_true(info->n_endpoint == 0 || !(ev->what & came) || j->out);
}

/* Put one event into its job; the slot's entry becomes NULL at its end. */
static void contract_take(const struct dc_backend_info *info,
                          const struct dc_event *ev, unsigned max_tokens,
                          struct contract_job **busy)
{
    struct contract_job *j = *busy;
    assert_non_null(j); /* no event behind an END, or of a cancelled trace */
    assert_true(ev->what != 0);
    bool again = ev->what & DC_EVENT_RESTART;
    assert_int_equal(ev->attempt, j->attempt + again);
    assert_true(!again || !info->caps.repeatable);
    j->attempt = ev->attempt;
    j->whole = ev->whole;
    assert_true(!ev->whole || !info->caps.repeatable);
    if (again)
        contract_forget(j);
    contract_take_move(info, ev, j);
    if (ev->what & DC_EVENT_PROMPT) {
        assert_true(ev->n_prompt > 0);
        j->n_prompt = ev->n_prompt;
    }
    if (ev->what & DC_EVENT_TOKEN) {
        contract_check_token(info, ev);
        contract_take_token(j, ev);
    }
    assert_true(j->n <= max_tokens);
    if (!(ev->what & DC_EVENT_END))
        return;
    assert_int_not_equal(ev->finish, DC_FINISH_NONE);
    j->finish = ev->finish;
    j->done = true;
    *busy = NULL;
}

/* State of a run. */
struct contract_driver {
    const struct contract *c;
    const struct contract_how *how;
    struct dc_backend *b;
    struct dc_backend_prompt *prompt[2];
    struct contract_job *busy[CONTRACT_SLOTS_MAX];
    unsigned max_tokens;
    unsigned n_idle; /* polls that brought nothing */
};

static void contract_start(struct contract_driver *d, unsigned slot,
                           struct contract_job *j)
{
    struct dc_err err = {.msg = ""};
    const char *text = d->c->prompt[j->prompt];
    struct dc_trace_req req = {
        .prompt = d->prompt[j->prompt],
        .seed = d->how->seed,
        .stream = dc_hash64(text, strlen(text)),
        .index = j->index,
        .to_end = d->c->to_end,
        .max_tokens = d->max_tokens,
        .sampling = {.temperature = 1, .top_p = 1},
    };
    if (d->c->ops->start(d->b, slot, &req, &err))
        fail_msg("%s", err.msg);
    d->busy[slot] = j;
    j->attempt = 1;
}

/* Take out the jobs that are due; true if a slot is busy still. */
static bool contract_cancel_due(struct contract_driver *d)
{
    bool any = false;
    for (unsigned s = 0; s < d->how->n_slots; s++) {
        struct contract_job *j = d->busy[s];
        if (j && j->cancel && j->n >= j->cancel_after) {
            d->c->ops->cancel(d->b, s);
            j->done = true;
            d->busy[s] = NULL;
        }
        any = any || d->busy[s];
    }
    return any;
}

static void contract_poll(struct contract_driver *d)
{
    struct dc_event ev[CONTRACT_EVENTS];
    size_t n_ev = 0;
    struct dc_err err = {.msg = ""};
    const struct dc_backend_info *info = d->c->ops->info(d->b);
    if (d->c->ops->poll(d->b, 100, ev, CONTRACT_EVENTS, &n_ev, &err))
        fail_msg("%s", err.msg);
    assert_true(n_ev <= CONTRACT_EVENTS);
    assert_true(n_ev >= 1 || !info->caps.counts_prompt);
    if (n_ev == 0)
        assert_true(d->n_idle++ < CONTRACT_POLLS);
    for (size_t i = 0; i < n_ev; i++) {
        assert_true(ev[i].slot < d->how->n_slots);
        if (ev[i].what & DC_EVENT_TOKEN)
            contract_check_top(d->c, info, &ev[i]);
        contract_take(info, &ev[i], d->max_tokens, &d->busy[ev[i].slot]);
    }
}

/* Run all jobs in the order of the list. */
static void contract_run(const struct contract *c,
                         const struct contract_how *how,
                         struct contract_jobs *jobs)
{
    struct contract_driver d = {.c = c, .how = how};
    struct dc_err err = {.msg = ""};
    assert_true(how->n_slots <= CONTRACT_SLOTS_MAX);
    d.b = contract_open(c);
    d.max_tokens = how->max_tokens ? how->max_tokens : c->max_tokens;
    d.prompt[0] = contract_prompt(c, d.b, 0);
    if (how->reopen) {
        c->ops->prompt_close(d.b, d.prompt[0]);
        d.prompt[0] = contract_prompt(c, d.b, 0);
    }
    unsigned n_ctx = how->n_ctx ? how->n_ctx : c->n_ctx;
    if (!c->ops->info(d.b)->caps.counts_prompt)
        n_ctx = 0;
    if (c->ops->begin(d.b, how->n_slots, n_ctx, &err))
        fail_msg("%s", err.msg);
    d.prompt[1] = contract_prompt(c, d.b, 1); /* behind begin, as allowed */

    size_t next = 0;
    do {
        for (unsigned s = 0; s < how->n_slots && next < jobs->n; s++)
            if (!d.busy[s])
                contract_start(&d, s, &jobs->job[next++]);
        if (contract_cancel_due(&d))
            contract_poll(&d);
    } while (next < jobs->n || contract_cancel_due(&d));
    for (size_t i = 0; i < jobs->n; i++)
        assert_true(jobs->job[i].done);
    c->ops->prompt_close(d.b, d.prompt[0]);
    c->ops->prompt_close(d.b, NULL);
    c->ops->close(d.b); /* frees the other prompt */
}

/* The first n tokens of a and b are the same, to the last bit. */
static void contract_same_tokens(const struct contract_job *a,
                                 const struct contract_job *b, size_t n)
{
    assert_true(a->n >= n && b->n >= n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a->tok[i].id, b->tok[i].id);
        assert_memory_equal(&a->tok[i], &b->tok[i], sizeof a->tok[i]);
    }
}

static void contract_same(const struct contract_job *a,
                          const struct contract_job *b)
{
    assert_int_equal(a->n, b->n);
    contract_same_tokens(a, b, a->n);
    assert_int_equal(a->finish, b->finish);
    assert_int_equal(a->text.n, b->text.n);
    assert_string_equal(a->text.data, b->text.data);
    assert_int_equal(a->top.n, b->top.n);
    assert_memory_equal(a->top.data, b->top.data, a->top.n);
}

/* Job a is the beginning of b: its first a->n tokens. */
static void contract_prefix(const struct contract_job *a,
                            const struct contract_job *b)
{
    contract_same_tokens(a, b, a->n);
    assert_true(a->text.n <= b->text.n);
    if (a->text.n > 0)
        assert_memory_equal(a->text.data, b->text.data, a->text.n);
}

/* The usual run, which the others are compared with: one slot. */
static void contract_reference(const struct contract *c,
                               struct contract_jobs *ref)
{
    contract_jobs_init(ref, c, 0, 1);
    contract_run(c, &(struct contract_how){.n_slots = 1, .seed = 7}, ref);
    size_t n_tok = 0;
    for (size_t i = 0; i < ref->n; i++)
        n_tok += ref->job[i].n;
    assert_true(n_tok > ref->n); /* there is something to compare */
}

/* ---- the tests ---- */

static void contract_test_open_close(void **state)
{
    const struct contract *c = *state;
    struct dc_backend *b = contract_open(c);
    const struct dc_backend_info *info = c->ops->info(b);
    assert_string_equal(info->name, c->ops->name);
    assert_true(info->model_name[0] && info->model_desc[0]);
    assert_true(info->version[0] && info->logprob_mode[0]);
    assert_non_null(info->system);
    assert_non_null(info->device);
    if (info->caps.vocabulary) {
        assert_int_equal(strspn(info->model_sha256, "0123456789abcdef"), 64);
        assert_int_equal(strspn(info->template_sha256, "0123456789abcdef"), 64);
        assert_true(info->n_vocab > 0 && info->caps.n_ctx > 0);
        assert_int_equal(info->caps.parts, DC_TOKEN_ALL);
        assert_non_null(c->ops->token_text);
    }
    for (size_t i = 0; i < info->n_endpoint; i++)
        assert_true(info->endpoint[i].url[0] && info->endpoint[i].model[0]);
    assert_true(info->think == DC_THINK_OFF || info->think == DC_THINK_ON);
    struct dc_backend_prompt *p = contract_prompt(c, b, 0);
    contract_prompt(c, b, 1);
    contract_prompt(c, b, 0); /* the same text twice */
    c->ops->prompt_close(b, p);
    c->ops->close(b); /* with open prompts, before begin */
    c->ops->close(NULL);
}

static void contract_test_no_model(void **state)
{
    const struct contract *c = *state;
    struct dc_backend_cfg cfg = c->cfg;
    struct dc_backend *b = NULL;
    struct dc_err err = {.msg = ""};
    cfg.model = "/nonexistent/model.gguf";
    assert_int_not_equal(c->ops->open(&cfg, &b, &err), DC_OK);
    assert_null(b);
    assert_non_null(strstr(err.msg, cfg.model));
}

/* What every backend holds: each trace of the list ends in its own slot, with
 * its prompt counted, whatever the number of slots. */
static void contract_test_ends(void **state)
{
    const struct contract *c = *state;
    static const unsigned n_slots[] = {1, 3, 16};
    for (size_t k = 0; k < DC_COUNT(n_slots); k++) {
        struct contract_jobs run;
        struct contract_how how = {
            .n_slots = n_slots[k], .seed = 7, .reopen = true};
        size_t n_tok = 0;
        contract_jobs_init(&run, c, 0, 1);
        contract_run(c, &how, &run);
        for (size_t i = 0; i < run.n; i++) {
            assert_int_not_equal(run.job[i].finish, DC_FINISH_NONE);
            assert_int_equal(
                run.job[i].n_prompt,
                contract_find(&run, run.job[i].prompt, 0)->n_prompt);
            n_tok += run.job[i].n;
        }
        assert_true(n_tok > run.n);
        contract_jobs_release(&run);
    }
}

/* A trace that is taken out frees its slot, and disturbs no other. */
static void contract_test_leaving(void **state)
{
    const struct contract *c = *state;
    for (unsigned after = 0; after <= c->max_tokens; after += 2) {
        struct contract_jobs run;
        contract_jobs_init(&run, c, 0, 1);
        for (size_t i = 0; i < run.n; i += 3) {
            run.job[i].cancel = true;
            run.job[i].cancel_after = after;
        }
        contract_run(c, &(struct contract_how){.n_slots = 3, .seed = 7}, &run);
        for (size_t i = 0; i < run.n; i++)
            assert_true(run.job[i].cancel ||
                        run.job[i].finish != DC_FINISH_NONE);
        contract_jobs_release(&run);
    }
}

static void contract_test_length(void **state)
{
    const struct contract *c = *state;
    for (unsigned max = 1; max < 4; max++) {
        struct contract_jobs run;
        struct contract_how how = {.n_slots = 3, .seed = 7, .max_tokens = max};
        contract_jobs_init(&run, c, 0, 1);
        contract_run(c, &how, &run);
        for (size_t i = 0; i < run.n; i++) {
            assert_true(run.job[i].n <= max);
            if (run.job[i].finish == DC_FINISH_LENGTH)
                assert_int_equal(run.job[i].n, max);
        }
        contract_jobs_release(&run);
    }
}

static inline void contract_test_slots(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    static const unsigned n_slots[] = {1, 3, 16};
    for (size_t k = 0; k < DC_COUNT(n_slots); k++) {
        struct contract_how how = {
            .n_slots = n_slots[k], .seed = 7, .reopen = true};
        contract_jobs_init(&run, c, 0, 1);
        contract_run(c, &how, &run);
        for (size_t i = 0; i < ref.n; i++)
            contract_same(&run.job[i], &ref.job[i]);
        contract_jobs_release(&run);
    }
    contract_jobs_release(&ref);
}

static inline void contract_test_order(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    contract_jobs_init(&run, c, 0, 1);
    for (size_t i = 0; i < run.n / 2; i++) {
        struct contract_job swap = run.job[i];
        run.job[i] = run.job[run.n - 1 - i];
        run.job[run.n - 1 - i] = swap;
    }
    contract_run(c, &(struct contract_how){.n_slots = 3, .seed = 7}, &run);
    for (size_t i = 0; i < ref.n; i++)
        contract_same(contract_find(&run, ref.job[i].prompt, ref.job[i].index),
                      &ref.job[i]);
    contract_jobs_release(&run);
    contract_jobs_release(&ref);
}

/* The reference has the two prompts interleaved; here each is alone. */
static inline void contract_test_prompts_apart(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    for (unsigned p = 0; p < 2; p++) {
        contract_jobs_init(&run, c, p, p);
        contract_run(c, &(struct contract_how){.n_slots = 4, .seed = 7}, &run);
        for (size_t i = 0; i < run.n; i++)
            contract_same(&run.job[i],
                          contract_find(&ref, p, run.job[i].index));
        contract_jobs_release(&run);
    }
    contract_jobs_release(&ref);
}

static inline void contract_test_cancel(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    for (unsigned after = 0; after <= c->max_tokens; after++) {
        contract_jobs_init(&run, c, 0, 1);
        for (size_t i = 0; i < run.n; i += 3) {
            run.job[i].cancel = true;
            run.job[i].cancel_after = after;
        }
        contract_run(c, &(struct contract_how){.n_slots = 3, .seed = 7}, &run);
        for (size_t i = 0; i < run.n; i++) {
            if (run.job[i].finish != DC_FINISH_NONE) {
                contract_same(&run.job[i], &ref.job[i]);
                continue;
            }
            assert_true(run.job[i].cancel);
            assert_int_equal(run.job[i].n, after);
            contract_prefix(&run.job[i], &ref.job[i]);
        }
        contract_jobs_release(&run);
    }
    contract_jobs_release(&ref);
}

static inline void contract_test_max_tokens(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    for (unsigned max = 1; max < 4; max++) {
        struct contract_how how = {.n_slots = 3, .seed = 7, .max_tokens = max};
        contract_jobs_init(&run, c, 0, 1);
        contract_run(c, &how, &run);
        for (size_t i = 0; i < run.n; i++) {
            contract_prefix(&run.job[i], &ref.job[i]);
            if (ref.job[i].n < max)
                contract_same(&run.job[i], &ref.job[i]);
            else
                assert_int_equal(run.job[i].finish, DC_FINISH_LENGTH);
            assert_int_equal(run.job[i].n,
                             ref.job[i].n < max ? ref.job[i].n : max);
        }
        contract_jobs_release(&run);
    }
    contract_jobs_release(&ref);
}

static inline void contract_test_full_context(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    struct dc_backend *b = contract_open(c);
    unsigned n_tok = (unsigned)contract_prompt(c, b, 0)->n_tok;
    c->ops->close(b);
    struct contract_how how = {.n_slots = 2, .seed = 7, .n_ctx = n_tok + 3};
    contract_jobs_init(&run, c, 0, 0);
    contract_run(c, &how, &run);
    for (size_t i = 0; i < run.n; i++) {
        struct contract_job *want = contract_find(&ref, 0, run.job[i].index);
        contract_prefix(&run.job[i], want);
        assert_int_equal(run.job[i].n, want->n < 3 ? want->n : 3);
        if (want->n > 3)
            assert_int_equal(run.job[i].finish, DC_FINISH_CONTEXT);
    }
    contract_jobs_release(&run);
    contract_jobs_release(&ref);
}

static bool contract_equal(const struct contract_job *a,
                           const struct contract_job *b)
{
    return a->n == b->n &&
           (a->n == 0 || memcmp(a->tok, b->tok, a->n * sizeof *a->tok) == 0);
}

/*
 * Seed, prompt and trace index all show in sampled traces; in scripted ones
 * the seed must not.
 */
static inline void contract_test_draws_differ(void **state)
{
    const struct contract *c = *state;
    struct contract_jobs ref, run;
    contract_reference(c, &ref);
    contract_jobs_init(&run, c, 0, 1);
    contract_run(c, &(struct contract_how){.n_slots = 3, .seed = 8}, &run);
    size_t n_same_seed = 0, n_same_index = 0, n_same_prompt = 0;
    for (size_t i = 0; i < ref.n; i++) {
        const struct contract_job *j = &ref.job[i];
        n_same_seed += contract_equal(&run.job[i], j);
        n_same_prompt +=
            contract_equal(contract_find(&ref, 1 - j->prompt, j->index), j);
        n_same_index += j->index > 0 &&
                        contract_equal(contract_find(&ref, j->prompt, 0), j);
    }
    if (c->scripted)
        assert_int_equal(n_same_seed, ref.n);
    else
        assert_true(n_same_seed < ref.n / 2);
    assert_true(n_same_prompt < ref.n / 2);
    assert_true(n_same_index < ref.n);
    contract_jobs_release(&run);
    contract_jobs_release(&ref);
}

/* Top log-probabilities change no trace, and slots don't show in them; fewer of
 * them are the first of more; each has a text. */
static inline void contract_test_top(void **state)
{
    struct contract c = *(const struct contract *)*state;
    struct contract_jobs none, few, all;
    struct dc_buf text;
    contract_reference(&c, &none);
    c.cfg.n_top = 3;
    contract_jobs_init(&few, &c, 0, 1);
    contract_run(&c, &(struct contract_how){.n_slots = 3, .seed = 7}, &few);
    c.cfg.n_top = c.cfg.k;
    contract_reference(&c, &all);
    dc_buf_init(&text, 1 << 16);
    struct dc_backend *b = contract_open(&c);
    for (size_t i = 0; i < all.n; i++) {
        const struct contract_job *x = &all.job[i], *y = &few.job[i];
        assert_int_equal(x->n, none.job[i].n);
        contract_same_tokens(x, &none.job[i], x->n);
        contract_same_tokens(y, &none.job[i], x->n);
        assert_int_equal(none.job[i].top.n, 0);
        size_t n = x->top.n / sizeof(struct dc_top_logprob);
        const struct dc_top_logprob *t =
            (const struct dc_top_logprob *)(void *)x->top.data;
        const struct dc_top_logprob *u =
            (const struct dc_top_logprob *)(void *)y->top.data;
        for (size_t k = 0; !c.scripted && k < n / c.cfg.k * 3; k++)
            assert_memory_equal(&u[k], &t[k / 3 * c.cfg.k + k % 3], sizeof *u);
        for (size_t k = 0; k < n; k += 7) {
            dc_buf_clear(&text);
            c.ops->token_text(b, t[k].id, &text);
            assert_true(text.n > 0);
        }
        assert_true(c.scripted || n == x->n * c.cfg.k);
    }
    c.ops->close(b);
    dc_buf_release(&text);
    contract_jobs_release(&none);
    contract_jobs_release(&few);
    contract_jobs_release(&all);
}

/* Markers inside a user's text stay text: two tokens or more. */
static inline void contract_test_markers(void **state)
{
    const struct contract *c = *state;
    struct dc_backend *b = contract_open(c);
    for (size_t i = 0; i < DC_COUNT(c->marker) && c->marker[i]; i++) {
        size_t n_tok[2];
        for (size_t k = 0; k < 2; k++) {
            struct dc_backend_prompt *p = NULL;
            struct dc_err err = {.msg = ""};
            struct dc_buf t;
            dc_buf_init(&t, 1000);
            dc_buf_addf(&t, "a %s b", k ? c->marker[i] : "");
            if (c->ops->prompt_open(b, t.data, t.n, &p, &err))
                fail_msg("%s", err.msg);
            n_tok[k] = p->n_tok;
            dc_buf_release(&t);
        }
        if (n_tok[1] < n_tok[0] + 2)
            fail_msg("%s was read as a marker", c->marker[i]);
    }
    c->ops->close(b);
}

#define CONTRACT_TEST(f, subject)                                              \
    {                                                                          \
#f, f, NULL, NULL, (void *)(uintptr_t)(subject)                        \
    }

#define CONTRACT_TESTS(subject)                                                \
    CONTRACT_TEST(contract_test_open_close, subject),                          \
        CONTRACT_TEST(contract_test_no_model, subject),                        \
        CONTRACT_TEST(contract_test_ends, subject),                            \
        CONTRACT_TEST(contract_test_leaving, subject),                         \
        CONTRACT_TEST(contract_test_length, subject)

#define CONTRACT_REPEATABLE_TESTS(subject)                                     \
    CONTRACT_TEST(contract_test_slots, subject),                               \
        CONTRACT_TEST(contract_test_order, subject),                           \
        CONTRACT_TEST(contract_test_prompts_apart, subject),                   \
        CONTRACT_TEST(contract_test_cancel, subject),                          \
        CONTRACT_TEST(contract_test_max_tokens, subject),                      \
        CONTRACT_TEST(contract_test_full_context, subject),                    \
        CONTRACT_TEST(contract_test_draws_differ, subject),                    \
        CONTRACT_TEST(contract_test_top, subject),                             \
        CONTRACT_TEST(contract_test_markers, subject)

#endif
