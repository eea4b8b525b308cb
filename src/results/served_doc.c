/*
 * served_doc.c - the servers that traces came from, each with what it was found
 * to give, as a part of a document. All text is a server's: hostile.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "results/served.h"

#include <string.h>

enum { SERVED_PROBE_COLS = 4000 };

static void served_row(const struct dc_summary_server *x, struct dc_doc *d)
{
    dc_doc_row(d,
               (struct dc_cell[]){dc_cell_code(x->url), dc_cell_code(x->model),
                                  x->fingerprint ? dc_cell_code(x->fingerprint)
                                                 : dc_cell_text("none told"),
                                  dc_cell_count(x->n_trace)});
}

static void served_probe(const struct dc_summary_server *x, struct dc_doc *d)
{
    struct dc_buf title, text;
    if (!x->probe)
        return;
    dc_buf_init(&title, SIZE_MAX);
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_addf(&title, "What %s was found to give", dc_doc_code(d, x->url));
    dc_utf8_display(&text, x->probe, strlen(x->probe), SERVED_PROBE_COLS);
    dc_doc_fold(d, title.data, text.data);
    dc_buf_release(&title);
    dc_buf_release(&text);
}

void dc_served_doc(const struct dc_summary *s, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"address", NULL, 0, true},
        {"model", NULL, 0, true},
        {"fingerprint", "as the server tells it", 1, true},
        {"traces", NULL, 0, false}};
    if (s->n_server == 0)
        return;
    dc_doc_heading(d, "Servers", "servers");
    dc_doc_table(d, "Servers", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < s->n_server; i++)
        served_row(&s->server[i], d);
    for (size_t i = 0; i < s->n_server; i++)
        served_probe(&s->server[i], d);
}
