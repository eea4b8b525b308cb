/*
 * keywords_scan.h - one pass over a response: words, sentences, what is not the
 * model's own speech, and where rules match.
 *
 * A response that is wrapped as a whole (keywords_wrap.h) is taken out first.
 * Not its own speech are then: text in quotes (closed within their paragraph),
 * block quotes, code fences, and lines of a dialogue ("Name: ..." two times or
 * more). Matches there don't count. All offsets are bytes of the response as it
 * came.
 */
#ifndef DC_JUDGE_KEYWORDS_SCAN_H
#define DC_JUDGE_KEYWORDS_SCAN_H

#include "base/buf.h"
#include "judge/keywords_fold.h"
#include "judge/keywords_rules.h"

/* The first match of a rule that counts. */
struct dc_kw_hit {
    size_t off, len; /* its span */
    uint32_t rule;
    uint32_t from, to; /* symbols, counted from the start of the response */
    uint32_t words;    /* before and in it */
    uint32_t sentence; /* from 0 */
    uint32_t items;    /* of lists, up to it */
    uint32_t quote;    /* the quote it stands in, or 0 */
    bool dead;         /* an override took it back */
};

enum {
    DC_KW_RING = 128, /* symbols that a match can reach over, and more */
    DC_KW_READ = 32 * DC_KW_RING,
    DC_KW_CHARS = 1024,
    DC_KW_MAX_WRAPPED = 1 << 26 /* longer responses are scanned as they are */
};

struct dc_kw_symbol {
    uint32_t quote;
    size_t off, end;
};

struct dc_kw_scan {
    const struct dc_kw_rules *r; /* borrowed */
    /* [n_words] patterns whose matches can end with the word, ended by
     * n_matches; NULL: not yet found out */
    uint16_t **ends;
    pcre2_match_data *found;
    pcre2_match_context *limits;
    int *work;                  /* of pcre2_dfa_match() */
    struct dc_kw_folded *cache; /* [DC_KW_CHARS] by character */
    uint32_t start_sentences;   /* its param, and at least 1 */
    bool plain[256];            /* ASCII letters and digits */
    bool sign[128];             /* what read_sign() looks at */

    /* what a scan finds */
    struct dc_kw_hit *hit;    /* [n_rules]; len 0: the rule has none */
    struct dc_kw_hit *spoken; /* [n_rules] in lines that look like dialogue */
    uint32_t *last;           /* [n_rules] words up to its last match */
    uint32_t n_words, n_sentences, n_items, n_spoken;
    uint32_t n_english, n_foreign; /* words that the file says are so */
    size_t n_code;                 /* bytes in code fences */
    /* bytes, symbols and hits that were looked at one by one: what it cost */
    uint64_t n_steps;
    bool too_hard; /* a pattern could not be matched: nothing can be said */

    /* where it is */
    struct dc_buf unwrapped; /* a wrapped response without its wrapping */
    const char *text;
    size_t n;
    /* what was read, the last in front: read[first] to its end */
    uint16_t read[DC_KW_READ];
    size_t first;
    struct dc_kw_symbol ring[DC_KW_RING];
    uint32_t n_symbols;
    uint32_t over;    /* symbols that the last override reaches up to */
    uint32_t covered; /* the last symbol up to which rules `whole` match */
    bool boundary;    /* a boundary comes before the next word */
    bool says;        /* the line starts with a speaker's name */
    uint32_t quote, n_quotes;         /* the quote that is open, or 0 */
    uint32_t quote_from, quote_words; /* symbols and words before it */
    unsigned char quote_kind;
    char word[DC_KW_FOLDED_BYTES]; /* [n_word] the one that is read */
    size_t n_word;
    uint16_t last_word;        /* its number */
    struct dc_kw_hit *pending; /* of the paragraph */
    size_t n_pending, cap_pending;
};

void dc_kw_scan_init(struct dc_kw_scan *s, const struct dc_kw_rules *r);
void dc_kw_scan_release(struct dc_kw_scan *s);
/* Scan text [n], valid UTF-8. */
void dc_kw_scan(struct dc_kw_scan *s, const char *text, size_t n);

/* ---- private to the scanner: keywords_match.c ---- */

void dc_kw_match_init(struct dc_kw_scan *s);
void dc_kw_match_release(struct dc_kw_scan *s);
/* The symbol [off, end) has been read: the number of a word, or the boundary.
 */
void dc_kw_step(struct dc_kw_scan *s, uint16_t symbol, size_t off, size_t end);
void dc_kw_open_quote(struct dc_kw_scan *s, unsigned char kind);
/* Drops what was matched inside. */
void dc_kw_close_quote(struct dc_kw_scan *s);
/* End of the paragraph: what still is pending counts. */
void dc_kw_settle(struct dc_kw_scan *s);
void dc_kw_start(struct dc_kw_scan *s);
/* End of the text. */
void dc_kw_finish(struct dc_kw_scan *s);

/* The word [off, end) has been read. */
static inline void dc_kw_feed(struct dc_kw_scan *s, uint16_t word, size_t off,
                              size_t end)
{
    if (s->boundary) {
        s->boundary = false;
        dc_kw_step(s, DC_KW_BOUNDARY, off, off);
        s->n_sentences++;
    }
    s->n_words++;
    s->n_english += (s->r->flags[word] & DC_KW_IS_ENGLISH) != 0;
    s->n_foreign += (s->r->flags[word] & DC_KW_IS_FOREIGN) != 0;
    s->last_word = word;
    dc_kw_step(s, word, off, end);
}

#endif
