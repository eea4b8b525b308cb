/*
 * read_deepconf.c - our own JSONL (format_jsonl.c) back into the run it was
 * written from: every row as it came, so that exporting again gives the same
 * bytes. Keys "import.copy.*" say in the new file that it is a copy.
 *
 * A key that is missing, of another kind or out of its range is an error that
 * names it, with the line; the audit sees to what rows say of each other.
 */
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "exchange/import_priv.h"
#include "exchange/run_json.h"
#include "store/schema.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONFIG = 256, MAX_SIDE = 4096, MAX_TOK = 1 << 20, MAX_TOP = 256 };

/* The object at hand, and the first thing wrong with it. */
struct obj {
    const json_t *o;
    struct dc_arena *a; /* of the line */
    const char *bad;    /* NULL: nothing yet */
};

static void wrong(struct obj *x, const char *key, const char *want)
{
    if (!x->bad)
        x->bad = dc_arena_printf(x->a, "\"%s\": expected %s", key, want);
}

static const char *text(struct obj *x, const char *key)
{
    const json_t *v = json_object_get(x->o, key);
    if (json_is_string(v) &&
        strlen(json_string_value(v)) == json_string_length(v))
        return json_string_value(v);
    wrong(x, key, "a text");
    return "";
}

static const char *text_or_null(struct obj *x, const char *key)
{
    return json_is_null(json_object_get(x->o, key)) ? NULL : text(x, key);
}

/* A text of at least a byte. */
static const char *filled(struct obj *x, const char *key)
{
    const char *s = text(x, key);
    if (!s[0])
        wrong(x, key, "a text that is not empty");
    return s;
}

/* One of the words of a list that ends in NULL. */
static const char *one_of(struct obj *x, const char *key,
                          const char *const *list)
{
    const char *s = text(x, key);
    struct dc_buf b;
    for (size_t i = 0; list[i]; i++)
        if (!strcmp(s, list[i]))
            return s;
    dc_buf_init(&b, 1 << 10);
    for (size_t i = 0; list[i]; i++)
        dc_buf_addf(&b, "%s%s", i ? ", " : "one of ", list[i]);
    wrong(x, key, b.data);
    dc_buf_release(&b);
    return s;
}

static enum dc_gold gold_of(struct obj *x)
{
    enum dc_gold g = DC_GOLD_NONE;
    if (!dc_gold_parse(text(x, "gold"), &g))
        wrong(x, "gold", "one of refuse, answer, none");
    return g;
}

static enum dc_finish finish_of(struct obj *x)
{
    enum dc_finish f = DC_FINISH_NONE;
    if (!dc_finish_parse(text(x, "finish"), &f) || f == DC_FINISH_NONE)
        wrong(x, "finish", "one of stop, length, context, filter, error");
    return f;
}

static enum dc_cut cut_of(struct obj *x)
{
    enum dc_cut c = DC_CUT_NONE;
    if (!json_is_null(json_object_get(x->o, "cut")) &&
        !dc_cut_parse(text(x, "cut"), &c))
        wrong(x, "cut", "one of window, confidence");
    return c;
}

static int64_t whole(struct obj *x, const char *key, int64_t min, int64_t max)
{
    const json_t *v = json_object_get(x->o, key);
    if (json_is_integer(v) && json_integer_value(v) >= min &&
        json_integer_value(v) <= max)
        return json_integer_value(v);
    wrong(x, key,
          dc_arena_printf(x->a, "a whole number from %" PRId64 " to %" PRId64,
                          min, max));
    return 0;
}

static double real(struct obj *x, const char *key, double min, double max)
{
    const json_t *v = json_object_get(x->o, key);
    if (json_is_number(v) && json_number_value(v) >= min &&
        json_number_value(v) <= max)
        return json_number_value(v);
    wrong(x, key, dc_arena_printf(x->a, "a number from %g to %g", min, max));
    return 0;
}

/* A time that an import's input may not speak of. */
static double time_of(struct obj *x, const char *key)
{
    return json_is_null(json_object_get(x->o, key))
               ? 0
               : real(x, key, 0, DC_SCHEMA_MAX_MS);
}

/* The same of a number of tokens; *is false: it is not known. */
static int64_t tokens_of(struct obj *x, const char *key, bool *is)
{
    *is = !json_is_null(json_object_get(x->o, key));
    return *is ? whole(x, key, 0, DC_SCHEMA_MAX_TOK) : 0;
}

static bool truth(struct obj *x, const char *key)
{
    const json_t *v = json_object_get(x->o, key);
    if (!json_is_boolean(v))
        wrong(x, key, "true or false");
    return json_is_true(v);
}

static const json_t *array(struct obj *x, const char *key, size_t max)
{
    const json_t *v = json_object_get(x->o, key);
    if (json_is_array(v) && json_array_size(v) <= max)
        return v;
    wrong(x, key, "a list");
    return NULL;
}

static enum dc_status check(const struct obj *x, const char *what,
                            struct dc_err *err)
{
    return x->bad ? dc_fail(err, DC_DATA, "%s: %s", what, x->bad) : DC_OK;
}

/*
 * A row that breaks what no check above knows of is the input's fault too; the
 * store speaks of it in words of SQL.
 */
static enum dc_status refused(enum dc_status st, struct dc_err *err)
{
    return st == DC_STORE ? dc_fail(err, DC_DATA,
                                    "holds what no run file can hold; "
                                    "docs/RUNFILE.md has its tables")
                          : st;
}

/* ---- the first line ---- */

static enum dc_status read_config(struct dc_import *in, struct obj *head,
                                  struct dc_err *err)
{
    struct dc_kv kv[MAX_CONFIG + 3];
    const json_t *list = array(head, "config", MAX_CONFIG);
    size_t n = 0, i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        struct obj x = {.o = v, .a = head->a};
        kv[n] = (struct dc_kv){filled(&x, "key"), text(&x, "value"),
                               truth(&x, "binding")};
        for (size_t k = 0; k < n; k++)
            if (!strcmp(kv[k].key, kv[n].key))
                wrong(&x, "key", "each key once");
        n++;
        enum dc_status st = check(&x, "config", err);
        if (st)
            return st;
    }
    kv[n++] = (struct dc_kv){DC_RUN_JSON_COPY "format", "deepconf", false};
    kv[n++] = (struct dc_kv){DC_RUN_JSON_COPY "name",
                             dc_utf8_copy(head->a, dc_path_name(in->cfg->path)),
                             false};
    kv[n++] = (struct dc_kv){DC_RUN_JSON_COPY "sha256", in->sha256, false};
    enum dc_status st = check(head, "the first line", err);
    return st ? st : refused(dc_store_config_write(in->store, kv, n, err), err);
}

static enum dc_status read_threshold(struct dc_import *in, struct obj *head,
                                     struct dc_err *err)
{
    struct obj x = {.o = json_object_get(head->o, "threshold"), .a = head->a};
    if (json_is_null(x.o))
        return DC_OK;
    const struct dc_threshold_row t = {
        .policy = filled(&x, "policy"),
        .measure = filled(&x, "measure"),
        .q = real(&x, "q", 0, 100),
        .value = real(&x, "value", -DBL_MAX, DBL_MAX),
        .n_prompt = whole(&x, "n_prompt", 0, DC_SCHEMA_MAX_COUNT),
        .n_trace = whole(&x, "n_trace", 0, DC_SCHEMA_MAX_COUNT),
    };
    enum dc_status st = check(&x, "threshold", err);
    return st ? st : refused(dc_store_threshold_add(in->store, &t, err), err);
}

static const char *moment(struct obj *x, const char *key)
{
    const char *t = text(x, key);
    if (!dc_schema_is_time(t))
        wrong(x, key, "a time such as 2026-01-02T03:04:05Z");
    return t;
}

static enum dc_status read_segments(struct dc_import *in, struct obj *head,
                                    struct dc_err *err)
{
    const json_t *list = array(head, "segments", MAX_TOK);
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        struct obj x = {.o = v, .a = head->a};
        int64_t id = 0;
        const struct dc_segment_row g = {
            .id = whole(&x, "id", 1, INT64_MAX),
            .started = moment(&x, "started"),
            .version = text(&x, "version"),
            .library = text(&x, "library"),
            .host = text(&x, "host"),
            .n_slots = whole(&x, "n_slots", 0, DC_SCHEMA_MAX_COUNT),
            .n_threads = whole(&x, "n_threads", 0, DC_SCHEMA_MAX_COUNT),
            .wall_ms = time_of(&x, "wall_ms"),
            .decode_ms = time_of(&x, "decode_ms"),
            .prefill_ms = time_of(&x, "prefill_ms"),
        };
        enum dc_status st = check(&x, "segments", err);
        if (!st)
            st = refused(
                dc_store_segment_add(in->store, &g, &in->recorder.segment, err),
                err);
        id = in->recorder.segment;
        if (!st && id != g.id)
            st = dc_fail(err, DC_DATA,
                         "segments: expected the ids 1, 2, 3, ... in order, "
                         "got %" PRId64,
                         g.id);
        if (st)
            return st;
    }
    return check(head, "the first line", err);
}

/* A text, or a list of its bytes, into b. */
static bool read_piece(const json_t *v, struct dc_buf *b)
{
    size_t i;
    json_t *x;
    dc_buf_clear(b);
    if (json_is_string(v))
        dc_buf_add(b, json_string_value(v), json_string_length(v));
    json_array_foreach(v, i, x)
    {
        if (!json_is_integer(x) || json_integer_value(x) < 0 ||
            json_integer_value(x) > 255)
            return false;
        dc_buf_addc(b, (char)json_integer_value(x));
    }
    return json_is_string(v) || json_is_array(v);
}

/* Runs without top log-probabilities have none. */
static enum dc_status read_pieces(struct dc_import *in, const json_t *o,
                                  struct dc_err *err)
{
    const json_t *list = json_object_get(o, "pieces");
    enum dc_status st = DC_OK;
    struct dc_buf b;
    size_t i;
    json_t *v;
    dc_buf_init(&b, SIZE_MAX);
    json_array_foreach(list, i, v)
    {
        const json_t *id = json_array_get(v, 0);
        if (!json_is_integer(id) || json_integer_value(id) < 0 ||
            json_integer_value(id) > INT32_MAX ||
            !read_piece(json_array_get(v, 1), &b))
            st = dc_fail(err, DC_DATA,
                         "pieces: entry %zu: expected [id, text or list of "
                         "bytes]",
                         i);
        else
            st = dc_store_piece_add(in->store, (int32_t)json_integer_value(id),
                                    b.data, b.n, err);
        if (st)
            break;
    }
    dc_buf_release(&b);
    return st;
}

/* Runs that were on no server have none. */
static enum dc_status read_endpoints(struct dc_import *in, struct obj *head,
                                     struct dc_err *err)
{
    const json_t *list = json_object_get(head->o, "endpoints");
    enum dc_status st = DC_OK;
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        struct obj x = {.o = v, .a = head->a};
        int64_t id = 0;
        const struct dc_endpoint_row p = {
            .id = whole(&x, "id", (int64_t)i + 1, (int64_t)i + 1),
            .url = filled(&x, "url"),
            .model = text(&x, "model"),
            .fingerprint = text_or_null(&x, "fingerprint"),
            .probe = text_or_null(&x, "probe"),
        };
        st = check(&x, "endpoints", err);
        if (!st)
            st = refused(dc_store_endpoint_add(in->store, &p, &id, err), err);
        if (!st && id != p.id)
            st =
                dc_fail(err, DC_DATA, "endpoints: entry %zu is there twice", i);
        if (st)
            break;
    }
    return st;
}

static enum dc_status read_head(struct dc_import *in, const json_t *o,
                                struct dc_arena *a, struct dc_err *err)
{
    struct obj head = {.o = o, .a = a};
    if (!json_object_get(o, DC_RUN_JSON_MARK))
        return dc_fail(err, DC_DATA,
                       "line 1: is no run exported by deepconf: expected the "
                       "key \"" DC_RUN_JSON_MARK "\"; other JSONL is read "
                       "with --format jsonl");
    if (whole(&head, DC_RUN_JSON_MARK, 0, INT64_MAX) != DC_RUN_JSON_VERSION)
        return dc_fail(err, DC_DATA,
                       "line 1: expected version %d of the format; update "
                       "deepconf",
                       DC_RUN_JSON_VERSION);
    enum dc_status st = read_config(in, &head, err);
    if (!st)
        st = read_threshold(in, &head, err);
    if (!st)
        st = read_segments(in, &head, err);
    if (!st)
        st = read_endpoints(in, &head, err);
    if (!st)
        st = read_pieces(in, o, err);
    return st ? dc_err_prefix(err, st, "line 1") : st;
}

/* ---- a trace ---- */

/* A list of n numbers; NULL, and the part is marked, for null. */
static const json_t *part(struct obj *x, const char *key, size_t n,
                          unsigned bit, unsigned *lacks)
{
    const json_t *v = json_object_get(x->o, key);
    size_t i;
    json_t *e;
    if (json_is_null(v)) {
        *lacks |= bit;
        return NULL;
    }
    if (!json_is_array(v) || json_array_size(v) != n) {
        wrong(x, key, "a list of n_tok numbers, or null");
        return NULL;
    }
    json_array_foreach(v, i, e)
    {
        if (!json_is_number(e))
            wrong(x, key, "a list of n_tok numbers, or null");
    }
    return v;
}

static float number(const json_t *list, size_t i)
{
    return (float)json_number_value(json_array_get(list, i));
}

static void read_tokens(struct obj *x, struct dc_trace_row *t)
{
    size_t n = t->n_tok;
    const json_t *id = part(x, "tok_id", n, DC_TOKEN_ID, &t->lacks);
    const json_t *lp = part(x, "tok_logprob", n, DC_TOKEN_LOGPROB, &t->lacks);
    const json_t *conf = part(x, "tok_conf", n, DC_TOKEN_CONF, &t->lacks);
    const json_t *h = part(x, "tok_entropy", n, DC_TOKEN_ENTROPY, &t->lacks);
    const json_t *s =
        part(x, "tok_self_cert", n, DC_TOKEN_SELF_CERT, &t->lacks);
    unsigned no_end = 0;
    const json_t *end = part(x, "tok_end", n, 1, &no_end);
    struct dc_token *tok = dc_arena_array(x->a, n, sizeof *tok);
    uint32_t *to = end ? dc_arena_array(x->a, n, sizeof *to) : NULL;
    if (x->bad)
        return;
    for (size_t i = 0; i < n; i++) {
        tok[i] = (struct dc_token){
            .id = (int32_t)json_integer_value(json_array_get(id, i)),
            .logprob = number(lp, i),
            .conf = number(conf, i),
            .entropy = number(h, i),
            .self_cert = number(s, i),
        };
        if (to)
            to[i] = (uint32_t)json_integer_value(json_array_get(end, i));
    }
    t->tok = tok;
    t->tok_end = to;
}

/* One token's list into out [n_top], filled up. */
static bool read_list(const json_t *list, size_t n_top,
                      struct dc_top_logprob *out)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > n_top)
        return false;
    for (size_t k = 0; k < n_top; k++) {
        const json_t *pair = json_array_get(list, k);
        const json_t *id = json_array_get(pair, 0);
        out[k] = (struct dc_top_logprob){-1, NAN};
        if (k >= n)
            continue;
        if (!json_is_integer(id) || !json_is_number(json_array_get(pair, 1)))
            return false;
        out[k].id = (int32_t)json_integer_value(id);
        out[k].logprob = number(pair, 1);
    }
    return true;
}

/* Traces without top log-probabilities have neither key. */
static void read_top(struct obj *x, struct dc_trace_row *t)
{
    const json_t *list = json_object_get(x->o, "tok_top");
    if (!list && !json_object_get(x->o, "n_top"))
        return;
    int64_t n = whole(x, "n_top", 1, MAX_TOP);
    if (!json_is_array(list) || json_array_size(list) != t->n_tok)
        wrong(x, "tok_top", "n_tok lists");
    if (x->bad)
        return;
    struct dc_top_logprob *top =
        dc_arena_array(x->a, t->n_tok * (size_t)n + 1, sizeof *top);
    for (size_t i = 0; i < t->n_tok; i++)
        if (!read_list(json_array_get(list, i), (size_t)n, top + i * (size_t)n))
            wrong(x, "tok_top", "lists of at most n_top pairs [id, logprob]");
    t->top = top;
    t->n_top = (size_t)n;
}

static void read_measures(struct obj *x, struct dc_trace_row *t)
{
    const json_t *o = json_object_get(x->o, "measures");
    size_t n = json_object_size(o), i = 0;
    const char *key;
    json_t *v;
    if (!json_is_object(o) || n > MAX_SIDE) {
        wrong(x, "measures", "an object");
        return;
    }
    struct dc_measure_row *row = dc_arena_array(x->a, n, sizeof *row);
    json_object_foreach((json_t *)o, key, v)
    {
        if (!json_is_number(v) && !json_is_null(v))
            wrong(x, "measures", "numbers or null");
        row[i++] = (struct dc_measure_row){key, json_is_number(v),
                                           json_number_value(v)};
    }
    t->measure = row;
    t->n_measure = n;
}

static void read_verdicts(struct obj *x, struct dc_trace_row *t)
{
    const json_t *list = array(x, "verdicts", MAX_SIDE);
    size_t n = json_array_size(list), i;
    json_t *v;
    struct dc_verdict_row *row = dc_arena_array(x->a, n, sizeof *row);
    const int64_t n_text = (int64_t)strlen(t->text);
    json_array_foreach(list, i, v)
    {
        struct obj y = {.o = v, .a = x->a};
        bool has = !json_is_null(json_object_get(v, "score"));
        row[i] = (struct dc_verdict_row){
            .judge = filled(&y, "judge"),
            .version = text(&y, "version"),
            .verdict = one_of(&y, "verdict", dc_schema_verdict),
            .rule = text(&y, "rule"),
            .span_off = whole(&y, "span_off", 0, n_text),
            .span_len = whole(&y, "span_len", 0, n_text),
            .has_score = has,
            .score = has ? real(&y, "score", 0, 1) : 0,
            .reply = text_or_null(&y, "reply"),
        };
        if (row[i].span_off + row[i].span_len > n_text)
            wrong(&y, "span_len", "a span inside the text");
        for (size_t k = 0; k < i; k++)
            if (!strcmp(row[k].judge, row[i].judge))
                wrong(&y, "judge", "each judge once");
        if (y.bad && !x->bad)
            x->bad = dc_arena_printf(x->a, "verdicts: %s", y.bad);
    }
    t->verdict = row;
    t->n_verdict = n;
}

/* Of a trace that a server made; others have none of these keys. */
static void read_served(struct obj *x, struct dc_trace_row *t)
{
    if (json_object_get(x->o, "attempts"))
        t->attempts = (unsigned)whole(x, "attempts", 1, DC_SCHEMA_MAX_COUNT);
    t->has_first_ms = !json_is_null(json_object_get(x->o, "first_ms")) &&
                      json_object_get(x->o, "first_ms");
    if (t->has_first_ms)
        t->first_ms = real(x, "first_ms", 0, DC_SCHEMA_MAX_MS);
    if (json_is_integer(json_object_get(x->o, "endpoint")))
        t->endpoint = whole(x, "endpoint", 1, INT64_MAX);
}

static enum dc_status read_trace(struct dc_import *in, const json_t *o,
                                 const struct dc_trace_row *before,
                                 struct dc_trace_row *t, struct obj *x,
                                 struct dc_err *err)
{
    bool has = !json_is_null(json_object_get(o, "answer_off"));
    bool has_count = true;
    *t = (struct dc_trace_row){
        .prompt = before->prompt,
        .idx = whole(x, "idx", 0, DC_SCHEMA_MAX_COUNT),
        .text = text(x, "text"),
        .finish = finish_of(x),
        .has_answer = has,
        .cut = cut_of(x),
        .n_tok = (size_t)tokens_of(x, "n_tok", &has_count),
        .k = (unsigned)whole(x, "k", 1, DC_CONF_K_MAX),
        .has_ms = !json_is_null(json_object_get(o, "ms")),
        .ms = time_of(x, "ms"),
        .attempts = 1,
        .segment = whole(x, "segment", 1, in->recorder.segment),
    };
    if (has)
        t->answer_off = whole(x, "answer_off", 0, (int64_t)strlen(t->text));
    if (json_object_get(o, "answer_rule")) /* not in files of 0.1 */
        t->answer_rule =
            (unsigned)whole(x, "answer_rule", 1, DC_SCHEMA_MAX_COUNT);
    t->has_count = has_count;
    read_served(x, t);
    if (t->idx <= before->idx)
        wrong(x, "idx",
              dc_arena_printf(x->a,
                              "traces in order, each once: more than %" PRId64,
                              before->idx));
    if (!x->bad)
        read_tokens(x, t);
    if (!has_count && t->lacks != DC_TOKEN_ALL)
        wrong(x, "n_tok", "a number, as there are lists of tokens");
    if (!x->bad)
        read_top(x, t);
    read_measures(x, t);
    read_verdicts(x, t);
    enum dc_status st = check(x, "traces", err);
    if (!st)
        st = refused(dc_store_trace_add(in->store, t, err), err);
    in->count.n_trace++;
    in->count.n_logprob += t->n_tok > 0 && !(t->lacks & DC_TOKEN_LOGPROB);
    in->count.n_conf += t->n_tok > 0 && !(t->lacks & DC_TOKEN_CONF);
    return st;
}

static enum dc_status read_traces(struct dc_import *in, const json_t *list,
                                  int64_t prompt, struct dc_arena *a,
                                  struct dc_err *err)
{
    struct dc_trace_row t = {.prompt = prompt, .idx = -1}, before;
    enum dc_status st = DC_OK;
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        struct obj x = {.o = v, .a = a};
        before = t;
        if (!st)
            st = read_trace(in, v, &before, &t, &x, err);
    }
    return st;
}

/* ---- a prompt ---- */

static enum dc_status read_decision(struct dc_import *in, const json_t *o,
                                    int64_t prompt, struct dc_arena *a,
                                    struct dc_err *err)
{
    struct obj x = {.o = o, .a = a};
    if (json_is_null(o))
        return DC_OK;
    const struct dc_decision_row d = {
        .prompt = prompt,
        .decision = one_of(&x, "decision", dc_schema_decision),
        .reason = text(&x, "reason"),
        .calibration = truth(&x, "calibration"),
        .n_trace = whole(&x, "n_trace", 0, DC_SCHEMA_MAX_COUNT),
        .n_refusal = whole(&x, "n_refusal", 0, DC_SCHEMA_MAX_COUNT),
        .n_compliance = whole(&x, "n_compliance", 0, DC_SCHEMA_MAX_COUNT),
        .n_undetermined = whole(&x, "n_undetermined", 0, DC_SCHEMA_MAX_COUNT),
    };
    if (d.n_trace != d.n_refusal + d.n_compliance + d.n_undetermined)
        wrong(&x, "n_trace", "the sum of refusals, compliances and the rest");
    enum dc_status st = check(&x, "decision", err);
    return st ? st : refused(dc_store_decision_add(in->store, &d, err), err);
}

/* Files of before have none. */
static void read_fields(struct obj *x, struct dc_prompt_row *p)
{
    json_t *all = json_object_get(x->o, "fields"), *v;
    const char *name;
    if (!all)
        return;
    if (!json_is_object(all)) {
        wrong(x, "fields", "an object");
        return;
    }
    struct dc_prompt_field *f =
        dc_arena_array(x->a, json_object_size(all), sizeof *f);
    json_object_foreach(all, name, v)
    {
        struct obj one = {.o = all, .a = x->a};
        const char *value = filled(&one, name);
        if (one.bad || !name[0])
            wrong(x, "fields", "names and texts that are not empty");
        f[p->n_field++] = (struct dc_prompt_field){name, value};
    }
    p->field = f;
}

static enum dc_status read_prompt(struct dc_import *in, const json_t *o,
                                  const char *where, struct dc_arena *a,
                                  struct dc_err *err)
{
    struct obj x = {.o = o, .a = a};
    bool has_count;
    int64_t ord = (int64_t)in->count.n_prompt;
    int64_t n_tok = tokens_of(&x, "n_tok", &has_count);
    struct dc_prompt_row p = {
        .ord = whole(&x, "ord", ord, ord),
        .id = filled(&x, "id"),
        .text = text(&x, "text"),
        .gold = gold_of(&x),
        .label = text_or_null(&x, "label"),
        .category = text_or_null(&x, "category"),
        .has_n_tok = has_count,
        .n_tok = n_tok,
        .problem = text_or_null(&x, "problem"),
        .has_place = json_object_get(o, "place") != NULL,
        .place = json_object_get(o, "place")
                     ? whole(&x, "place", ord, INT64_MAX)
                     : 0,
    };
    read_fields(&x, &p);
    const json_t *traces = array(&x, "traces", MAX_TOK);
    const char *earlier = x.bad ? NULL : dc_import_remember(in, p.id, where);
    if (earlier)
        wrong(&x, "id",
              dc_arena_printf(a, "each id once: it is on %s too", earlier));
    enum dc_status st = check(&x, "the prompt", err);
    if (!st)
        st = refused(dc_store_prompt_add(in->store, &p, err), err);
    if (!st)
        st = read_traces(in, traces, p.ord, a, err);
    if (!st)
        st = read_decision(in, json_object_get(o, "decision"), p.ord, a, err);
    return st;
}

enum dc_status dc_read_deepconf(struct dc_import *in, struct dc_err *err)
{
    struct dc_import_file f;
    json_t *o = NULL;
    size_t line = 0;
    bool head = true;
    enum dc_status st = dc_import_open(in->cfg->path, &f, err);
    in->restored = true;
    while (!st && !(st = dc_import_line(&f, &o, &line, err)) && o) {
        struct dc_arena a;
        char where[32];
        snprintf(where, sizeof where, "line %zu", line);
        dc_arena_init(&a);
        if (!head)
            dc_import_begin_row(in, "prompt");
        if (head)
            st = read_head(in, o, &a, err);
        else
            st = read_prompt(in, o, where, &a, err);
        in->row_used = !head;
        if (st && !head)
            dc_err_prefix(err, st, "%s", where);
        head = false;
        dc_arena_release(&a);
        json_decref(o);
    }
    if (!st && head)
        st = dc_fail(err, DC_DATA,
                     "there is no object in it: expected the run that "
                     "`deepconf export --format jsonl` wrote, whose first line "
                     "has the key \"deepconf_run\"");
    dc_import_close(&f);
    return st;
}
