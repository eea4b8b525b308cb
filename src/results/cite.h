/*
 * cite.h - what a run rests on and how to cite it: deepconf by its version, the
 * papers of the policy, the measure and the vote that decided, of the data set
 * and of each judge. What has no paper that is known here is named all the
 * same.
 */
#ifndef DC_RESULTS_CITE_H
#define DC_RESULTS_CITE_H

#include "doc/doc.h"
#include "read/run_view.h"

/* An entry of data/papers.bib. */
struct dc_paper {
    const char *entry; /* [n] borrowed, from its "@" to its last line feed */
    size_t n;
};
/* The first entry at or behind *at, which is then behind it; *at is NULL before
 * the first. False: there is none. */
bool dc_paper_next(const char **at, struct dc_paper *out);
/* Append a field's text without its braces, "key" the entry's own. False: it
 * has none. */
bool dc_paper_field(const struct dc_paper *p, const char *field,
                    struct dc_buf *out);

struct dc_cites {
    const char *what, *name, *key;
};
const struct dc_cites *dc_cites_all(size_t *n);
/* The paper of a `what` ("policy", "judge", ...) of this name; false: none. */
bool dc_paper_of(const char *what, const char *name, struct dc_paper *out);

/* A sentence for each part of the run, in a document; its judges are found. */
enum dc_status dc_cite_doc(struct dc_run_view *run, struct dc_doc *d,
                           struct dc_err *err);
/* The same papers once each, as BibTeX, deepconf first. */
enum dc_status dc_cite_bibtex(struct dc_run_view *run, struct dc_buf *out,
                              struct dc_err *err);

#endif
