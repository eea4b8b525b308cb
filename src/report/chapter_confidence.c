/*
 * chapter_confidence.c - what confidence tells, measure by measure, as
 * Markdown.
 */
#include "report/chapter.h"

static void stats_part(const struct dc_chapter *d,
                       void (*part)(const struct dc_trace_stats *s,
                                    struct dc_doc *out))
{
    struct dc_doc *doc = dc_doc_create();
    part(&d->f->stats, doc);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL + 1, d->b);
    dc_doc_free(doc);
}

void dc_chapter_own_measure(const struct dc_chapter *d)
{
    if (d->f->has_stats)
        stats_part(d, dc_stats_doc_own);
}

void dc_chapter_confidence(const struct dc_chapter *d)
{
    if (!d->f->has_stats) {
        dc_buf_adds(d->b, "Nothing is known yet: no prompt is decided.\n");
        return;
    }
    stats_part(d, dc_stats_doc_answer);
    stats_part(d, dc_stats_doc_tells);
    dc_chapter_picture(d, "roc");
    stats_part(d, dc_stats_doc_risk);
    dc_chapter_picture(d, "risk_coverage");
    stats_part(d, dc_stats_doc_calibration);
    dc_chapter_picture(d, "reliability");
    stats_part(d, dc_stats_doc_categories);
    dc_chapter_picture(d, "confidence_by_category");
    dc_chapter_picture(d, "confidence_by_correctness");
    dc_chapter_picture(d, "confidence_by_toxicity");
    stats_part(d, dc_stats_doc_agreement);
}
