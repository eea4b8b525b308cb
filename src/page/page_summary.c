/*
 * page_summary.c - the first screen: the answer, what is doubtful, then what
 * was found and what it cost, as `deepconf show` has them, in markup that needs
 * no script.
 */
#include "doc/html.h"
#include "page/page_priv.h"
#include "results/budgets_report.h"
#include "results/by_field_report.h"
#include "results/correction.h"
#include "results/served.h"
#include "results/stability_report.h"
#include "results/summary_doc.h"

#include <string.h>

/* Append a document and end it. */
static void put_doc(struct dc_page *p, struct dc_doc *d)
{
    dc_doc_html(d, &p->b);
    dc_doc_free(d);
    dc_page_flush(p, false);
}

static void put_title(struct dc_page *p)
{
    struct dc_doc *d = dc_doc_create();
    dc_buf_adds(&p->b, "<h1><bdi>");
    dc_html_text(&p->b, p->cfg->file);
    dc_buf_adds(&p->b, "</bdi></h1>\n<div class=\"lead\">");
    dc_summary_doc_state(p->cfg->summary, p->cfg->file, d);
    put_doc(p, d);
    dc_buf_adds(&p->b, "</div>\n");
}

static void put_answer(struct dc_page *p)
{
    struct dc_doc *d = dc_doc_create();
    dc_summary_doc_answer(p->cfg->summary, d);
    if (p->cfg->risky)
        dc_doc_say(d, "%s.", p->cfg->risky);
    dc_buf_adds(&p->b, "<div class=\"answer\">\n");
    put_doc(p, d);
    dc_buf_adds(&p->b, "</div>\n");
}

static void put_alarms(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    struct dc_doc *d = dc_doc_create();
    dc_summary_doc_alarms(s, d);
    if (s->n_alarm == 0 && s->n_decided > 0)
        dc_doc_note(d, "No alarm: nothing was found that makes these figures "
                       "doubtful.");
    put_doc(p, d);
}

/* ---- tiles: those of the judge reported, and for the viewer of others ---- */

static void put_tiles(struct dc_page *p, const char *judge,
                      const struct dc_matrix *by)
{
    struct dc_doc *d = dc_doc_create();
    dc_summary_doc_tiles(p->cfg->summary, by, d);
    dc_buf_adds(&p->b, "<div class=\"tiles\"");
    if (judge) {
        dc_buf_adds(&p->b, " hidden data-judge=\"");
        dc_html_text(&p->b, judge);
        dc_buf_addc(&p->b, '"');
    }
    dc_buf_adds(&p->b, ">\n");
    dc_doc_tiles(d, &p->b);
    dc_buf_adds(&p->b, "</div>\n");
    dc_doc_free(d);
}

static void put_other_tiles(struct dc_page *p)
{
    const struct dc_judges *j = &p->cfg->summary->judges;
    for (size_t i = 0; i < j->n; i++)
        if (j->row[i].has_decisions &&
            strcmp(j->row[i].label, p->by->judge) != 0)
            put_tiles(p, j->row[i].label, &j->row[i].matrix);
}

/* ---- what was found, and how it was run ---- */

static void put_found(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    struct dc_doc *d = dc_doc_create();
    dc_summary_doc_decisions(s, d);
    dc_summary_doc_rates(s, d);
    dc_summary_doc_judges(s, d);
    for (size_t i = 0; i < p->cfg->n_by; i++)
        dc_by_field_doc(&p->cfg->by[i], d);
    dc_summary_doc_cost(s, d);
    dc_summary_doc_stopped(s, d);
    dc_summary_doc_traces(s, d);
    if (s->correction)
        dc_correction_doc(s->correction, d);
    if (p->cfg->stability)
        dc_stability_doc_tables(p->cfg->stability, p->cfg->file, d);
    if (p->cfg->budgets)
        dc_budgets_doc(p->cfg->budgets, d);
    dc_served_doc(s, d);
    dc_doc_heading(d, "How it was run", "setup");
    dc_summary_doc_setup(s, d);
    put_doc(p, d);
}

static void put_settings(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    struct dc_doc *d = dc_doc_create();
    for (size_t i = 0; i < s->n_config; i++)
        dc_doc_item(d, s->config[i].key, s->config[i].value);
    dc_buf_adds(&p->b, "<details class=\"card\" id=\"settings\"><summary>Every "
                       "setting of the run file</summary>\n");
    put_doc(p, d);
    dc_buf_adds(&p->b, "</details>\n");
}

void dc_page_summary(struct dc_page *p)
{
    dc_buf_adds(&p->b, "<section id=\"summary\">\n");
    put_title(p);
    put_answer(p);
    put_alarms(p);
    put_tiles(p, NULL, NULL);
    put_other_tiles(p);
    dc_buf_adds(&p->b, "<div class=\"cards\">\n");
    put_found(p);
    put_settings(p);
    dc_buf_adds(&p->b, "</div>\n</section>\n");
    dc_page_flush(p, false);
}
