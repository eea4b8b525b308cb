/*
 * test_scale.c - what a command costs grows with the run, and no faster.
 *
 * Counted are the steps of SQLite's machine, which are the same everywhere:
 * four times the prompts may take four times the steps, and a twentieth more.
 * Loops in memory are not seen here; bench/scale.py measures those.
 */
#include "audit/audit.h"
#include "base/hash.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "exchange/exchange.h"
#include "infer/backend.h"
#include "replay/judges.h"
#include "report/facts.h"
#include "report/out_dir.h"
#include "report/output.h"
#include "run_util.h"
#include "store/store_priv.h"

#include <setjmp.h>
#include <stdarg.h>
/* after these */
#include <cmocka.h>

enum { SMALL = 60, TIMES = 4 };

static const char *path_of(size_t n)
{
    static char path[2][512];
    char *p = path[n == SMALL];
    snprintf(p, sizeof path[0], "%s/%zu.db", test_dir(), n);
    return p;
}

static int make(size_t n)
{
    struct dc_item *item = dc_xcalloc(n, sizeof *item);
    char(*id)[16] = dc_xcalloc(n, sizeof *id);
    struct dc_run_cfg c = test_run_cfg();
    struct dc_backend_cfg b = dc_backend_cfg_default();
    struct dc_dataset d = {.item = item, .n = n};
    for (size_t i = 0; i < n; i++) {
        snprintf(id[i], sizeof id[i], "p%zu", i);
        item[i] =
            (struct dc_item){.id = id[i],
                             .text = id[i],
                             .n_text = strlen(id[i]),
                             .gold = i % 3 ? DC_GOLD_ANSWER : DC_GOLD_REFUSE};
    }
    dc_sha256_hex("scale", 5, d.sha256);
    b.model = "random:refuse=0.4,len=6,vocab=64";
    c.policy = policy_spec("fixed");
    c.max_tokens = 8;
    c.data_name = "scale.csv";
    c.benchmark = "generic";
    enum dc_status st = run_to(path_of(n), "fake", &b, &d, &c);
    free(item);
    free(id);
    return st != DC_OK;
}

static int setup(void **state)
{
    (void)state;
    return make(SMALL) || make((size_t)SMALL * TIMES);
}

struct cost {
    int64_t steps, sorts;
};

typedef void work_fn(struct dc_store *s);

static struct cost cost_of(size_t n, work_fn *work)
{
    struct dc_store *s = NULL;
    struct cost c;
    assert_int_equal(dc_store_open_ro(path_of(n), &s, NULL), DC_OK);
    work(s);
    c.steps = dc_db_steps(s->db, &c.sorts);
    dc_store_close(s);
    return c;
}

static void check_growth(const char *what, struct cost small, struct cost large)
{
    assert_true(small.steps > SMALL);
    if (large.steps > TIMES * small.steps + small.steps / 5)
        fail_msg("%s: %lld steps of %d prompts, %lld of %d times as many", what,
                 (long long)small.steps, (int)SMALL, (long long)large.steps,
                 (int)TIMES);
    /* one sort more for each prompt would be hidden in the steps */
    assert_int_equal(large.sorts, small.sorts);
}

static void check_work(const char *what, work_fn *work)
{
    check_growth(what, cost_of(SMALL, work),
                 cost_of((size_t)SMALL * TIMES, work));
}

/* ---- single readers ---- */

static void audit(struct dc_store *s)
{
    assert_int_equal(dc_audit_run(s, NULL), DC_OK);
}

static void judges(struct dc_store *s)
{
    struct dc_judges j;
    assert_int_equal(dc_judges_read(s, &j, NULL), DC_OK);
    dc_judges_release(&j);
}

/* ---- all of a report ---- */

static struct cost cost_of_report(size_t n)
{
    const struct dc_facts_cfg how = {
        .path = path_of(n), .name = "scale", .page_mb = 1, .n_threads = 1};
    struct dc_facts *f = dc_xcalloc(1, sizeof *f);
    struct dc_out_dir o;
    struct dc_err err = {.msg = ""};
    struct cost c;
    size_t n_out;
    const struct dc_output *const *row = dc_outputs(&n_out);
    if (dc_facts_read(&how, f, &err) || dc_out_begin(NULL, &o, &err))
        fail_msg("%s", err.msg);
    dc_out_enter(&o, "");
    for (size_t i = 0; i < n_out; i++) {
        const struct dc_output *r = row[i];
        if (r->begin ? r->end(r->begin(f, &o), f, &o, &err)
                     : r->write(f, &o, &err))
            fail_msg("%s: %s", r->files, err.msg);
    }
    c.steps = dc_db_steps(f->store->db, &c.sorts);
    dc_out_end(&o);
    dc_facts_release(f);
    free(f);
    return c;
}

static void test_readers(void **state)
{
    (void)state;
    check_work("the audit", audit);
    check_work("judges", judges);
}

static void test_report(void **state)
{
    (void)state;
    check_growth("a report", cost_of_report(SMALL),
                 cost_of_report((size_t)SMALL * TIMES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_report),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
