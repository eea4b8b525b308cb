/*
 * page_served.c - the servers that traces came from, each with what it was
 * found to give, and what was lost on the way. All text is a server's: hostile.
 */
#include "doc/html.h"
#include "page/page_priv.h"
#include "page/page_put.h"
#include "results/served.h"

#include <inttypes.h>

static void served_cell(struct dc_page *p, const char *text)
{
    dc_buf_adds(&p->b, "<td><bdi>");
    dc_html_text(&p->b, text ? text : "none told");
    dc_buf_adds(&p->b, "</bdi></td>");
}

static void put_server(struct dc_page *p, const struct dc_summary_server *x)
{
    dc_buf_adds(&p->b, "<tr>");
    served_cell(p, x->url);
    served_cell(p, x->model);
    served_cell(p, x->fingerprint);
    dc_buf_addf(&p->b, "<td>%" PRIu64 "</td></tr>\n", x->n_trace);
}

static void put_probe(struct dc_page *p, const struct dc_summary_server *x)
{
    if (!x->probe)
        return;
    dc_buf_adds(&p->b, "<details><summary>What <bdi>");
    dc_html_text(&p->b, x->url);
    dc_buf_adds(&p->b, "</bdi> was found to give</summary><pre dir=\"ltr\">");
    dc_html_text(&p->b, x->probe);
    dc_buf_adds(&p->b, "</pre></details>\n");
    dc_page_flush(p, false);
}

void dc_page_servers(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    if (s->n_server == 0)
        return;
    dc_buf_adds(&p->b,
                "<div class=\"card wide\"><h3>Servers</h3><div "
                "class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Servers\"><table><thead><tr><th scope=\"col\">"
                "address</th><th scope=\"col\">model</th><th scope=\"col\">"
                "fingerprint</th><th scope=\"col\">traces</th></tr></thead>"
                "<tbody>\n");
    for (size_t i = 0; i < s->n_server; i++)
        put_server(p, &s->server[i]);
    dc_buf_adds(&p->b, "</tbody></table></div>\n");
    for (size_t i = 0; i < s->n_server; i++)
        put_probe(p, &s->server[i]);
    dc_buf_adds(&p->b, "</div>\n");
}
