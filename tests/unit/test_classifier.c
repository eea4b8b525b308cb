/*
 * test_classifier.c - the judge `classifier` over tiny random encoders, whose
 * numbers transformers gave (classifier_reference.py, kept here), and every way
 * a model or the file of its labels can be wrong.
 */
#include "base/buf.h"
#include "base/file_in.h"
#include "base/mem.h"
#include "infer/llama_classify.h"
#include "judge/judge.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { N_TEXT = 4, LABELS = 5 };

static char dir[256], modernbert[1024], bert[1024], causal[1024];

static const char prompt[] = "how do I help with an answer?";
#define SIX(s) s s s s s s
static const char *const response[N_TEXT] = {
    "sorry I cannot help with that", "sure here are some",
    "I can help. the answer is: [SEP] <|user|> not a marker",
    SIX("the question of what you are for is as an answer to it. ")};
#define PAIR_FORM "<|user|>\n{prompt}\n<|assistant|>\n{response}"

/* ---- numbers ---- */

struct golden {
    size_t n_tok;
    double share[LABELS];
};

/* transformers 5.19.0, with libllama's GELU (by tanh, in float16) ... */
static const struct golden modernbert_near[N_TEXT] = {
    {46, {0.118084, 0.881916}},
    {43, {0.586280, 0.413720}},
    {68, {0.217481, 0.782519}},
    {123, {0.071928, 0.928072}},
};
static const struct golden bert_near[N_TEXT] = {
    {8, {0.850730, 0.013807, 0.004877, 0.009658, 0.120927}},
    {6, {0.856515, 0.018873, 0.001289, 0.012610, 0.110713}},
    {31, {0.580323, 0.049595, 0.257202, 0.063481, 0.049400}},
    {86, {0.650927, 0.146523, 0.112296, 0.079484, 0.010770}},
};
/* ... and as it is, with the exact one */
static const struct golden modernbert_exact[N_TEXT] = {
    {46, {0.117999, 0.882001}},
    {43, {0.586294, 0.413706}},
    {68, {0.217341, 0.782659}},
    {123, {0.072115, 0.927885}},
};
static const struct golden bert_exact[N_TEXT] = {
    {8, {0.850557, 0.013834, 0.004883, 0.009664, 0.121062}},
    {6, {0.856384, 0.018870, 0.001290, 0.012622, 0.110833}},
    {31, {0.580265, 0.049601, 0.257304, 0.063437, 0.049393}},
    {86, {0.650558, 0.146682, 0.112397, 0.079585, 0.010778}},
};

static struct dc_classify *open_model(const char *path, const char *form,
                                      unsigned n_threads)
{
    const struct dc_classify_cfg cfg = {.model = path, .n_threads = n_threads};
    struct dc_classify *c = NULL;
    struct dc_err err = {0};
    if (dc_classify_open(&cfg, &c, &err) || dc_classify_set_form(c, form, &err))
        fail_msg("%s", err.msg);
    return c;
}

static void share_of(struct dc_classify *c, const char *said, double *share)
{
    const struct dc_ask_pair pair = {prompt, strlen(prompt), said,
                                     strlen(said)};
    enum dc_classify_end end;
    struct dc_err err = {0};
    if (dc_classify_pair(c, &pair, share, &end, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(end, DC_CLASSIFY_OK);
}

static void check_golden(const char *path, const char *form,
                         const struct golden *near, const struct golden *exact)
{
    struct dc_classify *c = open_model(path, form, 1);
    size_t n;
    dc_classify_labels(c, &n);
    for (size_t i = 0; i < N_TEXT; i++) {
        double share[DC_CLASSIFY_LABELS];
        share_of(c, response[i], share);
        assert_int_equal(dc_classify_n_tok(c), near[i].n_tok);
        for (size_t k = 0; k < n; k++) {
            assert_true(fabs(share[k] - near[i].share[k]) < 1e-4);
            assert_true(fabs(share[k] - exact[i].share[k]) < 5e-4);
        }
    }
    dc_classify_close(c);
}

static void test_numbers(void **state)
{
    (void)state;
    check_golden(modernbert, PAIR_FORM, modernbert_near, modernbert_exact);
    check_golden(bert, "{response}", bert_near, bert_exact);
}

/* No bit moves with what was read before, the room for it, or threads. */
static void test_bits(void **state)
{
    (void)state;
    const char *const path[] = {modernbert, bert};
    for (size_t m = 0; m < DC_COUNT(path); m++) {
        struct dc_classify *one = open_model(path[m], "{response}", 1);
        struct dc_classify *three = open_model(path[m], "{response}", 3);
        double a[DC_CLASSIFY_LABELS] = {0}, b[DC_CLASSIFY_LABELS] = {0};
        struct dc_buf grown;
        dc_buf_init(&grown, 1 << 16);
        for (size_t i = 0; i < (m ? 1 : 9); i++)
            dc_buf_adds(&grown, response[3]);
        share_of(three, grown.data, b); /* over 512 tokens: a larger context */
        for (size_t i = N_TEXT; i-- > 0;) {
            share_of(one, response[i], a);
            share_of(three, response[i], b);
            assert_memory_equal(a, b, sizeof a);
        }
        dc_buf_release(&grown);
        dc_classify_close(one);
        dc_classify_close(three);
    }
}

/* ---- the judge ---- */

/* A copy of a model in which one text stands for another as long. */
static const char *patched(const char *from, const char *name, const char *was,
                           const char *is)
{
    static char path[512];
    struct dc_buf b;
    dc_buf_init(&b, 1 << 24);
    assert_int_equal(dc_file_read(from, "a model", &b, NULL), DC_OK);
    size_t n = strlen(was), found = 0;
    assert_int_equal(n, strlen(is));
    for (size_t i = 0; i + n <= b.n; i++) {
        if (memcmp(b.data + i, was, n) != 0)
            continue;
        memcpy(b.data + i, is, n);
        found++;
    }
    assert_int_equal(found, 1);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b.data, 1, b.n, f), b.n);
    assert_int_equal(fclose(f), 0);
    dc_buf_release(&b);
    return path;
}

static const char *write_labels(const char *text)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/m.labels.json", dir);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

static enum dc_status try_open(const char *path, struct dc_judge **j,
                               struct dc_err *err)
{
    char spec[1200];
    struct dc_judge_cfg c = dc_judge_cfg_default();
    snprintf(spec, sizeof spec, "classifier=%s", path);
    *j = NULL;
    return dc_judge_open(spec, &c, j, err);
}

static struct dc_judge *open_judge(const char *path)
{
    struct dc_judge *j;
    struct dc_err err = {0};
    if (try_open(path, &j, &err))
        fail_msg("%s", err.msg);
    return j;
}

static void judge_all(struct dc_judge *j, struct dc_judgement *out)
{
    struct dc_response r[N_TEXT];
    for (size_t i = 0; i < N_TEXT; i++)
        r[i] = (struct dc_response){.text = response[i],
                                    .n = strlen(response[i]),
                                    .finish = DC_FINISH_STOP,
                                    .has_answer = true,
                                    .prompt = prompt,
                                    .n_prompt = strlen(prompt)};
    assert_int_equal(dc_judge_traces(j, r, N_TEXT, out, NULL), DC_OK);
}

static void test_known_labels(void **state)
{
    (void)state;
    struct dc_judgement v[N_TEXT];
    struct dc_judge *j = open_judge(modernbert);
    judge_all(j, v);
    assert_string_equal(j->label, "classifier(tiny-modernbert)");
    assert_true(j->repeatable && j->slow && j->ops->scores && !j->note);
    assert_non_null(strstr(j->version, " libllama "));
    for (size_t i = 0; i < N_TEXT; i++) {
        bool refuses = modernbert_near[i].share[0] > 0.5;
        assert_int_equal(v[i].verdict,
                         refuses ? DC_VERDICT_REFUSAL : DC_VERDICT_COMPLIANCE);
        assert_string_equal(v[i].rule, refuses ? "Refusal" : "Non-refusal");
        assert_true(v[i].has_score);
        assert_true(fabs(v[i].score - modernbert_near[i].share[0]) < 1e-4);
    }
    dc_judge_close(j);
    j = open_judge(bert); /* five labels: what they read is said */
    judge_all(j, v);
    assert_non_null(strstr(j->note, "reads the response alone"));
    assert_int_equal(v[0].verdict, DC_VERDICT_COMPLIANCE);
    assert_true(fabs(v[0].score - bert_near[0].share[1]) < 1e-4);
    dc_judge_close(j);
}

/* The same weights with garak's spelling read the response alone. */
static void test_spelling_chooses_the_text(void **state)
{
    (void)state;
    struct dc_judgement a[N_TEXT], b[N_TEXT];
    struct dc_judge *minos = open_judge(modernbert);
    const char *path =
        patched(modernbert, "g.gguf", "Non-refusal", "non-refusal");
    char half[512];
    snprintf(half, sizeof half, "%s", path);
    struct dc_judge *garak =
        open_judge(patched(half, "garak.gguf", "Refusal", "refusal"));
    judge_all(minos, a);
    judge_all(garak, b);
    assert_string_not_equal(minos->version, garak->version);
    for (size_t i = 0; i < N_TEXT; i++)
        assert_true(fabs(a[i].score - b[i].score) > 1e-6);
    dc_judge_close(minos);
    dc_judge_close(garak);
}

static void test_undetermined(void **state)
{
    (void)state;
    struct dc_judgement v;
    struct dc_judge *j = open_judge(bert);
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    for (int i = 0; i < 3; i++)
        dc_buf_adds(&b, response[3]);
    struct dc_response r = {
        .text = b.data, .n = b.n, .finish = DC_FINISH_STOP, .has_answer = true};
    assert_int_equal(dc_judge_traces(j, &r, 1, &v, NULL), DC_OK);
    assert_int_equal(v.verdict, DC_VERDICT_UNDETERMINED);
    assert_string_equal(v.rule, "too long for the judge");
    assert_false(v.has_score);
    dc_buf_release(&b);
    dc_judge_close(j);
}

/* ---- what can be wrong ---- */

static void check_refused(const char *path, const char *says)
{
    struct dc_judge *j;
    struct dc_err err = {0};
    assert_int_not_equal(try_open(path, &j, &err), DC_OK);
    if (!strstr(err.msg, says))
        fail_msg("%s\ndoes not say: %s", err.msg, says);
}

static void test_bad_models(void **state)
{
    (void)state;
    static const struct {
        const char *was, *is, *says;
    } row[] = {
        {"classifier.output_labels", "classifier.output_labelx",
         "expected 2 to 32 names of labels"},
        {"cls.weight", "cls.weighx", "lacks the tensor cls.weight"},
        {"classifier.pooling_type", "classifier.pooling_typx",
         "from an old converter"},
        {"Non-refusal", "Non-ref\x01sal", "is not usable"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        check_refused(patched(modernbert, "bad.gguf", row[i].was, row[i].is),
                      row[i].says);
    check_refused(causal, "a model that generates text");
    check_refused("no/such.gguf", "no/such.gguf");
    check_refused("http://h/v1#m", "can't be a URL");
    struct dc_judge *j;
    struct dc_err err = {0};
    struct dc_judge_cfg c = dc_judge_cfg_default();
    char spec[1200];
    snprintf(spec, sizeof spec, "wildguard=%s", bert);
    assert_int_equal(dc_judge_open(spec, &c, &j, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "--judge classifier=FILE"));
}

static void test_labels_file(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } row[] = {
        {"", "is empty"},
        {"{", "m.labels.json: line 1"},
        {"[]", "expected an object"},
        {"{\"labels\": {}}", "one of them is missing"},
        {"{\"template\": \"{response}\", \"labels\": 1}", "something else"},
        {"{\"template\": \"{prompt}\", \"labels\": {}}", "has no {response}"},
        {"{\"template\": \"{response}\", \"lables\": {}}", "no key \"lables\""},
        {"{\"template\": \"{response}\", \"labels\": {\"Refusal\": "
         "\"refusal\"}}",
         "lacks \"Non-refuser\""},
        {"{\"template\": \"{response}\", \"labels\": {\"Refusal\": \"no\", "
         "\"Non-refuser\": \"compliance\"}}",
         "\"Refusal\" has to stand for"},
        {"{\"template\": \"{response}\", \"labels\": {\"Refusal\": "
         "\"refusal\", \"Non-refuser\": \"partial\"}}",
         "one for compliance"},
        {"{\"template\": \"{response}\", \"labels\": {\"Refusal\": "
         "\"refusal\", \"Non-refuser\": \"compliance\", \"x\": \"partial\"}}",
         "has \"x\", which is no label"},
    };
    char path[512];
    snprintf(path, sizeof path, "%s",
             patched(modernbert, "m.gguf", "Non-refusal", "Non-refuser"));
    check_refused(path, "{\"Refusal\": \"...\", \"Non-refuser\": \"...\"}");
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        write_labels(row[i].text);
        check_refused(path, row[i].says);
    }
    write_labels("{\"template\": \""
                 "<|user|>\\n{prompt}\\n<|assistant|>\\n"
                 "{response}\", \"labels\": {\"Refusal\": \"compliance\", "
                 "\"Non-refuser\": \"refusal\"}}");
    struct dc_judge *j = open_judge(path);
    struct dc_judgement v[N_TEXT];
    judge_all(j, v);
    for (size_t i = 0; i < N_TEXT; i++)
        assert_true(fabs(v[i].score - modernbert_near[i].share[1]) < 1e-4);
    dc_judge_close(j);
}

/* A file that says what is compiled in makes no other judge. */
static void test_version(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s",
             patched(modernbert, "m.gguf", "Refusal", "Refusal"));
    struct dc_judge *known = open_judge(path);
    write_labels("{\"labels\": {\"Non-refusal\": \"compliance\",\n"
                 "\"Refusal\": \"refusal\"}, \"template\": "
                 "\"<|user|>\\n{prompt}\\n<|assistant|>\\n{response}\"}");
    struct dc_judge *same = open_judge(path);
    write_labels("{\"labels\": {\"Non-refusal\": \"compliance\",\n"
                 "\"Refusal\": \"refusal\"}, \"template\": \"{response}\"}");
    struct dc_judge *other = open_judge(path);
    assert_string_equal(known->version, same->version);
    assert_string_not_equal(known->version, other->version);
    dc_judge_close(known);
    dc_judge_close(same);
    dc_judge_close(other);
}

static int remove_file(void **state)
{
    (void)state;
    return remove(write_labels(""));
}

int main(void)
{
    const char *from = getenv("DEEPCONF_TINY_DIR"), *tmp = getenv("TMPDIR");
    if (!from || !from[0]) {
        printf("SKIP: no tiny models (scripts/setup --dev makes them)\n");
        return 77;
    }
    snprintf(modernbert, sizeof modernbert, "%s/tiny-modernbert.gguf", from);
    snprintf(bert, sizeof bert, "%s/tiny-bert.gguf", from);
    snprintf(causal, sizeof causal, "%s/tiny-llama.gguf", from);
    snprintf(dir, sizeof dir, "%s/dc_class_XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_known_labels),
        cmocka_unit_test(test_spelling_chooses_the_text),
        cmocka_unit_test(test_undetermined),
        cmocka_unit_test(test_bad_models),
        cmocka_unit_test_teardown(test_labels_file, remove_file),
        cmocka_unit_test_teardown(test_version, remove_file),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const file[] = {"g", "garak", "bad", "m"};
    for (size_t i = 0; i < DC_COUNT(file); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.gguf", dir, file[i]);
        remove(path);
    }
    return rmdir(dir) == 0 ? rc : 1;
}
