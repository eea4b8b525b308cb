/*
 * openai_chunk_error.c - errors in a body, and the two that mean something.
 *
 * Shapes: {"error": {"message", "type", "code"}} (OpenAI, vLLM, llama-server),
 * {"error": "text"} (Ollama, TGI with "error_type"), {"object": "error",
 * "message", "type", "code"} (SGLang, Mistral, vLLM before 0.10), {"detail":
 * ...} (FastAPI). A gateway puts one into a choice.
 *
 * A prompt that is too long, and a provider's filter, are known by their code
 * where there is one and else by words, as seen in November 2026.
 */
#include "base/mem.h"
#include "infer/openai_chunk_priv.h"

#include <string.h>
#include <strings.h>

enum { SEARCHED = 4096 }; /* bytes of a message */

static const char *const context_code[] = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "context_window_exceeded",
    "model_max_length_exceeded",
};
static const char *const context_words[] = {
    "maximum context length",       /* OpenAI, vLLM */
    "context length exceeded",      /* Ollama, LM Studio */
    "available context size",       /* llama-server */
    "the model's context length",   /* SGLang */
    "max_model_len",                /* vLLM */
    "`inputs` must have less than", /* TGI */
    "`max_new_tokens` must be",     /* TGI */
    "exceeds the context window",
};
static const char *const filter_code[] = {
    "content_filter",
    "content_policy_violation",
    "moderation",
    "ResponsibleAIPolicyViolation",
    "data_inspection_failed",
};
static const char *const filter_words[] = {
    "content management policy",                    /* Azure */
    "flagged by moderation", "requires moderation", /* OpenRouter */
};

static bool is_one_of(const struct dc_chunk_text *t, const char *const *word,
                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (t->s && strcasecmp(t->s, word[i]) == 0)
            return true;
    return false;
}

static bool has_one_of(const struct dc_chunk_text *t, const char *const *word,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < t->n && k < SEARCHED; k++)
            if (strncasecmp(t->s + k, word[i], strlen(word[i])) == 0)
                return true;
    return false;
}

static enum dc_chunk_trouble trouble_of(const struct dc_chunk_error *e)
{
    if (is_one_of(&e->code, context_code, DC_COUNT(context_code)) ||
        is_one_of(&e->type, context_code, DC_COUNT(context_code)) ||
        has_one_of(&e->message, context_words, DC_COUNT(context_words)))
        return DC_CHUNK_CONTEXT;
    if (is_one_of(&e->code, filter_code, DC_COUNT(filter_code)) ||
        is_one_of(&e->type, filter_code, DC_COUNT(filter_code)) ||
        has_one_of(&e->message, filter_words, DC_COUNT(filter_words)))
        return DC_CHUNK_FILTER;
    return DC_CHUNK_ERROR;
}

/* FastAPI: [{"loc": [...], "msg": "..."}]; Mistral: {"detail": [...]}. */
static yyjson_val *message_in(yyjson_val *v)
{
    for (unsigned depth = 0; depth < 4 && v && !yyjson_is_str(v); depth++) {
        yyjson_val *first = yyjson_is_arr(v) ? yyjson_arr_get_first(v) : v;
        v = yyjson_obj_get(first, "msg");
        if (!v)
            v = yyjson_obj_get(first, "message");
        if (!v)
            v = yyjson_obj_get(first, "detail");
    }
    return v;
}

static void take_code(struct dc_chunk_error *e, yyjson_val *code)
{
    e->code = dc_chunk_text_of(code);
    if (yyjson_is_uint(code) && yyjson_get_uint(code) >= 100 &&
        yyjson_get_uint(code) < 600)
        e->status = (int)yyjson_get_uint(code);
}

void dc_chunk_take_error_of(struct dc_chunk_reader *r, yyjson_val *v)
{
    struct dc_chunk_error *e = &r->chunk.error;
    yyjson_val *inner = yyjson_obj_get(v, "innererror"); /* Azure */
    *e = (struct dc_chunk_error){.is = DC_CHUNK_ERROR};
    e->message = dc_chunk_text_of(message_in(v));
    e->type = dc_chunk_text_of(yyjson_obj_get(v, "type"));
    take_code(e, yyjson_obj_get(v, "code"));
    e->is = trouble_of(e);
    if (e->is == DC_CHUNK_ERROR && inner) {
        struct dc_chunk_error in = {.is = DC_CHUNK_ERROR};
        in.code = dc_chunk_text_of(yyjson_obj_get(inner, "code"));
        e->is = trouble_of(&in);
    }
}

void dc_chunk_take_error(struct dc_chunk_reader *r, yyjson_val *root)
{
    yyjson_val *error = yyjson_obj_get(root, "error");
    yyjson_val *type = yyjson_obj_get(root, "error_type"); /* TGI */
    bool is_flat =
        yyjson_equals_str(yyjson_obj_get(root, "object"), "error") ||
        (!yyjson_obj_get(root, "choices") &&
         (yyjson_obj_get(root, "detail") || yyjson_obj_get(root, "message")));
    if (error && !yyjson_is_null(error))
        dc_chunk_take_error_of(r, error);
    else if (is_flat)
        dc_chunk_take_error_of(r, root);
    if (r->chunk.error.is && !r->chunk.error.type.s)
        r->chunk.error.type = dc_chunk_text_of(type);
}
