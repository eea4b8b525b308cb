/*
 * page_policies.c - every row of the sweep, as `deepconf sweep` has them; the
 * page's table.js sorts and filters the rows.
 */
#include "page/page_priv.h"
#include "results/sweep_report.h"

void dc_page_policies(struct dc_page *p)
{
    const struct dc_page_cfg *cfg = p->cfg;
    struct dc_doc *d;
    if (!cfg->sweep && !cfg->why_sweep)
        return;
    d = dc_doc_create();
    dc_buf_adds(&p->b, "<section id=\"policies\" class=\"long\" "
                       "aria-labelledby=\"h-policies\">\n"
                       "<h2 id=\"h-policies\">Policies</h2>\n");
    if (cfg->sweep) {
        dc_sweep_doc_answer(cfg->sweep, d);
        dc_sweep_doc_basis(cfg->sweep, d);
        dc_sweep_doc(cfg->sweep, d);
    } else {
        dc_doc_say(d, "No table of stopping policies: %s.", cfg->why_sweep);
    }
    dc_doc_html(d, &p->b);
    dc_buf_adds(&p->b, "</section>\n");
    dc_doc_free(d);
    dc_page_flush(p, false);
}
