/*
 * page_priv.h - what the parts of a page share (private to src/page).
 *
 * A part appends to dc_page.b and calls dc_page_flush() now and then; page.c
 * has the frame and the order.
 */
#ifndef DC_PAGE_PAGE_PRIV_H
#define DC_PAGE_PAGE_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "label/frame.h"
#include "page/page.h"
#include "read/run_view.h"
#include "store/pieces.h"

#include <stdbool.h>

/* What the list of prompts needs of one prompt. */
struct dc_page_prompt {
    double sum;     /* of the run's measure over the traces that have it */
    uint32_t n_sum; /* how many */
    uint32_t n_trace;
    uint64_t n_tok;
    uint64_t bytes;     /* of its texts in the page, or so */
    bool no_count;      /* of some trace it is not known: n_tok means nothing */
    uint64_t top_bytes; /* most that its lists take in the page */
    bool judges_differ; /* on a trace: refusal or partial against compliance */
};

struct dc_page_decider {
    const char *label;
    const struct dc_run_votes *by; /* NULL: it has not judged every trace */
};

struct dc_page_names {
    const char **name; /* [n], in the arena */
    size_t n, cap;
};

struct dc_page {
    const struct dc_page_cfg *cfg;
    struct dc_run_view *run;
    const struct dc_run_votes *by; /* whose decisions these are */
    FILE *out;
    struct dc_buf b; /* not written yet */
    struct dc_arena arena;
    struct dc_page_prompt *prompt; /* [n_prompt] by ord */
    size_t n_prompt;
    size_t n_shown;                      /* the first ones, in the viewer */
    struct dc_page_names measure, judge; /* as first met */
    struct dc_page_decider *decider;     /* [n_decider] the report's first */
    size_t n_decider;
    const char *run_measure;   /* of the run file; "" if it names none */
    struct dc_replay **replay; /* [sweep->n_row] in the table's order */
    size_t *row;               /* [sweep->n_row] the table's order */
    uint64_t token_bytes;
    size_t n_with_tokens, n_without_tokens; /* prompts with traces */
    struct dc_pieces pieces;
    uint32_t *piece_at; /* [pieces.n] place among those used + 1; 0: none */
    uint32_t *used;     /* [n_used] place among the pieces */
    size_t n_used;
    uint64_t top_bytes;
    size_t n_with_top, n_without_top; /* prompts with lists */
    struct dc_label_walk *labelling;  /* while all is gathered */
    struct dc_label_frame label;      /* n == 0: nothing to label */
};

/* Write what is in b once it is large, or all of it. */
void dc_page_flush(struct dc_page *p, bool all);
/* End what the parts have made of it; fine where they made nothing. */
void dc_page_release(struct dc_page *p);
/* Its place in the names; added if it is new. */
size_t dc_page_name(struct dc_page *p, struct dc_page_names *names,
                    const char *name);

/* page_judges.c: gather, behind dc_page_gather(); the part of "dc-meta", and of
 * a row of "dc-index". */
enum dc_status dc_page_deciders(struct dc_page *p, struct dc_err *err);
void dc_page_put_deciders(struct dc_page *p);
void dc_page_put_votes(struct dc_page *p, size_t ord);
void dc_page_deciders_release(struct dc_page *p);

/* page_labels.c: dc_page_gather(), and what there is to label; the part of
 * "dc-meta". */
enum { DC_PAGE_DRAW = 100 };
enum dc_status dc_page_gather_with_labels(struct dc_page *p,
                                          struct dc_err *err);
void dc_page_put_labels(struct dc_page *p);

/* page_summary.c: markup. */
void dc_page_summary(struct dc_page *p);
/* page_policies.c: markup; nothing without a sweep, or why there is none. */
void dc_page_policies(struct dc_page *p);
/* page_index.c: gather (with by and run_measure), then the block "dc-meta"
 * and the block "dc-index". */
enum dc_status dc_page_gather(struct dc_page *p, struct dc_err *err);
enum dc_status dc_page_index(struct dc_page *p, struct dc_err *err);
/* Parts of them: the place of the run's measure among p->measure, or null; and
 * what its mean is over a prompt's traces. */
void dc_page_put_measure(const struct dc_page *p, struct dc_buf *out);
void dc_page_put_mean(const struct dc_page_prompt *q, struct dc_buf *out);
/* page_traces.c: a block for each prompt; one of them under another name. */
enum dc_status dc_page_traces(struct dc_page *p, struct dc_err *err);
enum dc_status dc_page_block(struct dc_page *p, size_t ord, const char *id,
                             struct dc_err *err);

/* page_top.c: most bytes of the lists of a trace; ',"w":..,"o":".."'; and the
 * block "dc-pieces", behind all that use it. */
uint64_t dc_page_top_bytes(const struct dc_trace_row *t);
void dc_page_top(struct dc_page *p, const struct dc_trace_row *t);
void dc_page_pieces(struct dc_page *p);

#endif
