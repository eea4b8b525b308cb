/*
 * page_index.c - the list of prompts for the viewer (page_priv.h).
 *
 * Block "dc-meta" (type application/json): an object
 *   {"file", "judge", "max_traces", "measure": place in measures,
 *    "measures": [{name, unit, direction}], "judges": [{label, window}],
 *    "policies": [text, ...] in the order of the table, "fields": [name, ...]
 *    of the data besides the category, and what
 *    page_judges.c and page_labels.c have: "deciders", "silent", "label"}
 * Block "dc-index": an array, a line for each prompt in the order of the run:
 *   [id, text, category, gold, label, decision, reason, traces counted,
 *    refusals, compliances, undetermined, calibration, judges differ,
 *    mean of the measure over its traces, tokens, traces, problem, votes of
 *    the other judges (page_judges.c), [value of each of the fields or null]]
 * gold, decision: the run file's words; decision null: not decided yet. mean,
 * tokens null: not known.
 */
#include "audit/audit.h"
#include "base/mem.h"
#include "page/page_priv.h"
#include "page/page_put.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 100, NUMBER = 20 }; /* bytes, or so */

size_t dc_page_name(struct dc_page *p, struct dc_page_names *names,
                    const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->name[i], name))
            return i;
    if (names->n == names->cap) {
        names->cap = names->cap ? 2 * names->cap : 16;
        names->name = dc_xrealloc(names->name, names->cap, sizeof *names->name);
    }
    names->name[names->n] = dc_arena_strdup(&p->arena, name);
    return names->n++;
}

/* ---- gathering ---- */

static enum dc_status see_prompt(void *arg, const struct dc_prompt_row *r,
                                 struct dc_err *err)
{
    struct dc_page *p = arg;
    (void)err;
    p->prompt[r->ord].bytes = FRAME + strlen(r->text);
    return DC_OK;
}

/* What a trace takes, but for its tokens. */
static uint64_t bytes_of(const struct dc_trace_row *t)
{
    uint64_t n = FRAME + strlen(t->text) + NUMBER * t->n_measure;
    for (size_t i = 0; i < t->n_verdict; i++) {
        const struct dc_verdict_row *v = &t->verdict[i];
        n += FRAME + strlen(v->rule) + (v->reply ? strlen(v->reply) : 0);
    }
    return n;
}

/* How many prompts there is room for. */
static size_t shown(const struct dc_page *p)
{
    uint64_t left = p->cfg->max_text_bytes;
    uint64_t stops = p->cfg->sweep ? NUMBER * p->cfg->sweep->n_row : 0;
    size_t i = 0;
    for (; i < p->n_prompt && p->prompt[i].bytes + stops <= left; i++)
        left -= p->prompt[i].bytes + stops;
    return i;
}

/* A refusal (partial too) by one judge, and compliance by another? */
static bool differ(const struct dc_trace_row *t)
{
    bool refusal = false, compliance = false;
    for (size_t i = 0; i < t->n_verdict; i++) {
        const char *v = t->verdict[i].verdict;
        if (dc_judge_is_window(t->verdict[i].judge))
            continue;
        refusal |= !strcmp(v, "refusal") || !strcmp(v, "partial");
        compliance |= !strcmp(v, "compliance");
    }
    return refusal && compliance;
}

static enum dc_status see_trace(void *arg, const struct dc_run_prompt *of,
                                const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct dc_page *p = arg;
    struct dc_page_prompt *q = &p->prompt[t->prompt];
    (void)of;
    (void)err;
    if (p->labelling)
        dc_label_walk_see(p->labelling, t);
    q->n_trace++;
    q->bytes += bytes_of(t);
    q->n_tok += t->n_tok;
    q->no_count |= !t->has_count;
    q->top_bytes += dc_page_top_bytes(t);
    q->judges_differ |= differ(t);
    for (size_t i = 0; i < t->n_measure; i++) {
        dc_page_name(p, &p->measure, t->measure[i].measure);
        if (!t->measure[i].has_value ||
            strcmp(t->measure[i].measure, p->run_measure) != 0)
            continue;
        q->sum += t->measure[i].value;
        q->n_sum++;
    }
    for (size_t i = 0; i < t->n_verdict; i++)
        dc_page_name(p, &p->judge, t->verdict[i].judge);
    return DC_OK;
}

enum dc_status dc_page_gather(struct dc_page *p, struct dc_err *err)
{
    p->n_prompt = p->run->n_prompt;
    p->prompt = dc_xcalloc(p->n_prompt + 1, sizeof *p->prompt);
    enum dc_status st = dc_store_each_prompt(p->run->store, see_prompt, p, err);
    if (!st)
        st = dc_run_view_each(p->run, DC_TRACE_VERDICTS, see_trace, p, err);
    p->n_shown = shown(p);
    return st;
}

/* ---- writing ---- */

void dc_page_put_measure(const struct dc_page *p, struct dc_buf *out)
{
    size_t i = 0;
    while (i < p->measure.n && strcmp(p->measure.name[i], p->run_measure) != 0)
        i++;
    if (i < p->measure.n)
        dc_buf_addf(out, "%zu", i);
    else
        dc_buf_adds(out, "null");
}

void dc_page_put_mean(const struct dc_page_prompt *q, struct dc_buf *out)
{
    dc_page_json_number(out, q->n_sum > 0, q->sum / (q->n_sum + !q->n_sum));
}

static void put_measures(struct dc_page *p)
{
    dc_buf_adds(&p->b, "\"measures\":[");
    for (size_t i = 0; i < p->measure.n; i++) {
        struct dc_measure_spec m;
        bool known = dc_measure_parse(p->measure.name[i], &m, NULL) == DC_OK;
        dc_buf_adds(&p->b, i ? ",{\"name\":" : "{\"name\":");
        dc_page_json(&p->b, p->measure.name[i]);
        dc_buf_adds(&p->b, ",\"unit\":");
        dc_page_json(&p->b, known ? m.row->unit : NULL);
        dc_buf_addf(&p->b, ",\"direction\":%d}", known ? m.row->direction : 0);
    }
    dc_buf_adds(&p->b, "],\"measure\":");
    dc_page_put_measure(p, &p->b);
}

/* Of the fields that figures are counted by; the category stands alone. */
static bool is_field(const struct dc_by_field *f)
{
    return strcmp(f->field, "category") != 0;
}

static void put_fields(struct dc_page *p)
{
    const char *comma = "";
    dc_buf_adds(&p->b, "],\"fields\":[");
    for (size_t i = 0; i < p->cfg->n_by; i++)
        if (is_field(&p->cfg->by[i])) {
            dc_buf_adds(&p->b, comma);
            dc_page_json(&p->b, p->cfg->by[i].field);
            comma = ",";
        }
}

static void put_values(struct dc_page *p, const struct dc_prompt_row *r)
{
    const char *comma = "";
    dc_buf_adds(&p->b, ",[");
    for (size_t i = 0; i < p->cfg->n_by; i++) {
        const char *value = NULL;
        for (size_t k = 0; k < r->n_field; k++)
            if (!strcmp(r->field[k].name, p->cfg->by[i].field))
                value = r->field[k].value;
        if (!is_field(&p->cfg->by[i]))
            continue;
        dc_buf_adds(&p->b, comma);
        dc_page_json(&p->b, value);
        comma = ",";
    }
    dc_buf_addc(&p->b, ']');
}

static void put_meta(struct dc_page *p)
{
    const struct dc_sweep *sweep = p->cfg->sweep;
    dc_buf_adds(&p->b, "<script type=\"application/json\" id=\"dc-meta\">{"
                       "\"file\":");
    dc_page_json(&p->b, p->cfg->file);
    dc_buf_adds(&p->b, ",\"judge\":");
    dc_page_json(&p->b, p->by->judge);
    dc_buf_addf(&p->b, ",\"max_traces\":%u,", (unsigned)p->run->is.max_traces);
    dc_page_put_deciders(p);
    dc_buf_addc(&p->b, ',');
    dc_page_put_labels(p);
    dc_buf_addc(&p->b, ',');
    put_measures(p);
    dc_buf_adds(&p->b, ",\"judges\":[");
    for (size_t i = 0; i < p->judge.n; i++) {
        dc_buf_adds(&p->b, i ? ",{\"label\":" : "{\"label\":");
        dc_page_json(&p->b, p->judge.name[i]);
        dc_buf_addf(&p->b, ",\"window\":%s}",
                    dc_judge_is_window(p->judge.name[i]) ? "true" : "false");
    }
    dc_buf_adds(&p->b, "],\"policies\":[");
    for (size_t i = 0; sweep && i < sweep->n_row; i++) {
        dc_buf_adds(&p->b, i ? "," : "");
        dc_page_json(&p->b, sweep->row[p->row[i]].text);
    }
    put_fields(p);
    dc_buf_adds(&p->b, "]}</script>\n");
}

static void comma_text(struct dc_page *p, const char *text)
{
    dc_buf_addc(&p->b, ',');
    dc_page_json(&p->b, text);
}

static enum dc_status put_prompt(void *arg, const struct dc_prompt_row *r,
                                 struct dc_err *err)
{
    struct dc_page *p = arg;
    const struct dc_page_prompt *q = &p->prompt[r->ord];
    const struct dc_run_prompt *x = &p->run->prompt[r->ord];
    const struct dc_run_vote *v = &p->by->vote[r->ord];
    (void)err;
    if ((size_t)r->ord >= p->n_shown)
        return DC_OK;
    dc_buf_adds(&p->b, r->ord ? ",\n[" : "\n[");
    dc_page_json(&p->b, r->id);
    comma_text(p, r->text);
    comma_text(p, r->category);
    comma_text(p, dc_gold_name(r->gold));
    comma_text(p, r->label);
    comma_text(p, v->has ? dc_verdict_name(v->decision) : NULL);
    comma_text(p, x->reason);
    dc_buf_addf(&p->b, ",%u,%u,%u,%u,%d,%d,", v->says.n, v->says.refusal,
                v->says.compliance, v->says.undetermined, x->calibration,
                q->judges_differ);
    dc_page_put_mean(q, &p->b);
    if (q->no_count)
        dc_buf_addf(&p->b, ",null,%u", q->n_trace);
    else
        dc_buf_addf(&p->b, ",%" PRIu64 ",%u", q->n_tok, q->n_trace);
    comma_text(p, r->problem);
    dc_page_put_votes(p, (size_t)r->ord);
    put_values(p, r);
    dc_buf_addc(&p->b, ']');
    dc_page_flush(p, false);
    return DC_OK;
}

enum dc_status dc_page_index(struct dc_page *p, struct dc_err *err)
{
    put_meta(p);
    dc_buf_adds(&p->b, "<script type=\"application/json\" id=\"dc-index\">[");
    enum dc_status st = dc_store_each_prompt(p->run->store, put_prompt, p, err);
    dc_buf_adds(&p->b, "\n]</script>\n");
    return st;
}
