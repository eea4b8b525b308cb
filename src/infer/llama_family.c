/*
 * llama_family.c - llama_family.h.
 */
#include "infer/llama_family.h"

#include "base/mem.h"

#include <llama.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RENDERED = 64 << 20 };

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

char *dc_family_default_system(const char *tmpl)
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

bool dc_family_render(const struct dc_family *c, const char *text,
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

static enum dc_status resolve_think(struct dc_family *c, enum dc_think want,
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

static void hash_chat(struct dc_family *c)
{
    struct dc_buf b;
    dc_buf_init(&b, MAX_RENDERED);
    dc_buf_add(&b, c->tmpl, strlen(c->tmpl) + 1);
    dc_buf_add(&b, c->system, strlen(c->system) + 1);
    dc_buf_add(&b, c->suffix, strlen(c->suffix) + 1);
    dc_sha256_hex(b.data, b.n, c->hash);
    dc_buf_release(&b);
}

enum dc_status dc_family_open(struct dc_family *f, const char *own,
                              const struct dc_chat_cfg *cfg, struct dc_err *err)
{
    const char *tmpl = cfg->name ? cfg->name : cfg->source ? cfg->source : own;
    *f = (struct dc_family){.tmpl = dc_xstrdup(tmpl)};
    char *found = dc_family_default_system(tmpl);
    f->system = dc_xstrdup(cfg->system ? cfg->system : found ? found : "");
    free(found);
    if (cfg->n_arg > 0 || cfg->day_given)
        return dc_fail(err, DC_USAGE,
                       "--template-arg %s: only a template in Jinja has "
                       "variables, and this one is rendered by its family",
                       cfg->n_arg > 0 ? cfg->arg[0].key : "date");
    enum dc_status st = resolve_think(f, cfg->think, err);
    if (st)
        return st;
    struct dc_buf b;
    dc_buf_init(&b, MAX_RENDERED);
    bool known = dc_family_render(f, mark, &b);
    dc_buf_release(&b);
    if (!known)
        return dc_fail(err, DC_BACKEND,
                       "the chat template %s is of no family that libllama "
                       "knows; name a built-in one with --chat-template "
                       "(chatml, llama3, mistral-v7, ...)",
                       cfg->name ? cfg->name : "in the model file");
    hash_chat(f);
    return DC_OK;
}

void dc_family_release(struct dc_family *f)
{
    free(f->tmpl);
    free(f->system);
    free(f->suffix);
    *f = (struct dc_family){0};
}

/* text [n] at the end of *x. */
static void put_part(struct dc_jinja_text *x, const char *at, size_t n,
                     bool ours)
{
    if (n > 0)
        x->part[x->n_part++] = (struct dc_prompt_part){at, n, ours};
}

enum dc_status dc_family_parts(const struct dc_family *f, const char *text,
                               size_t n, struct dc_jinja_text *out,
                               struct dc_err *err)
{
    struct dc_buf frame, whole;
    char *copy = dc_xstrndup(text, n);
    dc_buf_init(&frame, MAX_RENDERED);
    dc_buf_init(&whole, MAX_RENDERED);
    bool ok =
        dc_family_render(f, mark, &frame) && dc_family_render(f, copy, &whole);
    const char *at = ok ? strstr(frame.data, mark) : NULL;
    size_t head = at ? (size_t)(at - frame.data) : 0;
    size_t tail = at ? frame.n - head - (sizeof mark - 1) : 0;
    *out = (struct dc_jinja_text){0};
    ok = at && whole.n >= head + tail &&
         memcmp(whole.data, frame.data, head) == 0 &&
         memcmp(whole.data + whole.n - tail, frame.data + frame.n - tail,
                tail) == 0;
    if (ok) {
        out->text = dc_xstrndup(whole.data, whole.n);
        out->n = whole.n;
        out->part = dc_xcalloc(3, sizeof *out->part);
        put_part(out, out->text, head, true);
        put_part(out, out->text + head, whole.n - head - tail, false);
        put_part(out, out->text + whole.n - tail, tail, true);
    }
    free(copy);
    dc_buf_release(&frame);
    dc_buf_release(&whole);
    return ok ? DC_OK
              : dc_fail(err, DC_DATA,
                        "libllama's rendering of the chat template changes "
                        "around this text");
}
