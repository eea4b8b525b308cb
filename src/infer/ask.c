/*
 * ask.c - asking, whoever replies (ask.h).
 */
#include "infer/ask.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "infer/ask_priv.h"

#include <assert.h>
#include <stdlib.h>

enum dc_status dc_ask_open(const struct dc_ask_cfg *cfg, struct dc_ask **out,
                           struct dc_err *err)
{
    if (!cfg->server)
        return dc_llama_ask_open(cfg, out, err);
#ifdef DC_SERVERS
    return dc_served_ask_open(cfg, out, err);
#else
    return dc_fail(err, DC_USAGE,
                   "this deepconf was built without servers "
                   "(DEEPCONF_SERVERS=OFF)");
#endif
}

void dc_ask_close(struct dc_ask *a)
{
    if (a)
        a->ops->close(a);
}

const struct dc_ask_info *dc_ask_info(const struct dc_ask *a)
{
    return &a->info;
}

enum dc_status dc_ask_reply(struct dc_ask *a, const struct dc_ask_pair *pair,
                            size_t n, struct dc_ask_reply *out,
                            struct dc_err *err)
{
    return a->ops->reply(a, pair, n, out, err);
}

enum dc_status dc_ask_choose(struct dc_ask *a, const struct dc_ask_pair *pair,
                             size_t n, struct dc_ask_reply *out,
                             struct dc_err *err)
{
    return a->ops->choose(a, pair, n, out, err);
}

/* ---- what all ways share ---- */

void dc_ask_copy_questions(struct dc_ask *a, const struct dc_ask_cfg *cfg)
{
    assert(cfg->n_question <= DC_ASK_QUESTIONS);
    a->n_question = cfg->n_question;
    a->score = dc_ask_score_copy(&cfg->score);
    for (size_t q = 0; q < a->n_question; q++) {
        const struct dc_ask_question *from = &cfg->question[q];
        struct dc_ask_question *to = &a->question[q];
        assert(from->n_answer > 1 && from->n_answer <= DC_ASK_ANSWERS);
        to->lead = dc_xstrdup(from->lead);
        to->n_answer = from->n_answer;
        for (size_t k = 0; k < from->n_answer; k++)
            to->answer[k] = dc_xstrdup(from->answer[k]);
    }
}

void dc_ask_release(struct dc_ask *a)
{
    for (size_t q = 0; q < a->n_question; q++) {
        free((char *)a->question[q].lead);
        for (size_t k = 0; k < a->question[q].n_answer; k++)
            free((char *)a->question[q].answer[k]);
    }
    dc_ask_score_release(&a->score);
    for (size_t i = 0; i < a->n_text; i++)
        dc_buf_release(&a->text[i]);
    free(a->text);
}

void dc_ask_begin(struct dc_ask *a, struct dc_ask_reply *out, size_t n)
{
    if (n > a->n_text) {
        a->text = dc_xrealloc(a->text, n, sizeof *a->text);
        for (size_t i = a->n_text; i < n; i++)
            dc_buf_init(&a->text[i], a->text_max);
        a->n_text = n;
    }
    for (size_t i = 0; i < n; i++) {
        dc_buf_clear(&a->text[i]);
        out[i] = (struct dc_ask_reply){.text = ""};
    }
}

void dc_ask_finish(struct dc_ask *a, struct dc_ask_reply *out, size_t n)
{
    struct dc_buf clean;
    dc_buf_init(&clean, SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        struct dc_buf *b = &a->text[i];
        for (size_t k = 0; k < b->n; k++)
            if (b->data[k] == '\0')
                b->data[k] = '\xFF'; /* a byte that is not UTF-8 either */
        dc_buf_clear(&clean);
        dc_utf8_sanitize(&clean, b->data, b->n);
        dc_buf_clear(b);
        dc_buf_add(b, clean.data, clean.n);
        out[i].text = b->data;
    }
    dc_buf_release(&clean);
}

void dc_ask_keep_likeliest(const struct dc_ask *a, size_t q,
                           struct dc_ask_reply *r)
{
    const double *lp = r->logprob[q];
    for (size_t k = 1; k < a->question[q].n_answer; k++)
        if (lp[k] > lp[r->chosen[q]])
            r->chosen[q] = (unsigned)k;
}

void dc_ask_holes(const struct dc_ask_pair *pair, struct dc_form_text *hole)
{
    hole[DC_FORM_PROMPT] =
        (struct dc_form_text){pair->prompt, pair->prompt ? pair->n_prompt : 0};
    hole[DC_FORM_RESPONSE] = (struct dc_form_text){
        pair->response, pair->response ? pair->n_response : 0};
}
