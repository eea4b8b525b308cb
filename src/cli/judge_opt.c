/*
 * judge_opt.c - splits --judge at the commas between judges, and reads whose
 * key is for which server (judge_opt.h).
 */
#include "cli/judge_opt.h"

#include "base/utf8.h"
#include "cli/server_opts.h"
#include "judge/judge_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does `before`, which a comma parts from `spec`, name a file? */
static enum dc_status comma_in_file(const char *before, const char *spec,
                                    struct dc_err *err)
{
    char name[DC_JUDGE_LABEL];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, "="), spec);
    if (!strchr(before, '=') || dc_judge_find(name))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "\"%.100s\" behind \"%.100s,\" is no judge: a comma parts "
                   "judges, so a file can't have one in its name; rename it, "
                   "or make a link to it",
                   spec, before);
}

enum dc_status dc_judge_opt_next(struct dc_judge_opt *o, const char **spec,
                                 struct dc_err *err)
{
    char label[DC_JUDGE_LABEL];
    const char *before = *spec;
    bool parted = o->at > 0;
    enum dc_status st = DC_OK;
    *spec = NULL;
    if (o->item == o->typed->n)
        return DC_OK;
    const char *s = o->typed->item[o->item] + o->at;
    size_t n = strcspn(s, ",");
    *spec = dc_arena_strndup(o->arena, s, n);
    o->at += n + 1;
    if (!s[n]) {
        o->item++;
        o->at = 0;
    }
    if (parted)
        st = comma_in_file(before, *spec, err);
    if (!st)
        st = dc_judge_label(*spec, label, err);
    return st ? dc_err_prefix(err, st, "--judge") : st;
}

/* ---- keys ---- */

static bool is_env_name(const char *s)
{
    return s[0] && (s[0] < '0' || s[0] > '9') && dc_server_shows_name(s);
}

static enum dc_status parse_key(const char *typed, struct dc_arena *a,
                                struct dc_judge_key *out, struct dc_err *err)
{
    const char *name = strrchr(typed, '=');
    *out = (struct dc_judge_key){.env = name ? name + 1 : typed};
    if (name)
        out->url = dc_arena_strndup(a, typed, (size_t)(name - typed));
    if (out->url && !dc_judge_is_server(out->url))
        return dc_fail(err, DC_USAGE,
                       "expected http://HOST:PORT/v1=NAME: what stands before "
                       "the last \"=\" (not shown) is no URL");
    if (!is_env_name(out->env) && !(out->env[0] && getenv(out->env)))
        return dc_fail(err, DC_USAGE,
                       "expected the name of an environment variable that is "
                       "set, as in JUDGE_KEY; what was given is not "
                       "shown, as it may be a key, and a key on a command line "
                       "is seen by every user of the machine");
    return DC_OK;
}

enum dc_status dc_judge_keys_parse(const struct dc_opt_list *typed,
                                   struct dc_arena *a, struct dc_judge_cfg *c,
                                   struct dc_err *err)
{
    struct dc_judge_key *key = dc_arena_array(a, typed->n + 1, sizeof *key);
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < typed->n && !st; i++) {
        st = parse_key(typed->item[i], a, &key[i], err);
        for (size_t k = 0; k < i && !st; k++)
            if (key[k].url && key[i].url ? !strcmp(key[k].url, key[i].url)
                                         : !key[k].url && !key[i].url)
                st = dc_fail(err, DC_USAGE, "%s and %s are both for %s",
                             key[k].env, key[i].env,
                             key[i].url ? "the same URL"
                                        : "every server: write URL=NAME");
    }
    c->key = key;
    c->n_key = typed->n;
    return st ? dc_err_prefix(err, st, "--judge-api-key-env") : st;
}

void dc_judge_note_print(const struct dc_judge *j, bool quiet)
{
    if (!j->note || quiet)
        return;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, j->note, strlen(j->note), 0);
    fprintf(stderr, "note: --judge %s: %s\n", j->label, b.data);
    dc_buf_release(&b);
}
