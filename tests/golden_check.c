/*
 * golden_check.c - compare the program with a folder of reference values:
 * golden_check DIR
 *
 * DIR has the shape that docs/METHODS.md, section 3 ("Reference values"),
 * describes; any of its files may be missing, and those that are there may come
 * from another seed. Every row of every file is checked. Printed for each file:
 * "N rows ok", or each mismatch with file, line, field, expected and got.
 * Exit code: 0 all is right, 1 something is not (or there is nothing to check),
 * 2 usage.
 */
#include "base/mem.h"
#include "golden/golden.h"

#include <stdio.h>
#include <sys/stat.h>

/* One row a file. */
static const struct golden_checker checkers[] = {
    {"deepconf_measures.jsonl", .row = golden_measures_row},
    {"deepconf_votes.jsonl", .row = golden_votes_row},
    {"deepconf_threshold.jsonl", .row = golden_threshold_row},
    {"boxed_answers.jsonl", .row = golden_boxed_row},
    {"statistics.json", .all = golden_statistics},
    {"stopping.jsonl", .row = golden_stopping_row},
    {"wildguard_replies.jsonl", .row = golden_wildguard_row},
};

int main(int argc, char **argv)
{
    struct stat is;
    size_t count[GOLDEN_ABSENT + 1] = {0};

    if (argc != 2 || argv[1][0] == '-') {
        fputs("usage: golden_check DIR\n", stderr);
        return 2;
    }
    if (stat(argv[1], &is) || !S_ISDIR(is.st_mode)) {
        fprintf(stderr, "golden_check: %s is not a folder\n", argv[1]);
        return 2;
    }
    for (size_t i = 0; i < DC_COUNT(checkers); i++)
        count[golden_file(argv[1], &checkers[i])]++;
    printf("%zu files ok, %zu wrong, %zu not there\n", count[GOLDEN_OK],
           count[GOLDEN_BAD], count[GOLDEN_ABSENT]);
    if (fflush(stdout) || ferror(stdout))
        return 1;
    return count[GOLDEN_BAD] || !count[GOLDEN_OK];
}
