/*
 * llama_chat.c - rendering and tokenising prompts.
 *
 * A prompt is rendered as a whole and tokenised as a whole, as servers do, so
 * that token ids agree with theirs. A user's text may hold the template's own
 * markers ("<|im_end|>"): then the rendered prompt has more control tokens than
 * the same template around a harmless text, and the parts are tokenised apart:
 * the template's with markers read, the user's with markers left as text.
 */
#include "infer/llama_chat.h"

#include "base/buf.h"
#include "base/mem.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RENDERED = 64 << 20 };

/* How to tokenise: add BOS, read markers. */
enum { ADD_SPECIAL = 1, READ_MARKERS = 2 };

/* Stands for the user's text while the template's own parts are found. */
static const char mark[] = "deepconf-user-text-4f1c";

/* Jinja source spells a newline \n inside a literal: undo the escapes. */
static char *unescape(const char *s, size_t n)
{
    char *out = dc_xmalloc(n + 1);
    size_t o = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\\' && i + 1 < n) {
            i++;
            out[o++] = s[i];
            if (s[i] == 'n')
                out[o - 1] = '\n';
            else if (s[i] == 't')
                out[o - 1] = '\t';
        } else {
            out[o++] = s[i];
        }
    }
    out[o] = '\0';
    return out;
}

char *dc_llama_default_system(const char *tmpl)
{
    static const char open[] = "<|im_start|>system\\n";
    for (const char *p = tmpl; (p = strstr(p, open));) {
        p += sizeof open - 1;
        const char *end = strstr(p, "<|im_end|>");
        if (!end)
            return NULL;
        size_t n = (size_t)(end - p);
        size_t plain = strcspn(p, "{}'\"");
        if (n > 0 && plain >= n)
            return unescape(p, n);
    }
    return NULL;
}

bool dc_llama_chat_render(const struct dc_llama_chat *c, const char *text,
                          struct dc_buf *out)
{
    struct llama_chat_message msg[2];
    size_t n = 0;
    if (c->system[0])
        msg[n++] = (struct llama_chat_message){"system", c->system};
    msg[n++] = (struct llama_chat_message){"user", text};
    int32_t need = llama_chat_apply_template(c->tmpl, msg, n, true, NULL, 0);
    if (need < 0)
        return false;
    char *tmp = dc_xcalloc((size_t)need + 1, 1);
    llama_chat_apply_template(c->tmpl, msg, n, true, tmp, need + 1);
    dc_buf_add(out, tmp, (size_t)need);
    dc_buf_adds(out, c->suffix);
    free(tmp);
    return true;
}

/*
 * DeepSeek-R1 and its like write "<think>" into the generation prompt itself,
 * which libllama's own rendering of the family leaves out.
 */
static bool opens_think(const char *tmpl)
{
    const char *at = NULL, *p = tmpl;
    while ((p = strstr(p, "add_generation_prompt")))
        at = p++;
    const char *open = at ? strstr(at, "<think>") : NULL;
    const char *close = at ? strstr(at, "</think>") : NULL;
    return open && (!close || open < close);
}

static enum dc_status resolve_think(struct dc_llama_chat *c, enum dc_think want,
                                    struct dc_err *err)
{
    c->can_think = strstr(c->tmpl, "<think>") != NULL;
    bool has_switch = strstr(c->tmpl, "enable_thinking") != NULL;
    if (want == DC_THINK_ON && !c->can_think)
        return dc_fail(err, DC_USAGE,
                       "--think on: the chat template of this model has no "
                       "<think> span; leave the option out");
    if (want == DC_THINK_OFF && c->can_think && !has_switch)
        return dc_fail(err, DC_USAGE,
                       "--think off: the chat template of this model has no "
                       "switch for it (enable_thinking); use --think on and a "
                       "larger --max-tokens");
    bool on = want == DC_THINK_ON ||
              (want == DC_THINK_AUTO && c->can_think && !has_switch);
    c->think = on ? DC_THINK_ON : DC_THINK_OFF;
    c->think_opened = on && !has_switch && opens_think(c->tmpl);
    c->suffix = dc_xstrdup(c->think_opened     ? "<think>\n"
                           : has_switch && !on ? "<think>\n\n</think>\n\n"
                                               : "");
    return DC_OK;
}

static void hash_chat(struct dc_llama_chat *c)
{
    struct dc_buf b;
    dc_buf_init(&b, MAX_RENDERED);
    dc_buf_add(&b, c->tmpl, strlen(c->tmpl) + 1);
    dc_buf_add(&b, c->system, strlen(c->system) + 1);
    dc_buf_add(&b, c->suffix, strlen(c->suffix) + 1);
    dc_sha256_hex(b.data, b.n, c->hash);
    dc_buf_release(&b);
}

enum dc_status dc_llama_chat_init(struct dc_llama_chat *c,
                                  const struct llama_model *model,
                                  const struct dc_backend_cfg *cfg,
                                  struct dc_err *err)
{
    *c = (struct dc_llama_chat){.vocab = llama_model_get_vocab(model)};
    const char *own = llama_model_chat_template(model, NULL);
    const char *tmpl = cfg->chat.name ? cfg->chat.name : own;
    if (!tmpl)
        return dc_fail(err, DC_BACKEND,
                       "the model has no chat template; name a built-in one "
                       "with --chat-template (chatml, llama3, mistral-v7, ...)"
                       ", or use an instruction-tuned model");
    c->tmpl = dc_xstrdup(tmpl);
    char *found = dc_llama_default_system(tmpl);
    c->system = cfg->chat.system ? dc_xstrdup(cfg->chat.system)
                                 : (found ? found : dc_xstrdup(""));
    if (cfg->chat.system)
        free(found);
    enum dc_status st = resolve_think(c, cfg->chat.think, err);
    if (st)
        return st;
    struct dc_buf b;
    dc_buf_init(&b, MAX_RENDERED);
    bool known = dc_llama_chat_render(c, mark, &b);
    dc_buf_release(&b);
    if (!known)
        return dc_fail(err, DC_BACKEND,
                       "the chat template %s is of no family that libllama "
                       "knows; name a built-in one with --chat-template "
                       "(chatml, llama3, mistral-v7, ...)",
                       cfg->chat.name ? cfg->chat.name : "in the model file");
    hash_chat(c);
    return DC_OK;
}

void dc_llama_chat_info(const struct dc_llama_chat *c,
                        struct dc_backend_info *out)
{
    out->system = c->system;
    out->can_think = c->can_think;
    out->think = c->think;
    out->think_opened = c->think_opened;
    memcpy(out->template_sha256, c->hash, DC_SHA256_HEX);
}

void dc_llama_chat_release(struct dc_llama_chat *c)
{
    free(c->tmpl);
    free(c->system);
    free(c->suffix);
    *c = (struct dc_llama_chat){0};
}

/* A growing array of ids. */
struct ids {
    llama_token *id;
    size_t n;
};

static enum dc_status add_ids(const struct dc_llama_chat *c, struct ids *out,
                              const char *s, size_t n, unsigned flags,
                              struct dc_err *err)
{
    bool special = flags & ADD_SPECIAL, parse = flags & READ_MARKERS;
    if (n > INT32_MAX / 2)
        return dc_fail(err, DC_DATA, "a prompt of %zu bytes is too long", n);
    size_t cap = n + 8;
    out->id = dc_xrealloc(out->id, out->n + cap, sizeof *out->id);
    int32_t got = llama_tokenize(c->vocab, s, (int32_t)n, out->id + out->n,
                                 (int32_t)cap, special, parse);
    if (got < 0 && got != INT32_MIN) {
        cap = (size_t)-got;
        out->id = dc_xrealloc(out->id, out->n + cap, sizeof *out->id);
        got = llama_tokenize(c->vocab, s, (int32_t)n, out->id + out->n,
                             (int32_t)cap, special, parse);
    }
    if (got < 0)
        return dc_fail(err, DC_BACKEND, "libllama can't tokenise a prompt");
    out->n += (size_t)got;
    return DC_OK;
}

static size_t count_control(const struct dc_llama_chat *c, const struct ids *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        n += llama_vocab_is_control(c->vocab, x->id[i]);
    return n;
}

/* The template's parts with markers read, the user's text without. */
static enum dc_status tokenize_parts(const struct dc_llama_chat *c,
                                     const char *frame, const char *text,
                                     size_t n_text, struct ids *out,
                                     struct dc_err *err)
{
    const char *at = strstr(frame, mark);
    assert(at);
    const char *rest = at + sizeof mark - 1;
    enum dc_status st = add_ids(c, out, frame, (size_t)(at - frame),
                                ADD_SPECIAL | READ_MARKERS, err);
    if (!st)
        st = add_ids(c, out, text, n_text, 0, err);
    if (!st)
        st = add_ids(c, out, rest, strlen(rest), READ_MARKERS, err);
    return st;
}

/* Templates that spell their own BOS get a second one from the tokeniser. */
static void drop_double_bos(const struct dc_llama_chat *c, struct ids *x)
{
    llama_token bos = llama_vocab_bos(c->vocab);
    if (x->n >= 2 && x->id[0] == bos && x->id[1] == bos) {
        memmove(x->id, x->id + 1, (x->n - 1) * sizeof *x->id);
        x->n--;
    }
}

enum dc_status dc_llama_chat_tokenize(const struct dc_llama_chat *c,
                                      const char *text, size_t n_text,
                                      llama_token **ids, size_t *n,
                                      struct dc_err *err)
{
    struct dc_buf frame, whole;
    struct ids plain = {0}, full = {0};
    char *copy = dc_xstrndup(text, n_text);
    dc_buf_init(&frame, MAX_RENDERED);
    dc_buf_init(&whole, MAX_RENDERED);
    bool ok = dc_llama_chat_render(c, mark, &frame) &&
              dc_llama_chat_render(c, copy, &whole);
    assert(ok); /* the family was checked at init */
    (void)ok;
    enum dc_status st = add_ids(c, &plain, frame.data, frame.n,
                                ADD_SPECIAL | READ_MARKERS, err);
    if (!st)
        st = add_ids(c, &full, whole.data, whole.n, ADD_SPECIAL | READ_MARKERS,
                     err);
    if (!st && count_control(c, &plain) != count_control(c, &full)) {
        full.n = 0;
        st = tokenize_parts(c, frame.data, copy, n_text, &full, err);
    }
    free(copy);
    free(plain.id);
    dc_buf_release(&frame);
    dc_buf_release(&whole);
    if (st) {
        free(full.id);
        return st;
    }
    drop_double_bos(c, &full);
    *ids = full.id;
    *n = full.n;
    return DC_OK;
}

enum dc_status dc_llama_chat_head(const struct dc_llama_chat *c,
                                  llama_token **ids, size_t *n,
                                  struct dc_err *err)
{
    struct dc_buf frame;
    struct ids x = {0};
    dc_buf_init(&frame, MAX_RENDERED);
    bool ok = dc_llama_chat_render(c, mark, &frame);
    const char *at = ok ? strstr(frame.data, mark) : NULL;
    assert(at);
    enum dc_status st = add_ids(c, &x, frame.data, (size_t)(at - frame.data),
                                ADD_SPECIAL | READ_MARKERS, err);
    dc_buf_release(&frame);
    if (st) {
        free(x.id);
        return st;
    }
    drop_double_bos(c, &x);
    *ids = x.id;
    *n = x.n;
    return DC_OK;
}
