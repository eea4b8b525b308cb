/*
 * page_runs.c - the page of several runs (page_runs.h).
 *
 * Block "dc-meta" (type application/json): an object
 *   {"file": a name for what is saved, "runs": [RUN, ...], "settings": [key of
 *    each setting that differs, ...]}
 * RUN is {"name", "judge": label, "measure": place in measures or null,
 *   "measures": [name, ...], "judges": [label, ...], "settings": [value or
 *   null, ...]}
 * Block "dc-index": an array, a line for each prompt:
 *   [id, text, category, gold, label, decided otherwise by two runs: 0 or 1,
 *    [VOTE or null, ...] by the runs; null: it has not this prompt]
 * VOTE is [decision or null, traces counted, refusals, compliances,
 *   undetermined, mean of the run's measure or null], and behind these the
 *   run's own text of the prompt where that is another one.
 * Blocks "p0r0", "p0r1", ...: the traces of prompt 0 in run 0, 1, as
 * page_traces.c has them, without token values.
 */
#include "page/page_runs.h"

#include "base/mem.h"
#include "page/page.h"
#include "page/page_frame.h"
#include "page/page_priv.h"
#include "page/page_put.h"
#include "results/compare_report.h"
#include "results/runs_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the data say of a prompt; all in the arena. */
struct runs_text {
    const char *text, *category, *label;
    enum dc_gold gold;
    const char *other[DC_RUNS_MAX]; /* run k's own text; NULL: the same */
};

struct runs_page {
    const struct dc_page_runs_cfg *cfg;
    const struct dc_runs *r;
    struct dc_page_cfg part_cfg;
    struct dc_page part[DC_RUNS_MAX]; /* of each run */
    uint32_t *place[DC_RUNS_MAX];     /* [n_prompt of the run] in r->prompt */
    size_t at;                        /* the run that is walked over */
    bool *shown;                      /* [r->n_prompt] */
    size_t n_shown;
    struct runs_text *text; /* [r->n_prompt] */
    struct dc_arena arena;
    struct dc_buf b;
    FILE *out;
};

static void runs_flush(struct runs_page *w)
{
    fwrite(w->b.data, 1, w->b.n, w->out);
    dc_buf_clear(&w->b);
}

/* ---- gathering ---- */

static enum dc_status runs_gather_run(struct runs_page *w, size_t k,
                                      struct dc_err *err)
{
    struct dc_page *p = &w->part[k];
    const char *measure = dc_runs_value(w->r, k, "stop.measure");
    size_t n = w->r->run[k].side->n_prompt;
    *p = (struct dc_page){.cfg = &w->part_cfg,
                          .run = w->cfg->run[k],
                          .out = w->out,
                          .run_measure = measure ? measure : ""};
    dc_arena_init(&p->arena);
    dc_buf_init(&p->b, SIZE_MAX);
    enum dc_status st =
        dc_run_view_decisions(p->run, w->cfg->judge[k], &p->by, err);
    if (!st)
        st = dc_page_gather(p, err);
    if (!st && p->n_prompt != n)
        st = dc_store_damaged(p->run->store, err,
                              "%zu prompts were compared, %zu "
                              "are here",
                              n, p->n_prompt);
    if (st)
        return st;
    w->place[k] = dc_xcalloc(n + 1, sizeof *w->place[k]);
    for (size_t i = 0; i < w->r->n_prompt; i++)
        if (w->r->prompt[i].at[k])
            w->place[k][w->r->prompt[i].at[k] - 1] = (uint32_t)i;
    return DC_OK;
}

/* Those that differ first. */
static void runs_choose(struct runs_page *w)
{
    uint64_t left = w->cfg->max_text_bytes;
    bool full = false;
    for (int turn = 1; turn >= 0; turn--)
        for (size_t i = 0; i < w->r->n_prompt && !full; i++) {
            const struct dc_runs_prompt *p = &w->r->prompt[i];
            uint64_t need = 0;
            if (p->differs != (turn == 1))
                continue;
            for (size_t k = 0; k < w->r->n_run; k++)
                if (p->at[k])
                    need += w->part[k].prompt[p->at[k] - 1].bytes;
            full = need > left;
            if (full)
                continue;
            left -= need;
            w->shown[i] = true;
            w->n_shown++;
        }
}

static enum dc_status runs_see_text(void *arg, const struct dc_prompt_row *row,
                                    struct dc_err *err)
{
    struct runs_page *w = arg;
    (void)err; /* the walk before this one has found every place */
    size_t i = w->place[w->at][row->ord];
    struct runs_text *t = &w->text[i];
    if (!w->shown[i])
        return DC_OK;
    if (t->text && strcmp(t->text, row->text) != 0)
        t->other[w->at] = dc_arena_strdup(&w->arena, row->text);
    if (t->text)
        return DC_OK;
    t->text = dc_arena_strdup(&w->arena, row->text);
    t->category =
        row->category ? dc_arena_strdup(&w->arena, row->category) : NULL;
    t->label = row->label ? dc_arena_strdup(&w->arena, row->label) : NULL;
    t->gold = row->gold;
    return DC_OK;
}

static enum dc_status runs_gather(struct runs_page *w, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t k = 0; k < w->r->n_run && !st; k++)
        st = runs_gather_run(w, k, err);
    if (st)
        return st;
    w->shown = dc_xcalloc(w->r->n_prompt + 1, sizeof *w->shown);
    w->text = dc_xcalloc(w->r->n_prompt + 1, sizeof *w->text);
    runs_choose(w);
    for (w->at = 0; w->at < w->r->n_run && !st; w->at++)
        st = dc_store_each_prompt(w->cfg->run[w->at]->store, runs_see_text, w,
                                  err);
    return st;
}

/* ---- markup ---- */

static void runs_put_doc(struct runs_page *w, struct dc_doc *d)
{
    dc_doc_html(d, &w->b);
    dc_doc_free(d);
}

static void runs_put_report(struct runs_page *w)
{
    struct dc_doc *d = dc_doc_create();
    dc_buf_addf(&w->b,
                "<section id=\"summary\">\n<h1>%zu runs compared</h1>\n"
                "<div class=\"answer\">\n",
                w->r->n_run);
    dc_runs_doc_answer(w->r, d);
    runs_put_doc(w, d);
    dc_buf_adds(&w->b, "</div>\n</section>\n<section id=\"compared\" "
                       "class=\"long\" aria-label=\"Figures\">\n");
    d = dc_doc_create();
    dc_runs_doc_tables(w->r, d);
    if (w->r->n_pair == 1)
        dc_compare_doc_means(w->r->pair[0].c, d);
    runs_put_doc(w, d);
    dc_buf_adds(&w->b, "</section>\n");
    if (w->n_shown < w->r->n_prompt)
        dc_buf_addf(&w->b,
                    "<p id=\"shown\">The viewer has %zu of the %zu prompts, as "
                    "a browser can't hold them all, those first that two runs "
                    "decide otherwise; every figure above is of all of them. "
                    "For any other: <code>deepconf show --prompt ID</code>."
                    "</p>\n",
                    w->n_shown, w->r->n_prompt);
}

/* ---- data ---- */

static void runs_put_run(struct runs_page *w, size_t k, const char **key,
                         size_t n_key)
{
    const struct dc_page *p = &w->part[k];
    dc_buf_adds(&w->b, k ? ",\n{\"name\":" : "\n{\"name\":");
    dc_page_json(&w->b, w->r->run[k].name);
    dc_buf_adds(&w->b, ",\"judge\":");
    dc_page_json(&w->b, p->by->judge);
    dc_buf_adds(&w->b, ",\"measures\":");
    dc_page_json_list(&w->b, p->measure.name, p->measure.n);
    dc_buf_adds(&w->b, ",\"judges\":");
    dc_page_json_list(&w->b, p->judge.name, p->judge.n);
    dc_buf_adds(&w->b, ",\"measure\":");
    dc_page_put_measure(p, &w->b);
    dc_buf_adds(&w->b, ",\"settings\":[");
    for (size_t i = 0; i < n_key; i++) {
        dc_buf_adds(&w->b, i ? "," : "");
        dc_page_json(&w->b, dc_runs_value(w->r, k, key[i]));
    }
    dc_buf_adds(&w->b, "]}");
}

static void runs_put_meta(struct runs_page *w)
{
    size_t n;
    const char **key = dc_runs_keys(w->r, &n);
    dc_buf_adds(&w->b, "<script type=\"application/json\" id=\"dc-meta\">{"
                       "\"file\":\"comparison\",\"runs\":[");
    for (size_t k = 0; k < w->r->n_run; k++)
        runs_put_run(w, k, key, n);
    dc_buf_adds(&w->b, "],\"settings\":");
    dc_page_json_list(&w->b, key, n);
    dc_buf_adds(&w->b, "}</script>\n");
    free(key);
}

static void runs_put_vote(struct runs_page *w, const struct dc_runs_prompt *p,
                          size_t k, const char *other)
{
    enum dc_verdict v;
    const struct dc_page_prompt *q = &w->part[k].prompt[p->at[k] - 1];
    const struct dc_tally *t = &w->part[k].by->vote[p->at[k] - 1].says;
    bool decided = dc_runs_decision(w->r, p, k, &v);
    dc_buf_addc(&w->b, '[');
    dc_page_json(&w->b, decided ? dc_verdict_name(v) : NULL);
    dc_buf_addf(&w->b, ",%u,%u,%u,%u,", t->n, t->refusal, t->compliance,
                t->undetermined);
    dc_page_put_mean(q, &w->b);
    if (other) {
        dc_buf_addc(&w->b, ',');
        dc_page_json(&w->b, other);
    }
    dc_buf_addc(&w->b, ']');
}

static void runs_put_prompt(struct runs_page *w, size_t i)
{
    const struct dc_runs_prompt *p = &w->r->prompt[i];
    const struct runs_text *t = &w->text[i];
    dc_buf_addc(&w->b, '[');
    dc_page_json(&w->b, p->id);
    dc_buf_addc(&w->b, ',');
    dc_page_json(&w->b, t->text);
    dc_buf_addc(&w->b, ',');
    dc_page_json(&w->b, t->category);
    dc_buf_addc(&w->b, ',');
    dc_page_json(&w->b, dc_gold_name(t->gold));
    dc_buf_addc(&w->b, ',');
    dc_page_json(&w->b, t->label);
    dc_buf_addf(&w->b, ",%d,[", p->differs);
    for (size_t k = 0; k < w->r->n_run; k++) {
        dc_buf_adds(&w->b, k ? "," : "");
        if (p->at[k])
            runs_put_vote(w, p, k, t->other[k]);
        else
            dc_buf_adds(&w->b, "null");
    }
    dc_buf_adds(&w->b, "]]");
}

static void runs_put_index(struct runs_page *w)
{
    const char *sep = "\n";
    dc_buf_adds(&w->b, "<script type=\"application/json\" id=\"dc-index\">[");
    for (size_t i = 0; i < w->r->n_prompt; i++) {
        if (!w->shown[i])
            continue;
        dc_buf_adds(&w->b, sep);
        runs_put_prompt(w, i);
        sep = ",\n";
        runs_flush(w);
    }
    dc_buf_adds(&w->b, "\n]</script>\n");
}

static enum dc_status runs_put_traces(struct runs_page *w, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    size_t n = 0;
    char id[64];
    for (size_t i = 0; i < w->r->n_prompt && !st; i++) {
        for (size_t k = 0; k < w->r->n_run && w->shown[i] && !st; k++) {
            size_t at = w->r->prompt[i].at[k];
            if (!at)
                continue;
            snprintf(id, sizeof id, "p%zur%zu", n, k);
            st = dc_page_block(&w->part[k], at - 1, id, err);
            dc_page_flush(&w->part[k], true);
        }
        n += w->shown[i];
    }
    return st;
}

static enum dc_status runs_put_all(struct runs_page *w, struct dc_err *err)
{
    dc_page_head(DC_PAGE_RUNS, "Runs compared", "deepconf compare", &w->b);
    dc_buf_adds(&w->b, "<main id=\"main\" tabindex=\"-1\">\n");
    runs_put_report(w);
    dc_page_assets(DC_PAGE_RUNS, DC_PAGE_VIEWER, &w->b);
    dc_buf_adds(&w->b, "</main>\n");
    runs_put_meta(w);
    runs_put_index(w);
    dc_page_assets(DC_PAGE_RUNS, DC_PAGE_SCRIPT, &w->b);
    runs_flush(w);
    enum dc_status st = runs_put_traces(w, err);
    dc_buf_adds(&w->b, "</body>\n</html>\n");
    runs_flush(w);
    return st;
}

/* ---- the whole ---- */

struct dc_page_runs_cfg dc_page_runs_cfg_default(void)
{
    return (struct dc_page_runs_cfg){.max_text_bytes = DC_PAGE_TEXT_BYTES};
}

enum dc_status dc_page_runs_write(const struct dc_page_runs_cfg *cfg, FILE *out,
                                  struct dc_err *err)
{
    struct runs_page *w = dc_xcalloc(1, sizeof *w); /* large */
    w->cfg = cfg;
    w->r = cfg->runs;
    w->out = out;
    w->part_cfg = dc_page_cfg_default();
    w->part_cfg.max_token_bytes = w->part_cfg.max_top_bytes = 0;
    dc_arena_init(&w->arena);
    dc_buf_init(&w->b, SIZE_MAX);
    enum dc_status st = runs_gather(w, err);
    if (!st)
        st = runs_put_all(w, err);
    if (!st && (fflush(out) != 0 || ferror(out)))
        st = dc_fail(err, DC_IO, "the page can't be written: %s",
                     strerror(errno));
    for (size_t k = 0; k < cfg->runs->n_run; k++) {
        if (w->part[k].cfg)
            dc_page_release(&w->part[k]);
        free(w->place[k]);
    }
    free(w->shown);
    free(w->text);
    dc_arena_release(&w->arena);
    dc_buf_release(&w->b);
    free(w);
    return st;
}
