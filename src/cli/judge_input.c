/*
 * judge_input.c - `deepconf judge --input`: rows in, verdicts out, a batch at a
 * time, so that a file of any size passes through.
 *
 * Verdicts for a file are written to FILE.part, which becomes FILE at the end:
 * half of the verdicts can't pass for all. After an interruption or an error
 * FILE.part is left, whole lines in it. Verdicts for standard output go there
 * at once, past cli->out, which would have to hold them all.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/write_file.h"
#include "cli/field_opt.h"
#include "cli/interrupt.h"
#include "cli/judge_cmd.h"
#include "cli/judge_row.h"
#include "cli/judge_stages.h"
#include "cli/progress.h"
#include "data/responses.h"
#include "report/judges_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 8 << 20, MAX_REASONS = 64 };

struct sink {
    struct dc_file_out to;
    bool csv;
};

struct work {
    const struct dc_judge_list *list;
    struct dc_judge *judge[DC_JUDGES_MAX]; /* [list->n] */
    size_t most;                           /* rows of a batch */
    struct dc_responses *in;
    struct sink out;
    struct dc_judges count;
    struct dc_judges_reason *reason[DC_JUDGES_MAX]; /* [MAX_REASONS] */
    struct dc_arena arena;                          /* of the batch */
    struct dc_response r[DC_JUDGE_BATCH];
    size_t line[DC_JUDGE_BATCH];
    const char *id[DC_JUDGE_BATCH];
    size_t n;
    bool more;
};

/* ---- output ---- */

static bool is_csv(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    return dot && !strcmp(dot, ".csv");
}

static enum dc_status sink_open(struct sink *s, const struct dc_judge_opts *o,
                                struct dc_err *err)
{
    bool file = o->out && strcmp(o->out, "-") != 0;
    s->csv = is_csv(o->out);
    if (file && dc_file_same(o->input, o->out))
        return dc_fail(err, DC_USAGE,
                       "--out %.200s is the file that is read; name another "
                       "one",
                       o->out);
    enum dc_status st = dc_file_out_open(&s->to, o->out, err);
    s->to.keep = true;
    return st;
}

static enum dc_status sink_write(struct sink *s, const struct dc_buf *b,
                                 struct dc_err *err)
{
    errno = 0;
    if (fwrite(b->data, 1, b->n, s->to.f) == b->n && fflush(s->to.f) == 0)
        return DC_OK;
    return dc_file_out_fail(&s->to, err);
}

/* ---- counts ---- */

static void count(struct work *w, size_t k, const struct dc_judgement *j)
{
    struct dc_judges_row *r = &w->count.row[k];
    struct dc_judges_reason *list = w->reason[k];
    size_t i = 0;
    r->n++;
    r->verdict[j->verdict]++;
    if (j->verdict != DC_VERDICT_UNDETERMINED)
        return;
    while (i < r->n_reason && strcmp(list[i].reason, j->rule) != 0)
        i++;
    if (i == MAX_REASONS - 1) { /* more than any judge has */
        if (i == r->n_reason)
            list[r->n_reason++] = (struct dc_judges_reason){"other", 0};
    } else if (i == r->n_reason) {
        list[r->n_reason++] = (struct dc_judges_reason){
            dc_arena_strdup(&w->count.arena, j->rule), 0};
    }
    list[i].n++;
}

static void begin_counts(struct work *w)
{
    struct dc_arena *a = &w->count.arena;
    w->count.rows = true;
    w->count.n = w->list->n;
    w->count.row = dc_arena_array(a, w->list->n, sizeof *w->count.row);
    for (size_t k = 0; k < w->list->n; k++) {
        w->reason[k] = dc_arena_array(a, MAX_REASONS, sizeof *w->reason[k]);
        w->count.row[k] = (struct dc_judges_row){
            .label = w->judge[k]->label,
            .version = w->judge[k]->version,
            .reason = w->reason[k],
        };
    }
}

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
        st = dc_responses_next(w->in, &row, &w->more, err);
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
        st = dc_judge_traces(w->judge[k], w->r, w->n, says[k], err);
    if (st)
        return st;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < w->list->n; k++) {
            const struct dc_judge_row row = {w->line[i], w->id[i], w->judge[k],
                                             &says[k][i], w->r[i].text};
            (w->out.csv ? dc_judge_row_csv : dc_judge_row_json)(&row, &b);
            count(w, k, &says[k][i]);
        }
    st = sink_write(&w->out, &b, err);
    dc_buf_release(&b);
    w->count.n_trace += w->n;
    return st;
}

/* What was read before a broken row is judged and written. */
static enum dc_status do_batch(struct work *w, struct dc_err *err)
{
    dc_arena_init(&w->arena);
    enum dc_status st = read_batch(w, err), out = DC_OK;
    if (w->n > 0)
        out = judge_batch(w, st ? NULL : err);
    dc_arena_release(&w->arena);
    return st ? st : out;
}

static enum dc_status interrupted(const struct work *w, struct dc_err *err)
{
    return dc_fail(
        err, DC_INTERRUPTED, "interrupted after %" PRIu64 " responses%s%.300s",
        w->count.n_trace, w->out.to.part ? "; their verdicts are in " : "",
        w->out.to.part ? w->out.to.part : "");
}

static enum dc_status pass(struct work *w, struct dc_progress *prog,
                           struct dc_err *err)
{
    const atomic_bool *stop = dc_interrupt_catch();
    struct dc_job_progress now = {.what = w->list->label[0],
                                  .unit = "response"};
    double start = dc_clock_ms();
    enum dc_status st = DC_OK;
    w->more = true;
    while (!st && w->more) {
        st = atomic_load(stop) ? interrupted(w, err) : do_batch(w, err);
        now.n = w->count.n_trace;
        now.seconds = (dc_clock_ms() - start) / 1000;
        dc_responses_share(w->in, &now.share);
        dc_progress_job(prog, &now);
    }
    if (w->list->n > 1)
        now.what = "all judges";
    if (!st)
        dc_progress_job_end(prog, &now);
    else
        dc_progress_end(prog, false);
    return st;
}

/* ---- the whole ---- */

static enum dc_status open_judges(struct work *w, bool *slow,
                                  struct dc_progress *prog, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    w->most = DC_JUDGE_BATCH;
    for (size_t k = 0; k < w->list->n && !st; k++) {
        dc_progress_note(prog, w->list->spec[k]);
        st = dc_judge_open(w->list->spec[k], &w->list->cfg, &w->judge[k], err);
        if (st)
            return dc_err_prefix(err, st, "--judge");
        size_t n = dc_judge_batch(w->judge[k], &w->list->cfg);
        w->most = n < w->most ? n : w->most;
        *slow = *slow || w->judge[k]->slow;
    }
    return st;
}

static enum dc_status set_fields(const struct dc_judge_opts *o,
                                 struct dc_responses_cfg *c, struct dc_err *err)
{
    const struct dc_field field[] = {
        {"prompt", &c->field_prompt, NULL},
        {"response", &c->field_response, NULL},
        {"id", &c->field_id, NULL},
        {"label", NULL,
         "labels of responses are for `deepconf validate-judge`"},
    };
    return dc_fields_set(&o->field, field, DC_COUNT(field), err);
}

static enum dc_status run(struct work *w, const struct dc_judge_opts *o,
                          struct dc_progress *prog, struct dc_err *err)
{
    struct dc_responses_cfg c = {.path = o->input};
    struct dc_buf head;
    enum dc_status st = set_fields(o, &c, err);
    if (!st)
        st = open_judges(w, &c.needs_prompt, prog, err);
    if (!st)
        st = dc_responses_open(&c, &w->in, err);
    if (!st)
        st = sink_open(&w->out, o, err);
    if (st)
        return st;
    begin_counts(w);
    dc_buf_init(&head, 1 << 12);
    if (w->out.csv)
        dc_judge_row_csv_head(&head);
    st = sink_write(&w->out, &head, err);
    dc_buf_release(&head);
    if (!st)
        st = pass(w, prog, err);
    return dc_file_out_close(&w->out.to, st, err);
}

static void release(struct work *w)
{
    dc_responses_close(w->in);
    for (size_t k = 0; k < w->list->n; k++)
        dc_judge_close(w->judge[k]);
    dc_judges_release(&w->count);
}

static void print(const struct work *w, const struct dc_judge_opts *o,
                  const struct dc_summary_look *look, struct dc_buf *out)
{
    struct dc_judge_stages stages;
    dc_judge_stages_init(&stages);
    for (size_t k = 0; k < w->list->n; k++)
        dc_judge_stages_add(&stages, w->judge[k]);
    if (o->json)
        dc_judges_json(&w->count, o->input, json_incref(stages.json), out);
    else
        dc_judges_text(&w->count, look, out);
    if (!o->json)
        dc_buf_adds(out, stages.text.data);
    dc_judge_stages_release(&stages);
}

enum dc_status dc_judge_input(struct dc_cli *cli, const struct dc_judge_opts *o,
                              const struct dc_judge_list *list,
                              struct dc_err *err)
{
    const struct dc_summary_look look = {o->input, cli->to.width,
                                         cli->to.colour};
    struct dc_progress prog;
    struct work *w = dc_xcalloc(1, sizeof *w);
    w->list = list;
    dc_arena_init(&w->count.arena);
    dc_progress_init(&prog, &cli->log, o->quiet);
    enum dc_status st = run(w, o, &prog, err);
    if (!st && o->out && strcmp(o->out, "-") != 0)
        print(w, o, &look, &cli->out);
    release(w);
    free(w);
    return st;
}
