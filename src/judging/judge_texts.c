/*
 * judge_texts.c - a file of responses: rows in, verdicts out, a batch at a
 * time, so that a file of any size passes through.
 *
 * Verdicts for a file can be gone on with (judge_out.h): a mark says how much
 * of the input the rows up to it answer, and what they say in sum. A verdict
 * does not depend on its batch, so the file is the same whether the work was
 * interrupted or not. Verdicts for standard output go there at once.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/plural.h"
#include "judging/judge_out.h"
#include "judging/judge_row.h"
#include "judging/judging.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BATCH_BYTES = 8 << 20 };

#define MARK_MS 20.0 /* work that a kill may cost, besides a batch */

struct work {
    const struct dc_judge_list *list;
    const struct dc_judging_watch *watch;
    struct dc_judging_texts *to;
    const atomic_int *interrupt;
    size_t most; /* rows of a batch */
    struct dc_responses_cfg in_cfg;
    struct dc_judge_out *out;
    bool csv;
    json_t *config;
    double marked; /* ms: when the last mark was written */
    struct dc_job_progress now;
    struct dc_arena arena; /* of the batch */
    struct dc_response r[DC_JUDGE_BATCH];
    size_t line[DC_JUDGE_BATCH];
    const char *id[DC_JUDGE_BATCH];
    size_t n;
    bool more;
};

/* ---- a batch ---- */

static void take_row(struct work *w, const struct dc_responses_row *row)
{
    struct dc_response *r = &w->r[w->n];
    *r = (struct dc_response){
        .text = dc_arena_strndup(&w->arena, row->response, row->n),
        .n = row->n,
        .finish = DC_FINISH_STOP,
        .prompt = dc_arena_strndup(&w->arena, row->prompt, row->n_prompt),
        .n_prompt = row->n_prompt,
    };
    r->has_answer = dc_answer_offset(r->text, r->n, false, &r->answer_off);
    w->line[w->n] = row->line;
    w->id[w->n++] = row->id ? dc_arena_strdup(&w->arena, row->id) : NULL;
}

static enum dc_status read_batch(struct work *w, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    w->n = 0;
    while (!st && w->n < w->most && w->arena.n_bytes < BATCH_BYTES) {
        struct dc_responses_row row;
        st = dc_responses_next(w->to->in, &row, &w->more, err);
        if (st || !w->more)
            break;
        take_row(w, &row);
    }
    return st;
}

static enum dc_status judge_batch(struct work *w, struct dc_err *err)
{
    static struct dc_judgement says[DC_JUDGES_MAX][DC_JUDGE_BATCH];
    struct dc_buf b;
    enum dc_status st = DC_OK;
    for (size_t k = 0; k < w->list->n && !st; k++)
        st = dc_judge_traces(w->to->judge[k], w->r, w->n, says[k], err);
    if (st)
        return st;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < w->list->n; k++) {
            const struct dc_judge_row row = {w->line[i], w->id[i],
                                             w->to->judge[k], &says[k][i],
                                             w->r[i].text};
            (w->csv ? dc_judge_row_csv : dc_judge_row_json)(&row, &b);
            dc_judge_count_add(&w->to->count, k, &says[k][i]);
        }
    st = dc_judge_out_write(w->out, &b, err);
    dc_buf_release(&b);
    w->to->count.all.n_trace += w->n;
    return st;
}

/* Of the rows up to here; `now`: at once, and not now and then. */
static enum dc_status mark(struct work *w, bool now, struct dc_err *err)
{
    struct dc_responses_mark in;
    double t = dc_clock_ms();
    if (!w->in_cfg.marks || (!now && t - w->marked < MARK_MS))
        return DC_OK;
    w->marked = t;
    dc_responses_mark(w->to->in, &in);
    return dc_judge_out_mark(
        w->out,
        json_pack("{s:I,s:s,s:I,s:o}", "bytes", (json_int_t)in.n_bytes,
                  "sha256", in.sha256, "line", (json_int_t)in.line, "counts",
                  dc_judge_count_json(&w->to->count)),
        err);
}

/* What was read before a broken row is judged and written. */
static enum dc_status do_batch(struct work *w, struct dc_err *err)
{
    dc_arena_init(&w->arena);
    enum dc_status st = read_batch(w, err), out = DC_OK;
    if (w->n > 0)
        out = judge_batch(w, st ? NULL : err);
    dc_arena_release(&w->arena);
    if (!out)
        out = mark(w, st != DC_OK, st ? NULL : err);
    return st ? st : out;
}

/* ---- one session after another ---- */

static enum dc_status interrupted(const struct work *w, struct dc_err *err)
{
    const char *part = dc_judge_out_part(w->out);
    return dc_fail(err, DC_INTERRUPTED,
                   "interrupted after %" PRIu64 " response%s%s%.300s%s",
                   w->to->count.all.n_trace,
                   dc_plural(w->to->count.all.n_trace),
                   part ? "; their verdicts are in " : "", part ? part : "",
                   part ? ", the same command goes on" : "");
}

static enum dc_status stop_here(struct work *w, struct dc_err *err)
{
    enum dc_status st = mark(w, true, err);
    return st ? st : interrupted(w, err);
}

/* A mark as it was written by mark(). */
static enum dc_status read_mark(const struct work *w, const json_t *m,
                                struct dc_responses_mark *in,
                                struct dc_err *err)
{
    json_int_t bytes, line;
    const char *sha256;
    if (json_unpack((json_t *)m, "{s:I,s:s,s:I}", "bytes", &bytes, "sha256",
                    &sha256, "line", &line) == 0 &&
        bytes >= 0 && line > 0 && strlen(sha256) < DC_SHA256_HEX) {
        in->n_bytes = (uint64_t)bytes;
        in->line = (size_t)line;
        snprintf(in->sha256, sizeof in->sha256, "%s", sha256);
        return DC_OK;
    }
    const char *part = dc_judge_out_part(w->out);
    return dc_fail(err, DC_DATA,
                   "%.300s.state: holds a mark that deepconf did not write; "
                   "delete it and %.300s to start anew",
                   part, part);
}

static enum dc_status other_input(const struct work *w, size_t line,
                                  struct dc_err *err)
{
    const char *part = dc_judge_out_part(w->out);
    return dc_fail(err, DC_USAGE,
                   "%.200s: is not what %.200s was made of: they differ before "
                   "line %zu. Bring the old file back to go on, or delete "
                   "%.200s to start anew",
                   w->in_cfg.path, part, line, part);
}

/* Read on to the last mark of earlier sessions; *counts: theirs, or NULL. */
static enum dc_status find_mark(struct work *w, json_t **counts,
                                struct dc_err *err)
{
    struct dc_responses_mark in;
    const json_t *m;
    bool same = true;
    enum dc_status st = dc_judge_out_next(w->out, &m, err);
    while (!st && m) {
        if (atomic_load(w->interrupt))
            return dc_fail(err, DC_INTERRUPTED,
                           "interrupted; the same command goes on");
        st = read_mark(w, m, &in, err);
        if (!st)
            st = dc_responses_skip(w->to->in, &in, &same, err);
        if (!st && !same)
            st = other_input(w, in.line, err);
        if (st)
            break;
        json_decref(*counts);
        *counts = json_incref(json_object_get(m, "counts"));
        dc_judge_out_keep(w->out);
        st = dc_judge_out_next(w->out, &m, err);
    }
    return st;
}

static enum dc_status go_on(struct work *w, struct dc_err *err)
{
    json_t *counts = NULL;
    w->watch->note(w->watch->arg, "looking what was judged before");
    enum dc_status st = find_mark(w, &counts, err);
    if (!st && counts && !dc_judge_count_take(&w->to->count, counts))
        st = dc_fail(err, DC_DATA,
                     "%.300s.state: its counts can't be read; delete it and "
                     "the part beside it to start anew",
                     dc_judge_out_part(w->out));
    json_decref(counts);
    w->now.n_before = w->to->count.all.n_trace;
    dc_responses_share(w->to->in, &w->now.share_before);
    if (!st && w->now.n_before > 0)
        w->watch->resumed(w->watch->arg, &w->now);
    return st;
}

static enum dc_status pass(struct work *w, struct dc_err *err)
{
    double start = dc_clock_ms();
    enum dc_status st = DC_OK;
    w->more = true;
    w->marked = start;
    while (!st && w->more) {
        st = atomic_load(w->interrupt) ? stop_here(w, err) : do_batch(w, err);
        w->now.n = w->to->count.all.n_trace;
        w->now.seconds = (dc_clock_ms() - start) / 1000;
        dc_responses_share(w->to->in, &w->now.share);
        w->watch->step(w->watch->arg, &w->now);
    }
    if (w->list->n > 1)
        w->now.what = "all judges";
    w->watch->ended(w->watch->arg, st ? NULL : &w->now);
    return st;
}

/* ---- the whole ---- */

static enum dc_status open_judges(struct work *w, bool *slow,
                                  struct dc_err *err)
{
    enum dc_status st = DC_OK;
    w->most = DC_JUDGE_BATCH;
    for (size_t k = 0; k < w->list->n && !st; k++) {
        w->watch->note(w->watch->arg, w->list->label[k]);
        st = dc_judge_open(w->list->spec[k], &w->list->cfg, &w->to->judge[k],
                           err);
        if (st)
            return dc_err_prefix(err, st, "--judge");
        w->watch->opened(w->watch->arg, w->to->judge[k]);
        size_t n = w->to->judge[k]->batch;
        w->most = n < w->most ? n : w->most;
        *slow = *slow || w->to->judge[k]->slow;
    }
    return st;
}

/* What the rows depend on, besides the input itself. */
static json_t *config_of(const struct work *w)
{
    const struct dc_responses_cfg *c = &w->in_cfg;
    const char *const column[][3] = {
        {"column.prompt", c->field_prompt, "prompt"},
        {"column.response", c->field_response, "response"},
        {"column.id", c->field_id, "id"},
    };
    json_t *o = json_object();
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t k = 0; k < w->list->n; k++)
        dc_buf_addf(&b, "%s%s", k ? "," : "", w->to->judge[k]->label);
    dc_json_put(o, "judges", dc_json_text(b.data));
    for (size_t k = 0; k < w->list->n; k++) {
        dc_buf_clear(&b);
        dc_buf_addf(&b, "version of %s", w->to->judge[k]->label);
        dc_json_put(o, b.data, dc_json_text(w->to->judge[k]->version));
    }
    for (size_t i = 0; i < DC_COUNT(column); i++)
        dc_json_put(o, column[i][0],
                    dc_json_text(column[i][1] ? column[i][1] : column[i][2]));
    dc_json_put(o, "rows", dc_json_text(w->csv ? "csv" : "jsonl"));
    dc_buf_release(&b);
    return o;
}

static enum dc_status open_out(struct work *w, const char *path,
                               struct dc_err *err)
{
    struct dc_judge_out_cfg c = {.path = path, .input = w->in_cfg.path};
    struct dc_buf head;
    c.config = w->config = config_of(w);
    enum dc_status st = dc_judge_out_open(&c, &w->out, err);
    if (!st && w->in_cfg.marks)
        st = go_on(w, err);
    if (st)
        return st;
    dc_buf_init(&head, 1 << 12);
    if (w->csv)
        dc_judge_row_csv_head(&head);
    st = dc_judge_out_begin(w->out, head.data, err);
    dc_buf_release(&head);
    return st;
}

/* Which judges were trained on the file that is to be judged. */
static void find_trained(struct work *w, const char *input)
{
    char sha256[DC_SHA256_HEX] = "";
    struct stat sb;
    if (stat(input, &sb) != 0 || !S_ISREG(sb.st_mode))
        return; /* a pipe can be read once only */
    for (size_t k = 0; k < w->list->n; k++) {
        const struct dc_judge_ops *ops = w->to->judge[k]->ops;
        if (!ops->trained_on)
            continue;
        if (!sha256[0] && dc_sha256_file(input, sha256, NULL) != DC_OK)
            return;
        w->to->count.all.row[k].trained_on =
            ops->trained_on(w->to->judge[k], sha256);
    }
}

static enum dc_status run(struct work *w, const char *out, struct dc_err *err)
{
    enum dc_status st = open_judges(w, &w->in_cfg.needs_prompt, err);
    if (!st)
        st = dc_responses_open(&w->in_cfg, &w->to->in, err);
    if (st)
        return st;
    w->interrupt = w->watch->interrupt(w->watch->arg);
    dc_judge_count_init(&w->to->count, w->to->judge, w->list->n);
    find_trained(w, w->in_cfg.path);
    st = open_out(w, out, err);
    if (!st)
        st = pass(w, err);
    return dc_judge_out_close(w->out, st, err);
}

enum dc_status dc_judging_texts(const struct dc_judging_texts_cfg *cfg,
                                const struct dc_judge_list *list,
                                const struct dc_judging_watch *watch,
                                struct dc_judging_texts *out,
                                struct dc_err *err)
{
    struct work *w = dc_xcalloc(1, sizeof *w);
    *out = (struct dc_judging_texts){
        .list = list, .to_file = cfg->out && strcmp(cfg->out, "-") != 0};
    dc_arena_init(&out->count.all.arena);
    w->list = list;
    w->watch = watch;
    w->to = out;
    w->in_cfg = cfg->in;
    w->in_cfg.marks = out->to_file;
    w->csv = dc_judge_out_is_csv(cfg->out);
    w->now =
        (struct dc_job_progress){.what = list->label[0], .unit = "response"};
    enum dc_status st = run(w, cfg->out, err);
    json_decref(w->config);
    free(w);
    return st;
}

void dc_judging_texts_release(struct dc_judging_texts *t)
{
    dc_responses_close(t->in);
    for (size_t k = 0; k < t->list->n; k++)
        dc_judge_close(t->judge[k]);
    dc_judge_count_release(&t->count);
}
