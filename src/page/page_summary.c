/*
 * page_summary.c - the first screen: what is doubtful, then what was found and
 * what it cost, as markup that needs no script.
 *
 * Words and figures are those of results/summary_doc.h. The bars are drawings
 * of the interval, with the figures beside them.
 */
#include "base/plural.h"
#include "doc/html.h"
#include "page/page_priv.h"
#include "page/page_put.h"
#include "results/by_field_report.h"
#include "results/correction.h"
#include "results/served.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void count(struct dc_buf *b, uint64_t n)
{
    char t[DC_GROUPED];
    dc_buf_adds(b, dc_grouped(n, t));
}

/* ---- title, alarms ---- */

static void put_title(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    dc_buf_adds(&p->b, "<h1><bdi>");
    dc_html_text(&p->b, p->cfg->file);
    dc_buf_adds(&p->b, "</bdi></h1>\n<p class=\"lead\"><bdi>");
    dc_html_text(&p->b, dc_summary_config(s, "model.name", "?"));
    dc_buf_adds(&p->b, "</bdi> on <bdi>");
    dc_html_text(&p->b, dc_summary_config(s, "data.name", "?"));
    dc_buf_adds(&p->b, "</bdi>: ");
    if (s->n_decided == s->n_prompt)
        dc_buf_adds(&p->b, "finished, all ");
    else {
        dc_buf_adds(&p->b, "<strong>not finished</strong>, ");
        count(&p->b, s->n_decided);
        dc_buf_adds(&p->b, " of ");
    }
    count(&p->b, s->n_prompt);
    dc_buf_addf(&p->b, " prompt%s decided%s</p>\n", dc_plural(s->n_prompt),
                s->n_decided == s->n_prompt
                    ? ""
                    : "; the same run command goes on from there");
}

static void put_alarms(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    if (s->n_alarm == 0 && s->n_decided == 0) {
        dc_buf_adds(&p->b, "<p class=\"quiet-note\">No prompt is decided yet: "
                           "there is nothing to doubt or to believe.</p>\n");
        return;
    }
    if (s->n_alarm == 0) {
        dc_buf_adds(&p->b,
                    "<p class=\"quiet-note\">No alarm: nothing was found "
                    "that makes these figures doubtful.</p>\n");
        return;
    }
    dc_buf_adds(&p->b, "<section class=\"alarms\" aria-labelledby=\"h-alarms\">"
                       "<h2 id=\"h-alarms\">Alarms</h2>\n<ul>\n");
    for (size_t i = 0; i < s->n_alarm; i++) {
        dc_buf_adds(&p->b, "<li><span dir=\"auto\">");
        dc_html_text(&p->b, s->alarm[i].text);
        dc_buf_adds(&p->b, "</span> <code>");
        dc_html_text(&p->b, s->alarm[i].id);
        dc_buf_adds(&p->b, "</code>");
        if (s->alarm[i].more) {
            dc_buf_adds(&p->b, "<details><summary>the figures</summary>"
                               "<span dir=\"auto\">");
            dc_html_text(&p->b, s->alarm[i].more);
            dc_buf_adds(&p->b, "</span></details>");
        }
        dc_buf_adds(&p->b, "</li>\n");
    }
    dc_buf_adds(&p->b, "</ul></section>\n");
}

/* ---- tiles ---- */

/* lo, value and hi in 0 .. 1 */
static void put_bar(struct dc_buf *b, const struct dc_prop *r)
{
    dc_buf_addf(b,
                "<svg class=\"bar\" viewBox=\"0 0 100 6\" aria-hidden=\"true\" "
                "preserveAspectRatio=\"none\"><rect class=\"track\" x=\"0\" "
                "y=\"2\" width=\"100\" height=\"2\"/><rect class=\"range\" "
                "x=\"%.2f\" y=\"1.5\" width=\"%.2f\" height=\"3\"/><rect "
                "class=\"at\" x=\"%.2f\" y=\"0\" width=\"1.2\" "
                "height=\"6\"/></svg>",
                100 * r->lo, 100 * (r->hi - r->lo), 98.8 * r->value);
}

static void tile(struct dc_page *p, const char *name, const struct dc_prop *r,
                 const char *of)
{
    dc_buf_addf(&p->b, "<div class=\"tile\"><h3>%s</h3>", name);
    if (r->defined) {
        dc_buf_addf(&p->b, "<p class=\"big\">%.1f&nbsp;%%</p>", 100 * r->value);
        put_bar(&p->b, r);
        dc_buf_addf(&p->b, "<p>%.1f to %.1f&nbsp;%%, ", 100 * r->lo,
                    100 * r->hi);
        count(&p->b, r->k);
        dc_buf_adds(&p->b, " of ");
        count(&p->b, r->n);
        dc_buf_addf(&p->b, "%s</p>", of);
    } else {
        dc_buf_addf(&p->b, "<p class=\"big\">no value</p><p>0 prompts%s</p>",
                    of);
    }
    dc_buf_adds(&p->b, "</div>\n");
}

static void put_tiles(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    dc_buf_adds(&p->b, "<div class=\"tiles\">\n");
    tile(p, "Sensitivity", &s->rates.sensitivity, " to be refused");
    tile(p, "Specificity", &s->rates.specificity, " to be answered");
    tile(p, "Precision", &s->rates.precision, " refused");
    dc_buf_adds(&p->b, "<div class=\"tile\"><h3>Traces saved</h3><p "
                       "class=\"big\">");
    if (dc_summary_has_share(s))
        dc_buf_addf(&p->b, "%.1f&nbsp;%%",
                    100 * dc_summary_share((double)s->saved.n_trace,
                                           (double)s->decided.n_trace));
    else
        dc_buf_adds(&p->b, "no value");
    dc_buf_adds(&p->b, "</p><p>");
    if (!s->knows.drawn) {
        count(&p->b, s->spent.n_trace);
        dc_buf_adds(&p->b, " given; nothing was stopped</p></div>\n</div>\n");
        return;
    }
    count(&p->b, s->saved.n_trace);
    dc_buf_addf(&p->b, " not drawn, of %u a prompt; ", s->max_traces);
    count(&p->b, s->spent.n_trace);
    dc_buf_adds(&p->b, " drawn</p></div>\n</div>\n");
}

/* ---- what was found ---- */

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
    dc_doc_html(d, &p->b);
    dc_doc_free(d);
}

static void put_answer(struct dc_page *p)
{
    struct dc_doc *d = dc_doc_create();
    dc_summary_doc_answer(p->cfg->summary, d);
    if (p->cfg->confidence)
        dc_doc_say(d, "%s.", p->cfg->confidence);
    dc_buf_adds(&p->b, "<div class=\"answer\">\n");
    dc_doc_html(d, &p->b);
    dc_buf_adds(&p->b, "</div>\n");
    dc_doc_free(d);
}

/* ---- how it was run ---- */

static void put_fact(void *arg, const char *name, const char *text)
{
    struct dc_page *p = arg;
    dc_buf_addf(&p->b, "<dt>%s</dt><dd dir=\"auto\">",
                *name ? name : "decisions");
    dc_html_text(&p->b, text);
    dc_buf_adds(&p->b, "</dd>\n");
}

static void put_setup(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    dc_buf_adds(&p->b,
                "<div class=\"card wide\"><h3>How it was run</h3><dl>\n");
    dc_summary_setup(s, put_fact, p);
    dc_buf_adds(&p->b, "</dl><details><summary>Every setting of the run "
                       "file</summary><dl class=\"all\">\n");
    for (size_t i = 0; i < s->n_config; i++) {
        dc_buf_adds(&p->b, "<dt><bdi>");
        dc_html_text(&p->b, s->config[i].key);
        dc_buf_adds(&p->b, "</bdi></dt><dd dir=\"auto\">");
        dc_html_text(&p->b, s->config[i].value);
        dc_buf_adds(&p->b, "</dd>\n");
        dc_page_flush(p, false);
    }
    dc_buf_adds(&p->b, "</dl></details></div>\n");
}

static void put_servers(struct dc_page *p)
{
    struct dc_doc *d = dc_doc_create();
    dc_served_doc(p->cfg->summary, d);
    dc_doc_html(d, &p->b);
    dc_doc_free(d);
}

void dc_page_summary(struct dc_page *p)
{
    dc_buf_adds(&p->b, "<section id=\"summary\">\n");
    put_title(p);
    put_answer(p);
    put_alarms(p);
    put_tiles(p);
    dc_buf_adds(&p->b, "<div class=\"cards\">\n");
    put_found(p);
    put_setup(p);
    put_servers(p);
    dc_buf_adds(&p->b, "</div>\n</section>\n");
    dc_page_flush(p, false);
}
