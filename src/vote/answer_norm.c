/*
 * answer_norm.c - the normal form of an answer.
 *
 *   1. until nothing changes: white space around it, a pair of "$" around it,
 *      and a trailing period go
 *   2. \dfrac and \tfrac become \frac
 *   3. thousands commas of a decimal number go: 1,234.5 is 1234.5
 *   4. a decimal number loses a leading "+", leading zeros of its whole part,
 *      trailing zeros of its fraction, and a point with nothing behind it; -0
 *      is 0
 * A decimal number is an optional sign, digits, and optionally a point and
 * digits. Nothing else is touched: 1/2 and 0.5 stay two answers.
 */
#include "vote/answer_norm.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- what stands around an answer ---- */

struct span {
    const char *s;
    size_t n;
};

static struct span bare(struct span a)
{
    for (;;) {
        if (a.n > 0 && dc_is_space(a.s[0]))
            a = (struct span){a.s + 1, a.n - 1};
        else if (a.n > 0 && (dc_is_space(a.s[a.n - 1]) || a.s[a.n - 1] == '.'))
            a.n--;
        else if (a.n > 1 && a.s[0] == '$' && a.s[a.n - 1] == '$')
            a = (struct span){a.s + 1, a.n - 2};
        else
            return a;
    }
}

/* ---- numbers ---- */

/*
 * The bytes of digits with thousands commas that s [n] begins with, whose
 * groups are right: 1 to 3 digits, then three behind each comma; or digits
 * without a comma. 0 if it begins with neither.
 */
static size_t whole_part(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(s[i]))
        i++;
    if (i == 0 || i > 3 || s[0] == '0')
        return i;
    while (i + 3 < n && s[i] == ',' && is_digit(s[i + 1]) &&
           is_digit(s[i + 2]) && is_digit(s[i + 3]))
        i += 4;
    return i;
}

/* Parts of a decimal number. */
struct number {
    bool minus;
    struct span whole; /* with its commas; without leading zeros */
    struct span frac;  /* without trailing zeros */
};

static bool read_number(struct span a, struct number *out)
{
    *out = (struct number){.minus = a.n > 0 && a.s[0] == '-'};
    size_t i = a.n > 0 && (a.s[0] == '-' || a.s[0] == '+');
    size_t n = whole_part(a.s + i, a.n - i);
    out->whole = (struct span){a.s + i, n};
    i += n;
    if (i < a.n && a.s[i] == '.') {
        out->frac = (struct span){a.s + i + 1, a.n - i - 1};
        i = a.n;
    }
    for (size_t k = 0; k < out->frac.n; k++)
        if (!is_digit(out->frac.s[k]))
            return false;
    if (i < a.n || out->whole.n + out->frac.n == 0)
        return false;
    while (out->whole.n > 0 && out->whole.s[0] == '0')
        out->whole = (struct span){out->whole.s + 1, out->whole.n - 1};
    while (out->frac.n > 0 && out->frac.s[out->frac.n - 1] == '0')
        out->frac.n--;
    return true;
}

static void add_number(struct dc_buf *out, const struct number *x)
{
    bool zero = x->whole.n + x->frac.n == 0;
    if (x->minus && !zero)
        dc_buf_addc(out, '-');
    for (size_t i = 0; i < x->whole.n; i++)
        if (x->whole.s[i] != ',')
            dc_buf_addc(out, x->whole.s[i]);
    if (x->whole.n == 0)
        dc_buf_addc(out, '0');
    if (x->frac.n > 0) {
        dc_buf_addc(out, '.');
        dc_buf_add(out, x->frac.s, x->frac.n);
    }
}

/* ---- the whole ---- */

static void add_text(struct dc_buf *out, struct span a)
{
    for (size_t i = 0; i < a.n; i++) {
        bool frac = a.n - i >= 6 && (!memcmp(a.s + i, "\\dfrac", 6) ||
                                     !memcmp(a.s + i, "\\tfrac", 6));
        dc_buf_addc(out, a.s[i]);
        i += frac; /* over the d or t */
    }
}

void dc_answer_norm(struct dc_buf *out, const char *s, size_t n)
{
    struct number x;
    struct span a = bare((struct span){s, n});
    if (read_number(a, &x))
        add_number(out, &x);
    else
        add_text(out, a);
}

bool dc_answer_same(const char *a, const char *b)
{
    struct dc_buf x, y;
    dc_buf_init(&x, SIZE_MAX);
    dc_buf_init(&y, SIZE_MAX);
    dc_answer_norm(&x, a, strlen(a));
    dc_answer_norm(&y, b, strlen(b));
    bool same = x.n > 0 && x.n == y.n && !memcmp(x.data, y.data, x.n);
    dc_buf_release(&x);
    dc_buf_release(&y);
    return same;
}
