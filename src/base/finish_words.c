/*
 * finish_words.c - how a response ended, by the words of its provider.
 *
 * Sources: the API references of OpenAI, Anthropic, Google (Gemini, Vertex),
 * Mistral, Cohere, AWS Bedrock, DeepSeek, Zhipu, vLLM, SGLang, TGI, Ollama, and
 * Inspect's, November 2026. Words are compared without case, and "-" is "_"
 * (content-filter); Vertex puts FINISH_REASON_ in front, and the name of an
 * enumeration in Python its class (FinishReason.SAFETY). A word that is not
 * here says nothing that we know of the end, and a response that was broken off
 * by its client ("abort", "cancelled", "pause_turn") has none of these ends:
 * both are unknown.
 */
#include "base/finish_words.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The model ended it by itself; tools are called by its own choice. */
static const char *const stop[] = {
    "stop",       "eos",           "eos_token", "end_turn",  "stop_sequence",
    "stop_token", "stop_criteria", "complete",  "completed", "finish",
    "finished",   "tool_calls",    "tool_call", "tool_use",  "function_call",
};
static const char *const length[] = {
    "length",         "max_tokens", "max_output_tokens",
    "max_new_tokens", "max_length", "max_completion_tokens",
    "token_limit",
};
static const char *const context[] = {
    "context",
    "model_length",
    "context_length",
    "context_length_exceeded",
    "context_window_exceeded",
    "model_context_window_exceeded",
    "error_limit",
};
static const char *const filter[] = {
    "filter",
    "filtered",
    "content_filter",
    "safety",
    "content_filtered",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "language",
    "image_safety",
    "image_prohibited_content",
    "refusal",
    "guardrail_intervened",
    "guardrails",
    "error_toxic",
    "model_armor",
    "moderation",
    "blocked",
    "sensitive",
    "image_recitation",
};
static const char *const error[] = {
    "error",
    "failed",
    "internal_error",
    "server_error",
    "network_error",
    "timeout",
    "malformed_function_call",
    "malformed_model_output",
    "malformed_tool_use",
    "unexpected_tool_call",
    "too_many_tool_calls",
    "insufficient_system_resource",
};

static bool is_same(const char *word, const char *known)
{
    while (*word && (tolower((unsigned char)*word) == *known ||
                     (*word == '-' && *known == '_'))) {
        word++;
        known++;
    }
    return !*word && !*known;
}

static bool is_one(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_same(word, list[i]))
            return true;
    return false;
}

static const char *skip_prefix(const char *word)
{
    static const char *const prefix[] = {"FINISH_REASON_", "FinishReason."};
    for (size_t i = 0; i < DC_COUNT(prefix); i++)
        if (!strncasecmp(word, prefix[i], strlen(prefix[i])))
            return word + strlen(prefix[i]);
    return word;
}

enum dc_finish dc_finish_of_word(const char *word)
{
    if (!word)
        return DC_FINISH_NONE;
    word = skip_prefix(word);
    if (is_one(word, stop, DC_COUNT(stop)))
        return DC_FINISH_STOP;
    if (is_one(word, length, DC_COUNT(length)))
        return DC_FINISH_LENGTH;
    if (is_one(word, context, DC_COUNT(context)))
        return DC_FINISH_CONTEXT;
    if (is_one(word, filter, DC_COUNT(filter)))
        return DC_FINISH_FILTER;
    if (is_one(word, error, DC_COUNT(error)))
        return DC_FINISH_ERROR;
    return DC_FINISH_NONE;
}
