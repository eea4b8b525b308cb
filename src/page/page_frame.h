/*
 * page_frame.h - what stands around the parts of a page: its head, with the
 * policy, and the files of data/page that it is made of (private to src/page).
 */
#ifndef DC_PAGE_PAGE_FRAME_H
#define DC_PAGE_PAGE_FRAME_H

#include "base/buf.h"

/* Which page: of one run, or of several. */
enum dc_page_which { DC_PAGE_RUN = 1, DC_PAGE_RUNS = 2 };
enum dc_page_kind {
    DC_PAGE_STYLE,
    DC_PAGE_HEADER,
    DC_PAGE_VIEWER,
    DC_PAGE_SCRIPT
};

/* From the first byte to <body> and the page's header. Texts are escaped. */
void dc_page_head(enum dc_page_which which, const char *name, const char *what,
                  struct dc_buf *out);
/* Every file of a kind, in its element. */
void dc_page_assets(enum dc_page_which which, enum dc_page_kind kind,
                    struct dc_buf *out);

#endif
