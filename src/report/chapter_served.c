/*
 * chapter_served.c - the servers that traces came from and what was lost on the
 * way, as Markdown.
 */
#include "doc/md.h"
#include "report/chapter.h"
#include "results/served.h"

#include <string.h>

enum { PROBE_COLS = 4000 };

static void put_server(struct dc_buf *b, const struct dc_summary_server *x)
{
    dc_buf_adds(b, "| ");
    dc_md_code(b, x->url);
    dc_buf_adds(b, " | ");
    dc_md_code(b, x->model);
    dc_buf_adds(b, " | ");
    if (x->fingerprint)
        dc_md_code(b, x->fingerprint);
    else
        dc_buf_adds(b, "none told");
    dc_buf_adds(b, " | ");
    dc_md_count(b, x->n_trace);
    dc_buf_adds(b, " |\n");
}

/* Folded where Markdown is shown as HTML. */
static void put_probe(struct dc_buf *b, const struct dc_summary_server *x)
{
    if (!x->probe)
        return;
    dc_buf_adds(b, "\n<details><summary>What ");
    dc_md_text(b, x->url);
    dc_buf_adds(b, " was found to give</summary>\n\n");
    dc_md_text_cut(b, x->probe, PROBE_COLS);
    dc_buf_adds(b, "\n\n</details>\n");
}

void dc_chapter_servers(const struct dc_chapter *d)
{
    const struct dc_summary *s = &d->f->summary;
    struct dc_buf says;
    if (s->n_server == 0)
        return;
    dc_buf_adds(d->b, "\n### Servers\n\n"
                      "| address | model | fingerprint | traces |\n"
                      "|---|---|---|---:|\n");
    for (size_t i = 0; i < s->n_server; i++)
        put_server(d->b, &s->server[i]);
    for (size_t i = 0; i < s->n_server; i++)
        put_probe(d->b, &s->server[i]);
    dc_buf_init(&says, SIZE_MAX);
    dc_served_confidence(s, &says);
    if (says.n > 0) {
        dc_buf_adds(d->b, "\nToken confidence: ");
        dc_md_text(d->b, says.data);
        dc_buf_adds(d->b, ".\n");
    }
    if (dc_served_unrepeatable(s)) {
        dc_buf_adds(d->b, "\nRepeatable: ");
        dc_md_text(d->b, dc_served_unrepeatable(s));
        dc_buf_adds(d->b, ".\n");
    }
    dc_buf_release(&says);
}
