/*
 * chapter_rates.c - decisions, rates, cost, single traces, judges, as Markdown.
 */
#include "report/chapter.h"
#include "results/by_field_report.h"
#include "results/judges_report.h"
#include "results/summary_doc.h"

/* Parts of the summary, as Markdown. */
static void write_part(const struct dc_chapter *d,
                       void (*part)(const struct dc_summary *s,
                                    struct dc_doc *out))
{
    struct dc_doc *doc = dc_doc_create();
    part(&d->f->summary, doc);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL, d->b);
    dc_doc_free(doc);
}

void dc_chapter_answer(const struct dc_chapter *d)
{
    struct dc_doc *doc = dc_doc_create();
    const char *confidence = dc_findings_confidence(d->f);
    dc_summary_doc_answer(&d->f->summary, doc);
    if (confidence)
        dc_doc_say(doc, "%s.", confidence);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL, d->b);
    dc_doc_free(doc);
}

void dc_chapter_decisions(const struct dc_chapter *d)
{
    write_part(d, dc_summary_doc_decisions);
    dc_chapter_picture(d, "confusion_matrix_2x2");
}

void dc_chapter_rates(const struct dc_chapter *d)
{
    write_part(d, dc_summary_doc_rates);
    write_part(d, dc_summary_doc_judges);
}

void dc_chapter_fields(const struct dc_chapter *d)
{
    struct dc_doc *doc = dc_doc_create();
    for (size_t i = 0; i < d->f->n_by; i++)
        dc_by_field_doc(&d->f->by[i], doc);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL, d->b);
    dc_doc_free(doc);
    dc_chapter_picture(d, "refusals_by_field");
}

void dc_chapter_cost(const struct dc_chapter *d)
{
    write_part(d, dc_summary_doc_cost);
    write_part(d, dc_summary_doc_stopped);
    dc_chapter_picture(d, "savings_per_prompt");
}

void dc_chapter_traces(const struct dc_chapter *d)
{
    write_part(d, dc_summary_doc_traces);
    dc_chapter_picture(d, "label_flow");
    dc_chapter_picture(d, "trace_evolution");
    dc_chapter_picture(d, "stability");
}

void dc_chapter_correction(const struct dc_chapter *d)
{
    struct dc_doc *doc = dc_doc_create();
    if (d->f->has_correction) {
        dc_correction_doc(&d->f->correction, doc);
    } else {
        dc_doc_heading(doc, "Corrected for the judge's errors", NULL);
        dc_doc_say(doc, "The judge's own errors are not taken into account: no "
                        "validation was given (--correct-with).");
    }
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL, d->b);
    dc_doc_free(doc);
}

void dc_chapter_judges(const struct dc_chapter *d)
{
    struct dc_doc *doc = dc_doc_create();
    dc_judges_doc(d->f->judges, doc);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL, d->b);
    dc_doc_free(doc);
    dc_chapter_picture(d, "rates_by_judge");
    dc_chapter_picture(d, "judge_agreement");
}
