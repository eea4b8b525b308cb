/*
 * Data sets that are refused, and in which words: each way to be wrong.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "dataset_fixture.h"

#include <sys/stat.h>

/* Reading fails with this status; what is said behind "path: " is `want`. */
static void must_fail(const struct dc_dataset_cfg *cfg, enum dc_status st,
                      const char *want)
{
    struct dc_dataset d;
    struct dc_err err;
    char full[DC_ERR_MSG + 256];
    snprintf(full, sizeof full, "%s: %s", cfg->path, want);
    assert_int_equal(dc_dataset_read(cfg, &d, &err), st);
    assert_int_equal(err.status, st);
    assert_string_equal(err.msg, full);
    assert_null(d.item); /* released */
}

#define ROW                                                                    \
    "; correct the row or take it out, or name another column with --field"

#define ADVICE                                                                 \
    "Name another with --field KEY=COLUMN (KEY: prompt, id, label, "           \
    "category), or choose the right --benchmark."
#define FIX_LABEL                                                              \
    "\nCorrect the row, name another column with --field label=COLUMN, or "    \
    "choose the right --benchmark."
#define TWINS                                                                  \
    "; ids must be unique: change one, or name another column with --field "   \
    "id=COLUMN"
#define QUOTES "; a comma or newline inside a field needs quotes"
#define EMPTY                                                                  \
    "the file is empty; expected CSV with a header, or one JSON object a line"
#define LABELS                                                                 \
    "refuse, unsafe, harmful, toxic, 1, true (should be refused); answer, "    \
    "safe, "                                                                   \
    "unharmful, benign, 0, false (should be answered)" FIX_LABEL
#define ICONV "; convert the file, for example with iconv -f LATIN1 -t UTF-8"

#define LONE_CR                                                                \
    "line 1: a CR without LF; expected lines that end in LF or CRLF: convert " \
    "the file, for example with tr '\\r' '\\n'"

static const struct {
    const char *name, *text, *want;
} bad[] = {
    {"d.csv", "", EMPTY},
    {"d.jsonl", "", EMPTY},
    {"d.csv", "\xEF\xBB\xBF", EMPTY},
    {"d.csv", " \r\n\n\t", EMPTY},
    {"d.csv", "id,prompt\n",
     "there is no prompt in it, only a header; expected at least one row "
     "below it"},
    {"d.csv", "id,text,Prompt\n1,a,b\n",
     "there is no column \"prompt\"; the columns are: id, text, "
     "Prompt\nDid you mean --field prompt=Prompt? " ADVICE},
    {"d.csv", "id,x\n1,a\n",
     "there is no column \"prompt\"; the columns are: id, x\n" ADVICE},
    {"d.csv", "id,prompt,LABEL\n1,a,safe\n", /* not read without its labels */
     "there is no column \"label\"; the columns are: id, prompt, "
     "LABEL\nDid you mean --field label=LABEL? " ADVICE},
    {"d.csv", "id,user_promt,note,p\n1,a,b,c\n",
     "there is no column \"prompt\"; the columns are: id, user_promt, note, "
     "p\n" ADVICE},
    {"d.csv", "id,user_prompt\n1,a\n",
     "there is no column \"prompt\"; the columns are: id, user_prompt\n"
     "Did you mean --field prompt=user_prompt? " ADVICE},
    {"d.csv", "prompts,promt,prmt\na,b,c\n", /* of equally close, the first */
     "there is no column \"prompt\"; the columns are: prompts, promt, prmt\n"
     "Did you mean --field prompt=prompts? " ADVICE},
    {"d.csv", "rompd,prmopt\na,b\n", /* two changes; one swap */
     "there is no column \"prompt\"; the columns are: rompd, prmopt\n"
     "Did you mean --field prompt=prmopt? " ADVICE},
    {"d.csv", "id,prompt\r1,a\r2,b\r", LONE_CR},
    {"d.csv", "id,prompt\r1,\"a\nb\"\r", LONE_CR},
    {"d.csv", "\"id\",\"prompt\"\r\"1\",\"a\"\r", LONE_CR},
    {"d.csv", "prompt,prompt\na,b\n",
     "the header names the column \"prompt\" twice, as fields 1 and 2; rename "
     "one"},
    {"d.csv", "id,prompt\n1,a,b\n",
     "line 2: 3 fields where the header has 2" QUOTES},
    {"d.csv", "id,prompt\n\"1\n\",a\n2\n",
     "line 4: 1 field where the header has 2" QUOTES},
    {"d.csv", "id,prompt\n1,\"a\n",
     "line 2: the quote that opens here never ends"},
    {"d.csv", "id,prompt\n1,a\n2,b\xE9 c\n",
     "line 3, byte 4: not valid UTF-8 (0xE9)" ICONV},
    {"d.jsonl", "\xC0\x80", "line 1, byte 1: not valid UTF-8 (0xC0)" ICONV},
    {"d.csv", "id,prompt\n1,a\n2,\" \n\t\"\n",
     "line 3: the prompt is empty (column prompt)" ROW},
    {"d.csv", "id,prompt\n ,a\n", "line 2: the id is empty (column id)" ROW},
    {"d.csv", "id,prompt\n1,\"a\nb\"\n2,c\n 1 ,d\n",
     "lines 2 and 5: both have the id \"1\"" TWINS},
    {"d.csv", "id,prompt\nz,1\nb,2\nz,3\na,4\na,5\nz,6\n",
     "lines 2 and 4: both have the id \"z\"" TWINS},
    {"d.csv", "prompt,label\na,safe\nb,maybe\n",
     "line 3: the label \"maybe\" in column label is not one of: " LABELS},
    {"d.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"b\",\"label\":2}\n",
     "line 2: the label \"2\" in column label is not one of: " LABELS},
    {"d.jsonl", "{\"prompt\":\"a\"}\n\n{\"text\":\"b\",\"k\":1}\n",
     "line 3: there is no column \"prompt\"; the columns are: text, "
     "k\n" ADVICE},
    {"d.jsonl", "{\"prompt\":null}\n",
     "line 1: the prompt is empty (column prompt)" ROW},
    {"d.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"b\",\"Label\":1}\n",
     "line 2: there is no column \"label\"; the columns are: prompt, Label\n"
     "Did you mean --field label=Label? " ADVICE},
    {"d.jsonl", "{\"prompt\":\"a\"}\n[1]\n",
     "line 2: expected one JSON object on the line, got an array; jq -c '.[]' "
     "writes its elements as lines"},
    {"d.jsonl", "{\"prompt\":[\"a\"]}\n",
     "line 1: \"prompt\" is an array; expected a string, a number, true, "
     "false or null"},
    {"d.csv", "\xFF\xFEp",
     "is text in UTF-16; name a CSV or JSONL file; to convert it: "
     "iconv -f UTF-16 -t UTF-8"},
    {"d.jsonl", "{\"id\":1,\"prompt\":\"a\"}\n{\"id\":\"1\",\"prompt\":\"b\"}",
     "lines 1 and 2: both have the id \"1\"" TWINS},
};

static void says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(bad); i++) {
        struct dc_dataset_cfg cfg = text_of(bad[i].name, bad[i].text);
        must_fail(&cfg, DC_DATA, bad[i].want);
    }
}

static void nul_byte(void **state)
{
    static const char text[] = "prompt\na\nb\0c\n";
    (void)state;
    struct dc_dataset_cfg cfg = file_of("d.csv", text, sizeof text - 1);
    must_fail(&cfg, DC_DATA,
              "line 3, byte 2: a NUL byte, which no text holds; take it out");
}

/* In JSON it may be written; in a prompt it is still none. */
static void escaped_nul(void **state)
{
    (void)state;
    struct dc_dataset_cfg cfg =
        text_of("d.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"a\\u0000b\"}\n");
    must_fail(&cfg, DC_DATA,
              "line 2: a NUL (\\u0000) or half of a surrogate pair, which no "
              "text holds (column prompt); "
              "correct the row or take it out, or name another column with "
              "--field");
}

/* jansson's own words are not pinned; the line and the cause are. */
static void bad_json(void **state)
{
    static const char *const text[] = {
        "{\"prompt\":\"a\"}\n{\"prompt\" \"b\"}\n",
        "\n{\"prompt\":\"a\"",
        "\n{\"prompt\":\"a\"} x",
        "\n{\"prompt\":\"\\ud83d x\"}",
        "\n{\"prompt\":\"\\ude00\"}",
        "\n{\"prompt\":\"a\",\"prompt\":\"b\"}"};
    struct dc_dataset d;
    struct dc_err err;
    (void)state;
    for (size_t i = 0; i < DC_COUNT(text); i++) {
        struct dc_dataset_cfg cfg = text_of("d.jsonl", text[i]);
        assert_int_equal(dc_dataset_read(&cfg, &d, &err), DC_DATA);
        assert_non_null(strstr(err.msg, "d.jsonl: line 2"));
    }
}

static void cannot_be_read(void **state)
{
    struct dc_dataset_cfg cfg = dc_dataset_cfg_default();
    char none[128];
    (void)state;
    snprintf(none, sizeof none, "%s/none.csv", dir);
    cfg.path = none;
    must_fail(&cfg, DC_IO,
              "can't be read: No such file or directory; name a CSV or "
              "JSONL file");
    cfg.path = dir;
    must_fail(&cfg, DC_IO, "is a folder; name a CSV or JSONL file");
}

static void no_permission(void **state)
{
    (void)state;
    struct dc_dataset_cfg cfg = text_of("d.csv", "prompt\na\n");
    uid_t me = geteuid();
    assert_int_equal(chmod(cfg.path, 0), 0);
    if (me == 0 && seteuid(65534) != 0) { /* root may read everything */
        print_message("SKIP: can't give up root's rights\n");
        skip();
    }
    struct dc_dataset d;
    struct dc_err err;
    enum dc_status st = dc_dataset_read(&cfg, &d, &err);
    assert_true(me != 0 || seteuid(0) == 0);
    assert_int_equal(st, DC_IO);
    assert_non_null(strstr(err.msg, "d.csv: can't be read: Permission denied"));
}

/* Refused by its size alone: it is a hole of one byte too many. */
static void large_file(void **state)
{
    (void)state;
    struct dc_dataset_cfg cfg = text_of("d.csv", "prompt\na\n");
    if (truncate(cfg.path, (off_t)DC_DATA_MAX_FILE + 1) != 0) {
        print_message("SKIP: no file of that size can be made here\n");
        skip();
    }
    must_fail(&cfg, DC_DATA, "larger than 1073741824 bytes; split the file");
}

/* Of a path too long for a message its end is said, and the message whole. */
static void long_path(void **state)
{
    char longer[2000] = "/";
    struct dc_dataset d;
    struct dc_err err;
    (void)state;
    for (size_t n = 1; n + 20 < sizeof longer; n += 3)
        memcpy(longer + n, "\xC3\xA9/", 4);
    memcpy(longer + strlen(longer), "x.csv", 6);
    struct dc_dataset_cfg cfg = dc_dataset_cfg_default();
    cfg.path = longer;
    assert_int_equal(dc_dataset_read(&cfg, &d, &err), DC_IO);
    assert_true(strlen(err.msg) < 400);
    assert_ptr_equal(strstr(err.msg, "\xE2\x80\xA6"), err.msg);
    assert_non_null(strstr(err.msg, "/x.csv: can't be read: "));
    assert_true(dc_utf8_valid(err.msg, strlen(err.msg), NULL));
}

/* Where labels may be absent, and where a row without one is a mistake. */
static void unlabelled_rows(void **state)
{
    static const char *const none[] = {"", " ", "null", "None", "NaN"};
    char text[128];
    (void)state;
    for (size_t i = 0; i < DC_COUNT(none); i++) {
        snprintf(text, sizeof text,
                 "prompt,prompt_harm_label,adversarial\n"
                 "a,harmful,1\nb,%s,0\n",
                 none[i]);
        struct dc_dataset_cfg cfg = text_of("d.csv", text);
        cfg.benchmark = dc_benchmark_find("wildguardmix");
        struct dc_dataset d = must_read(&cfg);
        assert_int_equal(d.item[0].gold, DC_GOLD_REFUSE);
        assert_int_equal(d.item[1].gold, DC_GOLD_NONE);
        assert_string_equal(d.item[1].id, "2");
        dc_dataset_release(&d);
    }
    struct dc_dataset_cfg cfg =
        text_of("d.csv", "id,prompt,label,type\n1,a,safe,t\n2,b,,t\n");
    cfg.benchmark = dc_benchmark_find("xstest");
    must_fail(
        &cfg, DC_DATA,
        "line 3: there is no label in column label; expected one of: "
        "unsafe (should be refused); safe (should be answered)" FIX_LABEL);
}

static void refused_label_columns(void **state)
{
    static const char *const col[] = {
        "response_refusal_label", "response_harm_label", "model_output",
        "human_annotation",       "final_label",         "Response_Harm_Label"};
    struct dc_dataset d;
    struct dc_err err;
    char want[80];
    (void)state;
    struct dc_dataset_cfg cfg = text_of("d.csv", "prompt,final_label\na,1\n");
    for (size_t i = 0; i < DC_COUNT(col); i++) {
        cfg.field_label = col[i];
        assert_int_equal(dc_dataset_read(&cfg, &d, &err), DC_USAGE);
        snprintf(want, sizeof want, "--field label=%s: ", col[i]);
        assert_ptr_equal(strstr(err.msg, want), err.msg);
        assert_non_null(strstr(err.msg, "can never score fresh traces"));
    }
}

/* Whatever the file holds, a message is safe to print and not too long. */
static void hostile_bytes(void **state)
{
    static const char *const text[] = {
        "prompt,label\na,\x1B[2J\xE2\x80\xAEx\n",
        "id,prompt\n\x1B]0;x\x07,a\n\x1B]0;x\x07,b\n",
        "\x1B[31mid,te\xC2\x9Bxt\n1,a\n",
        "{\"prompt\":\"a\", \x1B[2J\n",
        "{\"prompt\":\"a\x1B[2J\"}\n",
        "{\"\x7F\\u001b[2J\":1}\n",
    };
    struct dc_dataset d;
    struct dc_err err;
    (void)state;
    for (size_t i = 0; i < DC_COUNT(text); i++) {
        struct dc_dataset_cfg cfg = text_of("d.txt", text[i]);
        assert_int_equal(dc_dataset_read(&cfg, &d, &err), DC_DATA);
        assert_true(dc_utf8_valid(err.msg, strlen(err.msg), NULL));
        assert_null(strpbrk(err.msg, "\x1B\x07\x7F\r"));
        assert_null(strstr(err.msg, "\xE2\x80\xAE"));
        assert_null(strstr(err.msg, "\xC2\x9B"));
        /* Marked instead; of a bad string jansson only gives the code. */
        assert_true(strstr(err.msg, "\xEF\xBF\xBD") ||
                    strstr(err.msg, "control character 0x1b"));
    }
}

static void long_prompt(void **state)
{
    enum { N = 1 << 20 };
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, DC_DATA_MAX_TEXT + 100);
    dc_buf_adds(&b, "prompt\n");
    for (int i = 0; i < N; i++)
        dc_buf_addc(&b, (char)('a' + i % 26));
    struct dc_dataset_cfg cfg = file_of("d.csv", b.data, b.n);
    struct dc_dataset d = must_read(&cfg);
    assert_int_equal(d.item[0].n_text, N);
    assert_memory_equal(d.item[0].text, b.data + 7, N + 1);
    dc_dataset_release(&d);
    while (b.n < 7 + (size_t)DC_DATA_MAX_TEXT + 1)
        dc_buf_addc(&b, 'z');
    cfg = file_of("d.csv", b.data, b.n);
    must_fail(&cfg, DC_DATA,
              "line 2: a prompt of 16777217 bytes, of which at most 16777216 "
              "are taken (column prompt)" ROW);
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_prompt),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(nul_byte),
        cmocka_unit_test(escaped_nul),
        cmocka_unit_test(bad_json),
        cmocka_unit_test(cannot_be_read),
        cmocka_unit_test(no_permission),
        cmocka_unit_test(large_file),
        cmocka_unit_test(long_path),
        cmocka_unit_test(unlabelled_rows),
        cmocka_unit_test(refused_label_columns),
        cmocka_unit_test(hostile_bytes),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
