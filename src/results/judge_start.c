/*
 * judge_start.c - judging the start of a trace as the engine judges one that an
 * answer window has ended.
 */
#include "results/judge_start.h"

#include <stdio.h>
#include <string.h>

static enum dc_verdict judge_start(void *arg, const char *text, size_t n)
{
    const struct dc_judge_start *s = arg;
    struct dc_judgement j = {.verdict = DC_VERDICT_UNDETERMINED};
    size_t off = 0;
    bool has = dc_answer_offset(text, n, s->think_opened, &off);
    const struct dc_response r = {.text = text,
                                  .n = n,
                                  .finish = DC_FINISH_LENGTH,
                                  .has_answer = has,
                                  .answer_off = off};
    dc_judge_traces(s->judge, &r, 1, &j, NULL); /* quick: it can't fail */
    return j.verdict;
}

enum dc_status dc_judge_pick(const char *typed, struct dc_judge_pick *out,
                             struct dc_err *err)
{
    *out = (struct dc_judge_pick){.label = typed, .spec = typed};
    if (!typed || !strchr(typed, '='))
        return DC_OK;
    enum dc_status st = dc_judge_label(typed, out->made, err);
    out->label = out->made;
    return st ? dc_err_prefix(err, st, "--judge") : st;
}

/* Whose answers are wanted, and by what to open it. */
struct wanted {
    const char *label, *version; /* of its verdicts in the run file */
    const char *spec;
    bool foreign; /* the spec stands in the run file: nobody typed it */
};

static enum dc_status open_judge(const struct wanted *w,
                                 struct dc_judge_start *s, struct dc_err *err)
{
    const struct dc_judge_cfg cfg = dc_judge_cfg_default();
    const char *version = w->version, *spec = w->spec;
    const struct dc_judge_ops *row = dc_judge_find(spec);
    char former[DC_JUDGE_LABEL + DC_JUDGE_VERSION];
    struct dc_err why = {0};
    if (row && dc_judge_keeps(row, version)) {
        snprintf(former, sizeof former, "%.60s=%.90s", spec, version);
        spec = former;
    }
    if ((w->foreign && dc_judge_check_foreign(spec, w->label, version, &why)) ||
        dc_judge_open(spec, &cfg, &s->judge, &why))
        return dc_fail(err, DC_DATA,
                       "the judge %.60s can't be asked about answer windows: "
                       "%s; leave the windows out",
                       w->label, why.msg);
    if (s->judge->slow)
        return dc_fail(err, DC_DATA,
                       "the judge %.60s asks a language model, too slow for "
                       "answer windows; leave the windows out",
                       s->judge->label);
    if (strcmp(s->judge->version, version) != 0)
        return dc_fail(err, DC_DATA,
                       "the verdicts of the run file are by %.60s version "
                       "%.90s, and here it is version %.90s; leave the answer "
                       "windows out",
                       s->judge->label, version, s->judge->version);
    return DC_OK;
}

enum dc_status dc_judge_start_open(struct dc_run_view *run,
                                   const struct dc_judge_pick *pick,
                                   struct dc_judge_start *s,
                                   struct dc_record_cfg *c, struct dc_err *err)
{
    struct dc_run_pick by;
    enum dc_status st = dc_run_view_pick(run, pick->label, &by, err);
    if (!st) {
        s->think_opened = run->is.think_opened;
        bool typed = pick->spec && strchr(pick->spec, '=');
        const struct wanted w = {
            .label = by.label,
            .version = by.version,
            .spec = by.own && !typed ? run->is.judge_spec : pick->spec,
            .foreign = by.own && !typed,
        };
        st = open_judge(&w, s, err);
    }
    c->judge = judge_start;
    c->judge_arg = s;
    return st;
}

void dc_judge_start_close(struct dc_judge_start *s)
{
    dc_judge_close(s->judge);
    s->judge = NULL;
}
