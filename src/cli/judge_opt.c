/*
 * judge_opt.c - splits --judge at the commas between judges and opens each
 * (judge_opt.h).
 */
#include "cli/judge_opt.h"

#include "judge/judge.h"

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
