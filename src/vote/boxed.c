/*
 * boxed.c - the answer in a \boxed{}, as the evaluation code of the DeepConf
 * authors reads it.
 *
 * Only the word counts, not the backslash before it. The last one wins, since a
 * model that corrects itself does so at the end. What is found is one stretch
 * of the text, so nothing is copied, whatever its length. White space is what
 * Unicode calls so (White_Space and the four separators U+001C to U+001F),
 * looked for as UTF-8; a byte that is no UTF-8 is never white.
 */
#include <deepconf/answers.h>
#include <string.h>

static const char word[] = "boxed";
enum { WORD = sizeof word - 1 };

/* The end of the last "boxed" in s [n]; NULL if there is none. */
static const char *behind_last(const char *s, size_t n)
{
    for (size_t i = n; i >= WORD; i--)
        if (!memcmp(s + i - WORD, word, WORD))
            return s + i;
    return NULL;
}

/* The "}" that closes a brace opened just before s; end if there is none. */
static const char *closing(const char *s, const char *end)
{
    size_t depth = 1;
    for (; s < end; s++) {
        if (*s == '{')
            depth++;
        else if (*s == '}' && --depth == 0)
            break;
    }
    return s;
}

/* Bytes of the white space character that s [n] begins with; 0 if none. */
static size_t white_bytes(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;

    if (n >= 1 &&
        ((u[0] >= 0x09 && u[0] <= 0x0D) || (u[0] >= 0x1C && u[0] <= 0x20)))
        return 1;
    if (n >= 2 && u[0] == 0xC2 && (u[1] == 0x85 || u[1] == 0xA0))
        return 2;
    if (n < 3 || u[0] < 0xE1 || u[0] > 0xE3)
        return 0;
    unsigned c = (u[0] & 15u) << 12 | (u[1] & 63u) << 6 | (u[2] & 63u);
    bool utf8 = (u[1] & 0xC0) == 0x80 && (u[2] & 0xC0) == 0x80;
    bool white = c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
                 c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
    return utf8 && white ? 3 : 0;
}

/* Of the white space character that s [n] ends with. */
static size_t white_bytes_before(const char *s, size_t n)
{
    for (size_t k = 1; k <= 3 && k <= n; k++)
        if (white_bytes(s + n - k, k) == k)
            return k;
    return 0;
}

bool dc_answer_boxed(const char *text, size_t n, const char **answer,
                     size_t *len)
{
    const char *s = behind_last(text, n);
    size_t white;

    if (!s)
        return false;
    const char *end = text + n;
    if (s < end && *s == '{') {
        s++;
        end = closing(s, end);
    } else if (s < end) {
        const char *dollar = memchr(s, '$', (size_t)(end - s));
        end = dollar ? dollar : end;
    }
    while ((white = white_bytes(s, (size_t)(end - s))))
        s += white;
    while ((white = white_bytes_before(s, (size_t)(end - s))))
        end -= white;
    *answer = s;
    *len = (size_t)(end - s);
    return true;
}
