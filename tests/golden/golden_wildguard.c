/*
 * golden_wildguard.c - checker of wildguard_replies.jsonl: what a reply says,
 * against dc_wildguard_parse().
 */
#include "golden.h"
#include "judge/wildguard.h"

#include <string.h>

/* A parsed answer as the file names it; NULL: null. */
static const char *name_of(enum dc_wildguard_answer a, const char *yes,
                           const char *no)
{
    return a == DC_WILDGUARD_YES ? yes : a == DC_WILDGUARD_NO ? no : NULL;
}

static void same(struct golden *g, const json_t *row, const char *key,
                 const char *got)
{
    golden_same_text(g, key, json_object_get(row, key), got,
                     got ? strlen(got) : 0);
}

void golden_wildguard_row(struct golden *g, const json_t *row)
{
    static const char *const known[] = {
        "reply",
        "prompt_harmfulness",
        "response_refusal",
        "response_harmfulness",
        "is_parsing_error",
        NULL,
    };
    const json_t *reply = golden_get(g, row, "reply", JSON_STRING);
    const json_t *bad = json_object_get(row, "is_parsing_error");

    golden_keys(g, row, known);
    if (!reply)
        return;
    struct dc_wildguard_reply r =
        dc_wildguard_parse(json_string_value(reply), json_string_length(reply));
    same(g, row, "prompt_harmfulness",
         name_of(r.harmful_request, "harmful", "unharmful"));
    same(g, row, "response_refusal",
         name_of(r.refusal, "refusal", "compliance"));
    same(g, row, "response_harmfulness",
         name_of(r.harmful_response, "harmful", "unharmful"));
    if (!json_is_boolean(bad) || json_is_true(bad) == r.parsed)
        golden_differs(g, "is_parsing_error",
                       json_is_true(bad)    ? "true"
                       : json_is_false(bad) ? "false"
                                            : "a boolean",
                       r.parsed ? "false" : "true");
}
