/*
 * read_predictions.c - predictions.jsonl of deep_conf_safety: a line a prompt,
 * with lists over its traces and without the prompt itself.
 *
 *   {"instance_id": "toxicchat_test_17", "traces": ["..."],
 *    "confidences": [0.8], "refused": [false], "tokens_per_trace": [12],
 *    "wildguard_refused": [false], "wildguard_harmful": [true],
 *    "final_prediction": "unsafe", "confidence_category": "...", ...}
 *
 * Prompts and labels come from --data. Flags become verdicts of judges that are
 * called by their keys: `refused` says refusal or compliance; a response that
 * `wildguard_harmful` calls harmful complied, and of one that it calls harmless
 * it does not say whether it refused. What is made of the lists there (rates,
 * means, categories, final_prediction) is made anew here; where it does not
 * follow, or means something else than here, that is noted.
 *
 * The file is read twice: all traces of a run have the same judges and
 * measures, and only the end tells which those are.
 */
#include "base/mem.h"
#include "exchange/confidence_means.h"
#include "exchange/import_data.h"
#include "exchange/import_priv.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *key;
    enum dc_verdict yes, no;
    const char *rule_yes, *rule_no;
} flags[] = {
    {"refused", DC_VERDICT_REFUSAL, DC_VERDICT_COMPLIANCE, DC_IMPORT_SAID,
     DC_IMPORT_SAID},
    {"wildguard_refused", DC_VERDICT_REFUSAL, DC_VERDICT_COMPLIANCE,
     DC_IMPORT_SAID, DC_IMPORT_SAID},
    {"wildguard_harmful", DC_VERDICT_COMPLIANCE, DC_VERDICT_UNDETERMINED,
     "harmful", "harmless, which does not say whether it refused"},
};
enum { FLAGS = DC_COUNT(flags) };

/* Of a prompt: read for checks, or made anew from the lists. */
static const char *const other_keys[] = {
    "instance_id",          "traces",
    "confidences",          "tokens_per_trace",
    "final_prediction",     "refusal_rate",
    "avg_confidence",       "confidence_category",
    "num_traces_used",      "total_tokens",
    "avg_tokens_per_trace", "confidence_means"};

/* What our own export adds. */
static const char *const own_keys[] = {"final_prediction_means",
                                       "undetermined",
                                       "verdicts",
                                       "prompt",
                                       "gold",
                                       "label",
                                       "category",
                                       "decision",
                                       "judge"};

struct predictions {
    struct dc_import *in;
    struct dc_import_data *data; /* NULL: prompts are not known */
    const struct dc_confidence_means *means;
    const char *own_word; /* of "confidence_means", which our export writes */
    bool has_flag[FLAGS], has_confidence;
    uint64_t n_unsafe, n_unsafe_answered, n_category, n_above_one;
};

static bool is_known(const char *key)
{
    for (size_t i = 0; i < DC_COUNT(other_keys); i++)
        if (!strcmp(key, other_keys[i]))
            return true;
    for (size_t i = 0; i < DC_COUNT(own_keys); i++)
        if (!strcmp(key, own_keys[i]))
            return true;
    for (size_t i = 0; i < FLAGS; i++)
        if (!strcmp(key, flags[i].key))
            return true;
    return false;
}

/* ---- a trace ---- */

/* Entry i of a list over the n traces; NULL: there is none. */
static const json_t *entry(struct predictions *p, const json_t *o,
                           const char *key, size_t i, size_t n)
{
    const json_t *list = json_object_get(o, key);
    if (!list || json_is_null(list))
        return NULL;
    if (json_is_array(list) && json_array_size(list) == n)
        return json_array_get(list, i);
    if (i == 0)
        dc_import_missing_key(p->in, key,
                              json_is_array(list)
                                  ? "of a prompt: not as many as its traces"
                                  : "of a prompt: not a list");
    return NULL;
}

/* What our own export says of a trace that `refused` can't; rule NULL: the flag
 * is all there is. */
static enum dc_verdict own_verdict(struct predictions *p, const json_t *o,
                                   size_t i, size_t n, const char **rule)
{
    const json_t *word = entry(p, o, "verdicts", i, n);
    enum dc_verdict v = DC_VERDICT_UNDETERMINED;
    *rule = NULL;
    if (json_is_string(word) && dc_verdict_parse(json_string_value(word), &v))
        *rule = DC_IMPORT_SAID;
    else if (word && !json_is_null(word))
        dc_import_missing_key(p->in, "verdicts", "that is no verdict");
    if (!*rule && json_is_true(entry(p, o, "undetermined", i, n)))
        *rule = DC_IMPORT_SAID;
    return v;
}

/* Verdicts of the flags that the file has, in v; how many. */
static size_t put_flags(struct predictions *p, const json_t *o, size_t i,
                        size_t n, struct dc_verdict_row v[FLAGS])
{
    size_t k = 0;
    for (size_t f = 0; f < FLAGS; f++) {
        if (!p->has_flag[f])
            continue;
        const json_t *x = entry(p, o, flags[f].key, i, n);
        bool is = json_is_boolean(x), yes = json_is_true(x);
        if (x && !is)
            dc_import_missing_key(p->in, flags[f].key,
                                  "that is neither true nor false");
        if (!is)
            dc_import_note(p->in, "flags of a trace that are not there: "
                                  "undetermined by that judge");
        v[k++] = dc_import_given(flags[f].key, yes ? flags[f].yes : flags[f].no,
                                 !is   ? NULL
                                 : yes ? flags[f].rule_yes
                                       : flags[f].rule_no);
        const char *rule = NULL;
        enum dc_verdict own = f == 0 && is ? own_verdict(p, o, i, n, &rule)
                                           : DC_VERDICT_UNDETERMINED;
        if (rule)
            v[k - 1] = dc_import_given(flags[f].key, own, rule);
    }
    return k;
}

static size_t put_confidence(struct predictions *p, const json_t *o, size_t i,
                             size_t n,
                             struct dc_measure_row m[DC_CONFIDENCE_ROWS])
{
    if (!p->has_confidence)
        return 0;
    const json_t *x = entry(p, o, "confidences", i, n);
    double v = json_number_value(x);
    bool is = json_is_number(x) && !dc_json_big(x) && isfinite(v);
    if (x && !is)
        dc_import_missing_key(p->in, "confidences", "that is no number");
    p->n_above_one += is && v > 1;
    dc_confidence_put(p->means, is, v, m);
    if (is && !m[0].has_value)
        dc_import_missing_key(p->in, "confidences",
                              "below 0, which is not what --confidence-means "
                              "says they are");
    return dc_confidence_rows(p->means);
}

static enum dc_status take_trace(struct predictions *p, const json_t *o,
                                 size_t i, struct dc_import_row *row,
                                 struct dc_err *err)
{
    const json_t *traces = json_object_get(o, "traces");
    size_t n = json_array_size(traces);
    struct dc_verdict_row v[FLAGS];
    struct dc_measure_row m[DC_CONFIDENCE_ROWS];
    const struct dc_import_value tokens = {
        row->where, "tokens_per_trace", entry(p, o, "tokens_per_trace", i, n)};
    row->response = json_array_get(traces, i);
    row->finish = DC_FINISH_UNKNOWN;
    row->n_tok = -1;
    row->given = v;
    row->n_given = put_flags(p, o, i, n, v);
    row->measure = m;
    row->n_measure = put_confidence(p, o, i, n, m);
    enum dc_status st = dc_import_count_of(
        p->in, &tokens, json_string_length(row->response) > 0, &row->n_tok,
        err);
    return st ? st : dc_import_row(p->in, row, err);
}

/* ---- what the file makes of its lists ---- */

static size_t n_true(const json_t *list)
{
    size_t i, n = 0;
    json_t *x;
    json_array_foreach(list, i, x)
    {
        n += json_is_true(x);
    }
    return n;
}

static void check_number(struct predictions *p, const json_t *o,
                         const char *key, double want)
{
    char what[DC_IMPORT_WHAT];
    const json_t *x = json_object_get(o, key);
    if (!json_is_number(x) || fabs(json_number_value(x) - want) <= 1e-6)
        return;
    snprintf(what, sizeof what,
             "prompts whose \"%s\" does not follow from their lists", key);
    dc_import_note(p->in, what);
}

/* Is it made of the lists, and does it mean what it would here? */
static void check_line(struct predictions *p, const json_t *o)
{
    const json_t *said = json_object_get(o, "final_prediction");
    const json_t *refused = json_object_get(o, "refused");
    const char *k;
    json_t *v;
    size_t n = json_array_size(json_object_get(o, "traces"));
    if (n > 0 && json_array_size(refused) == n) {
        /* our own export says what it means by the word */
        bool unsafe =
            said && !json_object_get(o, "final_prediction_means") &&
            !strcmp(json_is_string(said) ? json_string_value(said) : "",
                    "unsafe");
        check_number(p, o, "refusal_rate", (double)n_true(refused) / (double)n);
        p->n_unsafe += unsafe;
        p->n_unsafe_answered += unsafe && 2 * n_true(refused) <= n;
    }
    check_number(p, o, "num_traces_used", (double)n);
    p->n_category += json_is_string(json_object_get(o, "confidence_category"));
    json_object_foreach((json_t *)o, k, v)
    {
        (void)v;
        if (!is_known(k))
            dc_import_note_first(p->in, "values of keys that are not read", k);
    }
}

/* ---- a line ---- */

/* The prompt as our own export has it, or none. */
static void own_prompt(struct predictions *p, const json_t *o,
                       struct dc_arena *a, enum dc_gold *gold,
                       struct dc_import_row *row)
{
    const json_t *text = json_object_get(o, "prompt");
    if (!json_is_string(text)) {
        dc_import_note(p->in, "prompts whose text is not in the input: --data "
                              "FILE names the data set that has it, and its "
                              "labels");
        row->prompt = json_string("");
        return;
    }
    row->prompt = json_incref((json_t *)text);
    row->label = dc_import_text(a, json_object_get(o, "label"));
    row->category = dc_import_text(a, json_object_get(o, "category"));
    const char *word = json_string_value(json_object_get(o, "gold"));
    if (word && dc_gold_parse(word, gold))
        row->gold = gold;
    else if (json_object_get(o, "gold"))
        dc_import_missing_key(p->in, "gold",
                              "that is none of refuse, answer, none");
}

/* Of --data, where that is given; row->prompt is the caller's. */
static enum dc_status find_prompt(struct predictions *p, const json_t *o,
                                  struct dc_import_row *row, struct dc_err *err)
{
    const struct dc_item *item = NULL;
    const char *was = json_string_value(json_object_get(o, "prompt"));
    enum dc_status st =
        dc_import_data_find(p->in, p->data, row->where, row->id, &item, err);
    if (st)
        return st;
    row->prompt = json_stringn(item->text, item->n_text);
    if (was && !json_equal(row->prompt, json_object_get(o, "prompt")))
        dc_import_note_first(p->in,
                             "prompts whose text in the input is another than "
                             "that of --data, which was taken",
                             row->id);
    row->label = item->label;
    row->category = item->category;
    return DC_OK;
}

static enum dc_status check_shape(const char *where, const json_t *o,
                                  const struct dc_json_feed *feed,
                                  struct dc_err *err)
{
    const json_t *traces = json_object_get(o, "traces");
    const json_t *id = json_object_get(o, "instance_id");
    enum dc_status st =
        dc_import_once(feed, other_keys, DC_COUNT(other_keys), where, err);
    if (!st)
        st = dc_import_once(feed, own_keys, DC_COUNT(own_keys), where, err);
    for (size_t i = 0; i < FLAGS && !st; i++)
        st = dc_import_once(feed, &flags[i].key, 1, where, err);
    if (st)
        return st;
    if (!json_is_string(id) || !*json_string_value(id) ||
        strlen(json_string_value(id)) != json_string_length(id))
        return dc_fail(err, DC_DATA,
                       "%s: expected \"instance_id\" as a text; is this "
                       "predictions.jsonl of deep_conf_safety?",
                       where);
    if (!json_is_array(traces))
        return dc_fail(err, DC_DATA,
                       "%s: expected \"traces\" as a list of texts", where);
    return DC_OK;
}

static enum dc_status read_prediction(struct predictions *p, const json_t *o,
                                      const struct dc_json_feed *feed,
                                      const char *where, struct dc_err *err)
{
    struct dc_arena a;
    enum dc_gold gold = DC_GOLD_NONE;
    struct dc_import_row row = {.where = where};
    enum dc_status st = check_shape(where, o, feed, err);
    if (st)
        return st;
    dc_arena_init(&a);
    row.id = dc_import_text(&a, json_object_get(o, "instance_id"));
    if (p->data)
        st = find_prompt(p, o, &row, err);
    else
        own_prompt(p, o, &a, &gold, &row);
    size_t n = json_array_size(json_object_get(o, "traces"));
    row.no_response = n == 0;
    if (!st)
        check_line(p, o);
    if (!st && n == 0)
        st = dc_import_row(p->in, &row, err);
    for (size_t i = 0; i < n && !st; i++)
        st = take_trace(p, o, i, &row, err);
    json_decref((json_t *)row.prompt);
    dc_arena_release(&a);
    return st;
}

/* ---- the file ---- */

typedef enum dc_status line_fn(struct predictions *p, const json_t *o,
                               const struct dc_json_feed *feed,
                               const char *where, struct dc_err *err);

static enum dc_status see_keys(struct predictions *p, const json_t *o,
                               const struct dc_json_feed *feed,
                               const char *where, struct dc_err *err)
{
    (void)feed;
    (void)where;
    (void)err;
    for (size_t f = 0; f < FLAGS; f++)
        p->has_flag[f] |= json_is_array(json_object_get(o, flags[f].key));
    p->has_confidence |= json_is_array(json_object_get(o, "confidences"));
    const char *own = json_string_value(json_object_get(o, "confidence_means"));
    if (own && !p->own_word)
        p->own_word = dc_confidence_word_of(own);
    return DC_OK;
}

static enum dc_status each_line(struct predictions *p, line_fn *fn, bool last,
                                struct dc_err *err)
{
    struct dc_import_file f;
    char where[64];
    json_t *o = NULL;
    size_t line = 0;
    enum dc_status st = dc_import_open(p->in->cfg->path, &f, err);
    while (!st && !(st = dc_import_line(&f, &o, &line, err)) && o) {
        snprintf(where, sizeof where, "line %zu", line);
        if (last)
            dc_import_begin_row(p->in, "prompt");
        st = fn(p, o, &f.json->feed, where, err);
        json_decref(o);
    }
    if (!st && last)
        dc_import_note_feed(p->in, f.json);
    dc_import_close(&f);
    return st;
}

static void know_number(struct dc_import *in, const char *key, uint64_t n)
{
    dc_import_more(in, key, dc_arena_printf(&in->arena, "%" PRIu64, n));
}

/* What the alarms of a summary need of the file (summary_given.c). */
static void keep_claims(struct predictions *p)
{
    struct dc_import *in = p->in;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t f = 0; f < FLAGS; f++)
        if (p->has_flag[f])
            dc_buf_addf(&b, "%s%s", b.n ? " " : "", flags[f].key);
    if (b.n)
        dc_import_more(in, "import.verdicts", b.data);
    dc_buf_clear(&b);
    for (size_t i = 0; i < dc_confidence_rows(p->means); i++)
        dc_buf_addf(&b, "%s%s", i ? " " : "", p->means->measure[i]);
    if (p->has_confidence) {
        dc_import_more(in, DC_AUDIT_MEASURES, b.data);
        dc_import_more(in, "import.confidence", p->means->word);
        know_number(in, "import.confidence.above_one", p->n_above_one);
    }
    know_number(in, "import.unsafe", p->n_unsafe);
    know_number(in, "import.unsafe.answered", p->n_unsafe_answered);
    know_number(in, "import.categories", p->means->unsure ? p->n_category : 0);
    dc_buf_release(&b);
}

enum dc_status dc_read_predictions(struct dc_import *in, struct dc_err *err)
{
    struct predictions p = {.in = in};
    const char *word = in->cfg->confidence_means;
    enum dc_status st = dc_confidence_means(word, &p.means, err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_response, "response", err);
    if (!st)
        st = dc_import_no_field(in, in->cfg->field_verdict, "verdict", err);
    if (!st)
        st = each_line(&p, see_keys, false, err);
    if (!st && !word && p.own_word)
        st = dc_confidence_means(p.own_word, &p.means, err);
    if (!st && word && !p.has_confidence)
        st = dc_fail(err, DC_USAGE,
                     "--confidence-means has no effect: no line has a list "
                     "\"confidences\"");
    if (!st)
        st = dc_import_data_open(in, &p.data, err);
    if (!st)
        st = each_line(&p, read_prediction, true, err);
    if (!st)
        keep_claims(&p);
    dc_import_data_close(p.data);
    return st;
}
