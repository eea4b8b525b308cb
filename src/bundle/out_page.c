/*
 * out_page.c - report.html, with the figures of the set inside it.
 */
#include "base/mem.h"
#include "bundle/output.h"
#include "page/page.h"

#include <stdlib.h>

static enum dc_status write_page(const struct dc_facts *f, struct dc_out_dir *o,
                                 struct dc_err *err)
{
    struct dc_page_cfg cfg = dc_page_cfg_default();
    FILE *out = NULL;
    cfg.file = f->name;
    cfg.judge = f->pick.label;
    cfg.summary = &f->summary;
    cfg.sweep = f->has_sweep ? &f->sweep : NULL;
    enum dc_status st = dc_out_open(o, "report.html", &out, err);
    if (st)
        return st;
    st = dc_page_write(&cfg, f->store, out, err);
    enum dc_status closed =
        dc_out_close(o, "report.html", out, st ? NULL : err);
    return st ? st : closed;
}

extern const struct dc_output dc_output_page;
const struct dc_output dc_output_page = {
    .files = "report.html",
    .what = "one page for a browser: summary, figures, policies, every trace",
    .write = write_page,
};
