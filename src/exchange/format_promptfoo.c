/*
 * format_promptfoo.c - results of promptfoo, which are read alone.
 */
#include "exchange/import_priv.h"

const struct dc_format dc_format_promptfoo = {
    .name = "promptfoo",
    .summary = "results of promptfoo, its JSON or JSONL",
    .read = dc_read_promptfoo,
};
