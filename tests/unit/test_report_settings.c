/*
 * test_report_settings.c - a report that was made when sweep had fewer settings
 * is verified by those: policies added since are no difference. Reports made
 * now have them, and say so.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "report/manifest.h"
#include "report/verify.h"
#include "run_util.h"

#include <setjmp.h>
#include <stdarg.h>
/* after these */
#include <cmocka.h>

enum { PROMPTS = 12 };

static char run_path[512], folder[512];

static enum dc_status draw_run(void)
{
    struct dc_item item[PROMPTS] = {{.id = NULL}};
    char id[PROMPTS][16];
    struct dc_run_cfg c = test_run_cfg();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_dataset d = {.item = item, .n = PROMPTS};
    for (size_t i = 0; i < PROMPTS; i++) {
        snprintf(id[i], sizeof id[i], "p_%zu", i);
        item[i] =
            (struct dc_item){.id = id[i],
                             .text = id[i],
                             .n_text = strlen(id[i]),
                             .gold = i % 2 ? DC_GOLD_ANSWER : DC_GOLD_REFUSE};
    }
    dc_sha256_hex("settings", 8, d.sha256);
    b.model = "random:refuse=0.4,len=6,vocab=64";
    c.policy = policy_spec("fixed");
    c.max_tokens = 8;
    c.data_name = "p.csv";
    c.benchmark = "generic";
    return run_to(run_path, "fake", &b, &d, &c);
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *e;
    while (d && (e = readdir(d)) != NULL) {
        char p[1024];
        if (e->d_name[0] == '.')
            continue;
        snprintf(p, sizeof p, "%s/%s", path, e->d_name);
        if (unlink(p) != 0)
            remove_folder(p);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static int begin(void **state)
{
    (void)state;
    snprintf(run_path, sizeof run_path, "%s/run.db", test_dir());
    snprintf(folder, sizeof folder, "%s/report", test_dir());
    return draw_run() != DC_OK;
}

static int end(void **state)
{
    (void)state;
    remove_folder(folder);
    remove_run(run_path);
    return 0;
}

static struct dc_report_cfg report_cfg(void)
{
    struct dc_report_cfg c = {.n_run = 1,
                              .run = {{.path = run_path}},
                              .page_mb = 1,
                              .n_threads = 1,
                              .no_plots = true};
    dc_report_names(&c);
    return c;
}

static void make_report(bool first_set)
{
    struct dc_report_cfg c = report_cfg();
    struct dc_out_dir o;
    struct dc_err err = {.msg = ""};
    c.first_set = first_set;
    if (dc_out_begin(folder, &o, &err) || dc_report_make(&c, &o, &err))
        fail_msg("%s", err.msg);
    dc_out_end(&o);
}

/* How many files of the report have the text? */
static size_t n_with(const char *text)
{
    struct dc_manifest m;
    size_t n = 0;
    assert_int_equal(dc_manifest_read(folder, &m, NULL), DC_OK);
    for (size_t i = 0; i < m.n; i++) {
        char *all = dc_xcalloc(m.file[i].n + 1, 1);
        FILE *f = fopen(
            dc_arena_printf(&m.arena, "%s/%s", folder, m.file[i].path), "rb");
        assert_non_null(f);
        assert_int_equal(fread(all, 1, m.file[i].n, f), m.file[i].n);
        fclose(f);
        n += strstr(all, text) != NULL;
        free(all);
    }
    dc_manifest_release(&m);
    return n;
}

static void check(bool first_set)
{
    struct dc_report_cfg c = report_cfg();
    struct dc_verify v = {.n = 0};
    struct dc_manifest m;
    struct dc_err err = {.msg = ""};
    make_report(first_set);
    assert_int_equal(dc_manifest_read(folder, &m, &err), DC_OK);
    assert_int_equal(m.settings, first_set ? 0 : DC_MANIFEST_SETTINGS);
    dc_manifest_release(&m);
    if (dc_verify_run(folder, &c, &v, &err))
        fail_msg("%s", err.msg);
    assert_true(v.n_number > 1000);
    for (size_t i = 0; i < v.n && v.n_bad > 0; i++)
        if (v.file[i].state != DC_VERIFY_EQUAL)
            fail_msg("%s differs", v.file[i].path);
    dc_verify_release(&v);
    assert_int_equal(n_with("own-percentile(20,3,mean_prob)") > 0, !first_set);
    assert_int_equal(n_with("cges(0.95,mean_prob)") > 0, !first_set);
    assert_true(n_with("confidence-percentile(20) of mean_prob") > 0);
}

static void test_made_before(void **state)
{
    (void)state;
    check(true);
}

static void test_made_now(void **state)
{
    (void)state;
    check(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_before),
        cmocka_unit_test(test_made_now),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
