/*
 * judge_stages.c - judge_stages.h, for people and for programs.
 */
#include "cli/judge_stages.h"

#include "base/plural.h"

#include <inttypes.h>

void dc_judge_stages_init(struct dc_judge_stages *s)
{
    dc_buf_init(&s->text, SIZE_MAX);
    s->json = NULL;
}

void dc_judge_stages_release(struct dc_judge_stages *s)
{
    dc_buf_release(&s->text);
    json_decref(s->json);
}

static void add_text(const char *label, const struct dc_judge_stage *s,
                     size_t n, struct dc_buf *out)
{
    uint64_t all = s[0].n_asked;
    dc_buf_addf(out, "\nStages of %s: %" PRIu64 " response%s\n", label, all,
                dc_plural(all));
    dc_buf_addf(out, "  %-28s %9s %9s %8s %10s\n", "", "asked", "decided",
                "share", "ms each");
    for (size_t i = 0; i < n; i++) {
        double asked = (double)s[i].n_asked;
        dc_buf_addf(out, "  %-28s %9" PRIu64 " %9" PRIu64, s[i].label,
                    s[i].n_asked, s[i].n_decided);
        if (all > 0)
            dc_buf_addf(out, " %6.1f %%",
                        100 * (double)s[i].n_decided / (double)all);
        if (asked > 0)
            dc_buf_addf(out, " %10.4g", s[i].ms / asked);
        dc_buf_addc(out, '\n');
    }
}

static json_t *list_of(const struct dc_judge_stage *s, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        dc_json_put(o, "label", dc_json_text(s[i].label));
        dc_json_put(o, "version", dc_json_text(s[i].version));
        dc_json_put(o, "asked", json_integer((json_int_t)s[i].n_asked));
        dc_json_put(o, "decided", json_integer((json_int_t)s[i].n_decided));
        dc_json_put(o, "ms", json_real(s[i].ms));
        json_array_append_new(list, o);
    }
    return list;
}

void dc_judge_stages_add(struct dc_judge_stages *s, const struct dc_judge *j)
{
    size_t n;
    if (!j->ops->stages)
        return;
    const struct dc_judge_stage *stage = j->ops->stages(j, &n);
    add_text(j->label, stage, n, &s->text);
    if (!s->json)
        s->json = json_object();
    dc_json_put(s->json, j->label, list_of(stage, n));
}
