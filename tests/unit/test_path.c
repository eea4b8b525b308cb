/* The parts of paths that people write. */
#include "base/mem.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void parts(void **state)
{
    static const struct {
        const char *path, *name;
        size_t stem, folder;
    } row[] = {
        {"run.db", "run.db", 3, 0}, {"a/b/run.v2.db", "run.v2.db", 6, 4},
        {"/run", "run", 3, 1},      {"a.b/.hidden", ".hidden", 7, 4},
        {"a.b/c", "c", 1, 4},       {"a/", "a/", 2, 2},
        {"/", "/", 1, 1},           {"", "", 0, 0},
        {"../x.", "x.", 1, 3},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        assert_string_equal(dc_path_name(row[i].path), row[i].name);
        assert_int_equal(dc_path_stem(row[i].name), row[i].stem);
        assert_int_equal(dc_path_folder(row[i].path), row[i].folder);
    }
}

static void made(void **state)
{
    static const struct {
        const char *path, *folder, *with;
    } row[] = {
        {"run.db", ".", "run.db-lock"},
        {"a/run.db", "a/", "a/run.db-lock"},
        {"/run.db", "/", "/run.db-lock"},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        char *folder = dc_path_folder_copy(row[i].path);
        char *with = dc_path_with(row[i].path, "-lock");
        assert_string_equal(folder, row[i].folder);
        assert_string_equal(with, row[i].with);
        free(folder);
        free(with);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),
        cmocka_unit_test(made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
