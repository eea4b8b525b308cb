/*
 * test_store.c - every kind of row: what is written is read, bit for bit.
 */
#include "store/schema.h"
#include "store_fixture.h"

#include <float.h>
#include <math.h>

/* Texts that break careless storage. */
static const char *const odd_text[] = {
    "",
    "plain",
    "it's \"quoted\"; DROP TABLE trace; --",
    "line\r\nline\n\ttab\n",
    "\x01\x1b[31m\x7f control and escape",
    "\xe2\x80\xae right-to-left \xe2\x80\xac",
    "\xf0\x9f\x92\xa5 \xe4\xb8\xad\xe6\x96\x87 e\xcc\x81",
    "<|im_end|></think>%s%n$1",
};

/* ---- configuration ---- */

static void test_config_round_trip(void **state)
{
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_kv kv[DC_COUNT(odd_text)], *got = NULL;
    char key[DC_COUNT(odd_text)][16];
    const char *value = "untouched";
    struct dc_arena a;
    bool fresh = false;
    size_t n = 0;

    (void)state;
    dc_arena_init(&a);
    fx_ok(dc_store_is_fresh(s, &fresh, &fx_err));
    assert_true(fresh);
    for (size_t i = 0; i < DC_COUNT(kv); i++) {
        snprintf(key[i], sizeof(key[i]), "z%zu", DC_COUNT(kv) - i);
        kv[i] = (struct dc_kv){key[i], odd_text[i], i % 2 == 0};
    }
    fx_ok(dc_store_config_write(s, kv, DC_COUNT(kv), &fx_err));
    dc_store_close(s);

    s = fx_open_ro(fx_path);
    fx_ok(dc_store_is_fresh(s, &fresh, &fx_err));
    assert_false(fresh);
    fx_ok(dc_store_config_read(s, &a, &got, &n, &fx_err));
    assert_int_equal(n, DC_COUNT(kv));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(got[i].key, kv[i].key);
        assert_string_equal(got[i].value, kv[i].value);
        assert_int_equal(got[i].binding, kv[i].binding);
    }
    fx_ok(dc_store_config_get(s, &a, key[2], &value, &fx_err));
    assert_string_equal(value, odd_text[2]);
    fx_ok(dc_store_config_get(s, &a, "no such key", &value, &fx_err));
    assert_null(value);
    dc_store_close(s);
    dc_arena_release(&a);
}

static void test_config_check_names_first_difference(void **state)
{
    struct dc_kv kv[] = {{"model", "aaa", true},
                         {"seed", "1", true},
                         {"threads", "2", false},
                         {"max_tokens", "256", true}};
    struct dc_store *s = fx_open_rw(fx_path);
    size_t n = DC_COUNT(kv);

    (void)state;
    fx_ok(dc_store_config_write(s, kv, n, &fx_err));
    fx_ok(dc_store_config_check(s, kv, n, &fx_err));
    kv[2].value = "16"; /* does not bind */
    fx_ok(dc_store_config_check(s, kv, n, &fx_err));

    kv[3].value = "128";
    fx_fails(dc_store_config_check(s, kv, n, &fx_err), DC_USAGE, fx_path,
             "max_tokens is '256' in the file and '128' now");
    kv[1].value = "2"; /* stands before max_tokens */
    fx_fails(dc_store_config_check(s, kv, n, &fx_err), DC_USAGE,
             "seed is '1' in the file and '2' now");
    assert_null(strstr(fx_err.msg, "max_tokens"));
    dc_store_close(s);
}

static void test_config_check_names_missing_keys(void **state)
{
    struct dc_kv kv[] = {{"model", "aaa", true}, {"seed", "1", true}};
    struct dc_kv more[] = {
        {"model", "aaa", true}, {"seed", "1", true}, {"think", "on", true}};
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    fx_ok(dc_store_config_write(s, kv, 2, &fx_err));
    fx_fails(dc_store_config_check(s, more, 3, &fx_err), DC_USAGE,
             "think is not set in the file and 'on' now");
    fx_fails(dc_store_config_check(s, kv, 1, &fx_err), DC_USAGE,
             "seed is '1' in the file and not set now");
    dc_store_close(s);
}

static void test_config_check_shows_where_long_values_part(void **state)
{
    char was[2001], now[2001];
    struct dc_kv a = {"system", was, true}, b = {"system", now, true};
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    memset(was, 'x', 2000);
    was[2000] = '\0';
    memcpy(now, was, sizeof(was));
    memcpy(was + 1500, "HERE\n\x1b[1m", 9);
    memcpy(now + 1500, "THERE", 5);
    fx_ok(dc_store_config_write(s, &a, 1, &fx_err));
    fx_fails(dc_store_config_check(s, &b, 1, &fx_err), DC_USAGE, "xxHERE",
             "xxTHERE", "'...xxx");
    assert_true(strlen(fx_err.msg) < 500);
    assert_null(strchr(fx_err.msg, '\x1b'));
    dc_store_close(s);
}

static void test_config_key_twice_is_refused(void **state)
{
    struct dc_kv kv[] = {{"seed", "1", true}, {"seed", "2", true}};
    struct dc_store *s = fx_open_rw(fx_path);
    bool fresh = false;

    (void)state;
    fx_fails(dc_store_config_write(s, kv, 2, &fx_err), DC_STORE,
             "configuration key seed", "UNIQUE");
    fx_ok(dc_store_is_fresh(s, &fresh, &fx_err));
    assert_true(fresh); /* none of it is kept */
    dc_store_close(s);
}

/* ---- prompts ---- */

struct want_prompts {
    const struct dc_prompt_row *row;
    size_t n;
};

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static enum dc_status check_prompt(void *arg, const struct dc_prompt_row *p,
                                   struct dc_err *err)
{
    struct want_prompts *w = arg;
    const struct dc_prompt_row *r = &w->row[w->n++];

    (void)err;
    assert_int_equal(p->ord, r->ord);
    assert_same_text(p->id, r->id);
    assert_same_text(p->text, r->text);
    assert_int_equal(p->gold, r->gold);
    assert_same_text(p->label, r->label);
    assert_same_text(p->category, r->category);
    assert_same_text(p->problem, r->problem);
    assert_int_equal(p->has_n_tok, r->has_n_tok);
    assert_int_equal(p->n_tok, r->n_tok);
    return DC_OK;
}

static void test_prompt_round_trip(void **state)
{
    struct dc_prompt_row row[DC_COUNT(odd_text)];
    struct want_prompts want = {row, 0};
    struct dc_store *s = fx_open_rw(fx_path);
    size_t n = DC_COUNT(odd_text);

    (void)state;
    for (size_t i = 0; i < n; i++)
        row[i] = (struct dc_prompt_row){
            .ord = (int64_t)i,
            .id = i == 0 ? "p0" : odd_text[i],
            .text = odd_text[i],
            .gold = (enum dc_gold)(i % 3),
            .label = i % 2 ? odd_text[n - 1 - i] : NULL,
            .category = i % 3 ? odd_text[i] : NULL,
            .has_n_tok = i != 2,
            .n_tok =
                i == 2 ? 0 : ((int64_t)1 << (4 * i + 3)) - 1, /* to 2^31 - 1 */
            .problem = i % 4 == 3 ? "context overflow" : NULL};
    for (size_t i = n; i-- > 0;) /* ord decides the order */
        fx_ok(dc_store_prompt_add(s, &row[i], &fx_err));
    dc_store_close(s);

    s = fx_open_ro(fx_path);
    fx_ok(dc_store_each_prompt(s, check_prompt, &want, &fx_err));
    assert_int_equal(want.n, n);
    want.n = 3;
    fx_ok(dc_store_prompt_by_id(s, row[3].id, check_prompt, &want, &fx_err));
    assert_int_equal(want.n, 4);
    fx_fails(dc_store_prompt_by_id(s, "p99", check_prompt, &want, &fx_err),
             DC_DATA, fx_path, "'p99'");
    dc_store_close(s);
}

/* ---- traces ---- */

static uint32_t bits(float f)
{
    uint32_t v;

    memcpy(&v, &f, sizeof(v));
    return v;
}

static float from_bits(uint32_t v)
{
    float f;

    memcpy(&f, &v, sizeof(f));
    return f;
}

struct want_traces {
    const struct dc_trace_row *row;
    size_t n;
    unsigned parts;
};

static void check_tokens(const struct dc_token *a, const struct dc_token *b,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a[i].id, b[i].id);
        assert_int_equal(bits(a[i].logprob), bits(b[i].logprob));
        assert_int_equal(bits(a[i].conf), bits(b[i].conf));
        assert_int_equal(bits(a[i].entropy), bits(b[i].entropy));
        assert_int_equal(bits(a[i].self_cert), bits(b[i].self_cert));
    }
}

static void check_sides(const struct dc_trace_row *t,
                        const struct dc_trace_row *r)
{
    assert_int_equal(t->n_measure, r->n_measure);
    for (size_t i = 0; i < r->n_measure; i++) {
        assert_string_equal(t->measure[i].measure, r->measure[i].measure);
        assert_int_equal(t->measure[i].has_value, r->measure[i].has_value);
        if (r->measure[i].has_value)
            assert_memory_equal(&t->measure[i].value, &r->measure[i].value,
                                sizeof(double));
    }
    assert_int_equal(t->n_verdict, r->n_verdict);
    for (size_t i = 0; i < r->n_verdict; i++) {
        const struct dc_verdict_row *v = &t->verdict[i], *w = &r->verdict[i];
        assert_string_equal(v->judge, w->judge);
        assert_string_equal(v->version, w->version);
        assert_string_equal(v->verdict, w->verdict);
        assert_string_equal(v->rule, w->rule);
        assert_int_equal(v->span_off, w->span_off);
        assert_int_equal(v->span_len, w->span_len);
        assert_int_equal(v->has_score, w->has_score);
        if (w->has_score)
            assert_true(v->score == w->score);
        assert_int_equal(v->reply == NULL, w->reply == NULL);
        if (w->reply)
            assert_string_equal(v->reply, w->reply);
    }
}

static enum dc_status check_trace(void *arg, const struct dc_trace_row *t,
                                  struct dc_err *err)
{
    struct want_traces *w = arg;
    const struct dc_trace_row *r = &w->row[w->n++];

    (void)err;
    assert_int_equal(t->prompt, r->prompt);
    assert_int_equal(t->idx, r->idx);
    assert_string_equal(t->text, r->text);
    assert_int_equal(t->finish, r->finish);
    assert_int_equal(t->has_answer, r->has_answer);
    if (r->has_answer)
        assert_int_equal(t->answer_off, r->answer_off);
    assert_int_equal(t->n_tok, r->n_tok);
    assert_int_equal(t->k, r->k);
    assert_true(t->ms == r->ms);
    assert_int_equal(t->segment, r->segment);
    if (w->parts & DC_TRACE_TOKENS)
        check_tokens(t->tok, r->tok, r->n_tok);
    else
        assert_null(t->tok);
    if (w->parts & DC_TRACE_VERDICTS)
        check_sides(t, r);
    else
        assert_int_equal(t->n_measure + t->n_verdict, 0);
    return DC_OK;
}

/* Both zeroes, denormals of either sign, the largest of either sign, 1 and an
 * ulp. What is not finite is damage: test_audit.c. */
static const uint32_t odd_bits[] = {0x80000000, 0,          1,
                                    0x80000001, 0x007fffff, 0x7f7fffff,
                                    0xff7fffff, 0x3f800001};

static void make_tokens(struct dc_token *tok, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t m = DC_COUNT(odd_bits);
        tok[i].id = (int32_t)(i % 2 ? INT32_MAX - (int)i : INT32_MIN + (int)i);
        tok[i].logprob = from_bits(odd_bits[i % m]);
        tok[i].conf = from_bits(odd_bits[(i + 1) % m]);
        tok[i].entropy = from_bits(odd_bits[(i + 2) % m]);
        tok[i].self_cert = from_bits(odd_bits[(i + 3) % m]);
    }
}

static void test_trace_round_trip(void **state)
{
    static const struct dc_measure_row m[] = {{"a", true, DBL_MIN / 4},
                                              {"b", false, 0},
                                              {"c", true, 0.1},
                                              {"d", true, -1e300},
                                              {"e", true, DBL_MAX}};
    static const struct dc_verdict_row v[] = {
        {.judge = "j1",
         .version = "1",
         .verdict = "compliance",
         .rule = "",
         .has_score = true,
         .score = 0.1},
        {"j2", "2.0", "partial", "r\xc3\xa9gle", 1, 3, true, 1, ""},
        {"j3", "", "undetermined", "cut inside <think>", 4, 0, false, 0,
         "\xe2\x80\xae\n\"yes\""}};
    struct dc_token tok[3000];
    struct dc_trace_row row[6];
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    make_tokens(tok, DC_COUNT(tok));
    for (int i = 0; i < 6; i++) {
        row[i] = fx_trace(i / 3, i % 3 + (i == 5 ? 40 : 0));
        row[i].finish = (enum dc_finish)(DC_FINISH_STOP + i % 5);
        row[i].tok = tok;
        row[i].n_tok = i == 0 ? 0 : i == 1 ? DC_COUNT(tok) : (size_t)i;
        row[i].k = i == 2 ? DC_CONF_K_MAX : 1;
        row[i].ms = 1.0 / (i + 1);
    }
    row[0].text = "";
    row[0].has_answer = false;
    row[0].n_measure = row[0].n_verdict = 0;
    row[1].text = odd_text[6];
    row[1].answer_off = (int64_t)strlen(odd_text[6]);
    row[1].measure = m;
    row[1].n_measure = DC_COUNT(m);
    row[1].verdict = v;
    row[1].n_verdict = DC_COUNT(v);
    fx_begin_run(s, 2);
    for (int i = 5; i >= 0; i--)
        fx_ok(dc_store_trace_add(s, &row[i], &fx_err));
    dc_store_close(s);

    s = fx_open_ro(fx_path);
    for (unsigned parts = 0; parts < 4; parts++) {
        struct want_traces want = {row, 0, parts};
        fx_ok(dc_store_each_trace(s, -1, parts, check_trace, &want, &fx_err));
        assert_int_equal(want.n, 6);
        want.n = 3; /* those of prompt 1 */
        fx_ok(dc_store_each_trace(s, 1, parts, check_trace, &want, &fx_err));
        assert_int_equal(want.n, 6);
    }
    int n = 0;
    fx_ok(dc_store_each_trace(s, 9, 0, fx_count_fn, &n, &fx_err));
    assert_int_equal(n, 0);
    dc_store_close(s);
}

/* The file's bytes are little-endian on every host. */
static void test_blobs_are_little_endian(void **state)
{
    struct dc_token tok = {0x01020304, 1.0f, -2.0f, 0.5f, 0.1f};
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_trace_row t = fx_trace(0, 0);
    sqlite3_stmt *q = NULL;
    sqlite3 *h = NULL;

    (void)state;
    t.tok = &tok;
    t.n_tok = 1;
    fx_begin_run(s, 1);
    fx_ok(dc_store_trace_add(s, &t, &fx_err));
    dc_store_close(s);
    assert_int_equal(sqlite3_open(fx_path, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(h,
                           "SELECT hex(tok_id) || ' ' || hex(tok_logprob) || "
                           "' ' || hex(tok_conf) || ' ' || hex(tok_entropy) "
                           "|| ' ' || hex(tok_self_cert) FROM trace",
                           -1, &q, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(q, 0),
                        "04030201 0000803F 000000C0 0000003F CDCCCC3D");
    sqlite3_finalize(q);
    sqlite3_close(h);
}

/* ---- decisions, thresholds, segments ---- */

static enum dc_status check_decision(void *arg, const struct dc_decision_row *d,
                                     struct dc_err *err)
{
    const struct dc_decision_row **next = arg;
    const struct dc_decision_row *r = (*next)++;

    (void)err;
    assert_int_equal(d->prompt, r->prompt);
    assert_string_equal(d->decision, r->decision);
    assert_string_equal(d->reason, r->reason);
    assert_int_equal(d->calibration, r->calibration);
    assert_int_equal(d->n_trace, r->n_trace);
    assert_int_equal(d->n_refusal, r->n_refusal);
    assert_int_equal(d->n_compliance, r->n_compliance);
    assert_int_equal(d->n_undetermined, r->n_undetermined);
    return DC_OK;
}

static void test_decision_round_trip(void **state)
{
    static const struct dc_decision_row row[] = {
        {0, "refusal", "decided", false, 5, 5, 0, 0},
        {1, "compliance", "budget spent", true, 10, 4, 5, 1},
        {2, "undetermined", "context overflow", false, 0, 0, 0, 0}};
    struct dc_store *s = fx_open_rw(fx_path);
    const struct dc_decision_row *next = row;

    (void)state;
    fx_begin_run(s, 3);
    for (int i = 2; i >= 0; i--)
        fx_ok(dc_store_decision_add(s, &row[i], &fx_err));
    fx_ok(dc_store_each_decision(s, -1, check_decision, &next, &fx_err));
    assert_ptr_equal(next, row + 3);
    next = row + 1;
    fx_ok(dc_store_each_decision(s, 1, check_decision, &next, &fx_err));
    assert_ptr_equal(next, row + 2);
    dc_store_close(s);
}

static void test_threshold_round_trip(void **state)
{
    struct dc_threshold_row t = {
        "confidence-percentile", "mean_prob", 90, 0.1, 20, 200};
    struct dc_threshold_row got;
    struct dc_store *s = fx_open_rw(fx_path);
    struct dc_arena a;
    bool found = true;

    (void)state;
    dc_arena_init(&a);
    fx_ok(dc_store_threshold_get(s, &a, &got, &found, &fx_err));
    assert_false(found);
    fx_ok(dc_store_threshold_add(s, &t, &fx_err));
    fx_fails(dc_store_threshold_add(s, &t, &fx_err), DC_STORE, "UNIQUE",
             "confidence-percentile on mean_prob");
    fx_ok(dc_store_threshold_get(s, &a, &got, &found, &fx_err));
    assert_true(found);
    dc_store_close(s);
    assert_string_equal(got.policy, t.policy);
    assert_string_equal(got.measure, t.measure);
    assert_true(got.q == 90 && got.value == 0.1);
    assert_int_equal(got.n_prompt, 20);
    assert_int_equal(got.n_trace, 200);
    dc_arena_release(&a);
}

static enum dc_status check_segment(void *arg, const struct dc_segment_row *g,
                                    struct dc_err *err)
{
    const struct dc_segment_row **next = arg;
    const struct dc_segment_row *r = (*next)++;

    (void)err;
    assert_int_equal(g->id, r->id);
    assert_string_equal(g->started, r->started);
    assert_string_equal(g->version, r->version);
    assert_string_equal(g->library, r->library);
    assert_string_equal(g->host, r->host);
    assert_int_equal(g->n_slots, r->n_slots);
    assert_int_equal(g->n_threads, r->n_threads);
    assert_true(g->wall_ms == r->wall_ms && g->decode_ms == r->decode_ms &&
                g->prefill_ms == r->prefill_ms);
    return DC_OK;
}

static void test_segment_round_trip(void **state)
{
    struct dc_segment_row row[2] = {fx_segment(), fx_segment()};
    const struct dc_segment_row *next = row;
    struct dc_store *s = fx_open_rw(fx_path);

    (void)state;
    row[1].host = "";
    for (int i = 0; i < 2; i++) {
        fx_ok(dc_store_segment_add(s, &row[i], &row[i].id, &fx_err));
        assert_int_equal(row[i].id, i + 1);
    }
    row[1].wall_ms = 1e6 + 0.1;
    row[1].decode_ms = 1e6;
    row[1].prefill_ms = 0.25;
    fx_ok(dc_store_segment_update(s, &row[1], &fx_err));
    fx_ok(dc_store_each_segment(s, check_segment, &next, &fx_err));
    assert_ptr_equal(next, row + 2);
    row[1].id = 77;
    fx_fails(dc_store_segment_update(s, &row[1], &fx_err), DC_STORE,
             "segment 77");
    row[1].started = "last Tuesday";
    fx_fails(dc_store_segment_add(s, &row[1], &row[1].id, &fx_err), DC_STORE,
             "last Tuesday", "CHECK");
    dc_store_close(s);
}

static void test_file_says_what_it_is(void **state)
{
    unsigned char *head;
    size_t n = 0;

    (void)state;
    fx_make_run(fx_path);
    head = (unsigned char *)fx_read_file(fx_path, &n);
    assert_memory_equal(head + 68, "DpCf", 4);      /* application_id */
    assert_memory_equal(head + 60, "\0\0\0\11", 4); /* user_version */
    assert_int_equal(head[18], 1); /* at rest: not in write-ahead mode */
    free(head);
}

/* In memory everything is as in a file, and no file is made. */
static void test_store_without_a_file(void **state)
{
    const struct dc_kv kv = {"key", "value", true};
    struct dc_store *s = NULL, *other = NULL;
    const char *value = NULL;
    struct dc_arena a;
    bool fresh = false;

    (void)state;
    assert_int_equal(chdir(fx_dir), 0);
    dc_arena_init(&a);
    fx_ok(dc_store_open_memory("a plan", &s, &fx_err));
    fx_ok(dc_store_open_memory("another plan", &other, &fx_err));
    assert_string_equal(dc_store_path(s), "a plan");
    fx_ok(dc_store_begin(s, &fx_err));
    fx_ok(dc_store_config_write(s, &kv, 1, &fx_err));
    fx_ok(dc_store_commit(s, &fx_err));
    fx_ok(dc_store_config_get(s, &a, "key", &value, &fx_err));
    assert_string_equal(value, "value");
    fx_ok(dc_store_is_fresh(other, &fresh, &fx_err));
    assert_true(fresh);
    assert_string_equal(fx_names_in(fx_dir), "");
    assert_int_equal(dc_store_end(s, DC_OK, &fx_err), DC_OK);
    dc_store_close(other);
    assert_string_equal(fx_names_in(fx_dir), "");
    assert_int_equal(chdir("/"), 0);
    dc_arena_release(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_config_round_trip),
        T(test_config_check_names_first_difference),
        T(test_config_check_names_missing_keys),
        T(test_config_check_shows_where_long_values_part),
        T(test_config_key_twice_is_refused),
        T(test_prompt_round_trip),
        T(test_trace_round_trip),
        T(test_blobs_are_little_endian),
        T(test_decision_round_trip),
        T(test_threshold_round_trip),
        T(test_segment_round_trip),
        T(test_file_says_what_it_is),
        T(test_store_without_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
