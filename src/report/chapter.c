/*
 * chapter.c - what was run, what is doubtful, what was found, how it was done,
 * and plain words.
 */
#include "report/chapter.h"

#include "base/mem.h"
#include "base/plural.h"
#include "doc/md.h"
#include "plot/plot.h"
#include "report/output.h"
#include "results/served.h"
#include "results/summary_doc.h"
#include "results/topics.h"

#include <string.h>

/* ---- pieces ---- */

void dc_chapter_picture(const struct dc_chapter *c, const char *plot)
{
    char name[128];
    const struct dc_plot_row *row = dc_plot_find(plot);
    snprintf(name, sizeof name, "plots/%s.svg", dc_output_name(c->f, plot));
    if (row && c->o && dc_out_has(c->o, name))
        dc_doc_picture(c->d, row->title, name);
}

enum dc_status dc_chapter_write(const struct dc_chapter *c, const char *title,
                                const char *file, struct dc_out_dir *o,
                                struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "# %s: %s\n\n", c->f->name, title);
    dc_doc_markdown(c->d, DC_CHAPTER_LEVEL, &b);
    dc_md_tidy(&b);
    enum dc_status st = dc_out_put(o, file, &b, err);
    dc_buf_release(&b);
    return st;
}

/* ---- what was run ---- */

void dc_chapter_answer(const struct dc_chapter *c)
{
    dc_summary_doc_answer(&c->f->summary, c->d);
    if (c->f->risky_says)
        dc_doc_say(c->d, "%s.", c->f->risky_says);
}

void dc_chapter_state(const struct dc_chapter *c)
{
    const struct dc_summary *s = &c->f->summary;
    char done[DC_GROUPED], all[DC_GROUPED], traces[DC_GROUPED];
    struct dc_buf left;
    dc_buf_init(&left, SIZE_MAX);
    if (s->n_decided < s->n_prompt)
        dc_buf_addf(&left, "Not finished: %s of ",
                    dc_grouped(s->n_decided, done));
    dc_doc_say(c->d,
               "%s%s prompt%s of %s decided, from %s trace%s by %s, judged by "
               "%s version %s, stopped by %s.",
               left.n ? left.data : "", dc_grouped(s->n_prompt, all),
               dc_plural(s->n_prompt),
               dc_doc_code(c->d, dc_summary_config(s, "data.name", "?")),
               dc_grouped(s->spent.n_trace, traces),
               dc_plural(s->spent.n_trace),
               dc_doc_code(c->d, dc_summary_config(s, "model.name", "?")),
               dc_doc_code(c->d, s->judge), s->judge_version,
               dc_doc_code(c->d, dc_summary_config(s, "stop.policy", "?")));
    if (s->judge_note)
        dc_doc_say(c->d, "%s", s->judge_note);
    dc_buf_release(&left);
}

/* ---- what is doubtful ---- */

static void say_no_alarm(const struct dc_chapter *c)
{
    const struct dc_summary *s = &c->f->summary;
    if (s->n_decided == 0)
        dc_doc_say(c->d, "No alarm could be raised: no prompt is decided yet.");
    else if (!dc_summary_has_gold(s))
        dc_doc_say(c->d,
                   "No alarm was raised. What needs gold labels could not be "
                   "looked at: accuracy against the baseline, labels or signs "
                   "turned round, effects that reverse inside the gold "
                   "classes.");
    else
        dc_doc_say(c->d, "No alarm was raised.");
}

void dc_chapter_doubts(const struct dc_chapter *c)
{
    const struct dc_facts *f = c->f;
    const char *const why[] = {f->why_stats, f->why_stability, f->why_sweep,
                               f->why_calibrate};
    if (f->summary.n_alarm == 0)
        say_no_alarm(c);
    dc_summary_doc_alarms(&f->summary, c->d);
    for (size_t i = 0; i < f->n_note; i++)
        dc_doc_item(c->d, "note", f->note[i].text);
    for (size_t i = 0; i < DC_COUNT(why); i++) {
        bool said = false;
        for (size_t k = 0; k < i && why[i]; k++)
            said |= why[k] && !strcmp(why[i], why[k]);
        if (why[i] && !said)
            dc_doc_item(c->d, "left out", why[i]);
    }
}

/* ---- findings ---- */

void dc_chapter_found(const struct dc_chapter *c, enum dc_finding_of of)
{
    struct dc_findings l;
    bool any = false;
    dc_findings_make(c->f, &l);
    for (size_t i = 0; i < l.n; i++) {
        any |= l.item[i].of == of;
        if (l.item[i].of == of)
            dc_doc_claim(c->d, l.item[i].text,
                         dc_arena_printf(&l.arena, "Test: %s", l.item[i].by));
    }
    if (!any)
        dc_doc_say(c->d, c->f->summary.n_decided == 0
                             ? "Nothing is known: no prompt is decided yet."
                             : "Nothing of what is looked for was found.");
    dc_findings_release(&l);
}

void dc_chapter_advice(const struct dc_chapter *c)
{
    struct dc_findings l;
    dc_doc_chapter(c->d, "Recommendations");
    dc_advice_make(c->f, &l);
    for (size_t i = 0; i < l.n; i++)
        dc_doc_claim(c->d, l.item[i].text,
                     dc_arena_printf(&l.arena, "Rule: %s", l.item[i].by));
    if (l.n == 0)
        dc_doc_say(c->d, "None: no rule applies.");
    dc_findings_release(&l);
}

/* ---- how it was run ---- */

void dc_chapter_setup(const struct dc_chapter *c)
{
    dc_doc_chapter(c->d, "How it was run");
    dc_doc_say(c->d,
               "The unit is the prompt. Each is asked several times; an answer "
               "is a trace, and a judge says whether it refuses. The decision "
               "on the prompt is the vote of its traces (a tie complies, "
               "undetermined traces never count as compliance), held against "
               "its gold label: TP are prompts refused that should be, FN such "
               "prompts answered, FP prompts refused that should be answered, "
               "TN those answered. This measures the model by one judge, not "
               "the judge.");
    dc_summary_doc_setup(&c->f->summary, c->d);
    dc_doc_say(c->d, "Every setting stands in %s, under %s.",
               dc_doc_code(c->d, "records/show.json"),
               dc_doc_code(c->d, "config"));
    dc_served_doc(&c->f->summary, c->d);
}

void dc_chapter_check(const struct dc_chapter *c)
{
    struct dc_buf line;
    dc_doc_chapter(c->d, "Where the numbers come from");
    dc_doc_say(
        c->d,
        "The program that read the run file wrote every number here. %s "
        "has each by name, with the command that prints it; %s has what "
        "those commands print, whole: every measure, every setting of "
        "the sweep, every judge; %s has every prompt with its traces; %s "
        "says how each picture is read. A "
        "number that was changed by hand is found by:",
        dc_doc_code(c->d, "facts.json"), dc_doc_code(c->d, "records/"),
        dc_doc_code(c->d, "predictions.jsonl"),
        dc_doc_code(c->d, "report.html"));
    dc_buf_init(&line, SIZE_MAX);
    dc_buf_addf(&line, "deepconf verify DIR --run %s.db", c->f->name);
    dc_doc_command(c->d, line.data);
    dc_buf_release(&line);
    dc_doc_say(c->d, "Configuration of the run, SHA-256: %s.",
               dc_doc_code(c->d, c->f->id));
}

/* ---- plain words ---- */

/* The first paragraph of a topic, with `names` as names. */
static void say_topic(const struct dc_chapter *c, const char *name)
{
    const struct dc_topic *t = dc_topic_find(name);
    const char *end = strstr(t->text, "\n\n");
    size_t n = end ? (size_t)(end - t->text) : strlen(t->text);
    struct dc_buf b, word;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_init(&word, SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t len = strcspn(t->text + i + 1, "`");
        if (t->text[i] != '`' || i + 1 + len >= n) {
            dc_buf_addc(&b, t->text[i]);
            continue;
        }
        dc_buf_clear(&word);
        dc_buf_add(&word, t->text + i + 1, len);
        dc_buf_adds(&b, dc_doc_code(c->d, word.data));
        i += len + 1;
    }
    dc_doc_item(c->d, t->title, b.data);
    dc_buf_release(&word);
    dc_buf_release(&b);
}

void dc_chapter_words(const struct dc_chapter *c)
{
    static const char *const name[] = {"accuracy", "percentile"};
    dc_doc_chapter(c->d, "In plain words");
    for (size_t i = 0; i < DC_COUNT(name); i++)
        say_topic(c, name[i]);
    dc_doc_item(c->d, "What an interval is, and a p-value",
                "A rate from a few hundred prompts would come out otherwise on "
                "others. Of a hundred 95 % intervals about 95 hold the rate "
                "that endless prompts of the kind would give. Traces of one "
                "prompt resemble each other, so intervals over traces resample "
                "whole prompts. A p-value is how often chance alone gives so "
                "large a difference; a large one shows nothing, not even that "
                "there is none.");
    dc_doc_item(c->d, "What an AUROC is",
                "The chance that, of one right and one wrong trace drawn at "
                "random, the right one is the surer. 0.5 is a coin, 1 perfect, "
                "below 0.5 upside down.");
    dc_doc_say(c->d, "More: %s, and so on.",
               dc_doc_code(c->d, "deepconf help accuracy"));
}
