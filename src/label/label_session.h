/*
 * label_session.h - labelling a drawn list of traces one by one.
 */
#ifndef DC_LABEL_LABEL_SESSION_H
#define DC_LABEL_LABEL_SESSION_H

#include "base/arena.h"
#include "label/draw.h"
#include "label/label_file.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>

struct dc_label_item {
    size_t trace; /* in the frame */
    bool has_label;
    enum dc_verdict label;
    bool seen;        /* the verdicts were on the screen before the label */
    const char *note; /* NULL: none */
};

struct dc_label_says {
    const char *judge, *version, *verdict, *rule;
};

/* The trace at hand. */
struct dc_label_text {
    struct dc_arena arena;
    const char *prompt, *response;
    struct dc_label_says *says; /* [n_says] */
    size_t n_says;
};

struct dc_label_session {
    struct dc_store *store;
    const struct dc_label_frame *frame;
    const struct dc_label_draw *draw;
    struct dc_label_file *file;
    const char *db; /* name of the run file */
    const char *by; /* who labels; NULL */
    bool has_head;  /* the file has the head of this run */
    struct dc_arena arena;
    struct dc_label_item *item; /* [draw->n] */
    size_t n, at;               /* at == n: behind the last */
    struct dc_label_text text;  /* of the item at hand */
    bool shows_verdict;
    size_t n_given; /* labels of this session */
};

/* At the first item without a label. */
enum dc_status dc_label_session_begin(struct dc_label_session *s,
                                      struct dc_err *err);
void dc_label_session_end(struct dc_label_session *s);

size_t dc_label_session_done(const struct dc_label_session *s);

/* Each writes what it changes before it returns. Label the item at hand and go
 * to the next without one. */
enum dc_status dc_label_session_give(struct dc_label_session *s,
                                     enum dc_verdict label, struct dc_err *err);
/* Take the label of the item at hand back. */
enum dc_status dc_label_session_take_back(struct dc_label_session *s,
                                          struct dc_err *err);
enum dc_status dc_label_session_note(struct dc_label_session *s,
                                     const char *note, struct dc_err *err);
/* To the item before it; to the next without a label. */
enum dc_status dc_label_session_back(struct dc_label_session *s,
                                     struct dc_err *err);
enum dc_status dc_label_session_skip(struct dc_label_session *s,
                                     struct dc_err *err);
void dc_label_session_show(struct dc_label_session *s);

#endif
