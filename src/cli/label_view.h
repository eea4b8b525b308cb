/*
 * label_view.h - the trace at hand on a terminal, or as plain text; private to
 * cmd_label.
 */
#ifndef DC_CLI_LABEL_VIEW_H
#define DC_CLI_LABEL_VIEW_H

#include "base/buf.h"
#include "label/label_session.h"

struct dc_label_look {
    size_t width, height;
    bool colour;
    size_t top;                /* the first line of the text that is shown */
    const char *message;       /* of what happened last; "": nothing */
    const struct dc_buf *note; /* being typed; NULL: none is */
};

/*
 * The whole screen, from its first cell on. Returns the last value of
 * look->top that shows something more.
 */
size_t dc_label_screen(const struct dc_label_session *s,
                       const struct dc_label_look *look, struct dc_buf *out);

/* The same trace as text that scrolls by. */
void dc_label_plain(const struct dc_label_session *s, size_t width,
                    struct dc_buf *out);
/* "refusal", "can't tell" */
const char *dc_label_word(enum dc_verdict v);

#endif
