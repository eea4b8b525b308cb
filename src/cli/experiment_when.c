/*
 * experiment_when.c - conditions on figures of runs that are done
 * (experiment_when.h). The figures are those of `deepconf show --json`; a
 * figure without a value holds no condition.
 */
#include "cli/experiment_when.h"

#include "base/mem.h"
#include "cli/experiment_answer.h"
#include "results/judge_start.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum dc_status dc_exp_summary(const char *path, const char *judge, bool *has,
                              struct dc_summary *out, struct dc_err *err)
{
    struct dc_judge_pick pick;
    struct dc_store *s = NULL;
    bool fresh = true;
    *has = false;
    if (access(path, F_OK) != 0)
        return DC_OK;
    enum dc_status st = dc_judge_pick(judge, &pick, err);
    if (!st)
        st = dc_store_open_ro(path, &s, err);
    if (!st)
        st = dc_store_is_fresh(s, &fresh, err);
    if (!st && !fresh) {
        st = dc_summary_read(s, pick.label, 0, out, err);
        *has = !st;
    }
    dc_store_close(s);
    return st;
}

/* ---- figures ---- */

/* False: it has no value. */
typedef bool figure_fn(const struct dc_summary *s, double *out);

static bool ratio(const struct dc_ratio *r, double *out)
{
    *out = r->defined ? r->value : 0;
    return r->defined;
}

static bool share(const struct dc_prop *p, double *out)
{
    *out = p->defined ? p->value : 0;
    return p->defined;
}

static bool figure_savings(const struct dc_summary *s, double *out)
{
    *out =
        dc_summary_share((double)s->saved.n_trace, (double)s->decided.n_trace);
    return dc_summary_has_share(s);
}

static bool figure_refusal(const struct dc_summary *s, double *out)
{
    return share(&s->rates.sensitivity, out);
}

static bool figure_over_refusal(const struct dc_summary *s, double *out)
{
    bool has = share(&s->rates.specificity, out);
    *out = 1 - *out;
    return has;
}

static bool figure_accuracy(const struct dc_summary *s, double *out)
{
    return share(&s->rates.accuracy, out);
}

static bool figure_balanced_accuracy(const struct dc_summary *s, double *out)
{
    return ratio(&s->rates.balanced_accuracy, out);
}

static bool figure_undetermined(const struct dc_summary *s, double *out)
{
    uint64_t n = 0;
    for (int g = 0; g < DC_N_GOLD; g++)
        n += s->gold[g].undetermined;
    *out = s->n_decided > 0 ? (double)n / (double)s->n_decided : 0;
    return s->n_decided > 0;
}

static bool figure_agreement(const struct dc_summary *s, double *out)
{
    bool has = false;
    for (size_t i = 0; i < s->judges.n_pair; i++) {
        double x = 0;
        if (!ratio(&s->judges.pair[i].trace.observed, &x))
            return false;
        *out = has && *out < x ? *out : x;
        has = true;
    }
    return has;
}

static bool figure_prompts(const struct dc_summary *s, double *out)
{
    *out = (double)s->n_decided;
    return true;
}

static bool figure_tokens(const struct dc_summary *s, double *out)
{
    *out = s->spent.n_tok;
    return s->n_no_count == 0;
}

static const struct figure {
    const char *name;
    figure_fn *of;
} figures[] = {
    {"savings", figure_savings},
    {"refusal", figure_refusal},
    {"over_refusal", figure_over_refusal},
    {"accuracy", figure_accuracy},
    {"balanced_accuracy", figure_balanced_accuracy},
    {"undetermined", figure_undetermined},
    {"agreement", figure_agreement},
    {"prompts", figure_prompts},
    {"tokens", figure_tokens},
};

/* The one that is a word: of = and != alone. */
static const char answer_name[] = "compliance_risk";

static const char figure_names[] =
    "expected savings, refusal, over_refusal, accuracy, balanced_accuracy, "
    "undetermined, agreement, prompts, tokens or compliance_risk";

/* ---- a condition ---- */

enum op { OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL, OP_IS, OP_IS_NOT };

struct when {
    size_t stage;                /* of the file's, whose figure it is */
    const struct figure *figure; /* NULL: the answer to the question */
    enum op op;
    double limit;
    enum dc_exp_answer answer;
};

static enum dc_status when_op(const char **at, enum op *op, struct dc_err *err)
{
    bool equal = (*at)[0] != '\0' && (*at)[1] == '=';
    if (**at != '<' && **at != '>')
        return dc_fail(err, DC_DATA,
                       "expected <, <=, > or >= after the figure");
    *op = **at == '<' ? (equal ? OP_LESS_EQUAL : OP_LESS)
                      : (equal ? OP_MORE_EQUAL : OP_MORE);
    *at += equal ? 2 : 1;
    return DC_OK;
}

static enum dc_status when_limit(const char *at, double *out,
                                 struct dc_err *err)
{
    char *end = NULL;
    *out = strtod(at, &end);
    bool ok = end > at && isfinite(*out);
    end += strspn(end, " ");
    if (*end == '%') {
        *out /= 100;
        end += 1 + strspn(end + 1, " ");
    }
    return ok && !*end ? DC_OK
                       : dc_fail(err, DC_DATA,
                                 "expected a number at its end, such as 0.3");
}

/* "= yes" */
static enum dc_status when_answer(const char *at, struct when *out,
                                  struct dc_err *err)
{
    size_t op = strspn(at, "=!");
    bool is = (op == 1 || op == 2) && !strncmp(at, "==", op);
    bool not = op == 2 && !strncmp(at, "!=", op);
    if (!is && !not )
        return dc_fail(err, DC_DATA, "expected = or != after %s, and %s",
                       answer_name, dc_exp_answer_names);
    out->op = not ? OP_IS_NOT : OP_IS;
    at += op;
    at += strspn(at, " ");
    if (dc_exp_answer_parse(at, &out->answer))
        return DC_OK;
    return dc_fail(err, DC_DATA, "%s is \"%.40s\": expected %s", answer_name,
                   at, dc_exp_answer_names);
}

/* name: of an earlier stage. */
static enum dc_status when_stage(const struct dc_exp *f, size_t before,
                                 const char *name, size_t *out,
                                 struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    for (*out = 0; *out < before; ++*out) {
        if (!strcmp(f->stage[*out].name, name))
            return DC_OK;
        dc_nearest_offer(&near, f->stage[*out].name);
    }
    return dc_exp_no_such("earlier stage", &near,
                          before ? "name one that stands above"
                                 : "the first stage has no condition",
                          err);
}

static enum dc_status when_figure(const char *name, const struct figure **out,
                                  struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    *out = NULL;
    if (!strcmp(name, answer_name))
        return DC_OK;
    dc_nearest_offer(&near, answer_name);
    for (size_t i = 0; i < DC_COUNT(figures); i++) {
        *out = &figures[i];
        if (!strcmp(figures[i].name, name))
            return DC_OK;
        dc_nearest_offer(&near, figures[i].name);
    }
    return dc_exp_no_such("figure", &near, figure_names, err);
}

/* "STAGE.FIGURE < NUMBER", "STAGE.compliance_risk = ANSWER"; before: stages
 * above it. */
static enum dc_status when_parse(const struct dc_exp *f, size_t before,
                                 const char *text, struct when *out,
                                 struct dc_err *err)
{
    char name[128];
    size_t n = strcspn(text, " <>=!");
    snprintf(name, sizeof name, "%.*s", (int)(n < 127 ? n : 127), text);
    char *dot = strrchr(name, '.');
    if (!dot)
        return dc_fail(err, DC_DATA,
                       "expected a condition such as \"STAGE.savings > 0.3\", "
                       "of a stage that stands above");
    *dot = '\0';
    const char *at = text + n + strspn(text + n, " ");
    enum dc_status st = when_stage(f, before, name, &out->stage, err);
    if (!st)
        st = when_figure(dot + 1, &out->figure, err);
    if (!st && !out->figure)
        return when_answer(at, out, err);
    if (!st)
        st = when_op(&at, &out->op, err);
    return st ? st : when_limit(at, &out->limit, err);
}

enum dc_status dc_exp_when_check(const struct dc_exp_work *of,
                                 struct dc_err *err)
{
    for (size_t i = 0; i < of->file.n_stage; i++) {
        const struct dc_exp_pair *p = &of->file.stage[i].when;
        for (size_t k = 0; k < p->n; k++) {
            struct when w;
            enum dc_status st = when_parse(&of->file, i, p->value[k], &w, err);
            if (st)
                return dc_exp_at_line(of, p, dc_err_prefix(err, st, "when"),
                                      err);
        }
    }
    return DC_OK;
}

static bool when_holds(const struct when *w, double x)
{
    switch (w->op) {
    case OP_LESS:
        return x < w->limit;
    case OP_LESS_EQUAL:
        return x <= w->limit;
    case OP_MORE:
        return x > w->limit;
    default:
        return x >= w->limit;
    }
}

/* The question's answer of one cell, whose run is there. */
static enum dc_status when_cell_answer(const struct when *w, const char *text,
                                       const struct dc_exp_cell *c,
                                       struct dc_arena *a, const char **why,
                                       struct dc_err *err)
{
    enum dc_exp_answer is = DC_EXP_NO_ANSWER;
    enum dc_status st = dc_exp_answer(dc_exp_run_file(&c->work),
                                      dc_exp_cell_judge(c), &is, err);
    if (st)
        return st;
    if (is == DC_EXP_NO_ANSWER)
        *why = dc_arena_printf(a,
                               "%s can't be answered: of %s nothing can be "
                               "compared",
                               text, c->work.cell);
    else if ((is == w->answer) != (w->op == OP_IS))
        *why = dc_arena_printf(a, "%s does not hold: the answer of %s is %s",
                               text, c->work.cell, dc_exp_answer_name(is));
    return DC_OK;
}

/* Of one cell of the stage it speaks of; as dc_exp_when(). */
static enum dc_status when_cell(const struct when *w, const char *text,
                                const struct dc_exp_cell *c, struct dc_arena *a,
                                const char **why, struct dc_err *err)
{
    const char *path = dc_exp_run_file(&c->work);
    struct dc_summary s;
    bool has = false;
    double x = 0;
    enum dc_status st =
        dc_exp_summary(path, dc_exp_cell_judge(c), &has, &s, err);
    if (st || !has)
        return st;
    if (!w->figure)
        st = when_cell_answer(w, text, c, a, why, err);
    else if (!w->figure->of(&s, &x))
        *why = dc_arena_printf(a, "%s can't be answered: %s has no %s", text,
                               c->work.cell, w->figure->name);
    else if (!when_holds(w, x))
        *why = dc_arena_printf(a, "%s does not hold: %s has %.4g", text,
                               c->work.cell, x);
    dc_summary_release(&s);
    return st;
}

enum dc_status dc_exp_when(const struct dc_exp_work *of, struct dc_exp_cells *c,
                           const bool *done, size_t stage, const char **why,
                           struct dc_err *err)
{
    enum dc_status st = DC_OK;
    *why = NULL;
    if (of->file.n_stage == 0)
        return DC_OK;
    const struct dc_exp_pair *p = &of->file.stage[stage].when;
    for (size_t k = 0; k < p->n && !st && !*why; k++) {
        struct when w;
        st = when_parse(&of->file, stage, p->value[k], &w, err);
        for (size_t i = 0; i < c->n && !st && !*why; i++) {
            if (c->cell[i].stage != w.stage)
                continue;
            if (done[i])
                st = when_cell(&w, p->value[k], &c->cell[i], &c->arena, why,
                               err);
            else
                *why = dc_arena_printf(&c->arena,
                                       "%s can't be answered: %s was left out",
                                       p->value[k], c->cell[i].work.cell);
        }
    }
    return st;
}
