/*
 * llama_ask.c - opening a model that is asked, and filling its form.
 *
 * Context. Its cells are memory, and most pairs are short: streams are made for
 * the longest pair of a call, and made anew when a longer one comes, up to
 * DC_ASK_CTX. How many cells there are does not show in what is computed.
 */
#include "base/mem.h"
#include "infer/llama_ask_priv.h"
#include "infer/llama_chat.h"
#include "infer/llama_load.h"
#include "infer/llama_probe.h"
#include "infer/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 512 /* streams grow by so many */ };

/* ---- opening ---- */

static void free_ids(struct dc_llama_ask *a)
{
    for (size_t q = 0; q < DC_ASK_QUESTIONS; q++)
        for (size_t k = 0; k < DC_ASK_ANSWERS; k++) {
            free(a->ids[q][k].answer.id);
            free(a->ids[q][k].lead.id);
        }
}

static void drop_streams(struct dc_llama_ask *a)
{
    if (!a->has_streams)
        return;
    a->times = dc_llama_ask_times(&a->base);
    dc_streams_release(&a->streams);
    a->has_streams = false;
}

static void close_ask(struct dc_ask *base)
{
    struct dc_llama_ask *a = (struct dc_llama_ask *)base;
    drop_streams(a);
    if (a->grammar)
        llama_sampler_free(a->grammar);
    free_ids(a);
    dc_form_release(&a->form);
    free(a->prefix.id);
    free(a->candidate);
    free(a->says[0].id);
    free(a->says[1].id);
    if (a->vocab)
        dc_logits_release(&a->logits);
    dc_ask_release(base);
    if (a->model)
        llama_model_free(a->model);
    free(a);
}

/* Is a rendered form what its family's rendering is? */
static bool was_of_old(const struct dc_llama_ask *a,
                       const struct dc_chat_cfg *cfg, const char *form,
                       const struct dc_jinja_text *now)
{
    const char *own = llama_model_chat_template(a->model, NULL);
    struct dc_jinja_text old = {0};
    struct dc_family f;
    bool same = !dc_family_open(&f, own, cfg, NULL) &&
                !dc_family_parts(&f, form, strlen(form), &old, NULL) &&
                old.n == now->n && !memcmp(old.text, now->text, now->n);
    dc_jinja_text_release(&old);
    dc_family_release(&f);
    return same;
}

/* Is x what the template makes of other texts too, put into its holes? */
static bool fills_alike(const struct dc_llama_chat *c, const char *then,
                        const struct dc_jinja_text *x)
{
    static const char said[] =
        "Is \"1 < 2\" & \\ so?\n\n{% x %} \xC3\xA9 it's.";
    static const char again[] = "It is:\n- \"a\" {{ b }}\t'c'\\n.";
    const struct dc_form_text hole[DC_FORM_HOLES] = {{said, sizeof said - 1},
                                                     {again, sizeof again - 1}};
    struct dc_jinja_text other = {0};
    struct dc_buf filled, next;
    dc_buf_init(&filled, DC_FORM_MAX);
    dc_buf_init(&next, DC_FORM_MAX);
    bool same = dc_form_render(x->text, hole, &filled) &&
                dc_form_render(then ? then : "", hole, &next);
    const struct dc_chat_turns turns = {said, again, then ? next.data : NULL};
    same = same && !dc_llama_chat_turns(c, &turns, &other, NULL) &&
           filled.n == other.n && !memcmp(filled.data, other.text, other.n);
    dc_buf_release(&filled);
    dc_buf_release(&next);
    dc_jinja_text_release(&other);
    return same;
}

/* The question that the model's own template makes of a pair, holes as they
 * are written. */
static enum dc_status turns_form(const struct dc_llama_chat *c,
                                 const struct dc_ask_cfg *cfg,
                                 struct dc_jinja_text *x, struct dc_err *err)
{
    const struct dc_chat_turns turns = {cfg->form, cfg->answered, cfg->then};
    enum dc_status st = dc_llama_chat_turns(c, &turns, x, err);
    if (st || fills_alike(c, cfg->then, x))
        return st;
    return dc_fail(err, DC_BACKEND,
                   "the model's chat template does not show a prompt and its "
                   "response as they are, so it can't make the question of "
                   "both; write the question as \"template\"");
}

/*
 * The chat around the form, holes as they are written. A reply may not depend
 * on the day: the chat is told the same one always.
 */
static enum dc_status chat_form(struct dc_llama_ask *a,
                                const struct dc_ask_cfg *cfg,
                                struct dc_buf *out, struct dc_err *err)
{
    struct dc_chat_cfg chat = {.system = cfg->system};
    struct dc_llama_chat c;
    struct dc_jinja_text x = {0};
    if (!llama_model_chat_template(a->model, NULL))
        return dc_fail(err, DC_BACKEND,
                       "the model has no chat template, and this judge asks it "
                       "in a chat: name a model that has one, or a judge file "
                       "with \"raw\": true, whose template is all of what the "
                       "model reads");
    dc_chat_day_parse("2026-01-01", &chat.day);
    enum dc_status st = dc_llama_chat_init(&c, a->model, &chat, err);
    if (!st && cfg->answered)
        st = turns_form(&c, cfg, &x, err);
    else if (!st)
        st = dc_llama_chat_parts(&c, cfg->form, strlen(cfg->form), &x, err);
    if (!st && dc_buf_room(out) < x.n)
        st = dc_fail(err, DC_BACKEND,
                     "the model's chat template can't hold "
                     "the judge's prompt");
    if (!st)
        dc_buf_add(out, x.text, x.n);
    a->base.info.as_of_old =
        !st && (cfg->answered || was_of_old(a, &chat, cfg->form, &x));
    dc_jinja_text_release(&x);
    dc_llama_chat_release(&c);
    return st;
}

static enum dc_status open_form(struct dc_llama_ask *a,
                                const struct dc_ask_cfg *cfg,
                                struct dc_err *err)
{
    struct dc_buf text;
    enum dc_status st = DC_OK;
    dc_buf_init(&text, DC_FORM_MAX);
    if (cfg->chat)
        st = chat_form(a, cfg, &text, err);
    else
        dc_buf_adds(&text, cfg->form);
    a->base.info.as_of_old |= !cfg->chat;
    if (!st)
        st = dc_form_init(&a->form, a->vocab, text.data, err);
    if (!st)
        st = dc_form_prefix(&a->form, &a->prefix, err);
    dc_buf_release(&text);
    return st;
}

static enum dc_status open_grammar(struct dc_llama_ask *a,
                                   const struct dc_ask_cfg *cfg,
                                   struct dc_err *err)
{
    if (!cfg->grammar)
        return DC_OK;
    a->grammar = llama_sampler_init_grammar(a->vocab, cfg->grammar, "root");
    if (!a->grammar) /* libllama has written why to standard error itself */
        return dc_fail(err, DC_DATA,
                       "libllama can't read the grammar, for the reason above. "
                       "It has to be GBNF with a rule root, such as: root ::= "
                       "\"yes\" | \"no\"");
    size_t n = (size_t)llama_vocab_n_tokens(a->vocab);
    a->candidate = dc_xcalloc(n, sizeof *a->candidate);
    return DC_OK;
}

static enum dc_status open_questions(struct dc_llama_ask *a,
                                     const struct dc_ask_cfg *cfg,
                                     struct dc_err *err)
{
    dc_ask_copy_questions(&a->base, cfg);
    if (a->base.n_question > 0 &&
        (llama_model_is_recurrent(a->model) || llama_model_is_hybrid(a->model)))
        return dc_fail(err, DC_BACKEND,
                       "%s: a recurrent model can't weigh answers against each "
                       "other (its memory can't be cut back); use a model with "
                       "attention, or the judge that lets it reply",
                       cfg->model);
    return dc_llama_ask_question_ids(a, err);
}

static const struct dc_ask_ops llama_ask_ops = {
    .close = close_ask,
    .reply = dc_llama_ask_reply,
    .choose = dc_llama_ask_choose,
};

static void set_info(struct dc_llama_ask *a, int gpu_layers)
{
    snprintf(a->how, sizeof a->how, "%s%s", gpu_layers ? "gpu " : "",
             dc_backend_llama_version());
    a->base.info.model = a->sha256;
    a->base.info.how = a->how;
    a->base.info.repeatable = true;
}

enum dc_status dc_llama_ask_open(const struct dc_ask_cfg *cfg,
                                 struct dc_ask **out, struct dc_err *err)
{
    struct dc_llama_ask *a = dc_xcalloc(1, sizeof *a);
    a->base.ops = &llama_ask_ops;
    a->base.text_max = DC_FORM_MAX;
    set_info(a, cfg->gpu_layers);
    a->max_tokens = cfg->max_tokens;
    a->n_slots = cfg->n_slots;
    a->n_threads = cfg->n_threads;
    a->no_share = cfg->no_share;
    dc_llama_start();
    enum dc_status st =
        dc_model_hash(cfg->model, cfg->want_sha256, a->sha256, err);
    if (!st && !cfg->want_sha256)
        st = dc_llama_probe(cfg->model, err);
    if (!st)
        st = dc_llama_load(cfg->model, cfg->gpu_layers, &a->model, err);
    if (!st) {
        a->vocab = llama_model_get_vocab(a->model);
        size_t n_train = (size_t)llama_model_n_ctx_train(a->model);
        a->most = n_train < DC_ASK_CTX ? n_train : DC_ASK_CTX;
        dc_logits_init(&a->logits, (size_t)llama_vocab_n_tokens(a->vocab), 1);
        st = open_form(a, cfg, err);
    }
    if (!st)
        st = open_grammar(a, cfg, err);
    if (!st)
        st = open_questions(a, cfg, err);
    if (!st)
        st = dc_llama_score_open(a, err);
    if (st) {
        close_ask(&a->base);
        return st;
    }
    *out = &a->base;
    return DC_OK;
}

size_t dc_llama_ask_n_shared(const struct dc_ask *base)
{
    return ((const struct dc_llama_ask *)base)->prefix.n;
}

struct dc_backend_times dc_llama_ask_times(const struct dc_ask *base)
{
    const struct dc_llama_ask *a = (const struct dc_llama_ask *)base;
    struct dc_backend_times t = a->times;
    if (a->has_streams) {
        t.decode_ms += a->streams.times.decode_ms;
        t.prefill_ms += a->streams.times.prefill_ms;
        t.n_decode_rows += a->streams.times.n_decode_rows;
        t.n_prefill_tok += a->streams.times.n_prefill_tok;
        t.n_steps += a->streams.times.n_steps;
    }
    return t;
}

/* ---- pairs ---- */

enum dc_status dc_llama_ask_fill(struct dc_llama_ask *a,
                                 const struct dc_ask_pair *pair, size_t n,
                                 struct dc_token_ids *ids,
                                 struct dc_ask_reply *out, struct dc_err *err)
{
    const char *lead = a->base.n_question ? a->base.question[0].lead : NULL;
    dc_ask_begin(&a->base, out, n);
    for (size_t i = 0; i < n; i++) {
        struct dc_form_text hole[DC_FORM_HOLES];
        struct dc_err why;
        dc_ask_holes(&pair[i], hole);
        enum dc_status st =
            dc_form_tokenize(&a->form, hole, lead, &ids[i], &why);
        if (st && st != DC_DATA)
            return dc_fail(err, st, "%s", why.msg);
        if (st || ids[i].n >= a->most)
            out[i].finish = DC_FINISH_CONTEXT;
    }
    return DC_OK;
}

enum dc_status dc_llama_ask_make_room(struct dc_llama_ask *a,
                                      const struct dc_token_ids *ids, size_t n,
                                      size_t more, struct dc_err *err)
{
    size_t need = 0;
    for (size_t i = 0; i < n; i++)
        if (ids[i].n < a->most && ids[i].n + more > need)
            need = ids[i].n + more;
    need = (need + CELLS - 1) / CELLS * CELLS;
    need = need < a->most ? need : a->most;
    if (a->has_streams && a->streams.n_cell >= need)
        return DC_OK;
    drop_streams(a);
    unsigned n_stream = dc_rows_streams(a->n_slots);
    if (a->base.n_question > 0)
        n_stream = 1; /* answers are weighed one pair after the other */
    a->has_streams = true;
    enum dc_status st = dc_streams_init(&a->streams, a->model, n_stream,
                                        (unsigned)need, a->n_threads, err);
    a->streams.prefix = &a->prefix;
    a->streams.share = a->streams.share && !a->no_share;
    if (st)
        drop_streams(a);
    return st;
}
