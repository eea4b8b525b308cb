/*
 * fake_script.c - traces written down in a JSON file, token by token:
 *
 *   {"n_vocab": 1024, "can_think": false,
 *    "prompts": [{"text": "the prompt", "traces": [TRACE, ...]}, ...],
 *    "default": {"traces": [TRACE, ...]}}
 *
 *   TRACE = {"tokens": [TOKEN, ...] or "text": "split into words",
 *            "finish": "stop",
 *            "logprob": -0.5, "conf": 8, "entropy": 1, "self_cert": 4}
 *   TOKEN = "piece", or an object with "piece": "text" or "bytes": "e282ac"
 *           (hexadecimal, for half characters), and any of "id", "logprob",
 *           "conf", "entropy", "self_cert", and
 *           "top": [ALTERNATIVE, ...], the most probable first
 *   ALTERNATIVE = {"piece" or "bytes", "logprob"}; one that is the token itself
 *           takes its id and its log-probability
 *
 * Everything but the traces themselves may be left out. A token takes from its
 * trace what it doesn't say; its id is the hash of its piece. "default" is for
 * prompts that aren't listed. Unknown keys are errors: a misspelt one would
 * make a test that tests nothing.
 */
#include "base/arena.h"
#include "base/json.h"
#include "base/mem.h"
#include "infer/fake.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 1 << 28 };

struct scripted_tok {
    struct dc_token rec;
    const char *piece;
    size_t n_piece;
    struct dc_top_logprob *top; /* [n_top] */
    size_t n_top;
};

/* The text of an id. */
struct named {
    int32_t id;
    const char *piece;
    size_t n;
    struct named *next;
};

struct scripted_trace {
    struct scripted_tok *tok; /* [n] */
    size_t n;
    enum dc_finish finish;
};

struct dc_fake_scene {
    const char *text; /* NULL: the default */
    size_t n_text;
    struct scripted_trace *trace; /* [n] */
    size_t n;
};

struct dc_fake_script {
    struct dc_arena arena; /* owns what the scenes point to */
    const char *path;
    size_t n_vocab;
    bool can_think;
    struct dc_fake_scene *scene; /* [n]; the default, if any, is the last */
    size_t n;
    struct named *named;
};

/* True if every key of obj stands in the NULL-ended list behind it. */
static bool only_keys(json_t *obj, ...)
{
    const char *key, *known;
    json_t *value;
    json_object_foreach(obj, key, value)
    {
        bool found = false;
        va_list ap;
        va_start(ap, obj);
        while (!found && (known = va_arg(ap, const char *)))
            found = strcmp(key, known) == 0;
        va_end(ap);
        if (!found)
            return false;
    }
    return true;
}

/* Take obj[key] if it is there; false if it is no number from lo to hi. */
static bool take_float(json_t *obj, const char *key, double lo, double hi,
                       float *out)
{
    json_t *v = json_object_get(obj, key);
    if (!v)
        return true;
    double x = json_number_value(v);
    if (!json_is_number(v) || !(x >= lo && x <= hi))
        return false;
    *out = (float)x;
    return true;
}

/* Take the values of a token record that obj (of a trace or token) has. */
static bool take_record(json_t *obj, struct dc_token *rec)
{
    return take_float(obj, "logprob", -1e6, 0, &rec->logprob) &&
           take_float(obj, "conf", 0, 1e6, &rec->conf) &&
           take_float(obj, "entropy", 0, 1e6, &rec->entropy) &&
           take_float(obj, "self_cert", 0, 1e6, &rec->self_cert);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool unhex(struct dc_arena *a, const char *hex, struct scripted_tok *t)
{
    size_t n = strlen(hex);
    char *bytes = dc_arena_alloc(a, n / 2 + 1);
    for (size_t i = 0; i + 1 < n; i += 2) {
        int hi = hex_digit(hex[i]), lo = hex_digit(hex[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        bytes[i / 2] = (char)(hi * 16 + lo);
    }
    t->piece = bytes;
    t->n_piece = n / 2;
    return n % 2 == 0;
}

static void set_piece(struct dc_arena *a, struct scripted_tok *t,
                      const char *piece, size_t n)
{
    t->piece = dc_arena_strndup(a, piece, n);
    t->n_piece = n;
}

static void set_id(const struct dc_fake_script *s, struct scripted_tok *t)
{
    t->rec.id = (int32_t)(dc_hash64(t->piece, t->n_piece) % s->n_vocab);
}

static const struct named *name_of(const struct dc_fake_script *s, int32_t id)
{
    const struct named *x = s->named;
    while (x && x->id != id)
        x = x->next;
    return x;
}

/* An id for an alternative: its hash, or the next that no other text has. */
static int32_t id_of(struct dc_fake_script *s, const struct scripted_tok *t)
{
    int32_t id = t->rec.id;
    const struct named *has = name_of(s, id);
    while (has && (has->n != t->n_piece ||
                   memcmp(has->piece, t->piece, has->n) != 0)) {
        id = (int32_t)(((size_t)id + 1) % s->n_vocab);
        has = name_of(s, id);
    }
    if (!has) {
        struct named *x = dc_arena_alloc(&s->arena, sizeof *x);
        *x = (struct named){id, t->piece, t->n_piece, s->named};
        s->named = x;
    }
    return id;
}

static bool read_alternative(struct dc_fake_script *s, json_t *j,
                             const struct scripted_tok *of,
                             struct dc_top_logprob *out)
{
    struct scripted_tok t = {.n_piece = 0};
    json_t *piece = json_object_get(j, "piece");
    json_t *bytes = json_object_get(j, "bytes");
    if (!json_is_object(j) ||
        !only_keys(j, "piece", "bytes", "logprob", (const char *)NULL) ||
        !take_float(j, "logprob", -1e6, 0, &out->logprob))
        return false;
    if (json_is_string(piece))
        set_piece(&s->arena, &t, json_string_value(piece),
                  json_string_length(piece));
    else if (!json_is_string(bytes) ||
             !unhex(&s->arena, json_string_value(bytes), &t))
        return false;
    set_id(s, &t);
    out->id = id_of(s, &t);
    if (t.n_piece == of->n_piece && !memcmp(t.piece, of->piece, t.n_piece))
        *out = (struct dc_top_logprob){of->rec.id, of->rec.logprob};
    return true;
}

/* The token's record is read already. */
static bool read_top(struct dc_fake_script *s, json_t *list,
                     struct scripted_tok *t)
{
    size_t n = json_array_size(list);
    if (!list)
        return true;
    if (!json_is_array(list))
        return false;
    t->top = dc_arena_array(&s->arena, n, sizeof *t->top);
    for (; t->n_top < n; t->n_top++)
        if (!read_alternative(s, json_array_get(list, t->n_top), t,
                              &t->top[t->n_top]))
            return false;
    return true;
}

/* t->rec holds the trace's values already. */
static bool read_token(struct dc_fake_script *s, json_t *j,
                       struct scripted_tok *t)
{
    json_t *piece = json_is_string(j) ? j : json_object_get(j, "piece");
    json_t *bytes = json_object_get(j, "bytes");
    json_t *id = json_object_get(j, "id");
    if (json_is_object(j) &&
        !only_keys(j, "piece", "bytes", "id", "logprob", "conf", "entropy",
                   "self_cert", "top", (const char *)NULL))
        return false;
    if (json_is_string(piece) && !bytes)
        set_piece(&s->arena, t, json_string_value(piece),
                  json_string_length(piece));
    else if (piece || !json_is_string(bytes) ||
             !unhex(&s->arena, json_string_value(bytes), t))
        return false;
    set_id(s, t);
    if (id) {
        json_int_t x = json_integer_value(id);
        if (!json_is_integer(id) || x < 0 || (size_t)x >= s->n_vocab)
            return false;
        t->rec.id = (int32_t)x;
    }
    return take_record(j, &t->rec) && read_top(s, json_object_get(j, "top"), t);
}

/* One token a word, the white space before it included. */
static void split_text(struct dc_fake_script *s, const char *text,
                       const struct dc_token *rec, struct scripted_trace *out)
{
    const char *space = " \t\n";
    out->tok = dc_arena_array(&s->arena, strlen(text) + 1, sizeof *out->tok);
    while (*text) {
        struct scripted_tok *t = &out->tok[out->n++];
        size_t n = strspn(text, space);
        n += strcspn(text + n, space);
        t->rec = *rec;
        set_piece(&s->arena, t, text, n);
        set_id(s, t);
        text += n;
    }
}

static bool read_trace(struct dc_fake_script *s, json_t *j,
                       struct scripted_trace *out)
{
    struct dc_token rec = {
        .logprob = -0.5f, .conf = 8, .entropy = 1, .self_cert = 4};
    json_t *finish = json_object_get(j, "finish");
    json_t *tokens = json_object_get(j, "tokens");
    json_t *text = json_object_get(j, "text");
    out->finish = DC_FINISH_STOP;
    if (!json_is_object(j) || !take_record(j, &rec) ||
        !only_keys(j, "tokens", "text", "finish", "logprob", "conf", "entropy",
                   "self_cert", (const char *)NULL))
        return false;
    if (finish && (!json_is_string(finish) ||
                   !dc_finish_parse(json_string_value(finish), &out->finish) ||
                   !dc_finish_is_known(out->finish)))
        return false;
    if (json_is_string(text) && !tokens) {
        split_text(s, json_string_value(text), &rec, out);
        return true;
    }
    if (text || !json_is_array(tokens))
        return false;
    size_t n = json_array_size(tokens);
    out->tok = dc_arena_array(&s->arena, n, sizeof *out->tok);
    for (; out->n < n; out->n++) {
        out->tok[out->n].rec = rec;
        if (!read_token(s, json_array_get(tokens, out->n), &out->tok[out->n]))
            return false;
    }
    return true;
}

static enum dc_status read_scene(struct dc_fake_script *s, json_t *j,
                                 bool listed, struct dc_err *err)
{
    struct dc_fake_scene *scene = &s->scene[s->n++];
    json_t *text = json_object_get(j, "text");
    json_t *traces = json_object_get(j, "traces");
    if (!only_keys(j, "text", "traces", (const char *)NULL) ||
        listed != json_is_string(text) || json_array_size(traces) == 0)
        return dc_fail(err, DC_BACKEND,
                       "%s: prompt %zu of the script: expected \"traces\", a "
                       "list that isn't empty, and \"text\" (but not in "
                       "\"default\")",
                       s->path, s->n);
    if (listed) {
        scene->n_text = json_string_length(text);
        scene->text =
            dc_arena_strndup(&s->arena, json_string_value(text), scene->n_text);
    }
    size_t n = json_array_size(traces);
    scene->trace = dc_arena_array(&s->arena, n, sizeof *scene->trace);
    for (; scene->n < n; scene->n++)
        if (!read_trace(s, json_array_get(traces, scene->n),
                        &scene->trace[scene->n]))
            return dc_fail(err, DC_BACKEND,
                           "%s: prompt %zu of the script, trace %zu: not as "
                           "the head of fake_script.c describes it",
                           s->path, s->n, scene->n + 1);
    return DC_OK;
}

static enum dc_status read_script(struct dc_fake_script *s, json_t *root,
                                  struct dc_err *err)
{
    json_t *prompts = json_object_get(root, "prompts");
    json_t *fallback = json_object_get(root, "default");
    json_t *n_vocab = json_object_get(root, "n_vocab");
    json_int_t v = n_vocab ? json_integer_value(n_vocab) : 1024;
    if (!only_keys(root, "n_vocab", "can_think", "prompts", "default",
                   (const char *)NULL) ||
        (!prompts && !fallback) || (prompts && !json_is_array(prompts)) ||
        v < 1 || v > INT32_MAX)
        return dc_fail(err, DC_BACKEND,
                       "%s: not a script: expected an object with \"prompts\" "
                       "or \"default\", and at most \"n_vocab\" (a count) and "
                       "\"can_think\" beside them",
                       s->path);
    s->n_vocab = (size_t)v;
    s->can_think = json_is_true(json_object_get(root, "can_think"));
    size_t n = json_array_size(prompts);
    s->scene = dc_arena_array(&s->arena, n + 1, sizeof *s->scene);
    enum dc_status st = DC_OK;
    for (size_t i = 0; !st && i < n; i++)
        st = read_scene(s, json_array_get(prompts, i), true, err);
    if (!st && fallback)
        st = read_scene(s, fallback, false, err);
    return st;
}

enum dc_status dc_fake_script_load(const char *path,
                                   struct dc_fake_script **out,
                                   struct dc_err *err)
{
    json_t *root;
    enum dc_status st =
        dc_json_read(path, "the JSON of a script", MAX_FILE, &root, err);
    if (st)
        return dc_err_prefix(err, DC_BACKEND, "%s", path);
    struct dc_fake_script *s = dc_xcalloc(1, sizeof *s);
    dc_arena_init(&s->arena);
    s->path = dc_arena_strdup(&s->arena, path);
    st = read_script(s, root, err);
    json_decref(root);
    if (st)
        dc_fake_script_free(s);
    else
        *out = s;
    return st;
}

void dc_fake_script_free(struct dc_fake_script *s)
{
    if (!s)
        return;
    dc_arena_release(&s->arena);
    free(s);
}

size_t dc_fake_script_n_vocab(const struct dc_fake_script *s)
{
    return s->n_vocab;
}

bool dc_fake_script_can_think(const struct dc_fake_script *s)
{
    return s->can_think;
}

const struct dc_fake_scene *dc_fake_script_find(const struct dc_fake_script *s,
                                                const char *text, size_t n)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct dc_fake_scene *scene = &s->scene[i];
        if (!scene->text ||
            (scene->n_text == n && memcmp(scene->text, text, n) == 0))
            return scene;
    }
    return NULL;
}

struct dc_fake_at dc_fake_scene_at(const struct dc_fake_scene *s,
                                   uint32_t index, unsigned i)
{
    const struct scripted_trace *t = &s->trace[index % s->n];
    if (i >= t->n)
        return (struct dc_fake_at){.finish = t->finish};
    const struct scripted_tok *tok = &t->tok[i];
    return (struct dc_fake_at){.has_token = true,
                               .token = tok->rec,
                               .piece = tok->piece,
                               .n_piece = tok->n_piece,
                               .top = tok->top,
                               .n_top = tok->n_top};
}

void dc_fake_script_text(const struct dc_fake_script *s, int32_t id,
                         struct dc_buf *out)
{
    const struct named *x = name_of(s, id);
    if (x)
        dc_buf_add(out, x->piece, x->n);
}
