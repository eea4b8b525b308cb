/*
 * page_frame.c - page_frame.h.
 *
 * The Content-Security-Policy names the SHA-256 of each style and script, so
 * that nothing else runs, whatever a data set managed to smuggle in; and it
 * allows no request and no image but those in the file itself.
 */
#include "page/page_frame.h"

#include "base/mem.h"
#include "doc/html.h"
#include "page/page_put.h"

#include <string.h>

enum { DC_PAGE_BOTH = DC_PAGE_RUN | DC_PAGE_RUNS };

#define DC_PAGE_ASSET(file, pages, kind, symbol)                               \
    extern const char dc_page_##symbol[];                                      \
    extern const size_t dc_page_##symbol##_size;
#include "page/page_assets.def"
#undef DC_PAGE_ASSET

struct frame_asset {
    unsigned pages; /* enum dc_page_which */
    enum dc_page_kind kind;
    const char *data;
    const size_t *n;
};
static const struct frame_asset frame_assets[] = {
#define DC_PAGE_ASSET(file, pages, kind, symbol)                               \
    {DC_PAGE_##pages, DC_PAGE_##kind, dc_page_##symbol,                        \
     &dc_page_##symbol##_size},
#include "page/page_assets.def"
#undef DC_PAGE_ASSET
};

/* Lines of markup, without those that are of the other page alone. */
static void frame_markup(const char *s, size_t n, enum dc_page_which which,
                         struct dc_buf *out)
{
    const char *own = which == DC_PAGE_RUN ? "run|" : "runs|";
    const char *others = which == DC_PAGE_RUN ? "runs|" : "run|";
    for (const char *end = s + n, *next; s < end; s = next) {
        next = memchr(s, '\n', (size_t)(end - s));
        next = next ? next + 1 : end;
        if (!strncmp(s, others, strlen(others)))
            continue;
        s += !strncmp(s, own, strlen(own)) ? strlen(own) : 0;
        dc_buf_add(out, s, (size_t)(next - s));
    }
}

void dc_page_assets(enum dc_page_which which, enum dc_page_kind kind,
                    struct dc_buf *out)
{
    const char *tag = kind == DC_PAGE_STYLE    ? "style"
                      : kind == DC_PAGE_SCRIPT ? "script"
                                               : NULL;
    for (size_t i = 0; i < DC_COUNT(frame_assets); i++) {
        const struct frame_asset *a = &frame_assets[i];
        if (a->kind != kind || !(a->pages & which))
            continue;
        if (!tag) {
            frame_markup(a->data, *a->n, which, out);
            continue;
        }
        dc_buf_addf(out, "<%s>", tag);
        dc_buf_add(out, a->data, *a->n);
        dc_buf_addf(out, "</%s>\n", tag);
    }
}

static void frame_sources(const char *name, enum dc_page_which which,
                          enum dc_page_kind kind, struct dc_buf *out)
{
    dc_buf_adds(out, name);
    for (size_t i = 0; i < DC_COUNT(frame_assets); i++) {
        const struct frame_asset *a = &frame_assets[i];
        if (a->kind != kind || !(a->pages & which))
            continue;
        dc_buf_adds(out, " '");
        dc_page_hash(out, a->data, *a->n);
        dc_buf_addc(out, '\'');
    }
    dc_buf_adds(out, "; ");
}

void dc_page_head(enum dc_page_which which, const char *name, const char *what,
                  struct dc_buf *out)
{
    dc_buf_adds(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
                     "<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\""
                     "default-src 'none'; ");
    frame_sources("script-src", which, DC_PAGE_SCRIPT, out);
    frame_sources("style-src", which, DC_PAGE_STYLE, out);
    dc_buf_adds(out,
                "img-src data:; base-uri 'none'; form-action 'none'; "
                "require-trusted-types-for 'script'; trusted-types 'none'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, "
                "initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    dc_html_text(out, name);
    dc_buf_adds(out, " - ");
    dc_html_text(out, what);
    dc_buf_adds(out, "</title>\n");
    dc_page_assets(which, DC_PAGE_STYLE, out);
    dc_buf_adds(out, "</head>\n<body>\n");
    dc_page_assets(which, DC_PAGE_HEADER, out);
}
