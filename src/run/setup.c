/*
 * setup.c - before the first step: prompts, configuration, what is there.
 *
 * Binding pairs are what a trace or a decision depends on; they must be equal
 * for a run to go on. Slots and threads are not among them: they can't change a
 * trace. They are recorded with each session instead.
 */
#include "audit/audit.h"
#include "audit/knows.h"
#include "base/banned.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "run/engine.h"
#include "store/schema.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CTX_DEFAULT = 4096, MAX_PAIRS = 64 };

/* ---- configuration ---- */

struct pairs {
    struct dc_arena *arena;
    struct dc_kv kv[MAX_PAIRS];
    size_t n;
};

static void put(struct pairs *p, const char *key, const char *value,
                bool binding)
{
    assert(p->n < MAX_PAIRS);
    p->kv[p->n++] = (struct dc_kv){key, dc_utf8_copy(p->arena, value), binding};
}

static void put_num(struct pairs *p, const char *key, double value)
{
    put(p, key, dc_arena_printf(p->arena, "%.17g", value), true);
}

static void put_int(struct pairs *p, const char *key, uint64_t value)
{
    put(p, key, dc_arena_printf(p->arena, "%llu", (unsigned long long)value),
        true);
}

static void put_identity(void *arg, const char *key, const char *value,
                         bool binding)
{
    struct pairs *p = arg;
    put(p, dc_arena_strdup(p->arena, key), value, binding);
}

/* What a backend gives less than a model in this process, which runs of earlier
 * versions had; without these keys nothing is missing. */
static void put_lacks(struct pairs *p, const struct dc_backend_info *i)
{
    struct dc_buf parts;
    dc_buf_init(&parts, SIZE_MAX);
    dc_schema_put_parts(&parts, i->caps.parts, " ");
    /* one KV cache for all slots is not repeatable either, but its runs never
     * said so, and go on */
    if (!i->caps.repeatable && !i->caps.counts_prompt)
        put(p, DC_KNOWS_REPEATABLE, DC_KNOWS_NO, true);
    if (i->caps.parts != DC_TOKEN_ALL) {
        put(p, DC_KNOWS_SOURCE, DC_KNOWS_LIST, true);
        put(p, DC_KNOWS_PARTS, parts.data, true);
    }
    if (!i->caps.vocabulary)
        put(p, DC_KNOWS_IDS, DC_KNOWS_ORDER, true);
    dc_buf_release(&parts);
}

static void put_source(struct pairs *p, const struct dc_engine *e)
{
    const struct dc_run_cfg *c = e->cfg;
    const struct dc_backend_info *i = e->ops->info(e->backend);
    put(p, "deepconf.version", DC_VERSION, false);
    put(p, "backend", i->name, true);
    put(p, "backend.library", i->version, true);
    put(p, "backend.device", i->device, true);
    if (i->bits)
        put(p, "backend.bits", i->bits, true);
    put(p, "model.name", i->model_name, false);
    put(p, "model.desc", i->model_desc, false);
    if (i->model_sha256[0])
        put(p, "model.sha256", i->model_sha256, true);
    if (i->caps.vocabulary)
        put_int(p, "model.n_vocab", i->n_vocab);
    if (e->ops->identity)
        e->ops->identity(e->backend, put_identity, p);
    put(p, "chat.system", i->system, true);
    if (i->rendered_by) /* without, a run of an earlier deepconf goes on */
        put(p, "chat.rendered_by", i->rendered_by, true);
    if (i->day)
        put(p, "chat.date", i->day, true);
    put(p, "chat.think", i->think == DC_THINK_ON ? "on" : "off", true);
    put(p, "chat.think_opened", i->think_opened ? "yes" : "no", true);
    put(p, "data.name", c->data_name ? c->data_name : "", false);
    put(p, "data.sha256", e->data->sha256, true);
    put(p, "data.benchmark", c->benchmark ? c->benchmark : "", true);
    put(p, "data.label_means", c->label_means ? c->label_means : "", false);
    for (size_t k = 0; k < c->n_extra; k++)
        put(p, c->extra[k].key, c->extra[k].value, c->extra[k].binding);
    /* behind what it is made of, so that a difference is named by its cause */
    if (i->template_sha256[0])
        put(p, "chat.sha256", i->template_sha256, true);
    if (c->shards) {
        put(p, DC_AUDIT_SHARD, c->shards, true);
        put_int(p, DC_AUDIT_WHOLE, e->data->n_whole);
    }
    put_int(p, "data.n_prompts", e->n_job);
}

/* As readers have it (replay/promise.h), but for the numbers of the K. */
static const char *promise_of(const struct dc_run_cfg *c)
{
    const struct dc_stop_policy *row = c->policy.row;
    bool weighs = !c->vote.row->by_tally;
    if (c->has_window)
        return "none against whole traces: an answer window may change "
               "verdicts, and its audit measures how often";
    if (weighs && row == dc_stop_find("curtail"))
        return dc_stop_find("fixed")->promise; /* all K are drawn */
    return weighs && row->by_tally && row != dc_stop_find("fixed")
               ? "none under a vote that weighs: the loss has to be measured"
               : row->promise;
}

static void put_method(struct pairs *p, const struct dc_engine *e)
{
    const struct dc_run_cfg *c = e->cfg;
    put_int(p, "run.seed", c->seed);
    put_num(p, "sampling.temperature", c->sampling.temperature);
    put_num(p, "sampling.top_p", c->sampling.top_p);
    put_int(p, "sampling.top_k", c->sampling.top_k);
    put_num(p, "sampling.min_p", c->sampling.min_p);
    put_int(p, "sampling.max_tokens", c->max_tokens);
    if (e->n_ctx > 0)
        put_int(p, "sampling.max_context", e->n_ctx);
    put_int(p, "confidence.k", c->k);
    if (c->n_top > 0) /* without, a run of an earlier deepconf goes on */
        put_int(p, "confidence.top_logprobs", c->n_top);
    put(p, "confidence.logprobs", e->ops->info(e->backend)->logprob_mode, true);
    put_lacks(p, e->ops->info(e->backend));
    put(p, "stop.policy", c->policy.spec.text, true);
    put(p, "stop.promise", promise_of(c), false);
    put_int(p, "stop.min_traces", c->stop.min_traces);
    put_int(p, "stop.max_traces", c->stop.max_traces);
    put(p, "stop.measure", e->recorder.measure[e->recorder.looks_at].spec.text,
        true);
    if (c->policy.row->needs_calibration) {
        put_num(p, "stop.calibration_share", c->calibration_share);
        put_int(p, "stop.calibration_prompts", e->n_calibration);
    }
    put_int(p, "window.tokens", c->has_window ? c->window : 0);
    put_num(p, "window.audit_share", c->has_window ? c->audit_share : 0);
    put(p, "vote", c->vote.spec.text, true);
    put(p, "judge", c->judge->label, true);
    put(p, "judge.version", c->judge->version, true);
    put(p, "judge.spec", c->judge->spec, false);
}

/* ---- prompts ---- */

static unsigned max_tokens_of(const struct dc_engine *e, const struct dc_job *j)
{
    const struct dc_run_cfg *c = e->cfg;
    if (!c->has_window || dc_window_audited(c->seed, j->stream, c->audit_share))
        return c->max_tokens;
    return c->window;
}

/* A prompt that the chat can't hold is one that can't be run; the rest can. */
static enum dc_status open_prompt(struct dc_engine *e, struct dc_job *j,
                                  struct dc_err *err)
{
    struct dc_err why;
    enum dc_status st = e->ops->prompt_open(e->backend, j->item->text,
                                            j->item->n_text, &j->prompt, &why);
    if (!st)
        j->n_tok = j->prompt->n_tok;
    else if (st == DC_DATA)
        j->problem = dc_arena_printf(
            &e->arena, "the chat template can't hold it: %.300s", why.msg);
    else
        return dc_fail(err, st, "%s", why.msg);
    return DC_OK;
}

static enum dc_status open_prompts(struct dc_engine *e, struct dc_err *err)
{
    const struct dc_backend_info *info = e->ops->info(e->backend);
    unsigned most = e->cfg->n_ctx;
    if (most == 0 && info->caps.counts_prompt)
        most = CTX_DEFAULT;
    if (info->caps.n_ctx > 0 && most > info->caps.n_ctx)
        most = info->caps.n_ctx;
    e->n_ctx = most;
    for (size_t i = 0; i < e->n_job; i++) {
        struct dc_job *j = &e->job[i];
        j->item = &e->data->item[i];
        j->ord = (int64_t)i;
        j->stream = dc_hash64(j->item->id, strlen(j->item->id));
        j->max_tokens = max_tokens_of(e, j);
        enum dc_status st = open_prompt(e, j, err);
        if (st)
            return dc_err_prefix(err, st, "prompt %s", j->item->id);
        if (info->caps.counts_prompt && j->n_tok >= most)
            j->problem = DC_CONTEXT_OVERFLOW;
    }
    return DC_OK;
}

/* The first share of the prompts that can run is drawn to full K. */
static void mark_calibration(struct dc_engine *e)
{
    if (!e->cfg->policy.row->needs_calibration || e->stop.has_threshold)
        return;
    size_t can = 0, marked = 0, i = 0;
    for (size_t k = 0; k < e->n_job; k++)
        can += !e->job[k].problem;
    size_t want = dc_calibration_prompts(can, e->cfg->calibration_share);
    for (; i < e->n_job && marked < want; i++) {
        e->job[i].calibration = !e->job[i].problem;
        marked += !e->job[i].problem;
    }
    e->n_calibration = i;
}

static enum dc_status write_prompts(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < e->n_job && !st; i++) {
        const struct dc_job *j = &e->job[i];
        struct dc_prompt_row row = {
            .ord = j->ord,
            .id = j->item->id,
            .text = j->item->text,
            .gold = j->item->gold,
            .label = j->item->label,
            .category = j->item->category,
            .has_n_tok = j->n_tok > 0,
            .n_tok = (int64_t)j->n_tok,
            .problem = j->problem,
            .has_place = e->cfg->shards != NULL,
            .place = (int64_t)j->item->place,
            .field = j->item->field,
            .n_field = j->item->n_field,
        };
        st = dc_store_prompt_add(e->store, &row, err);
        if (!st && j->problem)
            st = dc_engine_decide_problem(e, j, err);
    }
    return st;
}

/* ---- what earlier sessions left ---- */

void dc_job_open(struct dc_engine *e, struct dc_job *j)
{
    unsigned k = e->stop.max_traces;
    if (j->trace)
        return;
    j->state = dc_xcalloc(k, sizeof *j->state);
    j->begun = dc_xcalloc(k, sizeof *j->begun);
    j->trace = dc_xcalloc(k, sizeof *j->trace);
    j->ballot = dc_xcalloc(k, sizeof *j->ballot);
    j->seen.trace = j->trace;
}

void dc_job_close(struct dc_job *j)
{
    free(j->state);
    free(j->begun);
    free(j->trace);
    free(j->ballot);
    j->state = NULL;
    j->begun = NULL;
    j->trace = NULL;
    j->ballot = NULL;
    j->seen.trace = NULL;
}

void dc_job_note(struct dc_engine *e, struct dc_job *j, uint32_t idx,
                 const struct dc_note *t)
{
    assert(idx < e->stop.max_traces);
    j->state[idx] = DC_TRACE_DONE;
    j->trace[idx] = t->stop;
    j->ballot[idx] = (struct dc_ballot){t->stop.verdict, t->weight};
    while (j->n_seen < e->stop.max_traces &&
           j->state[j->n_seen] == DC_TRACE_DONE)
        dc_tally_add(&j->seen.tally, j->trace[j->n_seen++].verdict);
}

static enum dc_status old_trace(void *arg, const struct dc_trace_row *t,
                                struct dc_err *err)
{
    struct dc_engine *e = arg;
    enum dc_verdict verdict = DC_VERDICT_UNDETERMINED;
    if (t->prompt >= (int64_t)e->n_job || t->idx >= (int64_t)e->stop.max_traces)
        return dc_store_damaged(e->store, err,
                                "trace %lld of prompt %lld is outside this run",
                                (long long)t->idx, (long long)t->prompt);
    dc_audit_verdict(t, e->cfg->judge->label, &verdict);
    struct dc_job *j = &e->job[t->prompt];
    e->progress.n_trace++;
    if (j->decided)
        return DC_OK;
    dc_job_open(e, j);
    bool cut = t->cut == DC_CUT_CONFIDENCE;
    struct dc_note note =
        dc_recorder_note(&e->recorder, verdict, cut, t->measure, t->n_measure);
    dc_job_note(e, j, (uint32_t)t->idx, &note);
    return DC_OK;
}

static enum dc_status old_decision(void *arg, const struct dc_decision_row *d,
                                   struct dc_err *err)
{
    struct dc_engine *e = arg;
    if (d->prompt >= (int64_t)e->n_job)
        return dc_store_damaged(e->store, err,
                                "a decision for prompt %lld, of %zu",
                                (long long)d->prompt, e->n_job);
    e->job[d->prompt].decided = true;
    e->progress.n_decided++;
    e->progress.n_refused += !strcmp(d->decision, "refusal");
    e->progress.n_undetermined += !strcmp(d->decision, "undetermined");
    return DC_OK;
}

/* A trace that an earlier session began and lost. */
static enum dc_status old_flight(void *arg, const struct dc_flight_row *f,
                                 struct dc_err *err)
{
    struct dc_engine *e = arg;
    if (f->prompt >= (int64_t)e->n_job || f->idx >= (int64_t)e->stop.max_traces)
        return dc_store_damaged(e->store, err,
                                "trace %lld of prompt %lld was begun, which is "
                                "outside this run",
                                (long long)f->idx, (long long)f->prompt);
    struct dc_job *j = &e->job[f->prompt];
    if (j->decided)
        return DC_OK;
    dc_job_open(e, j);
    j->begun[f->idx] = (unsigned)f->begun;
    return DC_OK;
}

/* Remember every job's prompt id, to hold the data against the run file. */
static enum dc_status old_prompt(void *arg, const struct dc_prompt_row *p,
                                 struct dc_err *err)
{
    struct dc_engine *e = arg;
    if (p->ord >= (int64_t)e->n_job ||
        strcmp(p->id, e->job[p->ord].item->id) != 0)
        return dc_fail(err, DC_STORE,
                       "%s: prompt %lld is \"%s\" in the run file and another "
                       "one in the data; give the run a new file",
                       dc_store_path(e->store), (long long)p->ord, p->id);
    struct dc_job *j = &e->job[p->ord];
    if (j->n_tok == 0 && p->has_n_tok)
        j->n_tok = (size_t)p->n_tok; /* an earlier session learned it */
    for (size_t i = 0, k; i < j->item->n_field && !j->more_fields; i++) {
        for (k = 0; k < p->n_field; k++)
            if (!strcmp(p->field[k].name, j->item->field[i].name))
                break;
        j->more_fields = k == p->n_field;
    }
    return DC_OK;
}

/*
 * What the data says beyond what the file has of it: a file of an older
 * deepconf has no fields, and further columns may be kept from now on. The data
 * are the same, and no trace hangs on them.
 */
static enum dc_status add_fields(struct dc_engine *e, struct dc_err *err)
{
    enum dc_status st = dc_store_begin(e->store, err);
    if (st)
        return st;
    for (size_t i = 0; i < e->n_job && !st; i++) {
        const struct dc_job *j = &e->job[i];
        if (j->more_fields)
            st = dc_store_fields_add(e->store, j->ord, j->item->field,
                                     j->item->n_field, err);
    }
    if (!st)
        st = dc_store_commit(e->store, err);
    if (st)
        dc_store_rollback(e->store);
    return st;
}

/* ---- the recorder ---- */

/* What every trace of this run is recorded by: every measure with its defaults,
 * then what the policy and the vote ask for. */
static enum dc_status set_recorder(struct dc_engine *e, struct dc_err *err)
{
    const struct dc_run_cfg *c = e->cfg;
    struct dc_recorder *r = &e->recorder;
    char text[DC_SPEC_TEXT];
    r->store = e->store;
    r->judge = c->judge;
    r->opened = e->ops->info(e->backend)->think_opened;
    r->window_judge =
        dc_arena_printf(&e->arena, "%s/window(%u)", c->judge->label, c->window);
    e->stop.weighted = !c->vote.row->by_tally;
    enum dc_status st = dc_recorder_want_all(r, err);
    dc_stop_measure(&c->policy, c->measure.spec.text, text);
    if (!st)
        st = dc_recorder_want(r, text, &r->looks_at, err);
    if (!st && e->stop.weighted) /* else the first, as no vote weighs by it */
        st = dc_recorder_want(r, c->vote.spec.measure, &r->weighs, err);
    return st;
}

/* The first tokens of a thinking model are thoughts. */
static enum dc_status check_window(const struct dc_engine *e,
                                   struct dc_err *err)
{
    if (!e->cfg->has_window || e->ops->info(e->backend)->think != DC_THINK_ON)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "an answer window reads the first tokens of a trace, which "
                   "are thoughts with this model; leave the window out, or "
                   "switch thinking off (--think off)");
}

/* There is no model that a run made elsewhere could go on with. */
static enum dc_status check_imported(struct dc_engine *e, struct dc_err *err)
{
    struct dc_audit_config c;
    struct dc_arena a;
    dc_arena_init(&a);
    enum dc_status st = dc_audit_config_read(e->store, &a, &c, err);
    if (!st &&
        (!c.knows.drawn || dc_kv_find(c.kv, c.n_kv, "import.copy.format")))
        st = dc_fail(err, DC_USAGE,
                     "%s: was imported, and no further trace can be added to "
                     "it: name another run file with --out",
                     dc_store_path(e->store));
    dc_arena_release(&a);
    return st;
}

/* Another part of the same run would differ in its number of prompts first. */
static enum dc_status check_shards(struct dc_engine *e, struct dc_err *err)
{
    const char *now = e->cfg->shards, *was = NULL;
    enum dc_status st =
        dc_store_config_get(e->store, &e->arena, DC_AUDIT_SHARD, &was, err);
    if (st || (!now && !was) || (now && was && !strcmp(now, was)))
        return st;
    if (!was)
        return dc_fail(err, DC_USAGE,
                       "%s: holds a run that is not cut into shards: leave "
                       "--shard out, or name another run file",
                       dc_store_path(e->store));
    return dc_fail(err, DC_USAGE,
                   "%s: holds shard %.60s of a run: give --shard %.60s to go "
                   "on with it, or name another run file",
                   dc_store_path(e->store), was, was);
}

/* Another server behind the same name is no setting of the user's: the message
 * says where it is. */
static enum dc_status check_server(struct dc_engine *e, const struct pairs *p,
                                   struct dc_err *err)
{
    static const char *const key[] = {"backend.library", "server.version",
                                      "server.path", "server.fingerprint"};
    enum { SHOWN = 100 }; /* columns */
    const struct dc_backend_info *info = e->ops->info(e->backend);
    struct dc_buf b;
    for (size_t i = 0; i < DC_COUNT(key) && info->n_endpoint > 0; i++) {
        const char *was = NULL, *now = dc_kv_value(p->kv, p->n, key[i]);
        enum dc_status st =
            dc_store_config_get(e->store, &e->arena, key[i], &was, err);
        if (st)
            return st;
        if (!was || !now || !strcmp(was, now))
            continue;
        dc_buf_init(&b, SIZE_MAX);
        dc_utf8_display(&b, was, strlen(was), SHOWN);
        dc_buf_adds(&b, "' in the file and '");
        dc_utf8_display(&b, now, strlen(now), SHOWN);
        st = dc_fail(err, DC_USAGE,
                     "%s: holds a run at another server or model: %s is '%s' "
                     "now, at %s: ask the one of the file again, or name "
                     "another run file",
                     dc_store_path(e->store), key[i], b.data,
                     info->endpoint[0].url);
        dc_buf_release(&b);
        return st;
    }
    return DC_OK;
}

/* The configuration and the prompts of a new run, in one transaction. */
static enum dc_status write_new(struct dc_engine *e, const struct pairs *p,
                                struct dc_err *err)
{
    enum dc_status st = dc_store_begin(e->store, err);
    if (st)
        return st;
    st = dc_store_config_write(e->store, p->kv, p->n, err);
    if (!st)
        st = write_prompts(e, err);
    if (!st)
        st = dc_store_commit(e->store, err);
    if (st)
        dc_store_rollback(e->store);
    return st;
}

enum dc_status dc_engine_setup(struct dc_engine *e, struct dc_err *err)
{
    struct pairs p = {.arena = &e->arena};
    bool fresh = false;
    e->n_job = e->data->n;
    e->job = dc_xcalloc(e->n_job, sizeof *e->job);
    e->progress.n_prompt = e->n_job;
    enum dc_status st = check_window(e, err);
    if (!st)
        st = set_recorder(e, err);
    if (!st)
        st = open_prompts(e, err);
    if (st)
        return st;
    mark_calibration(e);
    put_source(&p, e);
    put_method(&p, e);
    st = dc_store_is_fresh(e->store, &fresh, err);
    if (!st && !fresh)
        st = dc_audit_run(e->store, err);
    if (!st && !fresh)
        st = check_imported(e, err);
    if (!st && !fresh)
        st = check_shards(e, err);
    if (!st && !fresh)
        st = check_server(e, &p, err);
    if (!st && !fresh)
        st = dc_store_config_check(e->store, p.kv, p.n, err);
    if (!st && fresh)
        st = write_new(e, &p, err);
    if (!st)
        st = dc_store_each_prompt(e->store, old_prompt, e, err);
    if (!st && !fresh)
        st = add_fields(e, err);
    if (!st)
        st = dc_store_each_decision(e->store, -1, old_decision, e, err);
    if (!st)
        st = dc_store_each_trace(e->store, -1, DC_TRACE_VERDICTS, old_trace, e,
                                 err);
    if (!st)
        st = dc_store_each_flight(e->store, old_flight, e, err);
    e->progress.n_decided_before = e->progress.n_decided;
    e->progress.n_trace_before = e->progress.n_trace;
    e->progress.resumed = !fresh;
    return st;
}
