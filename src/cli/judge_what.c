/*
 * judge_what.c - `deepconf judge` on the traces of a run file, or on responses
 * made elsewhere: how far it is, and what came of it.
 */
#include "cli/data_notes.h"
#include "cli/field_opt.h"
#include "cli/interrupt.h"
#include "cli/judge_cmd.h"
#include "cli/judge_opt.h"
#include "cli/progress.h"
#include "results/judge_stages.h"
#include "results/judges_report.h"

/* ---- what is seen of the work ---- */

struct judge_seen {
    struct dc_progress prog;
    struct dc_judge_stages stages;
    bool quiet;
};

static const atomic_int *seen_interrupt(void *arg)
{
    (void)arg;
    return dc_interrupt_catch();
}

static void seen_note(void *arg, const char *what)
{
    dc_progress_note(&((struct judge_seen *)arg)->prog, what);
}

static void seen_opened(void *arg, const struct dc_judge *j)
{
    struct judge_seen *s = arg;
    dc_progress_end(&s->prog, false); /* nothing stands before what is said */
    dc_judge_note_print(j, s->quiet);
}

static void seen_resumed(void *arg, const struct dc_job_progress *now)
{
    dc_progress_job_resumed(&((struct judge_seen *)arg)->prog, now);
}

static void seen_step(void *arg, const struct dc_job_progress *now)
{
    dc_progress_job(&((struct judge_seen *)arg)->prog, now);
}

static void seen_ended(void *arg, const struct dc_job_progress *now)
{
    struct judge_seen *s = arg;
    if (now)
        dc_progress_job_end(&s->prog, now);
    else
        dc_progress_end(&s->prog, false);
}

static void seen_closing(void *arg, const struct dc_judge *j)
{
    dc_judge_stages_add(&((struct judge_seen *)arg)->stages, j);
}

static struct dc_judging_watch see(struct dc_cli *cli, bool quiet,
                                   struct judge_seen *s)
{
    *s = (struct judge_seen){.quiet = quiet};
    dc_progress_init(&s->prog, &cli->log, quiet);
    dc_judge_stages_init(&s->stages);
    return (struct dc_judging_watch){
        .arg = s,
        .interrupt = seen_interrupt,
        .note = seen_note,
        .opened = seen_opened,
        .resumed = seen_resumed,
        .step = seen_step,
        .ended = seen_ended,
        .closing = seen_closing,
    };
}

/* What the judges say; file: of which file. */
static void print(struct dc_cli *cli, bool json, const struct dc_judges *j,
                  const char *file, const struct judge_seen *s)
{
    if (json) {
        dc_json_print(dc_judges_json(j, file, json_incref(s->stages.json)),
                      &cli->out);
        return;
    }
    dc_judges_file_doc(j, file, cli->doc);
    dc_judge_stages_doc(&s->stages, cli->doc);
}

/* ---- the traces of a run ---- */

/* Nothing is created: a run file that is not there is no run. */
static enum dc_status open_store(const char *file, bool write,
                                 struct dc_store **out, struct dc_err *err)
{
    enum dc_status st = dc_store_open_ro(file, out, err);
    if (st || !write)
        return st;
    dc_store_close(*out);
    *out = NULL;
    return dc_store_open_rw(file, out, err);
}

static enum dc_status judge_traces(struct dc_cli *cli,
                                   const struct dc_judge_opts *o,
                                   const struct dc_judge_list *list,
                                   struct dc_store *store,
                                   struct judge_seen *seen, struct dc_err *err)
{
    const struct dc_judging_traces how = {o->again, o->again_undetermined};
    const struct dc_judging_watch watch = see(cli, o->quiet, seen);
    return dc_judging_traces(store, list, &how, &watch, err);
}

enum dc_status dc_judge_stored(struct dc_cli *cli,
                               const struct dc_judge_opts *o,
                               const struct dc_judge_list *list,
                               const char *file, struct dc_err *err)
{
    struct judge_seen seen = {.quiet = false};
    struct dc_store *store = NULL;
    struct dc_judges j;
    bool has_read;
    enum dc_status st = open_store(file, list->n > 0, &store, err);
    if (!st && list->n > 0)
        st = judge_traces(cli, o, list, store, &seen, err);
    if (!st)
        st = dc_judges_read(store, &j, err);
    has_read = !st;
    if (store && list->n > 0)
        st = dc_store_end(store, st, err);
    else
        dc_store_close(store);
    if (!st)
        print(cli, o->json, &j, file, &seen);
    if (has_read)
        dc_judges_release(&j);
    dc_judge_stages_release(&seen.stages);
    return st;
}

/* ---- responses made elsewhere ---- */

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
    return dc_fields_set(&o->field, field, sizeof field / sizeof *field, err);
}

enum dc_status dc_judge_input(struct dc_cli *cli, const struct dc_judge_opts *o,
                              const struct dc_judge_list *list,
                              struct dc_err *err)
{
    struct dc_judging_texts_cfg cfg = {.in.path = o->input, .out = o->out};
    struct dc_judging_texts t;
    struct judge_seen seen;
    enum dc_status st = set_fields(o, &cfg.in, err);
    if (st)
        return st;
    const struct dc_judging_watch watch = see(cli, o->quiet, &seen);
    st = dc_judging_texts(&cfg, list, &watch, &t, err);
    if (!st) {
        const struct dc_data_notes notes = dc_responses_notes(t.in);
        dc_data_notes_print(o->input, &notes, o->quiet);
    }
    for (size_t k = 0; k < list->n && !st; k++)
        dc_judge_stages_add(&seen.stages, t.judge[k]);
    if (!st && t.to_file)
        print(cli, o->json, &t.count.all, o->input, &seen);
    dc_judging_texts_release(&t);
    dc_judge_stages_release(&seen.stages);
    return st;
}
