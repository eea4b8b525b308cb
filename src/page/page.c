/*
 * page.c - report.html: the order of its parts (page.h).
 *
 * What a reader sees first comes first: styles, summary, figures, policies, the
 * empty viewer, the index, the scripts; then, while the page is in use already,
 * the blocks of the prompts. The block "dc-end" is the last and says how far
 * the token data reach.
 */
#include "page/page.h"

#include "base/mem.h"
#include "doc/html.h"
#include "page/page_frame.h"
#include "page/page_priv.h"
#include "page/page_put.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_AT = 1 << 16 };

/* ---- parts ---- */

void dc_page_flush(struct dc_page *p, bool all)
{
    if (!all && p->b.n < FLUSH_AT)
        return;
    fwrite(p->b.data, 1, p->b.n, p->out);
    dc_buf_clear(&p->b);
}

static void put_figure(struct dc_page *p, const struct dc_page_figure *f)
{
    dc_buf_adds(&p->b, "<figure id=\"plot-");
    dc_html_text(&p->b, f->name);
    dc_buf_adds(&p->b, "\"><button type=\"button\" class=\"zoom\" "
                       "aria-label=\"Enlarge: ");
    dc_html_text(&p->b, f->title);
    dc_buf_adds(&p->b, "\"><img alt=\"");
    dc_html_text(&p->b, f->alt);
    dc_buf_adds(&p->b, "\" src=\"data:image/svg+xml;base64,");
    dc_page_base64(&p->b, f->svg, f->n_svg);
    dc_buf_adds(&p->b, "\"></button><figcaption>");
    dc_html_text(&p->b, f->about);
    dc_buf_adds(&p->b, "</figcaption></figure>\n");
    dc_page_flush(p, false);
}

static void put_figures(struct dc_page *p)
{
    if (p->cfg->n_figure == 0)
        return;
    dc_buf_adds(&p->b, "<section id=\"plots\" aria-labelledby=\"h-plots\">\n"
                       "<h2 id=\"h-plots\">Plots</h2>\n"
                       "<div class=\"figures\">\n");
    for (size_t i = 0; i < p->cfg->n_figure; i++)
        put_figure(p, &p->cfg->figure[i]);
    dc_buf_adds(&p->b, "</div>\n</section>\n");
}

/* What the viewer lacks. */
static void put_shown(struct dc_page *p)
{
    if (p->n_shown == p->n_prompt)
        return;
    dc_buf_addf(&p->b,
                "<p id=\"shown\">The viewer has the first %zu of the run's %zu "
                "prompts, as a browser can't hold them all; every figure above "
                "is of all of them. For any other prompt: <code>deepconf show "
                "--prompt ID</code>.</p>\n",
                p->n_shown, p->n_prompt);
}

/* Up to the index. */
static void put_head(struct dc_page *p)
{
    dc_page_head(DC_PAGE_RUN, p->cfg->file, "deepconf report", &p->b);
    dc_buf_adds(&p->b, "<main id=\"main\" tabindex=\"-1\">\n");
    dc_page_summary(p);
    put_figures(p);
    dc_page_policies(p);
    put_shown(p);
    dc_page_assets(DC_PAGE_RUN, DC_PAGE_VIEWER, &p->b);
    dc_buf_adds(&p->b, "</main>\n");
}

static enum dc_status put_body(struct dc_page *p, struct dc_err *err)
{
    enum dc_status st = dc_page_index(p, err);
    if (st)
        return st;
    dc_page_assets(DC_PAGE_RUN, DC_PAGE_SCRIPT, &p->b);
    st = dc_page_traces(p, err);
    dc_page_pieces(p);
    dc_buf_addf(&p->b,
                "<script type=\"application/json\" id=\"dc-end\">"
                "{\"with_tokens\":%zu,\"without_tokens\":%zu,"
                "\"with_top\":%zu,\"without_top\":%zu}</script>\n"
                "</body>\n</html>\n",
                p->n_with_tokens, p->n_without_tokens, p->n_with_top,
                p->n_without_top);
    dc_page_flush(p, true);
    return st;
}

static enum dc_status check_out(FILE *out, struct dc_err *err)
{
    if (fflush(out) == 0 && !ferror(out))
        return DC_OK;
    return dc_fail(err, DC_IO, "report.html: can't be written: %s",
                   strerror(errno));
}

/* ---- life ---- */

struct dc_page_cfg dc_page_cfg_default(void)
{
    return (struct dc_page_cfg){.max_text_bytes = DC_PAGE_TEXT_BYTES,
                                .max_token_bytes = DC_PAGE_TOKEN_BYTES,
                                .max_top_bytes = DC_PAGE_TOP_BYTES};
}

static enum dc_status make_replays(struct dc_page *p, struct dc_err *err)
{
    const struct dc_sweep *s = p->cfg->sweep;
    enum dc_status st = DC_OK;
    if (!s)
        return DC_OK;
    p->row = dc_xcalloc(s->n_row + 1, sizeof *p->row);
    p->replay = dc_xcalloc(s->n_row + 1, sizeof(struct dc_replay *));
    dc_sweep_sort(s, p->row);
    for (size_t i = 0; i < s->n_row && !st; i++)
        st = dc_replay_create(s->record, &s->row[p->row[i]].setting,
                              &p->replay[i], err);
    return st;
}

static enum dc_status read_pieces(struct dc_page *p, struct dc_err *err)
{
    enum dc_status st = dc_pieces_read(p->run->store, &p->pieces, err);
    if (st)
        return st;
    p->piece_at = dc_xcalloc(p->pieces.n + 1, sizeof *p->piece_at);
    p->used = dc_xcalloc(p->pieces.n + 1, sizeof *p->used);
    return DC_OK;
}

void dc_page_release(struct dc_page *p)
{
    for (size_t i = 0; p->replay && i < p->cfg->sweep->n_row; i++)
        dc_replay_free(p->replay[i]);
    free(p->replay);
    free(p->row);
    free(p->prompt);
    free(p->piece_at);
    free(p->used);
    dc_pieces_release(&p->pieces);
    free(p->measure.name);
    free(p->judge.name);
    dc_page_deciders_release(p);
    dc_label_frame_release(&p->label);
    dc_buf_release(&p->b);
    dc_arena_release(&p->arena);
}

static enum dc_status make_ready(struct dc_page *p,
                                 const struct dc_page_cfg *cfg,
                                 struct dc_run_view *run, struct dc_err *err)
{
    *p = (struct dc_page){.cfg = cfg, .run = run};
    dc_arena_init(&p->arena);
    dc_buf_init(&p->b, SIZE_MAX);
    enum dc_status st = dc_run_view_decisions(run, cfg->judge, &p->by, err);
    p->run_measure = dc_summary_config(cfg->summary, "stop.measure", "");
    if (!st)
        st = dc_page_gather_with_labels(p, err);
    if (!st)
        st = dc_page_deciders(p, err);
    if (!st && cfg->sweep && cfg->sweep->record->n_prompt != p->n_prompt)
        st = dc_store_damaged(run->store, err,
                              "%zu prompts were replayed, %zu are here",
                              cfg->sweep->record->n_prompt, p->n_prompt);
    if (!st)
        st = read_pieces(p, err);
    return st ? st : make_replays(p, err);
}

enum dc_status dc_page_write(const struct dc_page_cfg *cfg,
                             struct dc_run_view *run, FILE *out,
                             struct dc_err *err)
{
    struct dc_page p;
    enum dc_status st = make_ready(&p, cfg, run, err);
    p.out = out;
    if (!st) {
        put_head(&p);
        st = put_body(&p, err);
    }
    dc_page_release(&p);
    return st ? st : check_out(out, err);
}

/* ---- in two steps ---- */

enum dc_status dc_page_begin(const struct dc_page_cfg *cfg,
                             struct dc_run_view *run, FILE *body,
                             struct dc_page **out, struct dc_err *err)
{
    struct dc_page *p = *out = dc_xcalloc(1, sizeof *p);
    enum dc_status st = make_ready(p, cfg, run, err);
    p->out = body;
    if (!st)
        st = put_body(p, err);
    return st ? st : check_out(body, err);
}

enum dc_status dc_page_end(struct dc_page *p, FILE *out, struct dc_err *err)
{
    char part[FLUSH_AT];
    FILE *body = p->out;
    size_t n = 1;
    p->out = out;
    put_head(p);
    dc_page_flush(p, true);
    if (fseek(body, 0, SEEK_SET))
        return check_out(body, err);
    for (; n > 0 && !ferror(out); fwrite(part, 1, n, out))
        n = fread(part, 1, sizeof part, body);
    enum dc_status st = check_out(out, err);
    return st || !ferror(body)
               ? st
               : dc_fail(err, DC_IO, "report.html: can't be read back: %s",
                         strerror(errno));
}

void dc_page_free(struct dc_page *p)
{
    if (!p)
        return;
    dc_page_release(p);
    free(p);
}
