/*
 * run_judges.c - the judges of a run file, by one query over their verdicts,
 * and which of them is wanted (run_view.h).
 */
#include "base/buf.h"
#include "base/judge_name.h"
#include "base/utf8.h"
#include "read/run_view.h"

#include <inttypes.h>
#include <string.h>

enum { JUDGE_COLS = 60, JUDGE_NAMES = 1 << 12 };

/* The row of a judge; the counts come in the order of labels. */
static struct dc_run_judge *judge_row(struct dc_run_view *r, const char *label)
{
    if (r->n_judge > 0 && !strcmp(r->judge[r->n_judge - 1].label, label))
        return &r->judge[r->n_judge - 1];
    r->judge = dc_arena_more(&r->arena, r->judge, r->n_judge, sizeof *r->judge);
    struct dc_run_judge *j = &r->judge[r->n_judge++];
    *j = (struct dc_run_judge){
        .label = dc_arena_strdup(&r->arena, label),
        .own = !strcmp(label, r->is.judge),
    };
    return j;
}

static enum dc_status see_count(void *arg, const struct dc_verdict_count_row *c,
                                struct dc_err *err)
{
    struct dc_run_view *r = arg;
    enum dc_verdict v = DC_VERDICT_UNDETERMINED;
    (void)err;
    if (dc_judge_is_window(c->judge))
        return DC_OK;
    struct dc_run_judge *j = judge_row(r, c->judge);
    if (!j->version)
        j->version = dc_arena_strdup(&r->arena, c->version);
    else if (strcmp(j->version, c->version) != 0)
        j->other = dc_arena_strdup(&r->arena, c->version);
    dc_verdict_parse(c->verdict, &v);
    j->n += (uint64_t)c->n;
    j->verdict[v] += (uint64_t)c->n;
    if (v == DC_VERDICT_UNDETERMINED)
        dc_names_add(&j->reason, &r->arena, c->reason, (uint64_t)c->n);
    return DC_OK;
}

enum dc_status dc_run_view_judges(struct dc_run_view *r, struct dc_err *err)
{
    int64_t n = 0;
    if (r->has_judges)
        return DC_OK;
    r->n_judge = 0; /* of a try that failed */
    enum dc_status st =
        dc_store_each_verdict_count(r->store, see_count, r, err);
    if (!st)
        st = dc_store_count_traces(r->store, &n, err);
    r->n_trace = (uint64_t)n;
    r->has_judges = !st;
    return st;
}

static enum dc_status no_such_judge(const struct dc_run_view *r,
                                    const char *judge, struct dc_err *err)
{
    struct dc_buf names;
    dc_buf_init(&names, JUDGE_NAMES);
    for (size_t i = 0; i < r->n_judge; i++) {
        const char *label = r->judge[i].label;
        if (i > 0 && dc_buf_room(&names) > 2)
            dc_buf_adds(&names, ", ");
        if (dc_buf_room(&names) > 4 * strlen(label) + 8)
            dc_utf8_display(&names, label, strlen(label), JUDGE_COLS);
    }
    enum dc_status st =
        dc_fail(err, DC_USAGE,
                "%.300s: has no verdicts by a judge \"%.60s\"; it has those "
                "of: %.600s",
                dc_store_path(r->store), judge, names.data);
    dc_buf_release(&names);
    return st;
}

static enum dc_status weigh_judge(const struct dc_run_view *r,
                                  const struct dc_run_judge *j,
                                  struct dc_err *err)
{
    const char *file = dc_store_path(r->store);
    if (j->other)
        return dc_fail(err, DC_DATA,
                       "%.300s: verdicts by %.60s are of the versions %.90s "
                       "and %.90s: `deepconf judge` with --again makes them "
                       "one",
                       file, j->label, j->version, j->other);
    if (j->n != r->n_trace)
        return dc_fail(err, DC_DATA,
                       "%.300s: %.60s has judged %" PRIu64 " of %" PRIu64
                       " traces: `deepconf judge` goes on with the rest",
                       file, j->label, j->n, r->n_trace);
    return DC_OK;
}

/* Is this another name of the judge, or, as users leave out what stands in
 * brackets, NAME(FILE) for NAME? */
static bool is_meant(const char *label, const char *name)
{
    size_t n = strlen(name);
    return dc_judge_name_same(label, name) ||
           (!strncmp(label, name, n) && label[n] == '(');
}

/* The label itself goes before all others; NULL: none is meant, or several. */
static const struct dc_run_judge *find_judge(const struct dc_run_view *r,
                                             const char *name)
{
    const struct dc_run_judge *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < r->n_judge; i++) {
        if (!strcmp(r->judge[i].label, name))
            return &r->judge[i];
        if (!is_meant(r->judge[i].label, name))
            continue;
        found = &r->judge[i];
        n++;
    }
    return n == 1 ? found : NULL;
}

enum dc_status dc_run_view_pick(struct dc_run_view *r, const char *judge,
                                struct dc_run_pick *out, struct dc_err *err)
{
    *out = (struct dc_run_pick){r->is.judge, r->is.judge_version, true};
    if (!judge || dc_judge_name_same(judge, r->is.judge))
        return DC_OK;
    enum dc_status st = dc_run_view_judges(r, err);
    if (st)
        return st;
    const struct dc_run_judge *j = find_judge(r, judge);
    if (!j)
        return no_such_judge(r, judge, err);
    if (!j->own)
        *out = (struct dc_run_pick){j->label, j->version, false};
    return weigh_judge(r, j, err);
}
