/*
 * openai_fault.c - openai_fault.h: the retry table, one row a status.
 */
#include "infer/openai_fault.h"

#include "base/utf8.h"

#include <string.h>

enum { SHOWN = 240 }; /* columns of a server's words */

/* A 429 that no waiting helps: the account has nothing left. */
static bool fault_is_spent(const struct dc_chunk_error *e)
{
    static const char *const code[] = {"insufficient_quota",
                                       "billing_hard_limit_reached",
                                       "billing_not_active"};
    for (size_t i = 0; e && i < sizeof code / sizeof *code; i++)
        if ((e->code.s && strcmp(e->code.s, code[i]) == 0) ||
            (e->type.s && strcmp(e->type.s, code[i]) == 0))
            return true;
    return false;
}

enum dc_fault_act dc_openai_fault(int status, const struct dc_chunk_error *e)
{
    if (status == 429)
        return fault_is_spent(e) ? DC_FAULT_FATAL : DC_FAULT_LIMITED;
    if (status == 408 || status == 409 || status == 425 || status >= 500)
        return DC_FAULT_RETRY;
    if (e && status >= 400 && status != 401 && status != 404) {
        if (e->is == DC_CHUNK_CONTEXT)
            return DC_FAULT_CONTEXT;
        if (e->is == DC_CHUNK_FILTER)
            return DC_FAULT_FILTER;
    }
    return DC_FAULT_FATAL;
}

void dc_openai_fault_say(int status, const struct dc_chunk_error *e,
                         const char *body, size_t n, struct dc_buf *out)
{
    const char *s = e && e->message.n > 0 ? e->message.s : body;
    size_t len = e && e->message.n > 0 ? e->message.n : n;
    struct dc_buf words;
    dc_buf_init(&words, SIZE_MAX);
    len = len < (size_t)SHOWN * 4 ? len : (size_t)SHOWN * 4;
    dc_utf8_display(&words, s ? s : "", s ? len : 0, SHOWN);
    dc_buf_addf(out, "HTTP %d", status);
    if (words.n > 0)
        dc_buf_addf(out, ": \"%s\"", words.data);
    dc_buf_release(&words);
}

void dc_openai_fault_advise(int status, const struct dc_chunk_error *e,
                            const char *key_env, struct dc_buf *out)
{
    if (status == 401 && key_env)
        dc_buf_addf(out,
                    ": the key in %s is refused; --api-key-env NAME (of a "
                    "judge: --judge-api-key-env) takes another",
                    key_env);
    else if (status == 401)
        dc_buf_adds(out, ": it wants a key, and none was sent: name the "
                         "variable that holds it with --api-key-env (of a "
                         "judge: --judge-api-key-env)");
    else if (status == 403 && key_env)
        dc_buf_addf(out, ": the key in %s may not do this", key_env);
    else if (status == 403)
        dc_buf_adds(out, ": this is not allowed without a key: name the "
                         "variable that holds it with --api-key-env (of a "
                         "judge: --judge-api-key-env)");
    else if (status == 404)
        dc_buf_adds(out, ": no such model here, or the base URL is not the "
                         "one that ends in /v1");
    else if (status >= 300 && status < 400)
        dc_buf_adds(out, ": it sends on to another URL, which is not "
                         "followed: give that one as the base URL");
    else if (status == 429 && e)
        dc_buf_adds(out, ": the account has nothing left, and waiting does "
                         "not help");
    else
        dc_buf_adds(out, ": every request would be refused so");
}
