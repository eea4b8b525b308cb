/*
 * openai_args.c - further arguments of requests: one tree of all of them, and
 * the keys that are not the user's to set.
 */
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/openai_req_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_DEPTH = 16,    /* of a value, its key's parts included */
    MAX_ARG = 1 << 16, /* bytes */
    SHOWN = 60         /* columns of an argument in a message */
};
#define KWARGS "chat_template_kwargs"
#define THINKING "enable_thinking"

struct dc_request_args {
    json_t *root;
};

static const struct {
    const char *key, *why;
} ours[] = {
    {"model", "it is --model"},
    {"messages", "they are the prompts, and --system"},
    {"prompt", "it is the prompt"},
    {"n", "the policy decides how many traces are drawn"},
    {"seed", "it follows from --seed, prompt and trace"},
    {"max_tokens", "it is --max-tokens"},
    {"max_completion_tokens", "it is --max-tokens"},
    {"temperature", "it is --temperature"},
    {"top_p", "it is --top-p"},
    {"top_k", "it is --top-k"},
    {"min_p", "it is --min-p"},
    {"logprobs", "token confidence needs them"},
    {"top_logprobs", "token confidence needs them"},
    {"stream", "the backend decides it by what the probe found"},
    {"stream_options", "the backend decides it by what the probe found"},
    {"return_token_ids", "the backend decides it by what the probe found"},
    {"echo", "the prompt would become part of the response"},
    {"best_of", "the server would choose among responses"},
    {"use_beam_search", "responses would not be drawn by chance"},
};

struct dc_request_args *dc_request_args_create(void)
{
    struct dc_request_args *a = dc_xcalloc(1, sizeof *a);
    a->root = json_object();
    if (!a->root)
        dc_out_of_memory();
    return a;
}

void dc_request_args_free(struct dc_request_args *a)
{
    if (!a)
        return;
    json_decref(a->root);
    free(a);
}

/* "--request-arg ARG: why", the argument safe to show. */
static enum dc_status bad_arg(const char *arg, const char *why,
                              struct dc_err *err)
{
    struct dc_buf b;
    size_t n = strlen(arg);
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, arg, n < MAX_ARG ? n : MAX_ARG, SHOWN);
    enum dc_status st =
        dc_fail(err, DC_USAGE, "--request-arg %s: %s", b.data, why);
    dc_buf_release(&b);
    return st;
}

static size_t depth_of(const json_t *v)
{
    size_t most = 0, i;
    const char *key;
    json_t *x;
    if (json_is_object(v)) {
        json_object_foreach((json_t *)v, key, x)
        {
            (void)key;
            size_t d = depth_of(x);
            most = d > most ? d : most;
        }
    } else if (json_is_array(v)) {
        json_array_foreach(v, i, x)
        {
            size_t d = depth_of(x);
            most = d > most ? d : most;
        }
    }
    return 1 + most;
}

/* Parts of a dotted key; 0 if one is empty. */
static size_t count_parts(const char *key)
{
    size_t n = 1;
    if (key[0] == '.' || key[0] == '\0')
        return 0;
    for (const char *s = key; *s; s++) {
        if (*s != '.')
            continue;
        if (s[1] == '.' || s[1] == '\0')
            return 0;
        n++;
    }
    return n;
}

/* The object to put the last part of key into; *last is that part. NULL: a part
 * stands for something that is no object. Cuts key up. */
static json_t *object_for(json_t *at, char *key, char **last)
{
    for (char *dot; (dot = strchr(key, '.')); key = dot + 1) {
        *dot = '\0';
        json_t *next = json_object_get(at, key);
        if (!next) {
            next = json_object();
            if (!next || json_object_set_new(at, key, next))
                dc_out_of_memory();
        }
        if (!json_is_object(next))
            return NULL;
        at = next;
    }
    *last = key;
    return at;
}

static const char *why_ours(const char *key)
{
    size_t n = strcspn(key, ".=");
    for (size_t i = 0; i < DC_COUNT(ours); i++)
        if (strlen(ours[i].key) == n && memcmp(ours[i].key, key, n) == 0)
            return ours[i].why;
    return NULL;
}

/* Is a part of the key [n] the name of a secret? */
static bool names_a_key(const char *key, size_t n)
{
    static const char *const name[] = {"api_key", "api-key", "apikey",
                                       "authorization", "x-api-key"};
    for (size_t at = 0, end; at < n; at = end + 1) {
        for (end = at; end < n && key[end] != '.';)
            end++;
        for (size_t i = 0; i < DC_COUNT(name); i++)
            if (strlen(name[i]) == end - at &&
                strncasecmp(name[i], key + at, end - at) == 0)
                return true;
    }
    return false;
}

/* Put value, which is taken, at the dotted key. */
static enum dc_status put_value(struct dc_request_args *a, const char *arg,
                                char *key, json_t *value, struct dc_err *err)
{
    char *last = NULL;
    size_t n_part = count_parts(key);
    const char *why = NULL;
    json_t *in = NULL;
    if (n_part == 0)
        why = "a part of the key is empty";
    else if (n_part + depth_of(value) > MAX_DEPTH)
        why = "more than 16 levels";
    else if (!(in = object_for(a->root, key, &last)))
        why = "a part of the key was given a value before";
    else if (json_object_get(in, last))
        why = "this key was given before";
    if (!why) {
        if (json_object_set_new(in, last, value))
            dc_out_of_memory();
        return DC_OK;
    }
    json_decref(value);
    return bad_arg(arg, why, err);
}

enum dc_status dc_request_args_add(struct dc_request_args *a, const char *arg,
                                   struct dc_err *err)
{
    const char *eq = strchr(arg, '=');
    json_error_t why;
    char words[160];
    if (!eq || eq == arg)
        return bad_arg(arg,
                       "expected KEY=JSON, as in seed_mode=\"fast\" or " KWARGS
                       ".x=1",
                       err);
    if (strlen(arg) > MAX_ARG)
        return bad_arg(arg, "more than 64 KB", err);
    if (!dc_utf8_valid(arg, (size_t)(eq - arg), NULL))
        return bad_arg(arg, "the key is no UTF-8", err);
    if (names_a_key(arg, (size_t)(eq - arg)))
        return dc_fail(err, DC_USAGE,
                       "--request-arg: a key for the server (not shown) would "
                       "be kept in the run file, and on the command line every "
                       "user of the machine can read it: put it into a "
                       "variable, and name that with --api-key-env");
    if (why_ours(arg)) {
        snprintf(words, sizeof words, "deepconf sets this key itself: %s",
                 why_ours(arg));
        return bad_arg(arg, words, err);
    }
    json_t *value =
        json_loads(eq + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    if (!value) {
        char safe[DC_ERR_MSG];
        struct dc_buf b;
        dc_buf_init(&b, SIZE_MAX);
        dc_utf8_display(&b, why.text, strlen(why.text), SHOWN);
        snprintf(safe, sizeof safe,
                 "the value is no JSON: %s (a text needs its quotes: "
                 "KEY='\"text\"')",
                 b.data);
        dc_buf_release(&b);
        return bad_arg(arg, safe, err);
    }
    char *key = dc_xstrndup(arg, (size_t)(eq - arg));
    enum dc_status st = put_value(a, arg, key, value, err);
    free(key);
    return st;
}

void dc_request_args_json(const struct dc_request_args *a, struct dc_buf *out)
{
    dc_json_dump(a->root, JSON_COMPACT | JSON_SORT_KEYS, out);
}

/* ---- into a body ---- */

bool dc_request_args_has(const struct dc_request_args *a, const char *key)
{
    return json_object_get(a->root, key) != NULL;
}

bool dc_request_args_thinks(const struct dc_request_args *a)
{
    return json_object_get(json_object_get(a->root, KWARGS), THINKING) != NULL;
}

static void put_json(struct dc_json_out *o, const json_t *v);

static void put_members(struct dc_json_out *o, const json_t *object)
{
    const char *key;
    json_t *x;
    json_object_foreach((json_t *)object, key, x)
    {
        dc_jo_key(o, key);
        put_json(o, x);
    }
}

static void put_json(struct dc_json_out *o, const json_t *v)
{
    size_t i;
    json_t *x;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        dc_jo_object(o);
        put_members(o, v);
        dc_jo_end(o);
        break;
    case JSON_ARRAY:
        dc_jo_array(o);
        json_array_foreach(v, i, x)
        {
            put_json(o, x);
        }
        dc_jo_end(o);
        break;
    case JSON_STRING:
        dc_jo_textn(o, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        dc_jo_int(o, json_integer_value(v));
        break;
    case JSON_REAL:
        dc_jo_real(o, json_real_value(v));
        break;
    case JSON_TRUE:
        dc_jo_bool(o, true);
        break;
    case JSON_FALSE:
        dc_jo_bool(o, false);
        break;
    default:
        dc_jo_null(o);
    }
}

void dc_request_args_put(const struct dc_request_args *a, enum dc_think think,
                         struct dc_json_out *o)
{
    const json_t *root = a ? a->root : NULL, *kwargs;
    const char *key;
    json_t *x;
    json_object_foreach((json_t *)root, key, x)
    {
        if (think != DC_THINK_AUTO && strcmp(key, KWARGS) == 0)
            continue;
        dc_jo_key(o, key);
        put_json(o, x);
    }
    if (think == DC_THINK_AUTO)
        return;
    kwargs = json_object_get(root, KWARGS);
    dc_jo_object(dc_jo_key(o, KWARGS));
    if (json_is_object(kwargs))
        put_members(o, kwargs);
    dc_jo_bool(dc_jo_key(o, THINKING), think == DC_THINK_ON);
    dc_jo_end(o);
}
