/*
 * keywords_fold.c - characters beyond ASCII, folded by utf8proc.
 *
 * Quotes and apostrophes are listed by hand: Unicode's compatibility folding
 * leaves U+2019 as it is. A character that folds to several letters counts as
 * a letter if all of these do ("ﬁ"); "…" is a full stop; other mixtures ("½")
 * are punctuation.
 */
#include "judge/keywords_fold.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const struct {
    int32_t cp;
    uint8_t kind;
    char as; /* this ASCII character; of a quote: its pair */
} listed[] = {
    {0x2018, DC_KW_CHAR_ASCII, '\''}, {0x2019, DC_KW_CHAR_ASCII, '\''},
    {0x201B, DC_KW_CHAR_ASCII, '\''}, {0x2032, DC_KW_CHAR_ASCII, '\''},
    {0x02B9, DC_KW_CHAR_ASCII, '\''}, {0x02BB, DC_KW_CHAR_ASCII, '\''},
    {0x02BC, DC_KW_CHAR_ASCII, '\''}, {0x02C8, DC_KW_CHAR_ASCII, '\''},
    {0x00B4, DC_KW_CHAR_ASCII, '\''}, {0x055A, DC_KW_CHAR_ASCII, '\''},
    {0xA78C, DC_KW_CHAR_ASCII, '\''}, {0x2026, DC_KW_CHAR_ASCII, '.'},
    {0x3002, DC_KW_CHAR_ASCII, '.'},  {0xFF61, DC_KW_CHAR_ASCII, '.'},
    {0x2028, DC_KW_CHAR_ASCII, '\n'}, {0x2029, DC_KW_CHAR_ASCII, '\n'},
    {0x0085, DC_KW_CHAR_ASCII, '\n'}, {0x201C, DC_KW_CHAR_SWITCH, 'd'},
    {0x201D, DC_KW_CHAR_CLOSE, 'd'},  {0x201E, DC_KW_CHAR_OPEN, 'd'},
    {0x201F, DC_KW_CHAR_OPEN, 'd'},   {0x00AB, DC_KW_CHAR_SWITCH, 'a'},
    {0x00BB, DC_KW_CHAR_SWITCH, 'a'}, {0x300C, DC_KW_CHAR_OPEN, 'c'},
    {0x300D, DC_KW_CHAR_CLOSE, 'c'},  {0x300E, DC_KW_CHAR_OPEN, 'C'},
    {0x300F, DC_KW_CHAR_CLOSE, 'C'},  {0x2022, DC_KW_CHAR_ASCII, '*'},
    {0x25CF, DC_KW_CHAR_ASCII, '*'},  {0x25AA, DC_KW_CHAR_ASCII, '*'},
    {0x2023, DC_KW_CHAR_ASCII, '*'},  {0x2010, DC_KW_CHAR_ASCII, '-'},
    {0x2011, DC_KW_CHAR_ASCII, '-'},
};

static bool is_letter(int32_t cp)
{
    utf8proc_category_t c = utf8proc_category(cp);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO) ||
           c == UTF8PROC_CATEGORY_CO;
}

/* Folded characters of cp into to [8]; how many, 0: it is ignorable. */
static int fold(int32_t cp, int32_t to[8])
{
    int last = 0;
    utf8proc_ssize_t n =
        utf8proc_decompose_char(cp, to, 8,
                                UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                    UTF8PROC_IGNORE | UTF8PROC_DECOMPOSE,
                                &last);
    if (n >= 0 && n <= 8)
        return (int)n;
    to[0] = cp; /* longer ones are words of other scripts */
    return 1;
}

static void classify(struct dc_kw_folded *out)
{
    int32_t to[8];
    for (size_t i = 0; i < DC_COUNT(listed); i++)
        if (listed[i].cp == out->cp) {
            out->kind = listed[i].kind;
            if (out->kind == DC_KW_CHAR_ASCII)
                out->fold[0] = (uint8_t)listed[i].as;
            else
                out->quote = (uint8_t)listed[i].as;
            return;
        }
    int n = fold(out->cp, to);
    if (n == 0) {
        out->kind = DC_KW_CHAR_IGNORED;
        return;
    }
    if (n == 1 && to[0] < 0x80) {
        out->kind = DC_KW_CHAR_ASCII;
        out->fold[0] = (uint8_t)to[0];
        out->n_fold = 1;
        return;
    }
    out->kind = DC_KW_CHAR_LETTER;
    for (int i = 0; i < n; i++) {
        if (!is_letter(to[i])) {
            out->kind = DC_KW_CHAR_PUNCTUATION;
            return;
        }
        if (out->n_fold + 4 > (int)sizeof out->fold)
            break;
        out->n_fold +=
            (uint8_t)utf8proc_encode_char(to[i], out->fold + out->n_fold);
    }
}

void dc_kw_fold_char(const char *s, size_t n, struct dc_kw_folded *out)
{
    utf8proc_int32_t cp;
    utf8proc_ssize_t len =
        utf8proc_iterate((const uint8_t *)s, (utf8proc_ssize_t)n, &cp);
    *out =
        (struct dc_kw_folded){.cp = -1, .kind = DC_KW_CHAR_PUNCTUATION, .n = 1};
    if (len < 1)
        return;
    out->cp = cp;
    out->n = (uint8_t)len;
    classify(out);
}

void dc_kw_fold(struct dc_buf *out, const char *s, size_t n)
{
    struct dc_kw_folded c;
    for (size_t i = 0; i < n; i += c.n) {
        c.n = 1;
        if ((unsigned char)s[i] < 0x80) {
            dc_buf_addc(out, s[i]);
            continue;
        }
        dc_kw_fold_char(s + i, n - i, &c);
        if (c.kind == DC_KW_CHAR_LETTER)
            dc_buf_add(out, c.fold, c.n_fold);
        else if (c.kind == DC_KW_CHAR_ASCII)
            dc_buf_addc(out, (char)c.fold[0]);
    }
}
