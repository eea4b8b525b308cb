/*
 * llama_form.c - a form cut into parts: its own text, and what fills its holes.
 */
#include "infer/llama_form.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- parts ---- */

/* Bytes of the form's own text that s begins with. */
static size_t own_text(const char *s)
{
    size_t n = 0, name;
    while (s[n] && dc_form_hole(s + n, &name) == DC_FORM_HOLES)
        n++;
    return n;
}

/* s as parts, behind the *n that are there; room for a part a byte. */
static void cut_form(const char *s, const struct dc_form_text hole[],
                     struct dc_prompt_part *part, size_t *n)
{
    while (*s) {
        size_t name;
        unsigned h = dc_form_hole(s, &name);
        if (h < DC_FORM_HOLES) {
            part[(*n)++] = (struct dc_prompt_part){hole[h].s, hole[h].n, false};
            s += name;
            continue;
        }
        size_t len = own_text(s);
        part[(*n)++] = (struct dc_prompt_part){s, len, true};
        s += len;
    }
}

/* The filled form, `then` (may be NULL) behind it; caller frees. */
static struct dc_prompt_part *form_parts(const struct dc_form *f,
                                         const struct dc_form_text hole[],
                                         const char *then, size_t *n)
{
    size_t most = strlen(f->text) + (then ? strlen(then) : 0);
    struct dc_prompt_part *part = dc_xcalloc(most + 1, sizeof *part);
    *n = 0;
    cut_form(f->text, hole, part, n);
    if (then)
        cut_form(then, hole, part, n);
    return part;
}

enum dc_status dc_form_tokenize(const struct dc_form *f,
                                const struct dc_form_text hole[],
                                const char *then, struct dc_token_ids *out,
                                struct dc_err *err)
{
    size_t n;
    struct dc_prompt_part *part = form_parts(f, hole, then, &n);
    enum dc_status st = dc_tokens_of(&f->tokens, part, n, out, err);
    free(part);
    return st;
}

enum dc_status dc_form_prefix(const struct dc_form *f, struct dc_token_ids *out,
                              struct dc_err *err)
{
    const struct dc_form_text empty[DC_FORM_HOLES] = {{NULL, 0}, {NULL, 0}};
    size_t n;
    struct dc_prompt_part *part = form_parts(f, empty, NULL, &n);
    enum dc_status st = dc_tokens_prefix(&f->tokens, part, n, out, err);
    free(part);
    return st;
}

/* ---- opening ---- */

/* Do our pieces give what libllama gives for the whole, harmlessly filled? */
static enum dc_status check_pieces(const struct dc_form *f, struct dc_err *err)
{
    const struct dc_form_text t = {"word", 4};
    const struct dc_form_text hole[DC_FORM_HOLES] = {t, t};
    struct dc_token_ids ours = {0}, whole = {0};
    size_t n;
    struct dc_prompt_part *part = form_parts(f, hole, NULL, &n);
    enum dc_status st = dc_tokens_of(&f->tokens, part, n, &ours, err);
    if (!st)
        st = dc_tokens_whole(&f->tokens, part, n, &whole, err);
    if (!st && (whole.n != ours.n ||
                memcmp(whole.id, ours.id, ours.n * sizeof *ours.id) != 0))
        st = dc_fail(err, DC_BACKEND,
                     "the tokeniser of this model reads the judge's prompt in "
                     "another way as a whole than piece by piece (%zu tokens "
                     "against %zu); use another model",
                     whole.n, ours.n);
    free(ours.id);
    free(whole.id);
    free(part);
    return st;
}

enum dc_status dc_form_init(struct dc_form *f, const struct llama_vocab *vocab,
                            const char *text, struct dc_err *err)
{
    *f = (struct dc_form){.text = dc_xstrdup(text)};
    enum dc_status st = dc_tokens_init(&f->tokens, vocab, err);
    return st ? st : check_pieces(f, err);
}

void dc_form_release(struct dc_form *f)
{
    dc_tokens_release(&f->tokens);
    free(f->text);
    *f = (struct dc_form){0};
}
