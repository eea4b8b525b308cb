/*
 * served_pair.c - what a server must be able to do for two kinds of forms: a
 * chat that ends with what a model answered, and a reply whose words are
 * weighed.
 *
 * A chat that ends with the assistant's words is a question about them only if
 * the server closes that turn and opens another. llama-server goes on with the
 * turn instead, unless it is started with --no-prefill-assistant
 * (ggml-org/llama.cpp#13174, #13608); its /apply-template shows which. Ollama
 * always goes on.
 */
#include "base/json.h"
#include "infer/openai_call.h"
#include "infer/served_ask_priv.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* ---- the model's answer in a chat ---- */

static const char last_word[] = "Tomorrow";

static bool ends_in(const char *s, const char *word)
{
    size_t n = s ? strlen(s) : 0, m = strlen(word);
    return n >= m && !strcmp(s + n - m, word);
}

/* *goes_on: the server's prompt ends with the answer itself, to be gone on
 * with. A server that does not show its prompt is taken at its word. */
static enum dc_status ask_template(const struct dc_served_ask *a, bool *goes_on,
                                   struct dc_err *err)
{
    struct dc_call_cfg cfg = dc_call_cfg_default(a->url);
    struct dc_call_reply reply = {.status = 0};
    struct dc_call *c = NULL;
    const struct dc_ask_pair pair = {"When?", 5, last_word,
                                     sizeof last_word - 1};
    const struct dc_served_req chat = {.pair = &pair, .max_tokens = 1};
    struct dc_buf body;
    json_t *root = NULL;
    dc_buf_init(&body, SIZE_MAX);
    cfg.key = a->key;
    cfg.key_env = a->key_env;
    enum dc_status st = dc_served_body(a, &chat, &body, err);
    if (!st)
        st = dc_call_open(&cfg, &c, err);
    const struct dc_call_question q = {.path = "/apply-template",
                                       .body = &body};
    if (!st)
        st = dc_call_post(c, &q, &reply, err);
    *goes_on =
        !st && reply.status == 200 &&
        !dc_json_parse(reply.body, reply.n_body, &root, NULL) &&
        ends_in(json_string_value(json_object_get(root, "prompt")), last_word);
    json_decref(root);
    dc_call_close(c);
    dc_buf_release(&body);
    return st;
}

enum dc_status dc_served_pair_open(struct dc_served_ask *a, struct dc_err *err)
{
    const char *server = a->probe.server ? a->probe.server : "";
    bool goes_on = !strncmp(server, "Ollama", 6);
    enum dc_status st = DC_OK;
    if (!strncmp(server, "llama-server", 12))
        st = ask_template(a, &goes_on, err);
    if (st || !goes_on)
        return st;
    return dc_fail(err, DC_BACKEND,
                   "%s: this judge's question is a chat that ends with the "
                   "response, and %s goes on with such a response instead of "
                   "judging it; %s",
                   a->probe.url, server,
                   server[0] == 'l'
                       ? "start it with --no-prefill-assistant, or give the "
                         "GGUF file itself"
                       : "take vLLM or llama-server, or give the GGUF file "
                         "itself");
}

/* ---- the score of a reply ---- */

enum { SCORE_TOP = 20, SCORE_LEAST = 2 };

void dc_served_score_open(struct dc_served_ask *a)
{
    const struct dc_probe *p = &a->probe;
    enum dc_stream_row row;
    if (!a->base.score.word[0])
        return;
    if (!p->logprobs || p->n_top_max < SCORE_LEAST) {
        dc_served_note(a, "the server lists no likely tokens: replies have no "
                          "score");
        return;
    }
    if (dc_probe_bad(p, &row)) {
        dc_served_note(a, "the server's log-probabilities are wrong: replies "
                          "have no score");
        return;
    }
    a->n_top = p->n_top_max < SCORE_TOP ? p->n_top_max : SCORE_TOP;
}

/* P(word[0]) / (P(word[0]) + P(word[1])) of a list; false: one is not in it. */
static bool score_of(const struct dc_ask_score *s,
                     const struct dc_chunk_alt *alt, size_t n, double *out)
{
    double whole[2] = {0}, begun[2] = {0}, p[2];
    for (size_t i = 0; i < n; i++) {
        if (!alt[i].bytes || !alt[i].has_logprob || !(alt[i].logprob <= 0))
            continue;
        struct dc_ask_said said = dc_ask_score_said(s, alt[i].bytes, alt[i].n);
        if (said.word < 2)
            (said.whole ? whole : begun)[said.word] += exp(alt[i].logprob);
    }
    for (size_t w = 0; w < 2; w++)
        p[w] = whole[w] > 0 ? whole[w] : begun[w];
    *out = p[0] / (p[0] + p[1]);
    return p[0] > 0 && p[1] > 0;
}

void dc_served_score(const struct dc_served_ask *a, const struct dc_buf *text,
                     const struct dc_served_answer *x, struct dc_ask_reply *r)
{
    const struct dc_ask_score *s = &a->base.score;
    struct dc_buf so_far;
    if (!s->word[0] || a->n_top == 0 || !x->choice)
        return;
    dc_buf_init(&so_far, SIZE_MAX);
    dc_buf_add(&so_far, text->data, text->n);
    for (size_t i = 0; i < x->choice->n_tok; i++) {
        const struct dc_chunk_tok *t = &x->chunk->tok[x->choice->tok + i];
        if (dc_ask_score_here(s, so_far.data, so_far.n))
            r->has_score =
                score_of(s, &x->chunk->alt[t->alt], t->n_alt, &r->score);
        if (t->it.bytes)
            dc_buf_add(&so_far, t->it.bytes, t->it.n);
    }
    dc_buf_release(&so_far);
}
