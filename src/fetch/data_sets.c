/*
 * data_sets.c - where the data sets of the benchmarks are published, at one
 * commit each, and under which name they go into the cache, where a run looks
 * for them.
 */
#include "base/mem.h"
#include "fetch/fetch.h"
#include "infer/models.h"

#include <string.h>
#include <sys/stat.h>

static const struct dc_data_row rows[] = {
    {
        .name = "toxicchat",
        .hub = "lmsys/toxic-chat",
        .commit = "29df8e4dba60e1f4af4b4075c0705c5b313548a8",
        .file = "data/0124/toxic-chat_annotation_test.csv",
        .sha256 = "3c2e49889626f7738dca0a29bface0ba"
                  "0a0595b2ffdd17f0e02f19df7c3c4c9b",
        .licence = "CC-BY-NC-4.0",
        .as = "toxicchat.csv",
    },
    {
        .name = "xstest",
        .hub = "Paul/XSTest",
        .commit = "f600c994b256f12867dfa5b3eb3d545a3e62f8b5",
        .file = "xstest_prompts.csv",
        .sha256 = "11783fb294ed017473ee53c207d71f21"
                  "61c7672c8d0b037501e78387f801cb5a",
        .licence = "CC-BY-4.0",
        .as = "xstest.csv",
    },
    {
        .name = "wildguardmix",
        .hub = "allenai/wildguardmix",
        .commit = "main",
        .file = "test/wildguard_test.parquet",
        .licence = "ODC-BY, behind AI2's terms of use",
        .as = "wildguardmix.parquet",
        .parquet = true,
    },
    {
        .name = "harmbench",
        .file = "https://raw.githubusercontent.com/centerforaisafety/HarmBench/"
                "8e1604d1171fe8a48d8febecd22f600e462bdcdd/data/"
                "behavior_datasets/harmbench_behaviors_text_all.csv",
        .sha256 = "8d81accedd38eaaf8b760618622bb888"
                  "417d1fd0c86eba65c427a16f1cbb4afc",
        .licence = "MIT",
        .as = "harmbench.csv",
    },
};

const struct dc_data_row *dc_data_rows(size_t *n)
{
    *n = DC_COUNT(rows);
    return rows;
}

const struct dc_data_row *dc_data_row_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

bool dc_data_row_path(const struct dc_data_row *row, struct dc_buf *out)
{
    struct stat sb;
    size_t before = out->n;
    if (dc_cache_dir(out, NULL))
        return false;
    dc_buf_addf(out, "/data/%s", row->as);
    return stat(out->data + before, &sb) == 0 && S_ISREG(sb.st_mode);
}
