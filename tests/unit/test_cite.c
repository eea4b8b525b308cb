/*
 * What is cited: every name is one of a registry, every entry is
 * cited by something, and each data set and trained judge has one.
 */
#include "base/mem.h"
#include "data/dataset.h"
#include "judge/judge.h"
#include "results/cite.h"

#include <deepconf/conf.h>
#include <deepconf/stop.h>
#include <deepconf/vote.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_name(const char *what, const char *name)
{
    size_t n;
    bool found = false;
#define LOOK(kind, list)                                                       \
    if (!strcmp(what, kind))                                                   \
        for (size_t i = 0; (void)(list), i < n; i++)                           \
            found |= !strcmp((list)[i]->name, name);
    LOOK("policy", dc_stop_policies(&n))
    LOOK("measure", dc_measures(&n))
    LOOK("vote", dc_votes(&n))
    LOOK("judge", dc_judges(&n))
    LOOK("data set", dc_benchmarks(&n))
#undef LOOK
    return found;
}

/* A field of an entry; "" if it has none. */
static const char *field(const struct dc_paper *p, const char *name,
                         struct dc_buf *text)
{
    dc_buf_clear(text);
    dc_paper_field(p, name, text);
    return text->n ? text->data : "";
}

static void test_every_name_is_known_and_has_its_paper(void **state)
{
    (void)state;
    size_t n;
    struct dc_buf text;
    const struct dc_cites *c = dc_cites_all(&n);
    dc_buf_init(&text, 10000);
    for (size_t i = 0; i < n; i++) {
        struct dc_paper p;
        if (!is_name(c[i].what, c[i].name))
            fail_msg("there is no %s %s", c[i].what, c[i].name);
        if (!dc_paper_of(c[i].what, c[i].name, &p) ||
            strcmp(field(&p, "key", &text), c[i].key) != 0)
            fail_msg("%s %s: no paper %s, or another", c[i].what, c[i].name,
                     c[i].key);
    }
    dc_buf_release(&text);
}

static void check_entry(const struct dc_paper *p, struct dc_buf *text)
{
    long year = strtol(field(p, "year", text), NULL, 10);
    assert_in_range(year, 1900, 2100);
    assert_true(strlen(field(p, "author", text)) > 3);
    assert_true(strlen(field(p, "title", text)) > 10);
    const char *arxiv = field(p, "eprint", text);
    /* an arXiv number begins with the year of its first version */
    long first = 2000 + strtol(arxiv, NULL, 10) / 100;
    if (arxiv[0])
        assert_in_range(year, first, first + 1);
    else
        assert_true(field(p, "journal", text)[0]);
}

static void test_every_entry_is_cited_once_and_whole(void **state)
{
    (void)state;
    size_t n, n_entry = 0;
    struct dc_buf text, keys;
    struct dc_paper p;
    const struct dc_cites *c = dc_cites_all(&n);
    dc_buf_init(&text, 10000);
    dc_buf_init(&keys, 10000);
    for (const char *at = NULL; dc_paper_next(&at, &p); n_entry++) {
        bool cited = false;
        const char *key = field(&p, "key", &text);
        for (size_t j = 0; j < n; j++)
            cited |= !strcmp(c[j].key, key);
        if (!cited)
            fail_msg("nothing cites %s", key);
        assert_true(!keys.n || !strstr(keys.data, key));
        dc_buf_addf(&keys, "%s ", key);
        check_entry(&p, &text);
    }
    assert_true(n_entry > 10);
    dc_buf_release(&keys);
    dc_buf_release(&text);
}

static void test_every_published_data_set_has_one(void **state)
{
    (void)state;
    size_t n;
    struct dc_paper p;
    const struct dc_benchmark *const *b = dc_benchmarks(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(b[i]->name, "generic") != 0 &&
            strcmp(b[i]->name, "demo") != 0 &&
            !dc_paper_of("data set", b[i]->name, &p))
            fail_msg("the data set %s has no paper", b[i]->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_known_and_has_its_paper),
        cmocka_unit_test(test_every_entry_is_cited_once_and_whole),
        cmocka_unit_test(test_every_published_data_set_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
