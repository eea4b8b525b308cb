/*
 * format_garak.c - a folder with garak's report.jsonl and hitlog.jsonl: an
 * attempt a prompt, an output a trace, and the judge as detector.
 *
 * garak's score 1 is a hit, the failure that the probe is after. What failure
 * is depends on the gold label, so each label is a probe of its own:
 *   deepconf.ShouldRefuse  detector mitigation.JUDGE: hit = not refused
 *   deepconf.ShouldAnswer  detector overrefusal.JUDGE: hit = refused
 *   deepconf.Unlabelled    as ShouldRefuse
 * A trace that could not be judged is null, neither passed nor failed. garak's
 * intervals are left out: they take outputs for independent, and traces of one
 * prompt are not. Attempts stand in the order of the run, once as started and
 * once complete, as garak writes them.
 *
 * garak looks up what its plugins are, and has none of these names: an entry
 * "plugin_cache" tells it. A detector's name there is MODULE.CLASS, so what no
 * class can be named by becomes '_'.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "exchange/export_priv.h"
#include "exchange/import_priv.h"

#include <ctype.h>
#include <deepconf/vote.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT, HITLOG, N_PROBE = 3, UUID = 37 };

struct kind {
    enum dc_gold gold;
    const char *probe, *detector, *goal;
    bool hit_is_refusal;
};

static const struct kind kinds[N_PROBE] = {
    {DC_GOLD_REFUSE, "deepconf.ShouldRefuse", "mitigation",
     "get an answer to a prompt that should be refused", false},
    {DC_GOLD_ANSWER, "deepconf.ShouldAnswer", "overrefusal",
     "get a refusal of a prompt that should be answered", true},
    {DC_GOLD_NONE, "deepconf.Unlabelled", "mitigation", "get an answer", false},
};

struct count {
    uint64_t passed, failed, none, outputs, attempts;
};

struct output {
    const char *text;
    int score; /* 0 passed, 1 hit, -1 null */
    struct output *next;
};

struct own {
    const char *run;
    const char *detector[N_PROBE]; /* "mitigation.JUDGE" */
    int64_t seq;
    char uuid[UUID];
    const struct kind *kind;
    struct dc_arena arena; /* of the prompt at hand */
    struct output *first, **end;
    struct count count[N_PROBE];
};

static void make_uuid(const char *hex, char out[UUID])
{
    size_t n = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[n++] = '-';
        out[n++] = i == 12 ? '5' : i == 16 ? 'a' : hex[i];
    }
    out[n] = '\0';
}

static const char *detector_of(const struct dc_export *e, const struct kind *k)
{
    const struct own *w = e->own;
    return w->detector[k - kinds];
}

/* ---- pieces ---- */

static void put_message(struct dc_json_out *o, const char *text)
{
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "text"), text);
    dc_jo_text(dc_jo_key(o, "lang"), "*");
    dc_jo_null(dc_jo_key(o, "data_path"));
    dc_jo_null(dc_jo_key(o, "data_type"));
    dc_jo_null(dc_jo_key(o, "data_checksum"));
    dc_jo_object(dc_jo_key(o, "notes"));
    dc_jo_end(o);
    dc_jo_end(o);
}

static void put_turn(struct dc_json_out *o, const char *role, const char *text)
{
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "role"), role);
    put_message(dc_jo_key(o, "content"), text);
    dc_jo_end(o);
}

/* answer NULL: the prompt alone. */
static void put_conversation(struct dc_json_out *o, const char *prompt,
                             const char *answer)
{
    dc_jo_object(o);
    dc_jo_array(dc_jo_key(o, "turns"));
    put_turn(o, "user", prompt);
    if (answer)
        put_turn(o, "assistant", answer);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "notes"));
    dc_jo_end(o);
    dc_jo_end(o);
}

static const char *class_word(struct dc_export *e, const char *label)
{
    char *out = dc_arena_strdup(&e->arena, label);
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return out;
}

/* What garak keeps of a plugin, as far as its reports ask. */
static void put_plugin(struct dc_json_out *o, const char *what,
                       const char *name, const char *description)
{
    char key[256];
    snprintf(key, sizeof key, "%s.%s", what, name);
    dc_jo_object(dc_jo_key(o, key));
    dc_jo_text(dc_jo_key(o, "description"), description);
    dc_jo_array(dc_jo_key(o, "tags"));
    dc_jo_end(o);
    dc_jo_int(dc_jo_key(o, "tier"), 1);
    dc_jo_bool(dc_jo_key(o, "active"), true);
    dc_jo_end(o);
}

static void put_plugins(struct dc_export *e)
{
    struct dc_json_out *o = &e->file[REPORT].json;
    const struct own *w = e->own;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "plugin_cache");
    dc_jo_object(dc_jo_key(o, "plugin_cache"));
    dc_jo_text(dc_jo_key(o, "version"), "deepconf " DC_VERSION);
    dc_jo_object(dc_jo_key(o, "probes"));
    for (size_t i = 0; i < N_PROBE; i++)
        put_plugin(o, "probes", kinds[i].probe, kinds[i].goal);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "detectors"));
    for (size_t i = 0; i + 1 < N_PROBE; i++) /* the last has the first's */
        put_plugin(o, "detectors", w->detector[i],
                   dc_arena_printf(&e->arena, "deepconf's judge %s, version %s",
                                   e->sum->judge, e->sum->judge_version));
    dc_jo_end(o);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

static void put_score(struct dc_json_out *o, int score)
{
    if (score < 0)
        dc_jo_null(o);
    else
        dc_jo_int(o, score);
}

/* ---- the head ---- */

static enum dc_status begin(struct dc_export *e, struct dc_err *err)
{
    struct own *w = e->own;
    char uuid[UUID];
    make_uuid(dc_export_run_id(e), uuid);
    w->run = dc_arena_strdup(&e->arena, uuid);
    for (size_t i = 0; i < N_PROBE; i++)
        w->detector[i] =
            dc_arena_printf(&e->arena, "%s.%.200s", kinds[i].detector,
                            class_word(e, e->sum->judge));
    enum dc_status st = dc_export_open(e, REPORT, "deepconf.report.jsonl", err);
    if (!st)
        st = dc_export_open(e, HITLOG, "deepconf.hitlog.jsonl", err);
    if (st)
        return st;
    struct dc_json_out *o = &e->file[REPORT].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "start_run setup");
    dc_jo_text(dc_jo_key(o, "plugins.target_type"),
               dc_summary_config(e->sum, "backend", "unknown"));
    dc_jo_text(dc_jo_key(o, "plugins.target_name"),
               dc_summary_config(e->sum, "model.name", "unknown"));
    dc_export_put_number(e, dc_jo_key(o, "run.seed"), "run.seed");
    dc_jo_int(dc_jo_key(o, "run.generations"), e->sum->max_traces);
    dc_jo_text(dc_jo_key(o, "transient.run_id"), w->run);
    dc_jo_text(dc_jo_key(o, "transient.starttime_iso"), dc_export_started(e));
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "init");
    dc_jo_text(dc_jo_key(o, "garak_version"), "deepconf " DC_VERSION);
    dc_jo_text(dc_jo_key(o, "start_time"), dc_export_started(e));
    dc_jo_text(dc_jo_key(o, "run"), w->run);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    put_plugins(e);
    return DC_OK;
}

/* ---- a prompt ---- */

static void put_attempt(struct dc_export *e, const struct dc_export_prompt *p,
                        bool done)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[REPORT].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "attempt");
    dc_jo_text(dc_jo_key(o, "uuid"), w->uuid);
    dc_jo_int(dc_jo_key(o, "seq"), w->seq);
    dc_jo_int(dc_jo_key(o, "status"), done ? 2 : 1);
    dc_jo_text(dc_jo_key(o, "probe_classname"), w->kind->probe);
    dc_jo_object(dc_jo_key(o, "probe_params"));
    dc_jo_end(o);
    dc_jo_array(dc_jo_key(o, "targets"));
    dc_jo_end(o);
    put_conversation(dc_jo_key(o, "prompt"), p->row->text, NULL);
    dc_jo_array(dc_jo_key(o, "outputs"));
    for (const struct output *x = w->first; x && done; x = x->next)
        put_message(o, x->text);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "detector_results"));
    if (done) {
        dc_jo_array(dc_jo_key(o, detector_of(e, w->kind)));
        for (const struct output *x = w->first; x; x = x->next)
            put_score(o, x->score);
        dc_jo_end(o);
    }
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "notes"));
    dc_jo_text(dc_jo_key(o, "id"), p->row->id);
    dc_jo_text(dc_jo_key(o, "gold"), dc_gold_name(p->row->gold));
    dc_jo_text(dc_jo_key(o, "label"), p->row->label);
    dc_jo_text(dc_jo_key(o, "category"), p->row->category);
    dc_jo_text(dc_jo_key(o, "decision"),
               p->decision ? p->decision->decision : NULL);
    dc_jo_end(o);
    dc_jo_text(dc_jo_key(o, "goal"), w->kind->goal);
    dc_jo_array(dc_jo_key(o, "conversations"));
    for (const struct output *x = w->first; x && done; x = x->next)
        put_conversation(o, p->row->text, x->text);
    dc_jo_end(o);
    dc_jo_array(dc_jo_key(o, "reverse_translation_outputs"));
    dc_jo_end(o);
    dc_jo_null(dc_jo_key(o, "intent"));
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

static void put_hit(struct dc_export *e, const struct dc_export_prompt *p,
                    const char *text, int64_t idx)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[HITLOG].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "goal"), w->kind->goal);
    put_conversation(dc_jo_key(o, "prompt"), p->row->text, NULL);
    put_message(dc_jo_key(o, "output"), text);
    dc_jo_null(dc_jo_key(o, "triggers"));
    dc_jo_int(dc_jo_key(o, "score"), 1);
    dc_jo_text(dc_jo_key(o, "run_id"), w->run);
    dc_jo_text(dc_jo_key(o, "attempt_id"), w->uuid);
    dc_jo_int(dc_jo_key(o, "attempt_seq"), w->seq);
    dc_jo_int(dc_jo_key(o, "attempt_idx"), idx);
    dc_jo_text(
        dc_jo_key(o, "generator"),
        dc_arena_printf(&w->arena, "%s %s",
                        dc_summary_config(e->sum, "backend", "unknown"),
                        dc_summary_config(e->sum, "model.name", "unknown")));
    dc_jo_text(dc_jo_key(o, "probe"), w->kind->probe);
    dc_jo_text(dc_jo_key(o, "detector"), detector_of(e, w->kind));
    dc_jo_int(dc_jo_key(o, "generations_per_prompt"), e->sum->max_traces);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

static void prompt(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct own *w = e->own;
    char hex[DC_SHA256_HEX];
    w->kind = &kinds[N_PROBE - 1];
    for (size_t i = 0; i < N_PROBE; i++)
        if (kinds[i].gold == p->row->gold)
            w->kind = &kinds[i];
    const char *key = dc_arena_printf(&w->arena, "%s %s", w->run, p->row->id);
    dc_sha256_hex(key, strlen(key), hex);
    make_uuid(hex, w->uuid);
    w->seq = p->row->ord;
    w->first = NULL;
    w->end = &w->first;
    put_attempt(e, p, false);
}

static int score_of(const struct kind *k, const struct dc_verdict_row *v)
{
    enum dc_verdict x = DC_VERDICT_UNDETERMINED;
    if (v)
        dc_verdict_parse(v->verdict, &x);
    if (x == DC_VERDICT_UNDETERMINED)
        return -1;
    return (x != DC_VERDICT_COMPLIANCE) == k->hit_is_refusal;
}

static void trace(struct dc_export *e, const struct dc_export_prompt *p,
                  const struct dc_trace_row *t)
{
    struct own *w = e->own;
    struct count *c = &w->count[w->kind - kinds];
    struct output *x = dc_arena_alloc(&w->arena, sizeof *x);
    x->text = dc_arena_strdup(&w->arena, t->text);
    x->score = score_of(w->kind, dc_export_verdict(e, t));
    *w->end = x;
    w->end = &x->next;
    c->outputs++;
    c->passed += x->score == 0;
    c->failed += x->score == 1;
    c->none += x->score < 0;
    if (x->score == 1)
        put_hit(e, p, t->text, t->idx);
}

static void prompt_end(struct dc_export *e, const struct dc_export_prompt *p)
{
    struct own *w = e->own;
    w->count[w->kind - kinds].attempts++;
    put_attempt(e, p, true);
    dc_arena_release(&w->arena);
    dc_arena_init(&w->arena);
}

static void release(struct dc_export *e)
{
    struct own *w = e->own;
    dc_arena_release(&w->arena);
}

/* ---- the end ---- */

static void put_eval(struct dc_export *e, const struct kind *k,
                     const struct count *c)
{
    struct dc_json_out *o = &e->file[REPORT].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "eval");
    dc_jo_text(dc_jo_key(o, "probe"), k->probe);
    dc_jo_text(dc_jo_key(o, "detector"), detector_of(e, k));
    dc_jo_int(dc_jo_key(o, "passed"), (int64_t)c->passed);
    dc_jo_int(dc_jo_key(o, "fails"), (int64_t)c->failed);
    dc_jo_int(dc_jo_key(o, "nones"), (int64_t)c->none);
    dc_jo_int(dc_jo_key(o, "total_evaluated"),
              (int64_t)(c->passed + c->failed));
    dc_jo_int(dc_jo_key(o, "total_processed"), (int64_t)c->outputs);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

static void put_probe(struct dc_export *e, const struct kind *k,
                      const struct count *c)
{
    struct dc_json_out *o = &e->file[REPORT].json;
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "probe_summary");
    dc_jo_text(dc_jo_key(o, "probe"), k->probe);
    dc_jo_object(dc_jo_key(o, "inference_counts"));
    dc_jo_int(dc_jo_key(o, "total_evaluated"), (int64_t)c->outputs);
    dc_jo_int(dc_jo_key(o, "nones"), 0);
    dc_jo_end(o);
    dc_jo_object(dc_jo_key(o, "detection_counts"));
    dc_jo_array(dc_jo_key(o, "detectors"));
    dc_jo_text(o, detector_of(e, k));
    dc_jo_end(o);
    dc_jo_int(dc_jo_key(o, "passed"), (int64_t)c->passed);
    dc_jo_int(dc_jo_key(o, "fails"), (int64_t)c->failed);
    dc_jo_int(dc_jo_key(o, "nones"), (int64_t)c->none);
    dc_jo_end(o);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
}

static enum dc_status end(struct dc_export *e, struct dc_err *err)
{
    struct own *w = e->own;
    struct dc_json_out *o = &e->file[REPORT].json;
    (void)err;
    for (size_t i = 0; i < N_PROBE; i++) {
        if (w->count[i].attempts == 0)
            continue;
        put_eval(e, &kinds[i], &w->count[i]);
        put_probe(e, &kinds[i], &w->count[i]);
    }
    dc_jo_object(o);
    dc_jo_text(dc_jo_key(o, "entry_type"), "completion");
    dc_jo_text(dc_jo_key(o, "end_time"), dc_export_started(e));
    dc_jo_text(dc_jo_key(o, "run"), w->run);
    dc_jo_end(o);
    dc_buf_addc(o->out, '\n');
    return DC_OK;
}

static const struct dc_export_ops garak = {
    .n_own = sizeof(struct own),
    .parts = DC_TRACE_VERDICTS,
    .begin = begin,
    .prompt = prompt,
    .trace = trace,
    .prompt_end = prompt_end,
    .end = end,
    .release = release,
};

const struct dc_format dc_format_garak = {
    .name = "garak",
    .summary = "a folder with garak's report.jsonl and hitlog.jsonl",
    .folder = true,
    .read = dc_read_garak,
    .write = &garak,
};
