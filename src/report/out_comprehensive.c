/*
 * out_comprehensive.c - COMPREHENSIVE_REPORT.md: all there is to say, what is
 * doubtful first.
 */
#include "doc/md.h"
#include "report/chapter.h"
#include "report/output.h"

static void results(const struct dc_chapter *d)
{
    static const struct {
        const char *title; /* NULL: the part has its own headings */
        void (*write)(const struct dc_chapter *d);
    } part[] = {
        {NULL, dc_chapter_decisions},
        {NULL, dc_chapter_rates},
        {NULL, dc_chapter_fields},
        {NULL, dc_chapter_correction},
        {NULL, dc_chapter_judges},
        {NULL, dc_chapter_traces},
        {"### What confidence tells", dc_chapter_confidence},
        {"### Stopping policies", dc_chapter_sweep},
        {"### Stopping at a confident trace", dc_chapter_percentiles},
        {"### A stopping policy with a promise", dc_chapter_calibrate},
        {NULL, dc_chapter_cost},
    };
    dc_buf_adds(d->b, "\n## Results\n");
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (part[i].title)
            dc_buf_addf(d->b, "\n%s\n\n", part[i].title);
        part[i].write(d);
    }
}

static void check(const struct dc_chapter *d)
{
    dc_buf_addf(
        d->b,
        "\n## Where the numbers come from\n\n"
        "Every number here was written by the program that read the run file. "
        "`facts.json` has each by name, with the command that prints it; "
        "`records/` has what those commands print, whole; `predictions.jsonl` "
        "has every prompt with its traces. To have all files made again from "
        "the run file and compared:\n\n"
        "```\ndeepconf verify DIR --run %s.db\n```\n\n"
        "A number that was changed by hand, here or in the run file, is found "
        "and named. Configuration of the run, SHA-256: `%s`.\n",
        d->f->name, d->f->id);
}

static enum dc_status write_comprehensive(const struct dc_facts *f,
                                          struct dc_out_dir *o,
                                          struct dc_err *err)
{
    struct dc_buf b;
    const struct dc_chapter d = {f, o, &b};
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "# %s: the whole report\n\n", f->name);
    dc_chapter_answer(&d);
    dc_chapter_state(&d);
    dc_buf_adds(&b, "\nIn short: [ANALYSIS_SUMMARY.md](ANALYSIS_SUMMARY.md).\n"
                    "Here: [doubts and alarms](#doubts-and-alarms), "
                    "[findings](#findings), "
                    "[recommendations](#recommendations), "
                    "[results](#results), [design](#design), "
                    "[data, model and settings](#data-model-and-settings), "
                    "[where the numbers come from]"
                    "(#where-the-numbers-come-from), "
                    "[in plain words](#in-plain-words).\n"
                    "\n## Doubts and alarms\n\n");
    dc_chapter_doubts(&d);
    dc_chapter_found(&d);
    results(&d);
    dc_buf_addc(&b, '\n');
    dc_chapter_setup(&d);
    check(&d);
    dc_buf_addc(&b, '\n');
    dc_chapter_words(&d);
    dc_md_tidy(&b);
    enum dc_status st = dc_out_put(o, "COMPREHENSIVE_REPORT.md", &b, err);
    dc_buf_release(&b);
    return st;
}

const struct dc_output dc_output_comprehensive = {
    .files = "COMPREHENSIVE_REPORT.md",
    .what = "design, settings, plain words, all results, findings with their "
            "tests, recommendations with their rules",
    .write = write_comprehensive,
};
