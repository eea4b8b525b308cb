/*
 * page_labels.c - what the viewer needs to take labels by hand (page_priv.h):
 * which traces to label, in their order, and the head of the file. In
 * "dc-meta": "label": null, or {"run", "judge", "head": the line that the file
 * begins with, "strata": [name, ...], "draw": [[prompt's place, index of the
 *     trace, place in strata], ...]}
 * The draw is that of `deepconf label`, its first DC_PAGE_DRAW traces.
 */
#include "label/draw.h"
#include "page/page_priv.h"
#include "page/page_put.h"

static void put_strata(struct dc_page *p, const struct dc_label_frame *f)
{
    dc_buf_adds(&p->b, ",\"strata\":[");
    for (size_t i = 0; i < f->head.n_stratum; i++) {
        dc_buf_adds(&p->b, i ? "," : "");
        dc_page_json(&p->b, f->head.stratum[i].name);
    }
    dc_buf_addc(&p->b, ']');
}

static void put_draw(struct dc_page *p, const struct dc_label_frame *f)
{
    struct dc_label_draw d;
    dc_label_draw_make(f, DC_PAGE_DRAW, f->head.seed, &d);
    dc_buf_adds(&p->b, ",\"draw\":[");
    for (size_t i = 0; i < d.n; i++) {
        const struct dc_label_trace *t = &f->trace[d.item[i]];
        dc_buf_addf(&p->b, "%s[%u,%u,%u]", i ? "," : "", (unsigned)t->prompt,
                    (unsigned)t->idx, (unsigned)t->stratum);
    }
    dc_buf_addc(&p->b, ']');
    dc_label_draw_release(&d);
}

static void put_head(struct dc_page *p, const struct dc_label_frame *f)
{
    struct dc_buf head;
    dc_buf_init(&head, SIZE_MAX);
    dc_hand_head_line(&f->head, p->cfg->file, f->model, &head);
    dc_buf_adds(&p->b, "{\"run\":");
    dc_page_json(&p->b, f->head.run);
    dc_buf_adds(&p->b, ",\"judge\":");
    dc_page_json(&p->b, f->head.judge);
    dc_buf_adds(&p->b, ",\"head\":");
    dc_page_json(&p->b, head.data);
    dc_buf_release(&head);
}

enum dc_status dc_page_gather_with_labels(struct dc_page *p, struct dc_err *err)
{
    const struct dc_label_frame_cfg cfg = {.judge = p->by->judge};
    struct dc_err why = {.msg = ""};
    p->labelling = dc_label_walk_begin(p->run, &cfg, &p->label);
    enum dc_status st = dc_page_gather(p, err);
    enum dc_status end = dc_label_walk_end(p->labelling, &why);
    p->label.head.seed = 1; /* the default of `deepconf label` */
    if (end == DC_DATA)     /* no verdict to hold against people */
        p->label.n = 0;
    else if (!st && end)
        st = dc_fail(err, end, "%s", why.msg);
    return st;
}

void dc_page_put_labels(struct dc_page *p)
{
    const struct dc_label_frame *f = &p->label;
    dc_buf_adds(&p->b, "\"label\":");
    if (f->n == 0) {
        dc_buf_adds(&p->b, "null");
        return;
    }
    put_head(p, f);
    put_strata(p, f);
    put_draw(p, f);
    dc_buf_addc(&p->b, '}');
}
