/*
 * golden_boxed.c - checker of boxed_answers.jsonl: the answer in a text,
 * against dc_answer_boxed().
 */
#include "golden.h"

#include <deepconf/answers.h>

void golden_boxed_row(struct golden *g, const json_t *row)
{
    static const char *const known[] = {"text", "answer", NULL};
    const json_t *text = golden_get(g, row, "text", JSON_STRING);
    const char *answer;
    size_t len = 0;

    golden_keys(g, row, known);
    if (!text)
        return;
    if (!dc_answer_boxed(json_string_value(text), json_string_length(text),
                         &answer, &len))
        answer = NULL;
    golden_same_text(g, "answer", json_object_get(row, "answer"), answer, len);
}
