/*
 * comparison.c - pairs of runs through `compare` (comparison.h).
 */
#include "report/comparison.h"

#include "base/mem.h"
#include "doc/md.h"

#include <stdlib.h>

struct pair {
    const struct dc_report_run *a, *b;
    const struct dc_compare_side *side_a, *side_b;
    struct dc_compare c;
};

/* What is written: alarms stand above all pairs. */
struct doc {
    struct dc_doc *alarms, *pairs;
    struct dc_overview *results;
};

static void put_alarm(const struct pair *p, struct doc *doc)
{
    const char *id = dc_compare_alarm(&p->c);
    struct dc_buf b;
    if (!id)
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s and %s: ", p->a->name, p->b->name);
    dc_compare_outputs_say(&p->c, &b);
    dc_doc_alarm(doc->alarms, id, b.data, NULL);
    dc_buf_release(&b);
}

static enum dc_status put_pair(struct pair *p, struct dc_out_dir *o,
                               struct doc *doc, struct dc_err *err)
{
    struct dc_buf b;
    char name[3 * DC_REPORT_NAME];
    snprintf(name, sizeof name, "compare/%s_and_%s.json", p->a->name,
             p->b->name);
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_json(&p->c, p->a->name, p->b->name, &b);
    enum dc_status st = dc_out_put(o, name, &b, err);
    dc_buf_release(&b);
    put_alarm(p, doc);
    dc_compare_doc(&p->c, p->a->name, p->b->name, doc->pairs);
    return st;
}

static enum dc_status compare(const struct dc_report_cfg *cfg, struct pair *p,
                              struct dc_out_dir *o, struct doc *doc,
                              struct dc_err *err)
{
    struct dc_err why = {0};
    struct dc_compare_cfg how = {.boot = dc_boot_cfg_default()};
    char title[3 * DC_REPORT_NAME];
    how.boot.n_threads = cfg->n_threads;
    how.boot.seed = 1;
    snprintf(title, sizeof title, "%s and %s", p->a->name, p->b->name);
    dc_doc_chapter(doc->pairs, title);
    enum dc_status st = dc_compare_run(p->side_a, p->side_b, &how, &p->c, &why);
    if (!st || st == DC_DATA)
        dc_overview_pair(doc->results, p->a->name, p->b->name,
                         st ? NULL : &p->c);
    if (!st)
        return put_pair(p, o, doc, err);
    if (st != DC_DATA)
        return dc_fail(err, st, "%s", why.msg);
    dc_doc_say(doc->pairs, "Not compared: %s", why.msg);
    return DC_OK;
}

static enum dc_status write_doc(const struct doc *doc, struct dc_out_dir *o,
                                struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "# Comparison of runs\n\n");
    dc_doc_markdown(doc->alarms, 3, &b);
    dc_doc_markdown(doc->pairs, 3, &b);
    dc_md_tidy(&b);
    enum dc_status st = dc_out_put(o, "COMPARISON.md", &b, err);
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_comparison_write(const struct dc_report_cfg *cfg,
                                   const struct dc_compare_file *file,
                                   struct dc_overview *results,
                                   struct dc_out_dir *o, struct dc_err *err)
{
    struct doc doc = {dc_doc_create(), dc_doc_create(), results};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < cfg->n_run && !st; i++)
        for (size_t k = i + 1; k < cfg->n_run && !st; k++) {
            struct pair *p = dc_xcalloc(1, sizeof *p); /* large */
            p->a = &cfg->run[i];
            p->b = &cfg->run[k];
            p->side_a = &file[i].side;
            p->side_b = &file[k].side;
            st = compare(cfg, p, o, &doc, err);
            dc_compare_release(&p->c);
            free(p);
        }
    if (!st)
        st = write_doc(&doc, o, err);
    dc_doc_free(doc.alarms);
    dc_doc_free(doc.pairs);
    return st;
}
