/*
 * test_cli.c - the parts of the command line that are functions: option
 * tables, the progress line, and what every row of cmds.def must have.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/cores.h"
#include "cli/progress.h"
#include "cli/run_opts.h"

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

/* ---- options ---- */

struct fields {
    bool flag;
    const char *text;
    struct dc_opt_list list;
    int64_t whole;
    struct dc_opt_seed seed;
    double real;
    bool real_given;
};

static const struct dc_opt table[] = {
    {.kind = DC_OPT_GROUP, .help = "Group"},
    {.kind = DC_OPT_FLAG,
     .letter = 'f',
     .name = "flag",
     .help = "a flag",
     .off = offsetof(struct fields, flag)},
    {.kind = DC_OPT_TEXT,
     .letter = 't',
     .name = "text",
     .alias = "string",
     .arg = "T",
     .help = "a text",
     .off = offsetof(struct fields, text)},
    {.kind = DC_OPT_LIST,
     .name = "list",
     .arg = "L",
     .help = "a list",
     .off = offsetof(struct fields, list),
     .shown = ""},
    {.kind = DC_OPT_INT,
     .name = "whole",
     .arg = "N",
     .help = "a number",
     .off = offsetof(struct fields, whole),
     .min = -2,
     .max = 10},
    {.kind = DC_OPT_SEED,
     .name = "seed",
     .arg = "S",
     .help = "a seed",
     .off = offsetof(struct fields, seed)},
    {.kind = DC_OPT_REAL,
     .name = "real",
     .arg = "X",
     .help = "a real",
     .off = offsetof(struct fields, real),
     .given = offsetof(struct fields, real_given),
     .min = 0,
     .open_min = true,
     .max = 1},
    {.kind = DC_OPT_END},
};

static struct fields f;
static struct dc_args args;
static struct dc_err err;

/* Parse words that end in NULL; args is released by the next call. */
static enum dc_status parse(const char *first, ...)
{
    static char *argv[16];
    va_list ap;
    int n = 0;
    argv[n++] = (char *)(uintptr_t) "deepconf";
    va_start(ap, first);
    for (const char *s = first; s; s = va_arg(ap, const char *))
        argv[n++] = (char *)(uintptr_t)s;
    va_end(ap);
    argv[n] = NULL;
    dc_args_release(&args);
    f = (struct fields){.text = "default", .whole = 3, .real = 0.5};
    args = (struct dc_args){.argc = n, .argv = argv};
    err = (struct dc_err){.status = DC_OK};
    return dc_opts_parse(table, &f, &args, &err);
}

static void test_parse(void **state)
{
    (void)state;
    assert_int_equal(parse("-f", "--text=a b", "x", "--whole", "-2", "--seed",
                           "18446744073709551615", "--real", "1", "--list", "p",
                           "--list=q", "y", NULL),
                     DC_OK);
    assert_true(f.flag);
    assert_string_equal(f.text, "a b");
    assert_int_equal(f.whole, -2);
    assert_true(f.seed.given);
    assert_true(f.seed.value == UINT64_MAX);
    assert_true(f.real == 1);
    assert_int_equal(f.list.n, 2);
    assert_string_equal(f.list.item[0], "p");
    assert_string_equal(f.list.item[1], "q");
    assert_int_equal(args.n, 2);
    assert_string_equal(args.item[0], "x");
    assert_string_equal(args.item[1], "y");
    assert_int_equal(parse("--string", "", NULL), DC_OK); /* the alias */
    assert_string_equal(f.text, "");
    assert_int_equal(parse(NULL), DC_OK);
    assert_string_equal(f.text, "default");
    assert_false(f.flag);
    assert_int_equal(parse("--help", "--nonsense", NULL), DC_OK);
    assert_true(args.help);
    assert_int_equal(parse("--", "--flag", NULL), DC_OK);
    assert_false(f.flag);
    assert_int_equal(args.n, 1);
}

static void refused(const char *opt, const char *value, const char *says)
{
    assert_int_equal(parse(opt, value, NULL), DC_USAGE);
    if (!strstr(err.msg, says))
        fail_msg("%s: \"%s\" lacks \"%s\"", opt, err.msg, says);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const no_whole[] = {
        "",   "1.5", "x",    "1x",  " 1",
        "-3", "11",  "0x10", "1e1", "99999999999999999999"};
    static const char *const no_real[] = {"",    "x",   "0",   "1.01", "nan",
                                          "inf", "0x1", "-.5", ".5 ",  "1e999"};
    static const char *const no_seed[] = {"", "-1", "1.5", "+1",
                                          "18446744073709551616"};
    for (size_t i = 0; i < DC_COUNT(no_whole); i++)
        refused("--whole", no_whole[i], "expected a whole number, -2 to 10");
    for (size_t i = 0; i < DC_COUNT(no_real); i++)
        refused("--real", no_real[i], "above 0, at most 1");
    for (size_t i = 0; i < DC_COUNT(no_seed); i++)
        refused("--seed", no_seed[i], "expected a whole number, 0 to");
    refused("--txt", "x", "did you mean --text?");
    refused("--flags=1", NULL, "did you mean --flag?");
    refused("--zzzzzz", NULL, "unknown option --zzzzzz; --help lists them");
    refused("-z", NULL, "unknown option -z");
    refused("--text", NULL, "needs a value");
    refused("--flag=1", NULL, "takes no value");
}

static void test_text_that_is_an_option(void **state)
{
    (void)state;
    refused("--text", "--flag",
            "--text needs a value, and --flag is an option"
            "; to pass text that begins with --, write "
            "--text=T");
    refused("--string", "--text", "--text needs a value, and --text is");
    refused("-t", "--string=x", "--text needs a value, and --string=x is");
    refused("-ft", "--seed", "--text needs a value, and --seed is");
    refused("--list", "--help", "--list needs a value, and --help is");
    assert_int_equal(parse("--text=--flag", NULL), DC_OK);
    assert_string_equal(f.text, "--flag");
    assert_false(f.flag);
    assert_int_equal(parse("--text", "--fla", "-t", "--", NULL), DC_OK);
    assert_string_equal(f.text, "--");
    assert_int_equal(parse("--text", "-f", NULL), DC_OK);
    assert_string_equal(f.text, "-f");
    assert_int_equal(parse("--text", "--text-x", NULL), DC_OK);
    assert_int_equal(parse("--", "--text", "--flag", NULL), DC_OK);
    assert_int_equal(args.n, 2);
    assert_int_equal(parse("--help", "--text", "--flag", NULL), DC_OK);
    assert_true(args.help);
    assert_int_equal(parse("-f", "--text", "--whole", NULL), DC_USAGE);
    /* The value of an option is not looked at as one. */
    assert_int_equal(parse("--text=x", "--list", "-t", "--flag", NULL), DC_OK);
    assert_true(f.flag);
}

static void test_given(void **state)
{
    (void)state;
    assert_int_equal(parse("-f", NULL), DC_OK);
    assert_false(f.real_given);
    assert_int_equal(parse("--real", "0.5", NULL), DC_OK);
    assert_true(f.real_given);
}

static void test_options_help(void **state)
{
    (void)state;
    struct dc_buf b;
    const struct fields def = {.text = "default", .whole = 3, .real = 0.5};
    dc_buf_init(&b, 1 << 16);
    dc_opts_help(table, &def, 80, &b);
    assert_non_null(strstr(b.data, "\nGroup\n"));
    assert_non_null(
        strstr(b.data, "  -t, --text, --string T  a text [default]"));
    assert_non_null(strstr(b.data, "a number [3]"));
    assert_non_null(strstr(b.data, "a real [0.5]"));
    assert_non_null(strstr(b.data, "  -h, --help"));
    dc_buf_release(&b);
}

/* ---- every command ---- */

static void test_commands_are_whole(void **state)
{
    (void)state;
    size_t n;
    const struct dc_cmd *const *c = dc_cmds(&n);
    assert_true(n >= 4);
    for (size_t i = 0; i < n; i++) {
        struct dc_buf b;
        dc_buf_init(&b, 1 << 16);
        assert_ptr_equal(dc_cmd_find(c[i]->name), c[i]);
        assert_true(c[i]->summary[0] && c[i]->about[0]);
        assert_non_null(c[i]->exec);
        assert_true(c[i]->example && c[i]->example[0].line);
        dc_help_command(c[i], &b, 80);
        for (const struct dc_opt *o = c[i]->opt; o->kind != DC_OPT_END; o++) {
            if (o->kind == DC_OPT_GROUP)
                continue;
            assert_non_null(strstr(b.data, o->name));
            assert_true(o->kind == DC_OPT_FLAG || o->arg);
            /* a default the help shows must be one the parser would take */
            if (o->kind == DC_OPT_REAL || o->kind == DC_OPT_INT)
                assert_true(o->min < o->max);
        }
        for (const struct dc_example *e = c[i]->example; e->line; e++)
            assert_int_equal(strncmp(e->line, "deepconf ", 9), 0);
        dc_buf_release(&b);
    }
}

static void test_names_are_unique(void **state)
{
    (void)state;
    size_t n;
    const struct dc_cmd *const *c = dc_cmds(&n);
    for (size_t i = 0; i < n; i++)
        for (const struct dc_opt *a = c[i]->opt; a->kind != DC_OPT_END; a++)
            for (const struct dc_opt *b = a + 1; b->kind != DC_OPT_END; b++) {
                if (a->kind == DC_OPT_GROUP || b->kind == DC_OPT_GROUP)
                    continue;
                assert_string_not_equal(a->name, b->name);
                assert_true(!a->letter || a->letter != b->letter);
                assert_true(a->letter != 'h' && b->letter != 'h');
            }
}

static void test_run_defaults(void **state)
{
    (void)state;
    struct dc_run_opts o;
    dc_run_opts_defaults(&o);
    assert_int_equal(o.min_traces, 3);
    assert_int_equal(o.max_traces, 10);
    assert_int_equal(o.max_tokens, 256);
    assert_true(o.temperature == 1 && o.top_p == 1 && o.min_p == 0);
    assert_int_equal(o.top_k, 0);
    assert_int_equal(o.logprobs, 20);
    assert_int_equal(o.seed.value, 1);
    assert_string_equal(o.stop, "curtail");
    assert_string_equal(o.measure, "mean_prob");
    assert_string_equal(o.judge, "keywords");
    assert_string_equal(o.vote, "majority");
    assert_true(o.calibration_share == 0.1 && o.audit_share == 0.05);
    assert_int_equal(o.answer_window, 0);
}

static void test_plan(void **state)
{
    (void)state;
    struct dc_run_opts o;
    struct dc_run_plan p;
    const char *field[] = {"prompt=q", "label=x=y"}, *keep[] = {"lang"};
    dc_run_opts_defaults(&o);
    o.model = "random:";
    o.backend = "fake";
    o.data = "a/b/c.csv";
    o.out = "o.db";
    o.stop = "confidence-percentile(35)";
    o.sample = 7;
    o.seed.value = 9;
    o.field = (struct dc_opt_list){field, 2};
    o.keep = (struct dc_opt_list){keep, 1};
    assert_int_equal(dc_run_plan_make(&o, &p, &err), DC_OK);
    assert_string_equal(p.run.policy.spec.text, "confidence-percentile(35)");
    assert_true(p.run.policy.spec.arg[0] == 35);
    assert_string_equal(p.run.measure.spec.text, "mean_prob");
    assert_string_equal(p.run.vote.spec.text, "majority");
    assert_false(p.run.has_window);
    assert_int_equal(p.data.sample_seed, 9);
    assert_string_equal(p.data.field_prompt, "q");
    assert_string_equal(p.data.field_label, "x=y");
    assert_null(p.data.field_id);
    assert_string_equal(p.run.data_name, "c.csv");
    assert_true(p.run.n_threads >= 1);
    assert_int_equal(p.data.n_keep, 1);
    assert_string_equal(p.data.keep[0], "lang");
    for (size_t i = 0; i < p.run.n_extra; i++)
        assert_int_equal(p.run.extra[i].binding,
                         strcmp(p.run.extra[i].key, "data.category") != 0);
    dc_run_plan_release(&p);
    o.sample_seed = (struct dc_opt_seed){true, 4};
    assert_int_equal(dc_run_plan_make(&o, &p, &err), DC_OK);
    assert_int_equal(p.data.sample_seed, 4);
    dc_run_plan_release(&p);
}

/* ---- progress ---- */

static const char *line(const struct dc_run_progress *p, size_t width, bool bar)
{
    static struct dc_buf b;
    static char out[512];
    dc_buf_init(&b, 4096);
    dc_progress_line(p, width, bar, &b);
    assert_true(b.n <= width && b.n < sizeof out);
    memcpy(out, b.data, b.n + 1);
    dc_buf_release(&b);
    return out;
}

static void test_progress_line(void **state)
{
    (void)state;
    struct dc_run_progress p = {.n_prompt = 100,
                                .n_decided = 50,
                                .n_refused = 12,
                                .n_trace = 321,
                                .n_tok = 500,
                                .seconds = 10};
    assert_string_equal(
        line(&p, 200, false),
        "50/100 prompts, 321 traces, 50 tok/s, 0:10 left, 12 refused");
    assert_string_equal(line(&p, 200, true),
                        "[###############...............] 50/100 prompts, 321 "
                        "traces, 50 tok/s, 0:10 left, 12 refused");
    p.calibrating = true;
    assert_non_null(strstr(line(&p, 200, false), ", calibrating"));
    for (size_t width = 0; width < 200; width++)
        line(&p, width, true); /* asserts that it fits */
    assert_string_equal(line(&p, 20, true), "50/100 prompts");
}

/* Of servers: what is in flight, what was received, what had to be asked again.
 * A line of 79 columns holds all of that in a large run, too. */
static void test_progress_line_of_servers(void **state)
{
    (void)state;
    struct dc_run_progress p = {
        .n_prompt = 100,
        .n_decided = 50,
        .n_refused = 12,
        .n_trace = 321,
        .n_tok = 500,
        .seconds = 10,
        .traffic = {.n_in_flight = 8, .n_request = 330, .n_received = 1234}};
    assert_string_equal(line(&p, 200, false),
                        "50/100 prompts, 321 traces, 8 in flight, 123 tok/s, "
                        "0:10 left, 12 refused");
    p.traffic.n_retry = 1;
    p.traffic.n_limited = 3;
    assert_string_equal(line(&p, 200, false),
                        "50/100 prompts, 321 traces, 8 in flight, 123 tok/s, "
                        "0:10 left, 12 refused, 1 retry, 3x 429");
    /* a server that is away, or takes nothing: all wait for their next try */
    p.n_running = 4;
    p.traffic.n_in_flight = 0;
    p.traffic.n_limited = 0;
    assert_string_equal(line(&p, 200, false),
                        "50/100 prompts, 321 traces, 4 to be asked again, 123 "
                        "tok/s, 0:10 left, 12 refused, 1 retry");
    p = (struct dc_run_progress){.n_prompt = 50830,
                                 .n_decided = 12345,
                                 .n_refused = 3210,
                                 .n_trace = 81234,
                                 .seconds = 8000,
                                 .traffic = {.n_in_flight = 256,
                                             .n_request = 99999,
                                             .n_retry = 123,
                                             .n_limited = 45,
                                             .n_received = 80000000}};
    assert_string_equal(line(&p, 79, true),
                        "12345/50830 prompts, 256 in flight, 10000 tok/s, "
                        "123 retries, 45x 429");
    for (size_t width = 0; width < 200; width++)
        line(&p, width, true);
}

/* Parts that don't fit are left out, the rate first; hostile labels are shown
 * safely. */
static void test_job_line(void **state)
{
    struct dc_job_progress j = {.what = "keywords",
                                .unit = "trace",
                                .n = 150,
                                .n_before = 50,
                                .n_all = 250,
                                .share = 0.75,
                                .share_before = 0.25,
                                .seconds = 16};
    static const struct {
        size_t width;
        bool bar;
        const char *want;
    } rows[] = {
        {200, false, "keywords: 150/250 traces, 0:08 left, 6.2 traces/s"},
        {40, false, "keywords: 150/250 traces, 0:08 left"},
        {26, false, "keywords: 150/250 traces"},
        {62, true,
         "[#######...] keywords: 150/250 traces, 0:08 left, 6.2 traces/s"},
    };
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dc_buf_clear(&b);
        dc_progress_job_line(&j, rows[i].width, rows[i].bar, &b);
        assert_string_equal(b.data, rows[i].want);
    }
    j = (struct dc_job_progress){
        .what = "x\033[1m", .unit = "response", .n = 1};
    dc_buf_clear(&b);
    dc_progress_job_line(&j, 80, false, &b);
    assert_null(strchr(b.data, '\033'));
    assert_non_null(strstr(b.data, ": 1 response"));
    dc_buf_release(&b);
}

static void test_progress_after_resume(void **state)
{
    (void)state;
    /* 80 of 100 were there; 10 more took 60 s, so the last 10 take as long. */
    struct dc_run_progress p = {.n_prompt = 100,
                                .n_decided = 90,
                                .n_decided_before = 80,
                                .n_tok = 600,
                                .seconds = 60};
    assert_non_null(strstr(line(&p, 200, false), "10 tok/s, 1:00 left"));
    p.n_decided = 80; /* nothing to go by yet */
    assert_null(strstr(line(&p, 200, false), "left"));
    p.n_decided = 81;
    p.seconds = 400; /* 19 more: 7600 s */
    assert_non_null(strstr(line(&p, 200, false), "2:06:40 left"));
    p = (struct dc_run_progress){0};
    assert_string_equal(line(&p, 200, false),
                        "0/0 prompts, 0 traces, 0 refused");
}

/* What telling p of one step writes when its last line is `ms` old. Not due is
 * a line of the future alone: any other may be, once the clock has gone on. */
static const char *told(struct dc_progress *p, double ms)
{
    static char text[512];
    struct dc_run_progress now = {.n_prompt = 9, .n_decided = 4};
    FILE *to = tmpfile();
    int was = dup(STDERR_FILENO);
    assert_true(to && was >= 0);
    fflush(stderr);
    assert_true(dup2(fileno(to), STDERR_FILENO) >= 0);
    p->last = dc_clock_ms() - ms;
    dc_progress_tell(p, &now);
    fflush(stderr);
    assert_true(dup2(was, STDERR_FILENO) >= 0);
    close(was);
    rewind(to);
    text[fread(text, 1, sizeof text - 1, to)] = '\0';
    fclose(to);
    return text;
}

static void test_progress_every_ten_seconds(void **state)
{
    (void)state;
    struct dc_term file = {.fd = STDERR_FILENO, .width = 80};
    struct dc_term tty = file;
    struct dc_progress p;
    tty.tty = true;
    dc_progress_init(&p, &file, false);
    assert_string_equal(told(&p, -1e6), "");
    double before = dc_clock_ms();
    assert_string_equal(told(&p, 10001), "4/9 prompts, 0 traces, 0 refused\n");
    assert_true(p.last >= before); /* from then on anew */
    dc_progress_init(&p, &tty, false);
    assert_string_equal(told(&p, -1e6), "");
    assert_non_null(strstr(told(&p, 201), "4/9 prompts"));
    dc_progress_init(&p, &file, true);
    assert_string_equal(told(&p, 1e6), "");
}

static void test_cores(void **state)
{
    (void)state;
    assert_true(dc_cores() >= 1 && dc_cores() < 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_text_that_is_an_option),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_options_help),
        cmocka_unit_test(test_commands_are_whole),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_run_defaults),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_progress_line),
        cmocka_unit_test(test_progress_line_of_servers),
        cmocka_unit_test(test_progress_after_resume),
        cmocka_unit_test(test_progress_every_ten_seconds),
        cmocka_unit_test(test_job_line),
        cmocka_unit_test(test_cores),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    dc_args_release(&args);
    return rc;
}
