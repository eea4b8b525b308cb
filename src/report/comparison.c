/*
 * comparison.c - pairs of runs through `compare` (comparison.h).
 */
#include "report/comparison.h"

#include "base/mem.h"
#include "doc/md.h"
#include "results/compare_report.h"
#include "results/judge_start.h"

#include <stdlib.h>
#include <string.h>

static enum dc_status read_side(const struct dc_report_run *r,
                                struct dc_compare_side *out, struct dc_err *err)
{
    struct dc_store *s = NULL;
    struct dc_judge_pick pick;
    enum dc_status st = dc_judge_pick(r->judge, &pick, err);
    if (!st)
        st = dc_store_open_ro(r->path, &s, err);
    if (!st)
        st = dc_compare_side_read(s, pick.label, out, err);
    dc_store_close(s);
    return st;
}

struct pair {
    const struct dc_report_run *a, *b;
    struct dc_compare_side side_a, side_b;
    struct dc_compare c;
};

/* What is written: alarms stand above all pairs. */
struct doc {
    struct dc_buf alarms, pairs;
    struct dc_overview *results;
};

static void put_alarm(const struct pair *p, struct doc *doc)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_outputs_say(&p->c, &b);
    if (dc_compare_alarm(&p->c)) {
        dc_buf_addf(&doc->alarms, "- **Alarm** (%s and %s): ", p->a->name,
                    p->b->name);
        dc_md_text(&doc->alarms, b.data);
        dc_buf_adds(&doc->alarms, "\n");
    }
    dc_buf_release(&b);
}

static enum dc_status put_pair(struct pair *p, struct dc_out_dir *o,
                               struct doc *doc, struct dc_err *err)
{
    struct dc_doc *d;
    struct dc_buf b;
    char name[3 * DC_BUNDLE_NAME];
    snprintf(name, sizeof name, "compare/%s_and_%s.json", p->a->name,
             p->b->name);
    dc_buf_init(&b, SIZE_MAX);
    dc_compare_json(&p->c, p->a->name, p->b->name, &b);
    enum dc_status st = dc_out_put(o, name, &b, err);
    dc_buf_release(&b);
    put_alarm(p, doc);
    d = dc_doc_create();
    dc_compare_doc(&p->c, p->a->name, p->b->name, d);
    dc_doc_markdown(d, 3, &doc->pairs);
    dc_doc_free(d);
    return st;
}

static enum dc_status compare(const struct dc_report_cfg *cfg, struct pair *p,
                              struct dc_out_dir *o, struct doc *doc,
                              struct dc_err *err)
{
    struct dc_err why = {0};
    struct dc_compare_cfg how = {.boot = dc_boot_cfg_default()};
    how.boot.n_threads = cfg->n_threads;
    how.boot.seed = 1;
    dc_buf_addf(&doc->pairs, "\n## %s and %s\n\n", p->a->name, p->b->name);
    enum dc_status st = read_side(p->a, &p->side_a, err);
    if (!st)
        st = read_side(p->b, &p->side_b, err);
    if (st)
        return st;
    st = dc_compare_run(&p->side_a, &p->side_b, &how, &p->c, &why);
    if (!st || st == DC_DATA)
        dc_overview_pair(doc->results, p->a->name, p->b->name,
                         st ? NULL : &p->c);
    if (!st)
        return put_pair(p, o, doc, err);
    if (st == DC_DATA) {
        dc_buf_adds(&doc->pairs, "Not compared: ");
        dc_md_text(&doc->pairs, why.msg);
        dc_buf_addc(&doc->pairs, '\n');
        return DC_OK;
    }
    return dc_fail(err, st, "%s", why.msg);
}

static void release(struct pair *p)
{
    dc_compare_release(&p->c);
    dc_compare_side_release(&p->side_a);
    dc_compare_side_release(&p->side_b);
}

enum dc_status dc_comparison_write(const struct dc_report_cfg *cfg,
                                   struct dc_overview *results,
                                   struct dc_out_dir *o, struct dc_err *err)
{
    struct doc doc = {.results = results};
    enum dc_status st = DC_OK;
    dc_buf_init(&doc.alarms, SIZE_MAX);
    dc_buf_init(&doc.pairs, SIZE_MAX);
    dc_buf_adds(&doc.alarms, "# Comparison of runs\n\n");
    for (size_t i = 0; i < cfg->n_run && !st; i++)
        for (size_t k = i + 1; k < cfg->n_run && !st; k++) {
            struct pair *p = dc_xcalloc(1, sizeof *p); /* large */
            p->a = &cfg->run[i];
            p->b = &cfg->run[k];
            st = compare(cfg, p, o, &doc, err);
            release(p);
            free(p);
        }
    dc_buf_add(&doc.alarms, doc.pairs.data, doc.pairs.n);
    dc_md_tidy(&doc.alarms);
    if (!st)
        st = dc_out_put(o, "COMPARISON.md", &doc.alarms, err);
    dc_buf_release(&doc.alarms);
    dc_buf_release(&doc.pairs);
    return st;
}
