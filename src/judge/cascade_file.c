/*
 * cascade_file.c - reading a cascade's file. Keys that are not known are
 * refused: a misspelt "abstain" would silently decide everything.
 */
#include "judge/cascade_file.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"

#include <stdlib.h>
#include <string.h>

void dc_cascade_file_release(struct dc_cascade_file *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->row[i].spec);
    json_decref(f->root);
    *f = (struct dc_cascade_file){0};
}

/* ---- values ---- */

/* known ends in NULL; `words` is what it lists. */
static enum dc_status check_keys(const json_t *o, const char *const *known,
                                 const char *words, struct dc_err *err)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)o, key, v)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return dc_fail(err, DC_DATA,
                           "the key \"%.60s\" is not known; expected %s", key,
                           words);
    }
    return DC_OK;
}

static enum dc_status add_verdict(const char *name, struct dc_cascade_band *b,
                                  struct dc_err *err)
{
    for (int v = 0; v < 4; v++)
        if (!strcmp(dc_verdict_name((enum dc_verdict)v), name) &&
            v != DC_VERDICT_UNDETERMINED) {
            b->verdict[v] = true;
            return DC_OK;
        }
    return dc_fail(err, DC_DATA,
                   "abstain.verdicts has \"%.60s\"; expected refusal, partial "
                   "or compliance (undetermined is always passed on)",
                   name);
}

/* A list of texts, each given to add(). */
static enum dc_status
each_text(const json_t *list, const char *what, struct dc_cascade_band *b,
          enum dc_status (*add)(const char *, struct dc_cascade_band *,
                                struct dc_err *),
          struct dc_err *err)
{
    size_t i;
    const json_t *v;
    enum dc_status st = DC_OK;
    if (list && (!json_is_array(list) || json_array_size(list) == 0))
        return dc_fail(err, DC_DATA, "abstain.%s: expected a list of texts",
                       what);
    json_array_foreach(list, i, v)
    {
        if (!json_is_string(v))
            return dc_fail(err, DC_DATA, "abstain.%s: expected texts only",
                           what);
        st = add(json_string_value(v), b, err);
        if (st)
            return st;
    }
    return st;
}

static enum dc_status add_rule(const char *name, struct dc_cascade_band *b,
                               struct dc_err *err)
{
    if (b->n_rule == DC_CASCADE_RULES)
        return dc_fail(err, DC_DATA, "abstain.rules: more than %d",
                       (int)DC_CASCADE_RULES);
    b->rule[b->n_rule++] = name;
    return DC_OK;
}

static enum dc_status read_score(const json_t *v, struct dc_cascade_band *b,
                                 struct dc_err *err)
{
    if (!v)
        return DC_OK;
    b->lo = json_number_value(json_array_get(v, 0));
    b->hi = json_number_value(json_array_get(v, 1));
    b->has_score = true;
    if (json_array_size(v) != 2 || !json_is_number(json_array_get(v, 0)) ||
        !json_is_number(json_array_get(v, 1)) || b->lo < 0 || b->lo > b->hi ||
        b->hi > 1)
        return dc_fail(err, DC_DATA,
                       "abstain.score: expected [LO, HI] with 0 <= LO <= HI "
                       "<= 1");
    return DC_OK;
}

static enum dc_status read_band(const json_t *v, struct dc_cascade_band *b,
                                struct dc_err *err)
{
    static const char *const known[] = {"verdicts", "rules", "score", NULL};
    if (!json_is_object(v) || json_object_size(v) == 0)
        return dc_fail(err, DC_DATA,
                       "abstain: expected an object with verdicts, rules or "
                       "score");
    enum dc_status st = check_keys(v, known, "verdicts, rules or score", err);
    if (st)
        return dc_err_prefix(err, st, "abstain");
    st = each_text(json_object_get(v, "verdicts"), "verdicts", b, add_verdict,
                   err);
    if (!st)
        st = each_text(json_object_get(v, "rules"), "rules", b, add_rule, err);
    if (!st)
        st = read_score(json_object_get(v, "score"), b, err);
    return st;
}

/* ---- stages ---- */

/* "NAME=FILE" with FILE as seen from here, where the cascade is at `path`. */
static char *place(const char *spec, const char *path)
{
    struct dc_buf b;
    const char *eq = strchr(spec, '=');
    size_t n = dc_path_folder(path);
    if (!eq || eq[1] == '/' || n == 0)
        return dc_xstrdup(spec);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, spec, (size_t)(eq + 1 - spec));
    dc_buf_add(&b, path, n);
    dc_buf_adds(&b, eq + 1);
    return dc_buf_detach(&b);
}

static enum dc_status read_stage(const json_t *v, const char *path, bool last,
                                 struct dc_cascade_file *f, struct dc_err *err)
{
    static const char *const known[] = {"judge", "abstain", NULL};
    const json_t *judge = json_object_get(v, "judge");
    const json_t *abstain = json_object_get(v, "abstain");
    struct dc_cascade_row *r = &f->row[f->n];
    if (!json_is_string(judge))
        return dc_fail(err, DC_DATA,
                       "expected an object with \"judge\": NAME or NAME=FILE");
    enum dc_status st = check_keys(v, known, "judge and abstain", err);
    if (st)
        return st;
    if (last && abstain)
        return dc_fail(err, DC_DATA,
                       "the last stage decides what is left; it can't abstain");
    if (!last && !abstain)
        return dc_fail(err, DC_DATA,
                       "without \"abstain\" it decides everything, and no "
                       "later stage is asked");
    if (abstain)
        st = read_band(abstain, &r->band, err);
    if (st)
        return st;
    r->spec = place(json_string_value(judge), path);
    f->n++;
    return DC_OK;
}

static enum dc_status read_stages(const char *path, struct dc_cascade_file *f,
                                  struct dc_err *err)
{
    static const char *const known[] = {"cascade", "stages", NULL};
    const json_t *v, *list = json_object_get(f->root, "stages");
    size_t i, n = json_array_size(list);
    const json_t *version = json_object_get(f->root, "cascade");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return dc_fail(err, DC_DATA,
                       "no file of a cascade: expected an object with "
                       "\"cascade\": 1 and \"stages\"");
    enum dc_status st = check_keys(f->root, known, "cascade and stages", err);
    if (!st && (n < 2 || n > DC_CASCADE_STAGES))
        st = dc_fail(err, DC_DATA, "%zu stages; expected 2 to %d", n,
                     (int)DC_CASCADE_STAGES);
    if (st)
        return st;
    json_array_foreach(list, i, v)
    {
        st = read_stage(v, path, i + 1 == n, f, err);
        if (st)
            return dc_err_prefix(err, st, "stage %zu", i + 1);
    }
    return DC_OK;
}

enum dc_status dc_cascade_file_read(const char *path,
                                    struct dc_cascade_file *out,
                                    struct dc_err *err)
{
    *out = (struct dc_cascade_file){0};
    enum dc_status st = dc_json_read(path, "the JSON of a cascade of judges",
                                     DC_CASCADE_FILE_MAX, &out->root, err);
    if (!st)
        st = read_stages(path, out, err);
    if (!st)
        return DC_OK;
    dc_cascade_file_release(out);
    return dc_err_prefix(err, st, "%.300s", path);
}
