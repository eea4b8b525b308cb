/*
 * data_notes.c - data_notes.h.
 */
#include "cli/data_notes.h"

#include "base/path.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

void dc_data_notes_print(const char *path, const struct dc_data_notes *n,
                         bool quiet)
{
    struct dc_data_notes said = *n;
    const char *name = dc_path_name(path);
    struct dc_buf b, shown;
    if (quiet)
        said = (struct dc_data_notes){.n_not_finite = n->n_not_finite,
                                      .n_nul = n->n_nul};
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_init(&shown, SIZE_MAX);
    dc_utf8_display(&shown, name, strlen(name), 60);
    dc_data_notes_say(&said, &b);
    for (const char *s = b.data; *s;) {
        int len = (int)strcspn(s, "\n");
        fprintf(stderr, "note: %s: %.*s\n", shown.data, len, s);
        s += len + (s[len] == '\n');
    }
    dc_buf_release(&shown);
    dc_buf_release(&b);
}
