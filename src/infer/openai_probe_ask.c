/*
 * openai_probe_ask.c - one question of the probe and what came of it.
 *
 * Fields beyond OpenAI's interface are sent as long as the server does not
 * refuse them. A refusal mostly names what it refuses, somewhere in its body;
 * what it names is left out, and the question asked again.
 */
#include "base/json.h"
#include "base/utf8.h"
#include "infer/openai_probe_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ASK_TRIES = 12, /* at most: each leaves something out */
    ASK_SEARCHED = 1 << 16
};

/* ---- an answer ---- */

void dc_probe_answer_init(struct dc_probe_answer *a)
{
    *a = (struct dc_probe_answer){.n_choice = 0};
    dc_arena_init(&a->arena);
    dc_buf_init(&a->words, SIZE_MAX);
    for (size_t i = 0; i < DC_PROBE_CHOICES; i++) {
        dc_buf_init(&a->choice[i].text, SIZE_MAX);
        dc_buf_init(&a->choice[i].reasoning, SIZE_MAX);
    }
}

void dc_probe_answer_release(struct dc_probe_answer *a)
{
    for (size_t i = 0; i < DC_PROBE_CHOICES; i++) {
        dc_buf_release(&a->choice[i].text);
        dc_buf_release(&a->choice[i].reasoning);
    }
    dc_buf_release(&a->words);
    dc_arena_release(&a->arena);
    json_decref(a->json);
}

static struct dc_chunk_alt answer_alt(struct dc_probe_answer *a,
                                      const struct dc_chunk_alt *x)
{
    struct dc_chunk_alt out = *x;
    if (x->bytes)
        out.bytes = dc_arena_strndup(&a->arena, x->bytes, x->n);
    return out;
}

static void answer_tok(struct dc_probe_answer *a, struct dc_probe_choice *c,
                       const struct dc_chunk_tok *t,
                       const struct dc_chunk_alt *alt)
{
    struct dc_chunk_tok out = {.it = answer_alt(a, &t->it), .alt = a->n_alt};
    for (size_t i = 0; i < t->n_alt; i++, out.n_alt++) {
        a->alt = dc_arena_more(&a->arena, a->alt, a->n_alt, sizeof *a->alt);
        a->alt[a->n_alt++] = answer_alt(a, &alt[i]);
    }
    c->tok = dc_arena_more(&a->arena, c->tok, c->n_tok, sizeof *c->tok);
    c->tok[c->n_tok++] = out;
}

static void answer_choice(struct dc_probe_answer *a,
                          const struct dc_chunk *chunk,
                          const struct dc_chunk_choice *x)
{
    if (x->index >= DC_PROBE_CHOICES) {
        a->n_choice = DC_PROBE_CHOICES + 1;
        return;
    }
    struct dc_probe_choice *c = &a->choice[x->index];
    a->n_choice += !c->seen;
    c->seen = true;
    dc_buf_add(&c->text, x->text.s ? x->text.s : "", x->text.n);
    dc_buf_add(&c->text, x->refusal.s ? x->refusal.s : "", x->refusal.n);
    dc_buf_add(&c->reasoning, x->reasoning.s ? x->reasoning.s : "",
               x->reasoning.n);
    if (x->finish != DC_FINISH_NONE)
        c->finish = x->finish;
    if (x->n_tok > a->most_a_chunk)
        a->most_a_chunk = (unsigned)x->n_tok;
    for (size_t i = 0; i < x->n_tok; i++) {
        const struct dc_chunk_tok *t = &chunk->tok[x->tok + i];
        answer_tok(a, c, t, &chunk->alt[t->alt]);
    }
}

/* The latest that was told. */
static void answer_name(struct dc_probe_answer *a,
                        const struct dc_chunk_text *t, char **to)
{
    if (t->n > 0 && (!*to || strcmp(*to, t->s) != 0))
        *to = dc_arena_strndup(&a->arena, t->s, t->n);
}

static void answer_take(struct dc_probe_answer *a, const struct dc_chunk *chunk)
{
    if (chunk->error.is) {
        const struct dc_chunk_text *m = &chunk->error.message;
        a->failed = true;
        dc_buf_clear(&a->words);
        dc_utf8_display(&a->words, m->s ? m->s : "", m->n < 4096 ? m->n : 4096,
                        300);
    }
    for (size_t i = 0; i < chunk->n_choice; i++)
        answer_choice(a, chunk, &chunk->choice[i]);
    answer_name(a, &chunk->fingerprint, &a->fingerprint);
    answer_name(a, &chunk->model, &a->model);
    for (size_t i = 0; i < DC_CHUNK_N_ODD; i++)
        a->odd[i] += chunk->odd[i];
    if (chunk->usage.has_prompt || chunk->usage.has_completion)
        a->usage = chunk->usage;
    a->n_computed += chunk->has_computed;
    if (chunk->has_computed && chunk->computed > a->computed)
        a->computed = chunk->computed;
}

struct ask_taker {
    const struct dc_probe_ask *q;
    struct dc_probe_answer *a;
    unsigned n_chunk;
};

static bool ask_take(void *arg, const struct dc_chunk *chunk)
{
    struct ask_taker *t = arg;
    if (!chunk) {
        dc_probe_answer_release(t->a);
        dc_probe_answer_init(t->a);
        t->n_chunk = 0;
        return true;
    }
    answer_take(t->a, chunk);
    t->n_chunk++;
    return !t->q->enough || !t->q->enough(t->q->arg, t->n_chunk);
}

/* ---- a question ---- */

struct dc_probe_ask dc_probe_ask_default(const struct dc_prober *b,
                                         const char *text)
{
    return (struct dc_probe_ask){
        .text = text,
        .n = 1,
        .n_top = b->n_ask,
        .max_tokens = DC_PROBE_TOKENS,
        .temperature = 1,
        .seed = 7,
        .think = b->cfg->think,
    };
}

static enum dc_status ask_body(const struct dc_prober *b,
                               const struct dc_probe_ask *q, struct dc_buf *out,
                               struct dc_err *err)
{
    const struct dc_probe *p = b->p;
    struct dc_openai_req r = {
        .api = p->api,
        .takes = p->takes,
        .model = p->model,
        .system = p->api == DC_API_CHAT ? b->cfg->system : NULL,
        .text = q->text,
        .n_text = strlen(q->text),
        .n = q->n,
        .has_seed = p->takes_seed,
        .seed = q->seed,
        .max_tokens = q->max_tokens,
        .sampling = dc_sampling_default(),
        .logprobs = p->logprobs,
        .n_top = q->n_top < b->n_ask ? q->n_top : b->n_ask,
        .stream = q->stream,
        .think = p->api == DC_API_COMPLETIONS        ? DC_THINK_AUTO
                 : p->takes & DC_TAKES_TEMPLATE_ARGS ? q->think
                                                     : b->cfg->think,
        .args = q->args ? q->args : b->cfg->args,
    };
    r.sampling.temperature = q->temperature;
    if (q->top_k)
        r.sampling.top_k = 1;
    if (q->min_p)
        r.sampling.min_p = 0.999;
    return dc_openai_body(&r, out, err);
}

/* ---- a refusal ---- */

static bool ask_says(const struct dc_call_reply *r, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= r->n_body && i < ASK_SEARCHED; i++)
        if (strncasecmp(r->body + i, word, n) == 0)
            return true;
    return false;
}

unsigned dc_probe_number(const char *s, unsigned below)
{
    unsigned best = 0;
    while (*s) {
        char *end;
        unsigned long v;
        if (*s < '0' || *s > '9') {
            s++;
            continue;
        }
        v = strtoul(s, &end, 10);
        if (v < below && v > best)
            best = (unsigned)v;
        s = end;
    }
    return best;
}

/* Leave out the fields that the refusal names; false: it names none. */
static bool ask_drop_named(struct dc_probe *p, const struct dc_call_reply *r)
{
    unsigned before = p->takes;
    for (const struct dc_probe_field *f = dc_probe_fields; f->name; f++)
        if (f->bit != DC_TAKES_MAX_COMPLETION && p->takes & f->bit &&
            ask_says(r, f->name))
            p->takes &= ~f->bit;
    if (ask_says(r, "max_completion_tokens") &&
        !(p->takes & DC_TAKES_MAX_COMPLETION)) {
        p->takes |= DC_TAKES_MAX_COMPLETION;
        return true;
    }
    if (p->takes == before && p->takes_seed && ask_says(r, "seed")) {
        p->takes_seed = false;
        return true;
    }
    return p->takes != before;
}

/* Fewer alternatives, or no log-probabilities at all. */
static bool ask_drop_logprobs(struct dc_prober *b,
                              const struct dc_call_reply *r)
{
    struct dc_probe *p = b->p;
    unsigned told = dc_probe_number(r->words, b->n_ask);
    if (!p->logprobs || !ask_says(r, "logprob"))
        return false;
    if (told > 0) {
        b->n_ask = told;
    } else if (ask_says(r, "support") || ask_says(r, "enabled") ||
               b->n_ask <= 5) {
        p->logprobs = false;
        b->n_ask = 0;
        dc_probe_note(p, false, "log-probabilities are refused: %d \"%s\"",
                      r->status, r->words);
    } else {
        b->n_ask = b->n_ask > DC_PROBE_TOP ? DC_PROBE_TOP : 5;
    }
    return true;
}

/*
 * Leave out what the refusal is about; false: there is nothing left. One that
 * names nothing is about what is new in the question: in the first one, about
 * any field beyond OpenAI's interface.
 */
static bool ask_drop(struct dc_prober *b, const struct dc_probe_ask *q,
                     const struct dc_call_reply *r)
{
    enum { OURS = DC_TAKES_USAGE | DC_TAKES_MAX_COMPLETION };
    struct dc_probe *p = b->p;
    bool heat = q->temperature != 1 && ask_says(r, "temperature");
    if ((r->status != 400 && r->status != 422) || heat)
        return false;
    if (ask_drop_named(p, r) || ask_drop_logprobs(b, r))
        return true;
    if (q->think != b->cfg->think && p->takes & DC_TAKES_TEMPLATE_ARGS) {
        p->takes &= ~(unsigned)DC_TAKES_TEMPLATE_ARGS;
        return true;
    }
    if (!q->first || (p->takes & ~(unsigned)OURS) == 0)
        return false;
    p->takes &= OURS;
    dc_probe_note(p, false,
                  "a field beyond OpenAI's interface is refused without its "
                  "name, so none is sent: %d \"%s\"",
                  r->status, r->words);
    return true;
}

/* ---- asking ---- */

static enum dc_status ask_once(struct dc_prober *b,
                               const struct dc_probe_ask *q,
                               struct dc_probe_answer *out,
                               struct dc_call_reply *r, struct dc_err *err)
{
    struct ask_taker taker = {.q = q, .a = out};
    struct dc_buf body;
    const struct dc_call_question post = {
        .path = dc_openai_path(b->p->api),
        .body = &body,
        .take = ask_take,
        .arg = &taker,
    };
    dc_buf_init(&body, SIZE_MAX);
    enum dc_status st = ask_body(b, q, &body, err);
    b->p->n_request++;
    if (!st)
        st = dc_call_post(b->call, &post, r, err);
    dc_buf_release(&body);
    out->n_asked = q->n_top < b->n_ask ? q->n_top : b->n_ask;
    out->ms = r->ms;
    return st;
}

enum dc_status dc_probe_ask(struct dc_prober *b, const struct dc_probe_ask *q,
                            struct dc_probe_answer *out, bool *refused,
                            struct dc_err *err)
{
    struct dc_call_reply r;
    *refused = false;
    for (unsigned i = 0; i < ASK_TRIES; i++) {
        enum dc_status st = ask_once(b, q, out, &r, err);
        if (st == DC_BACKEND && out->failed)
            break; /* it said why, and closed the connection */
        if (st)
            return st;
        if (r.status < 300)
            break;
        if (r.status == 401 || r.status == 403)
            return dc_call_refused(&r, err);
        bool expected = q->may_lack && ask_says(&r, q->may_lack);
        if (expected || !ask_drop(b, q, &r)) {
            dc_buf_clear(&out->words);
            dc_buf_adds(&out->words, r.words);
            *refused = true;
            out->status = r.status;
            dc_call_refused(&r, &out->why);
            break;
        }
    }
    if (!*refused && !r.streamed && !out->failed && !r.enough)
        out->json =
            dc_json_loadb(r.body, r.n_body, JSON_REJECT_DUPLICATES, NULL);
    if (!*refused && out->failed) {
        *refused = true;
        dc_fail(&out->why, DC_BACKEND, "%s sends an error: \"%s\"", r.url,
                out->words.data);
    }
    return DC_OK;
}
