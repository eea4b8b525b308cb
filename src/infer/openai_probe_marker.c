/*
 * openai_probe_marker.c - does a server read the markers of a chat template in
 * a user's text? Then who writes a prompt can end his turn and speak as the
 * system.
 *
 * It shows in usage.prompt_tokens: a marker that is read is one token, one that
 * is text is several. Each is sent twice, for a growth of 2, or of 5 and more.
 */
#include "base/mem.h"
#include "infer/openai_probe_priv.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *marker;
    const char *of[4]; /* words in names of models that use it */
} marker_rows[] = {
    {"<|im_end|>", {"qwen", "smol", "hermes", "chatml"}},
    {"<|eot_id|>", {"llama-3", "llama3"}},
    {"<end_of_turn>", {"gemma"}},
    {"<|end|>", {"phi", "gpt-oss"}},
    {"<|user|>", {"glm"}},
    {"[/INST]", {"mistral", "mixtral"}},
    {"<\xEF\xBD\x9C"
     "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>",
     {"deepseek"}},
};
enum { MARKER_FEW = 3 /* rows, where nobody knows the family */ };

static bool marker_in(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (; text && *text; text++)
        if (strncasecmp(text, word, n) == 0)
            return true;
    return false;
}

/* The row of the template, or else of the model's name; false: not known. */
static bool marker_guess(const struct dc_prober *b, size_t *row)
{
    for (size_t i = 0; i < DC_COUNT(marker_rows); i++) {
        *row = i;
        if (b->template && strstr(b->template, marker_rows[i].marker))
            return true;
    }
    for (size_t i = 0; i < DC_COUNT(marker_rows); i++)
        for (size_t k = 0; k < 4 && marker_rows[i].of[k]; k++) {
            *row = i;
            if (marker_in(b->p->model, marker_rows[i].of[k]) ||
                marker_in(b->p->path, marker_rows[i].of[k]))
                return true;
        }
    return false;
}

/* Tokens by which two of a marker lengthen the prompt. */
static enum dc_status marker_ask(struct dc_prober *b,
                                 const struct dc_probe_ask *base, size_t row,
                                 uint64_t *n_prompt, struct dc_err *err)
{
    struct dc_probe_ask q = *base;
    struct dc_probe_answer a;
    struct dc_buf text;
    bool refused;
    dc_probe_answer_init(&a);
    dc_buf_init(&text, SIZE_MAX);
    dc_buf_addf(&text, "%s%s%s", base->text, marker_rows[row].marker,
                marker_rows[row].marker);
    q.text = text.data;
    q.max_tokens = 1;
    enum dc_status st = dc_probe_ask(b, &q, &a, &refused, err);
    *n_prompt = !st && !refused && a.usage.has_prompt ? a.usage.prompt : 0;
    dc_buf_release(&text);
    dc_probe_answer_release(&a);
    return st;
}

static void marker_judge(struct dc_probe *p, size_t row, uint64_t grown)
{
    if (grown == 2) {
        p->markers = DC_KNOWN_YES;
        dc_probe_note(p, false,
                      "%s in a user's text is read as a marker: a prompt can "
                      "end its own turn",
                      marker_rows[row].marker);
    } else if (grown >= 5 && p->markers == DC_KNOWN_NOT) {
        p->markers = DC_KNOWN_NO;
    }
}

enum dc_status dc_probe_markers(struct dc_prober *b,
                                const struct dc_probe_ask *base,
                                const struct dc_probe_answer *a,
                                struct dc_err *err)
{
    size_t first = 0, row, n = MARKER_FEW;
    if (b->p->api != DC_API_CHAT || !a->usage.has_prompt)
        return DC_OK;
    if (b->cfg->whole) {
        n = DC_COUNT(marker_rows);
    } else if (marker_guess(b, &row)) {
        first = row;
        n = 1;
    }
    for (size_t i = first; i < first + n; i++) {
        uint64_t n_prompt;
        enum dc_status st = marker_ask(b, base, i, &n_prompt, err);
        if (st)
            return st;
        if (n_prompt > a->usage.prompt)
            marker_judge(b->p, i, n_prompt - a->usage.prompt);
    }
    return DC_OK;
}
