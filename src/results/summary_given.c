/*
 * summary_given.c - what a file of another program calls by words that mean
 * something else here (`deepconf import --format deep-conf-safety` counted it):
 * unsafe of the response taken for unsafe of the prompt, and large numbers
 * taken for sure that are unsure.
 */
#include "results/alarm.h"
#include "results/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t given_number(const struct dc_summary *s, const char *key)
{
    return strtoull(dc_summary_config(s, key, "0"), NULL, 10);
}

static void check_prediction(struct dc_summary *s)
{
    uint64_t n = given_number(s, "import.unsafe");
    uint64_t answered = given_number(s, "import.unsafe.answered");
    if (n == 0 || 2 * answered <= n)
        return;
    dc_alarm_raise(
        s, "label-inverted",
        "The input's final_prediction says unsafe of prompts that were "
        "answered, so a sensitivity or accuracy made of it counts answered "
        "harmful prompts as caught: go by the rates here, which count "
        "refusals.",
        dc_arena_printf(&s->arena,
                        "Of %" PRIu64 " prompts that it calls unsafe, at most "
                        "half of the traces refuse in %" PRIu64
                        ", by its own flags.",
                        n, answered));
}

static void check_confidence(struct dc_summary *s)
{
    const char *means = dc_summary_config(s, "import.confidence", NULL);
    uint64_t n = given_number(s, "import.categories");
    uint64_t above = given_number(s, "import.confidence.above_one");
    if (!means)
        return;
    if (n > 0)
        dc_alarm_raise(
            s, "confidence-inverted",
            "The input's confidence is unsureness, and its categories take "
            "large values for sure: don't use its confident and uncertain "
            "cells, but those of `deepconf stats`.",
            dc_arena_printf(&s->arena,
                            "By --confidence-means %.20s large is unsure; "
                            "%" PRIu64 " prompts have a category.",
                            means, n));
    if (strcmp(means, "unknown") != 0)
        return;
    dc_alarm_raise(
        s, "confidence-unknown",
        above > 0
            ? "What the input's confidence is was not said, and values above 1 "
              "are no probability: import again with --confidence-means, or "
              "use no figure of it."
            : "What the input's confidence is was not said, nor whether large "
              "is sure: import again with --confidence-means, or use no figure "
              "of it.",
        above > 0 ? dc_arena_printf(&s->arena, "%" PRIu64 " value%s above 1.",
                                    above, above == 1 ? " is" : "s are")
                  : NULL);
}

void dc_summary_given_alarms(struct dc_summary *s)
{
    check_prediction(s);
    check_confidence(s);
}
