/*
 * format_deepconf.c - our own JSONL by name: written as `jsonl` writes it, and
 * read back into the same run.
 */
#include "exchange/export_priv.h"
#include "exchange/import_priv.h"

const struct dc_format dc_format_deepconf = {
    .name = "deepconf",
    .summary = "the same; read back, it is the same run",
    .lossless = true,
    .write = &dc_export_jsonl,
    .read = dc_read_deepconf,
};
