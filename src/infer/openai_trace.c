/*
 * openai_trace.c - openai_trace.h: the text of an answer, cut where its tokens
 * end.
 */
#include "infer/openai_trace.h"

#include "base/mem.h"
#include "base/thoughts.h"
#include "base/utf8.h"
#include "infer/openai_trace_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CUT_OFF                                                                \
    "\xEF\xBF\xBD" /* U+FFFD, in place of bytes that are no text               \
                    */

enum {
    TEXT_AHEAD = 1 << 16, /* bytes of text that may wait for their tokens */
    GAP_MAX = 64,         /* bytes of text whose tokens a list may lack */
    WORDS_SHOWN = 60
};

void dc_otrace_init(struct dc_otrace *t)
{
    *t = (struct dc_otrace){.n_tok = 0};
    dc_buf_init(&t->bytes, SIZE_MAX);
    dc_buf_init(&t->text, SIZE_MAX);
    dc_buf_init(&t->fault, SIZE_MAX);
}

void dc_otrace_release(struct dc_otrace *t)
{
    dc_buf_release(&t->bytes);
    dc_buf_release(&t->text);
    dc_buf_release(&t->fault);
    free(t->tok);
    free(t->alt);
}

void dc_otrace_begin(struct dc_otrace *t, const struct dc_otrace_cfg *cfg)
{
    struct dc_otrace old = *t;
    *t = (struct dc_otrace){.cfg = *cfg,
                            .tok = old.tok,
                            .cap_tok = old.cap_tok,
                            .bytes = old.bytes,
                            .alt = old.alt,
                            .cap_alt = old.cap_alt,
                            .text = old.text,
                            .fault = old.fault};
    dc_buf_clear(&t->bytes);
    dc_buf_clear(&t->text);
    dc_buf_clear(&t->fault);
    dc_stream_check_init(&t->check, cfg->n_asked);
}

/* ---- pieces ---- */

static bool otrace_wrong(struct dc_otrace *t, const char *words)
{
    if (t->fault.n == 0)
        dc_buf_adds(&t->fault, words);
    return false;
}

/* The text from `from` to `at`, with the marks that stand in front of it or
 * within, as the piece of k. */
static void otrace_put_piece(struct dc_otrace *t, struct dc_otrace_tok *k)
{
    size_t n = t->at - t->from, gone = 0;
    const char *s = t->text.data + t->from;
    k->piece = k->bytes;
    k->n_piece = n;
    if (n == 0)
        return;
    bool plain = t->n_mark == 0 || t->mark[0].at >= t->at;
    if (plain && n == k->n_bytes && memcmp(s, t->bytes.data + k->bytes, n) == 0)
        return;
    k->piece = t->bytes.n;
    for (; gone < t->n_mark && t->mark[gone].at < t->at; gone++) {
        size_t at = t->mark[gone].at;
        dc_buf_add(&t->bytes, t->text.data + t->from, at - t->from);
        dc_buf_adds(&t->bytes, t->mark[gone].s);
        t->from = at;
    }
    dc_buf_add(&t->bytes, t->text.data + t->from, t->at - t->from);
    k->n_piece = t->bytes.n - k->piece;
    t->n_mark -= gone;
    memmove(t->mark, t->mark + gone, t->n_mark * sizeof *t->mark);
}

/* tok[n_ready] has got its piece. */
static void otrace_ready(struct dc_otrace *t)
{
    t->from = t->at;
    t->matched = 0;
    t->n_ready++;
    t->n_out++;
}

static bool otrace_may_add(const struct dc_otrace *t)
{
    return t->n_out < t->cfg.max_tokens;
}

bool dc_otrace_is_full(const struct dc_otrace *t)
{
    /* One more may be the end of the answer. */
    return !otrace_may_add(t) && t->n_tok - t->n_ready >= 2;
}

/* A marker of a chat format, as they are written: "<|im_end|>", "[/INST]". */
static bool otrace_is_marker(const char *s, size_t n)
{
    return n >= 3 && ((s[0] == '<' && s[n - 1] == '>') ||
                      (s[0] == '[' && s[n - 1] == ']'));
}

/* May text leave the token out? */
static bool otrace_may_omit(const struct dc_otrace *t,
                            const struct dc_otrace_tok *k)
{
    const char *s = t->bytes.data + k->bytes;
    return otrace_is_marker(s, k->n_bytes) ||
           (t->in_markup && dc_thought_token(s, k->n_bytes));
}

/* tok[n_ready] is one that the text leaves out. */
static void otrace_omit(struct dc_otrace *t)
{
    struct dc_otrace_tok *k = &t->tok[t->n_ready];
    bool mark = dc_thought_token(t->bytes.data + k->bytes, k->n_bytes);
    k->piece = k->bytes;
    k->n_piece = mark ? k->n_bytes : 0;
    t->in_markup = mark;
    /* Its own mark stands in place of ours. */
    if (mark && t->n_mark > 0 && t->mark[0].at == t->at) {
        t->n_mark--;
        memmove(t->mark, t->mark + 1, t->n_mark * sizeof *t->mark);
    }
    otrace_ready(t);
}

/* ---- text against tokens ---- */

static bool otrace_is_cut(const char *s, size_t n)
{
    return n >= 3 && memcmp(s, CUT_OFF, 3) == 0;
}

/* Bytes of the character at s [n], n >= 1, or of what there is of it. */
static size_t otrace_char(const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[0];
    size_t len = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return len < n ? len : n;
}

static bool otrace_is_high(char c)
{
    return ((unsigned char)c & 0x80) != 0;
}

/* Text in front of the token that the list has no token of: llama-server sends
 * none where its parser held text back. It becomes part of the piece. */
static bool otrace_leap(struct dc_otrace *t, const struct dc_otrace_tok *k)
{
    const char *s = t->bytes.data + k->bytes;
    size_t most = t->text.n - t->at;
    if (t->matched > 0 || k->n_bytes == 0 || k->n_bytes > most)
        return false;
    most -= k->n_bytes;
    for (size_t gap = 1; gap <= most && gap <= GAP_MAX; gap++) {
        if (memcmp(t->text.data + t->at + gap, s, k->n_bytes) != 0)
            continue;
        t->at += gap;
        t->n_gap++;
        return true;
    }
    return false;
}

/*
 * Text and token differ where they stand: at what both may be at odds about.
 * False: they are of different texts.
 */
static bool otrace_bend(struct dc_otrace *t, const struct dc_otrace_tok *k)
{
    const char *s = t->bytes.data + k->bytes + t->matched;
    const char *p = t->text.data + t->at;
    size_t left = k->n_bytes - t->matched, have = t->text.n - t->at;
    if (t->owed && otrace_is_high(p[0]) && !otrace_is_cut(s, left)) {
        t->at += otrace_char(p, have);
    } else if (otrace_is_cut(s, left)) {
        t->matched += 3;
        t->owed = true;
    } else if (otrace_is_cut(p, have) && (otrace_is_high(s[0]) || t->loose)) {
        t->at += 3;
        t->loose = true;
        while (t->matched < k->n_bytes &&
               otrace_is_high(t->bytes.data[k->bytes + t->matched]))
            t->matched++;
    } else if (t->loose && ((unsigned char)s[0] & 0xC0) == 0x80) {
        t->matched++;
    } else if (t->matched == 0 && otrace_may_omit(t, k)) {
        otrace_omit(t);
    } else if (strchr(" \t\r\n", s[0])) {
        t->matched++;
    } else {
        return otrace_leap(t, k);
    }
    return true;
}

/* The last of the halves of a character gets the character. */
static void otrace_pay(struct dc_otrace *t)
{
    bool more = t->n_ready + 1 < t->n_tok &&
                otrace_is_cut(t->bytes.data + t->tok[t->n_ready + 1].bytes,
                              t->tok[t->n_ready + 1].n_bytes);
    if (!t->owed || more || t->at == t->text.n ||
        !otrace_is_high(t->text.data[t->at]))
        return;
    t->at += otrace_char(t->text.data + t->at, t->text.n - t->at);
    t->owed = false;
}

static size_t otrace_common(const char *a, size_t n_a, const char *b,
                            size_t n_b)
{
    size_t n = n_a < n_b ? n_a : n_b, i = 0;
    if (memcmp(a, b, n) == 0)
        return n;
    while (a[i] == b[i])
        i++;
    return i;
}

/* The text has told tok[n_ready] whole. False: who comes next decides. */
static bool otrace_settle(struct dc_otrace *t)
{
    struct dc_otrace_tok *k = &t->tok[t->n_ready];
    bool behind = t->n_ready + 1 < t->n_tok;
    otrace_pay(t);
    if (!behind && (k->n_bytes == 0 || (t->owed && t->at == t->from)))
        return false;
    bool told = t->at > t->from;
    otrace_put_piece(t, k);
    t->in_markup = t->in_markup && !told;
    t->owed = t->owed && !told;
    otrace_ready(t);
    return true;
}

/* Cut the text into the pieces of the tokens that wait, as far as it goes. */
static bool otrace_match(struct dc_otrace *t)
{
    while (t->n_ready < t->n_tok) {
        struct dc_otrace_tok *k = &t->tok[t->n_ready];
        size_t n = otrace_common(t->bytes.data + k->bytes + t->matched,
                                 k->n_bytes - t->matched, t->text.data + t->at,
                                 t->text.n - t->at);
        t->matched += n;
        t->at += n;
        if (!otrace_may_add(t))
            return true;
        if (t->matched == k->n_bytes) {
            if (!otrace_settle(t))
                return true;
        } else if (t->at == t->text.n) {
            return true;
        } else if (!otrace_bend(t, k)) {
            return otrace_wrong(t, "the text is not that of its tokens");
        }
    }
    return true;
}

/* ---- chunks ---- */

static void otrace_mark(struct dc_otrace *t, bool thinks)
{
    if (t->thinks == thinks)
        return;
    t->thinks = thinks;
    if (t->n_mark < DC_OTRACE_MARKS)
        t->mark[t->n_mark++] =
            (struct dc_otrace_mark){t->text.n, thinks ? "<think>" : "</think>"};
    else
        otrace_wrong(t, "thoughts and answer alternate without a token");
}

static void otrace_text(struct dc_otrace *t, const struct dc_chunk_text *s,
                        bool thinks)
{
    if (s->n == 0)
        return;
    otrace_mark(t, thinks);
    dc_buf_add(&t->text, s->s, s->n);
    for (size_t i = 0; i < s->n && !t->beyond_ascii; i++)
        t->beyond_ascii = otrace_is_high(s->s[i]);
}

/* Text of which the server gives no token: one without any value, so that the
 * text is whole and nobody takes its confidence for known. */
static void otrace_bare(struct dc_otrace *t)
{
    t->at = t->text.n;
    if (!otrace_may_add(t))
        return;
    struct dc_otrace_tok *k = dc_otrace_more(t);
    otrace_put_piece(t, k);
    otrace_ready(t);
}

static void otrace_forget_text(struct dc_otrace *t)
{
    if (t->at < t->text.n || t->from < t->at)
        return;
    dc_buf_clear(&t->text);
    t->at = t->from = 0;
    for (size_t i = 0; i < t->n_mark; i++)
        t->mark[i].at = 0;
}

static void otrace_finish(struct dc_otrace *t, const struct dc_chunk_choice *c)
{
    struct dc_buf b;
    t->tools = t->tools || c->calls_tools;
    if (c->finish == DC_FINISH_NONE)
        return;
    t->finish = c->finish;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, c->words.s, c->words.n < 200 ? c->words.n : 200,
                    WORDS_SHOWN);
    size_t n = b.n < sizeof t->words - 1 ? b.n : sizeof t->words - 1;
    memcpy(t->words, b.data, n);
    t->words[n] = '\0';
    t->has_words = true;
    dc_buf_release(&b);
}

static bool otrace_choice(struct dc_otrace *t, const struct dc_chunk *c,
                          const struct dc_chunk_choice *x)
{
    if (x->index != 0)
        return otrace_wrong(t, "a choice beside the one that was asked for");
    bool idle = t->n_ready == t->n_tok && t->at == t->text.n;
    otrace_text(t, &x->reasoning, true);
    bool bare = idle && t->text.n > t->at && x->n_tok == 0;
    if (bare && x->text.n + x->refusal.n == 0)
        otrace_bare(t);
    otrace_text(t, &x->text, false);
    otrace_text(t, &x->refusal, false);
    for (size_t i = 0; i < x->n_tok; i++)
        if (!dc_otrace_values(t, &c->tok[x->tok + i],
                              c->alt + c->tok[x->tok + i].alt))
            return false;
    otrace_finish(t, x);
    if (!otrace_match(t))
        return false;
    otrace_forget_text(t);
    if (t->text.n - t->at > TEXT_AHEAD)
        return otrace_wrong(t, "64 KB of text without log-probabilities");
    return t->fault.n == 0;
}

/* What was passed over in a chunk would be missing from the trace. */
static bool otrace_is_odd(struct dc_otrace *t, const struct dc_chunk *c)
{
    static const enum dc_chunk_odd grave[] = {
        DC_CHUNK_ODD_CHOICE, DC_CHUNK_ODD_TEXT,    DC_CHUNK_ODD_LOGPROBS,
        DC_CHUNK_ODD_TOKEN,  DC_CHUNK_ODD_LENGTHS, DC_CHUNK_ODD_MANY};
    for (size_t i = 0; i < DC_COUNT(grave); i++)
        if (c->odd[grave[i]] > 0)
            return !otrace_wrong(t, dc_chunk_odd_text(grave[i]));
    return false;
}

bool dc_otrace_add(struct dc_otrace *t, const struct dc_chunk *c)
{
    if (t->fault.n > 0 || otrace_is_odd(t, c))
        return false;
    if (c->usage.has_prompt) {
        t->has_prompt = true;
        t->n_prompt = c->usage.prompt;
    }
    if (c->usage.has_completion) {
        t->has_completion = true;
        t->n_completion = c->usage.completion;
    }
    for (size_t i = 0; i < c->n_choice; i++)
        if (!otrace_choice(t, c, &c->choice[i]))
            return false;
    return true;
}

/* ---- the end ---- */

/* Words of a server that broke off: no answer of the model's. */
static bool otrace_broke_off(const char *words)
{
    static const char *const word[] = {"error",
                                       "failed",
                                       "internal_error",
                                       "server_error",
                                       "network_error",
                                       "timeout",
                                       "abort",
                                       "aborted",
                                       "cancelled",
                                       "canceled",
                                       "insufficient_system_resource"};
    for (size_t i = 0; i < DC_COUNT(word); i++)
        if (strcasecmp(words, word[i]) == 0)
            return true;
    return false;
}

static bool otrace_set_finish(struct dc_otrace *t)
{
    if (t->finish == DC_FINISH_NONE)
        return otrace_wrong(t, "the answer has no finish_reason");
    if (t->finish != DC_FINISH_STOP && otrace_broke_off(t->words)) {
        dc_buf_addf(&t->fault, "the server broke off: finish_reason \"%s\"",
                    t->words);
        return false;
    }
    if (t->finish == DC_FINISH_UNKNOWN || t->tools)
        t->finish = DC_FINISH_ERROR;
    /* llama-server calls it so where the context is full. */
    if (t->finish == DC_FINISH_LENGTH && t->has_completion &&
        t->n_completion < t->cfg.max_tokens &&
        t->n_out + t->n_tok - t->n_ready < t->cfg.max_tokens)
        t->finish = DC_FINISH_CONTEXT;
    return true;
}

/* Is what the text has not told of tok[n_ready] what it may keep to itself? */
static bool otrace_may_end(const struct dc_otrace *t)
{
    const struct dc_otrace_tok *k = &t->tok[t->n_ready];
    const char *s = t->bytes.data + k->bytes + t->matched;
    size_t n = k->n_bytes - t->matched;
    if (t->cfg.stops || n == 0 || (t->matched == 0 && otrace_may_omit(t, k)))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!otrace_is_high(s[i]) && !strchr(" \t\r\n", s[i]))
            return false;
    return true;
}

/* Is tok[n_ready], the last, the one that ended the answer? */
static bool otrace_is_end(const struct dc_otrace *t)
{
    const struct dc_otrace_tok *k = &t->tok[t->n_ready];
    return t->n_ready + 1 == t->n_tok && t->finish == DC_FINISH_STOP &&
           t->at == t->from &&
           (t->cfg.eos || k->n_bytes == 0 ||
            otrace_is_marker(t->bytes.data + k->bytes, k->n_bytes));
}

/* Tokens whose text never came. */
static bool otrace_leftover(struct dc_otrace *t)
{
    while (t->n_ready < t->n_tok) {
        struct dc_otrace_tok *k = &t->tok[t->n_ready];
        if (otrace_is_end(t)) {
            t->n_tok--;
        } else if (!otrace_may_add(t)) {
            t->finish = DC_FINISH_LENGTH;
            t->n_tok = t->n_ready;
            t->at = t->text.n;
        } else if (!otrace_may_end(t)) {
            return otrace_wrong(t, "the text ends before its tokens do");
        } else if (t->matched == 0 && otrace_may_omit(t, k)) {
            otrace_omit(t);
        } else {
            otrace_put_piece(t, k);
            otrace_ready(t);
        }
    }
    return true;
}

bool dc_otrace_end(struct dc_otrace *t)
{
    if (t->fault.n > 0 || !otrace_set_finish(t) || !otrace_match(t) ||
        !otrace_leftover(t))
        return false;
    if (t->at == t->text.n)
        return true;
    if (t->text.n - t->at > GAP_MAX || t->n_out == 0 || !otrace_may_add(t))
        return otrace_wrong(t, "text came without log-probabilities");
    t->n_gap++;
    otrace_bare(t);
    return true;
}

/* What the tokens left have no part in is given up. */
static void otrace_compact(struct dc_otrace *t)
{
    size_t bytes = t->tok[0].bytes, alt = t->tok[0].alt;
    t->n_alt -= alt;
    memmove(t->alt, t->alt + alt, t->n_alt * sizeof *t->alt);
    for (size_t i = 0; i < t->n_alt; i++)
        t->alt[i].bytes -= bytes;
    for (size_t i = 0; i < t->n_tok; i++) {
        t->tok[i].bytes -= bytes;
        t->tok[i].piece -= i < t->n_ready ? bytes : 0;
        t->tok[i].alt -= alt;
    }
    memmove(t->bytes.data, t->bytes.data + bytes, t->bytes.n - bytes);
    dc_buf_cut(&t->bytes, t->bytes.n - bytes);
}

void dc_otrace_take(struct dc_otrace *t, size_t n)
{
    assert(n <= t->n_ready);
    if (n == 0)
        return;
    t->n_tok -= n;
    t->n_ready -= n;
    memmove(t->tok, t->tok + n, t->n_tok * sizeof *t->tok);
    if (t->n_tok > 0) {
        otrace_compact(t);
    } else {
        dc_buf_clear(&t->bytes);
        t->n_alt = 0;
    }
}
