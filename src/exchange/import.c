/*
 * import.c - what every reader's rows go through (import_priv.h): a prompt
 * becomes a row when its first response comes, each response a trace of the
 * next index, judged on the spot; decisions and configuration follow at the
 * end, when the largest number of traces is known. One transaction holds it
 * all, and the audit has to pass it, as any run.
 */
#include "audit/audit.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "exchange/import_priv.h"
#include "exchange/import_tokens.h"
#include "store/schema.h"
#include "trace/piece_ids.h"

#include <assert.h>
#include <deepconf/stop.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 20 };

/* Ids to numbers: open addressing, at most half full. */
struct dc_import_map {
    size_t *at; /* [n], number + 1; 0: empty */
    size_t n;
};

/* ---- prompts by id ---- */

static size_t slot_of(const struct dc_import *in, const char *id)
{
    const struct dc_import_map *m = in->map;
    size_t i = (size_t)dc_hash64(id, strlen(id)) & (m->n - 1);
    while (m->at[i] && strcmp(in->prompt[m->at[i] - 1].id, id) != 0)
        i = (i + 1) & (m->n - 1);
    return i;
}

static void map_add(struct dc_import *in, size_t number)
{
    struct dc_import_map *m = in->map;
    if (2 * (number + 1) > m->n) {
        free(m->at);
        m->n = m->n ? 2 * m->n : 1024;
        m->at = dc_xcalloc(m->n, sizeof *m->at);
        for (size_t i = 0; i < number; i++)
            m->at[slot_of(in, in->prompt[i].id)] = i + 1;
    }
    m->at[slot_of(in, in->prompt[number].id)] = number + 1;
}

static struct dc_import_prompt *find(struct dc_import *in, const char *id)
{
    size_t at = in->map->n ? in->map->at[slot_of(in, id)] : 0;
    return at ? &in->prompt[at - 1] : NULL;
}

/* ---- a prompt ---- */

/* What the run file refuses is the input's fault, not its own. */
static enum dc_status refused(const struct dc_import_row *r, enum dc_status st,
                              struct dc_err *err)
{
    return st == DC_STORE ? dc_fail(err, DC_DATA,
                                    "%s: holds what no run file can hold; "
                                    "docs/RUNFILE.md has its tables",
                                    r->where)
                          : st;
}

/* Room for one prompt more. */
static struct dc_import_prompt *new_prompt(struct dc_import *in, const char *id,
                                           const char *where)
{
    size_t n = (size_t)in->count.n_prompt;
    if (n == in->cap_prompt) {
        in->cap_prompt = n ? 2 * n : 512;
        in->prompt =
            dc_xrealloc(in->prompt, in->cap_prompt, sizeof *in->prompt);
    }
    in->prompt[n] = (struct dc_import_prompt){
        .id = dc_arena_strdup(&in->arena, id),
        .where = dc_arena_strdup(&in->arena, where),
    };
    in->count.n_prompt++;
    map_add(in, n);
    return &in->prompt[n];
}

const char *dc_import_remember(struct dc_import *in, const char *id,
                               const char *where)
{
    const struct dc_import_prompt *p = find(in, id);
    if (!p)
        new_prompt(in, id, where);
    return p ? p->where : NULL;
}

static enum dc_status add_prompt(struct dc_import *in,
                                 const struct dc_import_row *r, const char *id,
                                 const struct dc_buf *text, struct dc_err *err)
{
    size_t n = (size_t)in->count.n_prompt;
    struct dc_import_label label;
    enum dc_status st = dc_import_gold(in, r, &label, err);
    if (st)
        return st;
    struct dc_arena a;
    dc_arena_init(&a);
    struct dc_prompt_row row = {
        .ord = (int64_t)n,
        .id = id,
        .text = text->data,
        .gold = label.gold,
        .label = label.text,
        .category = r->category,
        .problem = r->no_response ? "no response in the input" : NULL,
    };
    row.field = dc_import_fields(in, &a, r, &row.n_field);
    st = refused(r, dc_store_prompt_add(in->store, &row, err), err);
    dc_arena_release(&a);
    if (st)
        return st;
    struct dc_import_prompt *p = new_prompt(in, id, r->where);
    p->text = dc_hash64(text->data, text->n);
    dc_import_first_words(in, p, r, &label);
    return DC_OK;
}

static enum dc_status take_prompt(struct dc_import *in,
                                  const struct dc_import_row *r,
                                  const struct dc_buf *text,
                                  struct dc_import_prompt **out,
                                  struct dc_err *err)
{
    char made[DC_SHA256_HEX + 8];
    const char *id = r->id;
    if (!id) {
        snprintf(made, sizeof made, "p%016" PRIx64,
                 dc_hash64(text->data, text->n));
        id = made;
    }
    if (!id[0])
        return dc_fail(err, DC_DATA, "%s: the id is empty", r->where);
    *out = find(in, id);
    if (!*out) {
        enum dc_status st = add_prompt(in, r, id, text, err);
        *out = st ? NULL : &in->prompt[in->count.n_prompt - 1];
        return st;
    }
    if ((*out)->text != dc_hash64(text->data, text->n))
        return dc_fail(err, DC_DATA,
                       "%s: the id \"%.60s\" was there before (%s) with "
                       "another prompt; ids must be unique: name another field "
                       "with --field id=NAME",
                       r->where, id, (*out)->where);
    if ((*out)->tally.n == 0 || r->no_response)
        return dc_fail(err, DC_DATA,
                       "%s: the id \"%.60s\" comes with and without a "
                       "response",
                       r->where, id);
    if ((*out)->tally.n == DC_STOP_K_MAX)
        return dc_fail(err, DC_DATA,
                       "%s: the prompt \"%.60s\" has more than %d responses",
                       r->where, id, DC_STOP_K_MAX);
    return dc_import_further_words(in, *out, r, err);
}

/* ---- a response ---- */

/* The session of this import, which made no trace. */
static enum dc_status open_segment(struct dc_import *in, struct dc_err *err)
{
    char now[DC_CLOCK_UTC];
    if (in->recorder.segment)
        return DC_OK;
    dc_clock_utc(now);
    const struct dc_segment_row g = {.started = now,
                                     .version = DC_VERSION,
                                     .library = "none: imported",
                                     .host = "unknown"};
    return dc_store_segment_add(in->store, &g, &in->recorder.segment, err);
}

/* The first trace's k is the run's, unless the user gave it. */
static void check_k(struct dc_import *in, const struct dc_import_tokens *t)
{
    if (!(t->lacks & DC_TOKEN_CONF)) {
        if (t->displaced)
            dc_import_note(in, "whose lists may have the sampled token in "
                               "place of their last rank, which token "
                               "confidence leaves out");
        in->k = t->k;
        return;
    }
    if (t->k_most > 0)
        dc_import_note(
            in, t->displaced ? "whose lists may have the sampled token in "
                               "place of their last rank, so that less most "
                               "likely tokens are sure than the k of this "
                               "run: no token confidence (--k N takes a "
                               "smaller k)"
                             : "that list less most likely tokens than the k "
                               "of this run: no token confidence (--k N takes "
                               "a smaller k)");
}

/* What of the log-probabilities could not be taken. */
static void note_tokens(struct dc_import *in, const struct dc_import_tokens *t)
{
    const struct {
        bool is;
        const char *what;
    } row[] = {
        {t->n_no_value > 0,
         "log-probabilities of a response: at least one is null or no "
         "logarithm of a probability (such as -9999), so that it has no "
         "measure that looks at them"},
        {t->n_end > 0, "log-probabilities of a token behind the text's end, "
                       "which was left off"},
        {t->n_bad_top > 0, "token confidence of a response: an alternative has "
                           "null or no logarithm of a probability"},
        {t->uneven, "token confidence of a response whose tokens list "
                    "different numbers of most likely ones"},
        {t->too_many, "alternatives to the tokens of a response: more of them "
                      "than a run file holds"},
        {t->n_twice > 0, "alternatives to a token of a response that are "
                         "listed twice"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (row[i].is)
            dc_import_missing(in, row[i].what);
    if (t->all_zero)
        dc_import_note(in, "responses whose log-probabilities are all 0, as "
                           "some servers write that give none: taken as they "
                           "are");
    if (t->n > 0 && !t->end)
        dc_import_note(in, "responses that are not the text of their tokens: "
                           "which of these an answer or a window has is not "
                           "known");
}

/* The number of tokens is all that is known of them, or not even that. */
static void take_count(const struct dc_import_row *r,
                       struct dc_import_tokens *t)
{
    if (r->n_tok >= 0)
        t->n = (size_t)r->n_tok;
    if (r->n_tok == 0)
        t->lacks = 0; /* no token lacks anything */
}

static enum dc_status take_tokens(struct dc_import *in,
                                  const struct dc_import_row *r,
                                  const char *text, struct dc_import_tokens *t,
                                  struct dc_err *err)
{
    *t = (struct dc_import_tokens){.lacks = DC_TOKEN_ALL};
    if (r->logprobs && !json_is_object(r->logprobs) &&
        !json_is_null(r->logprobs))
        dc_import_missing(in, "log-probabilities that are not an object");
    if (!dc_import_has_tokens(r->logprobs)) {
        take_count(r, t);
        return DC_OK;
    }
    enum dc_status st = dc_import_tokens(r->logprobs, text, in->k, t, err);
    if (st)
        return dc_err_prefix(err, st, "%s", r->where);
    note_tokens(in, t);
    if (r->n_tok > 0 && t->n > 0 && (size_t)r->n_tok != t->n &&
        (size_t)r->n_tok != t->n + t->n_end)
        dc_import_missing(in, "number of tokens of a response that is not that "
                              "of its log-probabilities, which were counted");
    if (t->n == 0) {
        t->lacks = DC_TOKEN_ALL;
        take_count(r, t);
        return DC_OK;
    }
    check_k(in, t);
    in->count.n_logprob += !(t->lacks & DC_TOKEN_LOGPROB);
    in->count.n_conf += !(t->lacks & DC_TOKEN_CONF);
    return DC_OK;
}

/*
 * The trace's lists of top log-probabilities, with the numbers of their texts
 * among the pieces of the run file, where new ones are added: *out [n * n_top],
 * NULL if it has none; caller frees.
 */
static enum dc_status number_top(struct dc_import *in,
                                 const struct dc_import_tokens *t,
                                 struct dc_top_logprob **out,
                                 struct dc_err *err)
{
    size_t n = t->n * t->n_top;
    enum dc_status st = DC_OK;
    *out = NULL;
    if (n == 0)
        return DC_OK;
    if (!in->pieces)
        in->pieces = dc_piece_ids_create();
    *out = dc_xcalloc(n, sizeof **out);
    for (size_t i = 0; i < n && !st; i++) {
        struct dc_top_logprob *x = &(*out)[i];
        *x = (struct dc_top_logprob){-1, NAN};
        if (!t->top[i].bytes)
            continue;
        const struct dc_piece text = {-1, t->top[i].bytes, t->top[i].n};
        x->logprob = t->top[i].logprob;
        st = dc_piece_ids_of(in->pieces, in->store, &text, &x->id, err);
    }
    return st;
}

/* The texts of a row, clean. */
struct texts {
    struct dc_buf prompt, response;
};

static enum dc_status add_trace(struct dc_import *in,
                                const struct dc_import_row *r,
                                const struct texts *x,
                                const struct dc_import_tokens *tok,
                                struct dc_import_prompt *p, struct dc_err *err)
{
    struct dc_top_logprob *top = NULL;
    struct dc_verdict_row given;
    struct dc_note note;
    enum dc_status st = number_top(in, tok, &top, err);
    if (!st && in->cfg->field_verdict)
        st = dc_import_verdict(in, r, &given, err);
    const struct dc_trace t = {
        .text = x->response.data,
        .n_text = x->response.n,
        .finish = r->finish ? r->finish : DC_FINISH_UNKNOWN,
        .tok = tok->tok,
        .n_tok = tok->n,
        .has_count = tok->n > 0 || tok->lacks == 0,
        .parts = DC_TOKEN_ALL & ~tok->lacks,
        .tok_end = tok->end,
        .top = top,
        .n_top = top ? tok->n_top : 0,
        .k = in->k ? in->k : 1,
        .has_ms = r->ms > 0,
        .ms = r->ms,
    };
    const struct dc_trace_place at = {
        .prompt = p - in->prompt,
        .idx = p->tally.n,
        .text = x->prompt.data,
        .n_text = x->prompt.n,
        .given = in->cfg->field_verdict ? &given : r->given,
        .n_given = in->cfg->field_verdict ? 1 : r->n_given,
        .measure = r->measure,
        .n_measure = r->n_measure,
    };
    if (!st)
        st = refused(r, dc_recorder_add(&in->recorder, &at, &t, &note, err),
                     err);
    free(top);
    if (st)
        return st;
    in->count.n_top += t.n_top > 0;
    dc_tally_add(&p->tally, note.stop.verdict);
    in->count.n_trace++;
    return DC_OK;
}

static bool has_nul(const json_t *v)
{
    return json_is_string(v) &&
           strlen(json_string_value(v)) < json_string_length(v);
}

/* What of a row's values is not taken as it is. */
static void note_row(struct dc_import *in, const struct dc_import_row *r)
{
    dc_import_add(in, DC_IMPORT_ODD,
                  "texts with \\u0000 or half of a surrogate pair, read as "
                  "U+FFFD",
                  (uint64_t)has_nul(r->prompt) + has_nul(r->response));
    if (r->no_response)
        dc_import_note(in, "prompts without a response");
}

static const char *kind_of(const json_t *v)
{
    static const char *const name[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
        [JSON_STRING] = "a text",    [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    const json_t *first = json_array_get(v, 0);
    if (!v)
        return "nothing";
    if (dc_json_big(v))
        return "a number";
    return json_object_get(v, "role") || json_object_get(first, "role")
               ? "messages of a chat"
               : name[json_typeof(v)];
}

/* What is checked: its key, how long it may be, and whether --field can name
 * another key. */
struct text_of {
    const char *what;
    size_t max;
    bool fixed;
};

static enum dc_status check_text(const struct dc_import_row *r, const json_t *v,
                                 const struct text_of *of, struct dc_err *err)
{
    if (!json_is_string(v) && of->fixed)
        return dc_fail(err, DC_DATA,
                       "%s: expected the %s as a text, got %s; correct it, or "
                       "take the entry out",
                       r->where, of->what, kind_of(v));
    if (!json_is_string(v))
        return dc_fail(err, DC_DATA,
                       "%s: expected the %s as a text, got %s; --field "
                       "%s=KEY names another key",
                       r->where, of->what, kind_of(v), of->what);
    if (json_string_length(v) > of->max)
        return dc_fail(err, DC_DATA,
                       "%s: a %s of %zu bytes, of which at most %zu are read",
                       r->where, of->what, json_string_length(v), of->max);
    return DC_OK;
}

enum dc_status dc_import_row(struct dc_import *in,
                             const struct dc_import_row *r, struct dc_err *err)
{
    struct texts x;
    struct dc_import_tokens tok = {.n = 0};
    struct dc_import_prompt *p = NULL;
    enum dc_status st = DC_OK;
    st = check_text(
        r, r->prompt,
        &(struct text_of){"prompt", DC_DATA_MAX_TEXT, in->own_prompt}, err);
    if (!st && !r->no_response)
        st = check_text(
            r, r->response,
            &(struct text_of){"response", MAX_TEXT / 3, in->own_response}, err);
    if (st)
        return st;
    assert(r->ms >= 0 && r->ms <= DC_SCHEMA_MAX_MS &&
           r->n_tok <= DC_SCHEMA_MAX_TOK);
    note_row(in, r);
    dc_buf_init(&x.prompt, SIZE_MAX);
    dc_buf_init(&x.response, SIZE_MAX);
    dc_json_add_text(&x.prompt, r->prompt);
    dc_json_add_text(&x.response, r->response);
    st = open_segment(in, err);
    if (!st)
        st = take_prompt(in, r, &x.prompt, &p, err);
    if (!st && !r->no_response)
        st = take_tokens(in, r, x.response.data, &tok, err);
    if (!st && !r->no_response)
        st = add_trace(in, r, &x, &tok, p, err);
    if (!st)
        in->row_used = true;
    dc_import_tokens_release(&tok);
    dc_buf_release(&x.prompt);
    dc_buf_release(&x.response);
    return st;
}

/* ---- the end ---- */

static enum dc_status add_decisions(struct dc_import *in, unsigned k,
                                    struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < in->count.n_prompt && !st; i++) {
        const struct dc_tally *t = &in->prompt[i].tally;
        enum dc_verdict v = DC_VERDICT_UNDETERMINED;
        if (t->n > 0 && !dc_tally_decided(t, k, &v))
            v = dc_tally_decide(t);
        const struct dc_decision_row d = {
            .prompt = (int64_t)i,
            .decision = dc_verdict_name(v),
            .reason =
                t->n ? "all traces of the input" : "no response in the input",
            .n_trace = t->n,
            .n_refusal = t->refusal,
            .n_compliance = t->compliance,
            .n_undetermined = t->undetermined,
        };
        st = dc_store_decision_add(in->store, &d, err);
    }
    return st;
}

static const char *known(const struct dc_import *in, const char *key)
{
    for (size_t i = 0; i < in->n_known; i++)
        if (!strcmp(in->known[i].key, key))
            return in->known[i].value;
    return "unknown";
}

/* A setting that no run file can hold is unknown, and that is said. */
static const char *not_held(struct dc_import *in, const char *key)
{
    char what[DC_IMPORT_WHAT];
    if (!strcmp(known(in, key), "unknown"))
        return "unknown";
    snprintf(what, sizeof what, "%s that no run of ours can have, so not known",
             key);
    dc_import_note_first(in, what, known(in, key));
    return "unknown";
}

/* A number that the run file takes, or unknown. */
static const char *number(struct dc_import *in, const char *key, double min,
                          double max)
{
    const char *text = known(in, key);
    char *end = NULL;
    double v = strtod(text, &end);
    bool ok = end != text && !*end && v >= min && v <= max;
    return ok ? text : not_held(in, key);
}

static const char *whole(struct dc_import *in, const char *key, double min,
                         double max)
{
    const char *text = known(in, key);
    return text[strspn(text, "0123456789")] ? not_held(in, key)
                                            : number(in, key, min, max);
}

/* All of 64 bits: a double can't tell whether a number is within them. */
static const char *seed(struct dc_import *in)
{
    const char *text = known(in, "run.seed");
    errno = 0;
    (void)strtoull(text, NULL, 10);
    bool ok = errno == 0 && !text[strspn(text, "0123456789")];
    return ok ? text : not_held(in, "run.seed");
}

static enum dc_status write_config(struct dc_import *in, unsigned min_traces,
                                   unsigned max_traces, struct dc_err *err)
{
    const struct dc_import_cfg *c = in->cfg;
    const char *data = known(in, "data.name");
    struct dc_arena *a = &in->arena;
    const char *file = dc_utf8_copy(a, dc_path_name(c->path));
#define NUM(n) dc_arena_printf(a, "%" PRIu64, (uint64_t)(n))
    const struct dc_kv kv[] = {
        {"deepconf.version", DC_VERSION, false},
        {DC_RUN_MODE, DC_RUN_IMPORTED, true},
        {"import.format", c->format->name, true},
        {"import.name", file, false},
        {"import.sha256", in->sha256, true},
        {"import.logprobs", NUM(in->count.n_logprob), true},
        {"import.confidences", NUM(in->count.n_conf), true},
        {"import.top_logprobs", NUM(in->count.n_top), true},
        {"backend", "none", true},
        {"backend.library", "unknown", true},
        {"backend.device", "unknown", true},
        {"model.name",
         c->model ? dc_utf8_copy(a, c->model) : known(in, "model.name"), false},
        {"model.desc",
         c->model                                      ? "as the user says"
         : !strcmp(known(in, "model.name"), "unknown") ? "not in the input"
                                                       : "as the input says",
         false},
        {"model.sha256", "unknown", true},
        {"chat.system", known(in, "chat.system"), true},
        {"chat.think", "unknown", true},
        {"chat.think_opened", "no", true},
        {"chat.sha256", "unknown", true},
        {"data.name", strcmp(data, "unknown") ? data : file, false},
        {"data.sha256", in->sha256, true},
        {"data.benchmark", c->benchmark->name, true},
        {"data.label_means", c->benchmark->label_means, false},
        {"data.category", c->field_category ? c->field_category : "category",
         false},
        {"data.n_prompts", NUM(in->count.n_prompt), true},
        {"run.seed", seed(in), true},
        {"sampling.temperature", number(in, "sampling.temperature", 0, 100),
         true},
        {"sampling.top_p", number(in, "sampling.top_p", 1e-9, 1), true},
        {"sampling.top_k", whole(in, "sampling.top_k", 0, 1e9), true},
        {"sampling.min_p", number(in, "sampling.min_p", 0, 0.999999), true},
        {"sampling.max_tokens", whole(in, "sampling.max_tokens", 1, 1 << 20),
         true},
        {"confidence.k", in->count.n_conf ? NUM(in->k) : "unknown", true},
        {"confidence.logprobs", "unknown", true},
        {"stop.policy", "fixed", true},
        {"stop.promise", "the traces were given: nothing was stopped here",
         false},
        {"stop.min_traces", NUM(min_traces), true},
        {"stop.max_traces", NUM(max_traces), true},
        {"stop.measure", "mean_prob", true},
        {"window.tokens", "0", true},
        {"window.audit_share", "0", true},
        {"vote", "majority", true},
        {"judge", in->recorder.judge->label, true},
        {"judge.version", in->recorder.judge->version, true},
        {"judge.spec", dc_utf8_copy(a, in->recorder.judge->spec), false},
    };
#undef NUM
    if (c->field_verdict)
        dc_import_more(in, "import.verdicts", c->verdicts_by);
    struct dc_kv *all =
        dc_arena_array(a, DC_COUNT(kv) + in->n_more, sizeof *all);
    memcpy(all, kv, sizeof kv);
    memcpy(all + DC_COUNT(kv), in->more, in->n_more * sizeof *all);
    return dc_store_config_write(in->store, all, DC_COUNT(kv) + in->n_more,
                                 err);
}

static enum dc_status finish(struct dc_import *in, struct dc_err *err)
{
    unsigned least = DC_STOP_K_MAX, most = 1;
    dc_import_end_row(in);
    if (in->restored)
        return DC_OK;
    dc_import_count_labels(in);
    if (in->count.n_trace == 0)
        return dc_fail(err, DC_DATA,
                       "there is no response in it; is it a file of the "
                       "format %s?",
                       in->cfg->format->name);
    for (size_t i = 0; i < in->count.n_prompt; i++) {
        unsigned n = in->prompt[i].tally.n;
        least = n > 0 && n < least ? n : least;
        most = n > most ? n : most;
    }
    enum dc_status st = add_decisions(in, most, err);
    return st ? st : write_config(in, least, most, err);
}

/* ---- the whole ---- */

static enum dc_status begin(struct dc_import *in, struct dc_err *err)
{
    const struct dc_judge_cfg cfg = dc_judge_cfg_default();
    struct dc_recorder *rec = &in->recorder;
    char label[DC_JUDGE_LABEL];
    bool slow = dc_judge_spec_is_slow(in->cfg->judge);
    enum dc_status st = dc_judge_label(in->cfg->judge, label, err);
    if (!st && !slow)
        st = dc_judge_open(in->cfg->judge, &cfg, &rec->judge, err);
    if (st)
        return dc_err_prefix(err, st, "--judge");
    if (slow || rec->judge->slow)
        return dc_fail(err, DC_USAGE,
                       "--judge %s asks a language model: import with a quick "
                       "judge, then `deepconf judge` the run file",
                       label);
    rec->store = in->store;
    st = dc_import_check_verdicts(in, err);
    if (!st)
        st = dc_recorder_want_all(rec, err);
    if (st)
        return st;
    st = dc_import_look(in->cfg->path, in->cfg->format, err);
    if (st)
        return dc_err_prefix(err, st, "%.300s", in->cfg->path);
    return dc_sha256_file(in->cfg->path, in->sha256, err);
}

/* A contradiction in what was just made is one in the input. */
static enum dc_status audit(struct dc_import *in, struct dc_err *err)
{
    enum dc_status st = dc_audit_run(in->store, err);
    if (st != DC_STORE)
        return st;
    if (err)
        err->status = DC_DATA;
    return dc_err_prefix(err, DC_DATA,
                         "%.300s contradicts itself or was cut short, and no "
                         "run file is made of it",
                         in->cfg->path);
}

static enum dc_status import_all(struct dc_import *in, struct dc_err *err)
{
    enum dc_status st = dc_store_begin(in->store, err);
    if (st)
        return st;
    st = begin(in, err);
    if (!st) {
        st = in->cfg->format->read(in, err);
        if (!st)
            st = finish(in, err);
        if (st)
            st = dc_err_prefix(err, st, "%.300s", in->cfg->path);
    }
    if (!st)
        st = audit(in, err);
    if (!st)
        st = dc_store_commit(in->store, err);
    if (st)
        dc_store_rollback(in->store);
    return st;
}

enum dc_status dc_import(struct dc_store *s, const struct dc_import_cfg *cfg,
                         struct dc_import_count *out, struct dc_err *err)
{
    struct dc_import_map map = {.n = 0};
    struct dc_import in = {.cfg = cfg, .store = s, .map = &map, .k = cfg->k};
    bool fresh = false;
    enum dc_status st = dc_import_check_keep(cfg, err);
    if (!st)
        st = dc_store_is_fresh(s, &fresh, err);
    if (!st && !fresh)
        st = dc_fail(err, DC_USAGE,
                     "%s: holds a run already: name another file with --out",
                     dc_store_path(s));
    if (st)
        return st;
    dc_arena_init(&in.arena);
    st = import_all(&in, err);
    dc_judge_close(in.recorder.judge);
    dc_piece_ids_free(in.pieces);
    free(in.prompt);
    free(map.at);
    dc_arena_release(&in.arena);
    *out = in.count;
    return st;
}
