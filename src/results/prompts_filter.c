/*
 * prompts_filter.c - prompts_filter.h: each word that was typed is one test.
 */
#include "results/prompts_filter.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { FILTER_TYPED = 80 };

enum filter_kind {
    FILTER_CASE,
    FILTER_DECISION,
    FILTER_OPEN,
    FILTER_SPLIT,
    FILTER_DIFFER, /* from `other`, or from any judge */
    FILTER_GOLD,
    FILTER_CATEGORY,
    FILTER_FIELD
};

struct dc_prompts_test {
    enum filter_kind kind;
    const char *value; /* of a field, "": none; TP, ... */
    char *field;       /* owned */
    enum dc_verdict decision;
    enum dc_gold gold;
    const struct dc_run_votes *other;
};

const char *dc_prompts_case(enum dc_gold gold, const struct dc_run_vote *v)
{
    bool refuse = gold == DC_GOLD_REFUSE;
    if (!v->has || (!refuse && gold != DC_GOLD_ANSWER))
        return NULL;
    if (v->decision == DC_VERDICT_REFUSAL)
        return refuse ? "TP" : "FP";
    if (v->decision == DC_VERDICT_COMPLIANCE)
        return refuse ? "FN" : "TN";
    return NULL;
}

/* ---- what was typed ---- */

static const struct {
    const char *word;
    enum filter_kind kind;
    enum dc_verdict decision;
} filter_word[] = {
    {"TP", FILTER_CASE, 0},
    {"FN", FILTER_CASE, 0},
    {"FP", FILTER_CASE, 0},
    {"TN", FILTER_CASE, 0},
    {"refusal", FILTER_DECISION, DC_VERDICT_REFUSAL},
    {"compliance", FILTER_DECISION, DC_VERDICT_COMPLIANCE},
    {"undetermined", FILTER_DECISION, DC_VERDICT_UNDETERMINED},
    {"open", FILTER_OPEN, 0},
    {"split", FILTER_SPLIT, 0},
    {"judges-differ", FILTER_DIFFER, 0},
};

static enum dc_status filter_unknown(const char *typed, struct dc_err *err)
{
    struct dc_nearest near = {.typed = typed};
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < DC_COUNT(filter_word); i++)
        dc_nearest_offer(&near, filter_word[i].word);
    dc_utf8_display(&b, typed, strlen(typed), FILTER_TYPED);
    enum dc_status st =
        near.name
            ? dc_fail(err, DC_USAGE, "--only %s: did you mean %s?", b.data,
                      near.name)
            : dc_fail(err, DC_USAGE,
                      "--only %s: expected TP, FN, FP, TN, refusal, "
                      "compliance, undetermined, open, split, judges-differ, "
                      "or FIELD=VALUE, such as category=...",
                      b.data);
    dc_buf_release(&b);
    return st;
}

static enum dc_status filter_no_field(const struct dc_run_view *r,
                                      const char *field, const char *category,
                                      struct dc_err *err)
{
    struct dc_buf b, list;
    struct dc_names names = {0};
    struct dc_arena a;
    dc_arena_init(&a);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_init(&list, SIZE_MAX);
    for (size_t i = 0; i < r->n_prompt; i++)
        for (size_t k = 0; k < r->prompt[i].n_field; k++)
            dc_names_add(&names, &a, r->prompt[i].field[k].name, 1);
    for (size_t i = 0; i < names.n && list.n < 600; i++) {
        dc_buf_adds(&list, ", ");
        dc_utf8_display(&list, names.item[i].name, strlen(names.item[i].name),
                        FILTER_TYPED);
    }
    dc_utf8_display(&b, field, strlen(field), FILTER_TYPED);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        "--only: no prompt of the run has a field \"%s\"; expected gold, "
        "differs, category%s%.80s%.700s",
        b.data, category ? ", " : "", category ? category : "",
        list.data ? list.data : "");
    dc_buf_release(&b);
    dc_buf_release(&list);
    dc_arena_release(&a);
    return st;
}

static const char *filter_value(const struct dc_run_prompt *p,
                                const char *field)
{
    for (size_t i = 0; i < p->n_field; i++)
        if (!strcmp(p->field[i].name, field))
            return p->field[i].value;
    return NULL;
}

static enum dc_status filter_field(struct dc_prompts_filter *f,
                                   struct dc_prompts_test *t,
                                   struct dc_err *err)
{
    struct dc_run_view *r = f->run;
    const char *category = NULL; /* as the data call it */
    enum dc_status st = dc_store_config_get(r->store, &r->arena,
                                            "data.category", &category, err);
    if (st)
        return st;
    if (!strcmp(t->field, "category") ||
        (category && !strcmp(t->field, category))) {
        t->kind = FILTER_CATEGORY;
        return DC_OK;
    }
    t->kind = FILTER_FIELD;
    for (size_t i = 0; i < r->n_prompt; i++)
        if (filter_value(&r->prompt[i], t->field))
            return DC_OK;
    bool same = category && !strcmp(category, "category");
    return filter_no_field(r, t->field, same ? NULL : category, err);
}

/* NAME=VALUE; equals: where its "=" is. */
static enum dc_status filter_pair(struct dc_prompts_filter *f,
                                  struct dc_prompts_test *t, const char *typed,
                                  const char *equals, struct dc_err *err)
{
    t->field = dc_xstrndup(typed, (size_t)(equals - typed));
    t->value = equals + 1;
    if (!strcmp(t->field, "differs")) {
        t->kind = FILTER_DIFFER;
        f->judges = true;
        return dc_err_prefix(
            err, dc_run_view_decisions(f->run, t->value, &t->other, err),
            "--only differs");
    }
    if (strcmp(t->field, "gold") != 0)
        return filter_field(f, t, err);
    t->kind = FILTER_GOLD;
    if (dc_gold_parse(t->value, &t->gold))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--only gold=%.40s: expected refuse, answer or none",
                   t->value);
}

static enum dc_status filter_read(struct dc_prompts_filter *f,
                                  struct dc_prompts_test *t, const char *typed,
                                  struct dc_err *err)
{
    const char *equals = strchr(typed, '=');
    if (equals && equals != typed)
        return filter_pair(f, t, typed, equals, err);
    for (size_t i = 0; i < DC_COUNT(filter_word); i++) {
        if (strcmp(filter_word[i].word, typed) != 0)
            continue;
        t->kind = filter_word[i].kind;
        t->value = filter_word[i].word;
        t->decision = filter_word[i].decision;
        f->judges |= t->kind == FILTER_DIFFER;
        return DC_OK;
    }
    return filter_unknown(typed, err);
}

enum dc_status dc_prompts_filter_make(struct dc_run_view *run,
                                      const struct dc_run_votes *by,
                                      const char *const *typed, size_t n,
                                      struct dc_prompts_filter *out,
                                      struct dc_err *err)
{
    enum dc_status st = DC_OK;
    *out = (struct dc_prompts_filter){.run = run, .by = by};
    out->test = dc_xcalloc(n + 1, sizeof *out->test);
    for (size_t i = 0; i < n && !st; i++)
        st = filter_read(out, &out->test[out->n++], typed[i], err);
    if (!st && out->judges)
        st = dc_run_view_judges(run, err);
    for (size_t k = 0; !st && out->judges && k < run->n_judge; k++) {
        const struct dc_run_votes *v; /* made now, to be there when asked for */
        if (dc_run_judge_decides(run, &run->judge[k]))
            st = dc_run_view_decisions(run, run->judge[k].label, &v, err);
    }
    return st;
}

void dc_prompts_filter_release(struct dc_prompts_filter *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->test[i].field);
    free(f->test);
    *f = (struct dc_prompts_filter){.n = 0};
}

/* ---- what holds ---- */

static bool filter_is_otherwise(const struct dc_run_vote *a,
                                const struct dc_run_vote *b)
{
    return a->has && b->has && a->decision != b->decision;
}

const struct dc_run_votes *
dc_prompts_otherwise(const struct dc_prompts_filter *f, size_t ord, size_t *at)
{
    while (*at < f->run->n_judge) {
        const struct dc_run_judge *j = &f->run->judge[(*at)++];
        const struct dc_run_votes *v = NULL;
        if (dc_run_judge_decides(f->run, j) &&
            dc_run_view_decisions(f->run, j->label, &v, NULL) == DC_OK &&
            filter_is_otherwise(&v->vote[ord], &f->by->vote[ord]))
            return v;
    }
    return NULL;
}

static bool filter_differs(const struct dc_prompts_filter *f,
                           const struct dc_prompts_test *t, size_t ord)
{
    size_t at = 0;
    return t->other
               ? filter_is_otherwise(&t->other->vote[ord], &f->by->vote[ord])
               : dc_prompts_otherwise(f, ord, &at) != NULL;
}

static bool filter_holds(const struct dc_prompts_filter *f,
                         const struct dc_prompts_test *t, size_t ord)
{
    const struct dc_run_prompt *p = &f->run->prompt[ord];
    const struct dc_run_vote *v = &f->by->vote[ord];
    const char *text = NULL;
    switch (t->kind) {
    case FILTER_CASE:
        text = dc_prompts_case(p->gold, v);
        return text && !strcmp(text, t->value);
    case FILTER_DECISION:
        return v->has && v->decision == t->decision;
    case FILTER_OPEN:
        return !v->has;
    case FILTER_SPLIT:
        return v->has && v->says.refusal > 0 && v->says.compliance > 0;
    case FILTER_DIFFER:
        return filter_differs(f, t, ord);
    case FILTER_GOLD:
        return p->gold == t->gold;
    case FILTER_CATEGORY:
        text = p->category;
        break;
    case FILTER_FIELD:
        text = filter_value(p, t->field);
        break;
    }
    return !strcmp(text ? text : "", t->value);
}

bool dc_prompts_filter_holds(const struct dc_prompts_filter *f, size_t ord)
{
    for (size_t i = 0; i < f->n; i++)
        if (!filter_holds(f, &f->test[i], ord))
            return false;
    return true;
}
