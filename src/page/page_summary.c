/*
 * page_summary.c - the first screen: what is doubtful, then what was found and
 * what it cost, as markup that needs no script.
 *
 * The words and the formats are those of report/summary_text.c; every figure is
 * taken from the summary. The bars are drawings of the interval, with the
 * figures beside them.
 */
#include "base/plural.h"
#include "doc/html.h"
#include "page/page_priv.h"
#include "page/page_put.h"
#include "report/correction.h"
#include "report/served.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void count(struct dc_buf *b, uint64_t n)
{
    char t[DC_GROUPED];
    dc_buf_adds(b, dc_grouped(n, t));
}

static void seconds(struct dc_buf *b, double ms)
{
    if (ms < 100000)
        dc_buf_addf(b, "%.1f", ms / 1000);
    else
        count(b, (uint64_t)(ms / 1000 + 0.5));
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
        dc_buf_adds(&p->b, "</code></li>\n");
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

/* ---- tables ---- */

static void cell(struct dc_buf *b, const char *what, uint64_t n)
{
    dc_buf_addf(b, "<td%s>", *what ? " class=\"cell\"" : "");
    if (*what)
        dc_buf_addf(b, "<abbr>%s</abbr> ", what);
    count(b, n);
    dc_buf_adds(b, "</td>");
}

static void put_matrix(struct dc_page *p)
{
    static const char *const what[DC_N_GOLD][2] = {
        [DC_GOLD_REFUSE] = {"TP", "FN"},
        [DC_GOLD_ANSWER] = {"FP", "TN"},
        [DC_GOLD_NONE] = {"", ""}};
    const struct dc_summary *s = p->cfg->summary;
    dc_buf_adds(
        &p->b, "<div class=\"card\"><h3>Decisions, by what the gold label asks "
               "for</h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
               "aria-label=\"Decisions by gold label\"><table><thead><tr><th "
               "scope=\"col\">gold label</th><th scope=\"col\">refused</th><th "
               "scope=\"col\">answered</th><th scope=\"col\">undetermined</th>"
               "<th scope=\"col\">prompts</th></tr></thead><tbody>\n");
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &s->gold[g];
        if (g == DC_GOLD_NONE && c->n == 0)
            continue;
        dc_buf_addf(&p->b, "<tr><th scope=\"row\">%s</th>",
                    dc_gold_asks((enum dc_gold)g));
        cell(&p->b, what[g][0], c->refusal);
        cell(&p->b, what[g][1], c->compliance);
        cell(&p->b, "", c->undetermined);
        cell(&p->b, "", c->n);
        dc_buf_adds(&p->b, "</tr>\n");
    }
    dc_buf_adds(&p->b, "</tbody></table></div>");
    if (s->n_problem > 0) {
        dc_buf_adds(&p->b, "<p class=\"note\">");
        count(&p->b, s->n_problem);
        dc_buf_addf(&p->b,
                    " prompt%s could not be run, counted as "
                    "undetermined</p>",
                    dc_plural(s->n_problem));
    }
    dc_buf_adds(&p->b, "</div>\n");
}

static void rate_row(struct dc_page *p, const char *name,
                     const struct dc_prop *r, const char *of)
{
    dc_buf_addf(&p->b, "<tr><th scope=\"row\">%s</th>", name);
    if (r->defined) {
        dc_buf_addf(&p->b,
                    "<td>%.1f&nbsp;%%</td><td>%.1f to %.1f&nbsp;%%</td><td>",
                    100 * r->value, 100 * r->lo, 100 * r->hi);
        count(&p->b, r->k);
        dc_buf_adds(&p->b, " of ");
        count(&p->b, r->n);
        dc_buf_addf(&p->b, "%s</td></tr>\n", of);
    } else {
        dc_buf_addf(
            &p->b, "<td>no value</td><td></td><td>0 prompts%s</td></tr>\n", of);
    }
}

static void ratio_row(struct dc_page *p, const char *name, bool percent,
                      const struct dc_ratio *r)
{
    dc_buf_addf(&p->b, "<tr><th scope=\"row\">%s</th><td>", name);
    if (!r->defined)
        dc_buf_adds(&p->b, "no value");
    else if (percent)
        dc_buf_addf(&p->b, "%.1f&nbsp;%%", 100 * r->value);
    else
        dc_buf_addf(&p->b, "%.3f", r->value);
    dc_buf_adds(&p->b, "</td><td></td><td></td></tr>\n");
}

static void case_note(struct dc_page *p, const char *name,
                      const struct dc_prop *worst, const struct dc_prop *best)
{
    if (worst->defined)
        dc_buf_addf(&p->b,
                    "<p class=\"note\">%s: %.1f&nbsp;%% to %.1f&nbsp;%%, if "
                    "all undetermined are wrong or right</p>",
                    name, 100 * worst->value, 100 * best->value);
}

static void put_rates(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    const struct dc_matrix_rates *r = &s->rates;
    if (!dc_summary_has_gold(s)) {
        dc_buf_adds(&p->b, "<div class=\"card\"><h3>Rates</h3><p>none, as no "
                           "prompt has a gold label</p></div>\n");
        return;
    }
    dc_buf_adds(&p->b,
                "<div class=\"card\"><h3>Rates over the prompts refused or "
                "answered</h3><div class=\"scroll\" tabindex=\"0\" "
                "role=\"region\" aria-label=\"Rates\"><table><thead><tr><th "
                "scope=\"col\">rate</th><th scope=\"col\">value</th><th "
                "scope=\"col\">95&nbsp;% Wilson interval</th><th "
                "scope=\"col\">counts</th></tr></thead><tbody>\n");
    rate_row(p, "sensitivity", &r->sensitivity, " to be refused");
    rate_row(p, "specificity", &r->specificity, " to be answered");
    rate_row(p, "precision", &r->precision, " refused");
    rate_row(p, "accuracy", &r->accuracy, "");
    rate_row(p, "majority baseline", &r->majority_baseline, "");
    ratio_row(p, "balanced accuracy", true, &r->balanced_accuracy);
    ratio_row(p, "F1", false, &r->f1);
    ratio_row(p, "MCC", false, &r->mcc);
    dc_buf_adds(&p->b, "</tbody></table></div>");
    if (dc_summary_has_cases(s)) {
        case_note(p, "sensitivity", &s->sensitivity_worst,
                  &s->sensitivity_best);
        case_note(p, "specificity", &s->specificity_worst,
                  &s->specificity_best);
    }
    dc_buf_adds(&p->b, "</div>\n");
}

/* Where all traces were given, none was saved. */
static void saved_count(struct dc_page *p, uint64_t n)
{
    if (!p->cfg->summary->knows.drawn)
        dc_buf_addc(&p->b, '-');
    else
        count(&p->b, n);
}

static void cost_end(struct dc_page *p, double share, bool estimated)
{
    dc_buf_adds(&p->b, "</td><td>");
    if (dc_summary_has_share(p->cfg->summary))
        dc_buf_addf(&p->b, "%.1f&nbsp;%% of all %u%s", 100 * share,
                    p->cfg->summary->max_traces,
                    estimated ? ", estimated" : "");
    else
        dc_buf_addc(&p->b, '-');
    dc_buf_adds(&p->b, "</td></tr>\n");
}

static void cost_lacking(struct dc_page *p, const char *name, uint64_t n)
{
    dc_buf_addf(&p->b, "<tr><th scope=\"row\">%s</th><td>", name);
    dc_summary_lacking(p->cfg->summary, n, &p->b);
    dc_buf_adds(&p->b, "</td><td>-</td><td>-</td></tr>\n");
}

static void put_wall(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    if (!dc_summary_has_wall(s))
        return;
    dc_buf_adds(&p->b, "<p class=\"note\">");
    seconds(&p->b, s->wall_ms);
    dc_buf_addf(&p->b, " s of wall time in %" PRIu64 " session%s", s->n_session,
                dc_plural(s->n_session));
    if (dc_summary_has_parts(s)) {
        dc_buf_adds(&p->b, " (generating ");
        seconds(&p->b, s->decode_ms);
        dc_buf_adds(&p->b, " s, reading prompts ");
        seconds(&p->b, s->prefill_ms);
        dc_buf_adds(&p->b, " s)");
    }
    dc_buf_adds(&p->b, "</p>");
}

static void put_cost(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    bool any = s->saved.n_trace > 0; /* to estimate */
    dc_buf_adds(&p->b,
                "<div class=\"card\"><h3>Cost</h3><div class=\"scroll\" "
                "tabindex=\"0\" role=\"region\" aria-label=\"Cost\"><table>"
                "<thead><tr><th scope=\"col\">unit</th><th scope=\"col\">spent"
                "</th><th scope=\"col\">saved</th><th scope=\"col\">share saved"
                "</th></tr></thead><tbody>\n<tr><th scope=\"row\">traces</th>"
                "<td>");
    count(&p->b, s->spent.n_trace);
    dc_buf_adds(&p->b, "</td><td>");
    saved_count(p, s->saved.n_trace);
    cost_end(
        p,
        dc_summary_share((double)s->saved.n_trace, (double)s->decided.n_trace),
        false);
    if (s->n_no_count > 0)
        cost_lacking(p, "tokens", s->n_no_count);
    else {
        dc_buf_adds(&p->b, "<tr><th scope=\"row\">tokens</th><td>");
        count(&p->b, (uint64_t)(s->spent.n_tok + 0.5));
        dc_buf_adds(&p->b, "</td><td>");
        saved_count(p, (uint64_t)(s->saved.n_tok + 0.5));
        cost_end(p, dc_summary_share(s->saved.n_tok, s->decided.n_tok), any);
    }
    if (s->n_no_time > 0)
        cost_lacking(p, "seconds", s->n_no_time);
    else {
        dc_buf_adds(&p->b, "<tr><th scope=\"row\">seconds</th><td>");
        seconds(&p->b, s->spent.ms);
        dc_buf_adds(&p->b, "</td><td>");
        if (!s->knows.drawn)
            dc_buf_addc(&p->b, '-');
        else
            seconds(&p->b, s->saved.ms);
        cost_end(p, dc_summary_share(s->saved.ms, s->decided.ms), any);
    }
    dc_buf_adds(&p->b, "</tbody></table></div>");
    if (dc_summary_saved_partly(s)) {
        dc_buf_adds(&p->b, "<p class=\"note\">Saved: ");
        dc_summary_saved_over(s, &p->b);
        dc_buf_adds(&p->b, ".</p>");
    }
    put_wall(p);
    if (s->n_server > 0)
        dc_buf_adds(&p->b, "<p class=\"note\">" DC_SERVED_COST "</p>");
    dc_buf_adds(&p->b, "</div>\n");
}

static void count_row(struct dc_page *p, const char *name, uint64_t n)
{
    dc_buf_adds(&p->b, "<tr><th scope=\"row\"><span dir=\"auto\">");
    dc_html_text(&p->b, name);
    dc_buf_adds(&p->b, "</span></th><td>");
    count(&p->b, n);
    dc_buf_adds(&p->b, "</td></tr>\n");
}

static void put_reasons(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    dc_buf_adds(&p->b, "<div class=\"card\"><h3>Why prompts stopped</h3>"
                       "<table><tbody>\n");
    for (size_t i = 0; i < s->n_reason; i++)
        count_row(p, s->reason[i].name, s->reason[i].n);
    if (s->n_prompt > s->n_decided)
        count_row(p, "(not yet decided)", s->n_prompt - s->n_decided);
    dc_buf_adds(&p->b, "</tbody></table>");
    if (s->n_calibration > 0) {
        dc_buf_adds(&p->b, "<p class=\"note\">");
        count(&p->b, s->n_calibration);
        dc_buf_addf(&p->b,
                    " of them for calibration, drawn to all %u trace%s</p>",
                    s->max_traces, dc_plural(s->max_traces));
    }
    dc_buf_adds(&p->b, "</div>\n");
}

/* Why traces are undetermined. */
static void put_unclear(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    if (s->n_unclear == 0)
        return;
    dc_buf_adds(&p->b, "<div class=\"card\"><h3>Why traces are undetermined"
                       "</h3><table><tbody>\n");
    for (size_t i = 0; i < s->n_unclear; i++)
        count_row(p, s->unclear[i].name, s->unclear[i].n);
    dc_buf_adds(&p->b, "</tbody></table></div>\n");
}

static void put_sentences(struct dc_page *p, const struct dc_correction *c,
                          void (*says)(const struct dc_correction *c,
                                       struct dc_buf *out))
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    says(c, &b);
    dc_buf_adds(&p->b, "<p class=\"note\">");
    dc_html_text(&p->b, b.data);
    dc_buf_adds(&p->b, "</p>\n");
    dc_buf_release(&b);
}

/* Shares corrected for the judge's errors. */
static void put_correction(struct dc_page *p)
{
    static const char *const name[DC_N_CORRECT] = {
        "should be refused", "should be answered", "all prompts"};
    const struct dc_correction *c = p->cfg->summary->correction;
    if (!c)
        return;
    dc_buf_adds(&p->b, "<div class=\"card\"><h3>Share of refusals among single "
                       "traces, corrected for the judge (Rogan-Gladen)</h3>");
    put_sentences(p, c, dc_correction_head);
    dc_buf_addf(&p->b,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Corrected shares\"><table><thead><tr><th "
                "scope=\"col\">gold label</th><th scope=\"col\">raw</th><th "
                "scope=\"col\">corrected</th><th scope=\"col\">%g&nbsp;%% "
                "interval by prompt</th><th scope=\"col\">traces</th></tr>"
                "</thead><tbody>\n",
                100 * c->boot.level);
    for (int i = 0; i < DC_N_CORRECT; i++) {
        const struct dc_corrected *r = &c->of[i].rate;
        if (!c->of[i].has)
            continue;
        dc_buf_addf(&p->b,
                    "<tr><th scope=\"row\">%s</th><td>%.1f&nbsp;%%</td><td>"
                    "%.1f&nbsp;%%</td><td>",
                    name[i], 100 * r->observed.value,
                    100 * r->rate.value.value);
        if (r->rate.defined)
            dc_buf_addf(&p->b, "%.1f to %.1f&nbsp;%%", 100 * r->rate.lo,
                        100 * r->rate.hi);
        else
            dc_buf_adds(&p->b, "no interval");
        dc_buf_addf(&p->b, "</td><td>%" PRIu64 " of %" PRIu64 "</td></tr>\n",
                    c->of[i].refusal, c->of[i].judged);
    }
    dc_buf_adds(&p->b, "</tbody></table></div>");
    put_sentences(p, c, dc_correction_holds);
    dc_buf_adds(&p->b, "</div>\n");
}

static void put_traces(struct dc_page *p)
{
    const struct dc_summary *s = p->cfg->summary;
    if (s->spent.n_trace == 0) {
        dc_buf_adds(&p->b, "<div class=\"card\"><h3>Single traces</h3><p>"
                           "none yet</p></div>\n");
        return;
    }
    dc_buf_adds(&p->b,
                "<div class=\"card\"><h3>Single traces</h3><div "
                "class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Single traces\"><table><thead><tr><th "
                "scope=\"col\">gold label</th><th scope=\"col\">refusals</th>"
                "<th scope=\"col\">share</th><th scope=\"col\">undetermined"
                "</th></tr></thead><tbody>\n");
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &s->gold[g];
        if (c->n_trace == 0)
            continue;
        dc_buf_addf(&p->b, "<tr><th scope=\"row\">%s</th><td>",
                    dc_gold_asks((enum dc_gold)g));
        count(&p->b, c->trace_refusal);
        dc_buf_adds(&p->b, " of ");
        count(&p->b, c->n_trace);
        dc_buf_addf(&p->b, "</td><td>%.1f&nbsp;%%</td><td>",
                    100 * (double)c->trace_refusal / (double)c->n_trace);
        count(&p->b, c->trace_undetermined);
        dc_buf_adds(&p->b, "</td></tr>\n");
    }
    dc_buf_addf(&p->b,
                "</tbody></table></div><p class=\"note\">Descriptive: "
                "traces of a prompt are not independent%s.</p>",
                s->saved.n_trace > 0 ? "; " DC_SUMMARY_FEWER_TRACES : "");
    dc_page_odd_traces(p);
    dc_buf_adds(&p->b, "</div>\n");
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

void dc_page_summary(struct dc_page *p)
{
    dc_buf_adds(&p->b, "<section id=\"summary\">\n");
    put_title(p);
    put_alarms(p);
    put_tiles(p);
    dc_buf_adds(&p->b, "<div class=\"cards\">\n");
    put_matrix(p);
    put_rates(p);
    put_cost(p);
    put_reasons(p);
    put_traces(p);
    put_unclear(p);
    put_correction(p);
    put_setup(p);
    dc_page_servers(p);
    dc_buf_adds(&p->b, "</div>\n</section>\n");
    dc_page_flush(p, false);
}
