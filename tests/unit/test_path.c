/* The parts of paths that people write. */
#include "base/mem.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
