/*
 * label_words.c - words of labels: of a list, yes or no, none at all; and what
 * the name of their column says that yes means.
 */
#include "data/dataset_priv.h"

#include <string.h>
#include <strings.h>

bool dc_label_in(const char *const *list, const char *s, size_t n)
{
    for (; *list; list++)
        if (strlen(*list) == n && !strncasecmp(*list, s, n))
            return true;
    return false;
}

bool dc_label_is_none(const char *s, size_t n)
{
    static const char *const none[] = {"", "null", "none", "nan", NULL};
    return dc_label_in(none, s, n);
}

bool dc_label_truth(const char *s, size_t n, bool *out)
{
    static const char *const yes[] = {"yes", "y", "true", "1", NULL};
    static const char *const no[] = {"no", "n", "false", "0", NULL};
    *out = dc_label_in(yes, s, n);
    return *out || dc_label_in(no, s, n);
}

/* Letters of a column's name, in lower case, up to what fits. */
static void letters(const char *name, char out[64])
{
    size_t n = 0;
    for (; *name && n < 63; name++)
        if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z'))
            out[n++] = (char)(*name | 0x20);
    out[n] = '\0';
}

bool dc_column_yes(const char *column, const struct dc_column_part *row,
                   size_t n, int *yes)
{
    char name[64];
    letters(column, name);
    for (size_t i = 0; i < n; i++)
        if (strstr(name, row[i].part)) {
            *yes = row[i].yes;
            return true;
        }
    return false;
}
