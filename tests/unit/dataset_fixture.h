/*
 * dataset_fixture.h - data set files in a folder of the test's own.
 */
#ifndef DC_TEST_DATASET_FIXTURE_H
#define DC_TEST_DATASET_FIXTURE_H

#include "base/mem.h"
#include "data/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/deepconf-data-XXXXXX";
static char path[128];

static inline int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
    static const char *const names[] = {"d.csv", "d.jsonl", "d.txt"};
    (void)state;
    for (size_t i = 0; i < DC_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

/* A configuration that reads these bytes from a file of this name. */
static inline struct dc_dataset_cfg file_of(const char *name, const char *s,
                                            size_t n)
{
    struct dc_dataset_cfg cfg = dc_dataset_cfg_default();
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(s, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    cfg.path = path;
    return cfg;
}

static inline struct dc_dataset_cfg text_of(const char *name, const char *s)
{
    return file_of(name, s, strlen(s));
}

static inline struct dc_dataset must_read(const struct dc_dataset_cfg *cfg)
{
    struct dc_dataset d;
    struct dc_err err = {.msg = ""};
    if (dc_dataset_read(cfg, &d, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(err.msg, ""); /* untouched on success */
    return d;
}

#endif
