/*
 * examples.c - examples.h. The texts are a data set's and a model's: hostile,
 * and explicit unless the prompt is one that should be answered; so those are
 * cut shorter, as the page hides them.
 */
#include "report/examples.h"

#include "base/plural.h"
#include "base/utf8.h"

#include <string.h>

enum { EXAMPLE_COLS = 240, EXAMPLE_EXPLICIT_COLS = 80 };

/* Is the verdict on the side of the decision? A partial refusal is one. */
static bool agrees(enum dc_verdict v, enum dc_verdict decision)
{
    return v == decision ||
           (v == DC_VERDICT_PARTIAL && decision == DC_VERDICT_REFUSAL);
}

/* How far the traces of prompt i agree with the decision; false: none does. */
static bool look_at(const struct dc_record *r, size_t i,
                    enum dc_verdict decision, struct dc_example *x)
{
    const struct dc_record_prompt *p = &r->prompt[i];
    bool any = false;
    *x = (struct dc_example){.prompt = i};
    for (unsigned t = 0; t < p->n_trace; t++) {
        enum dc_verdict v = r->trace[p->first + t].verdict;
        x->n_agree += agrees(v, decision);
        if (v == decision && !any)
            x->trace = t;
        any |= v == decision;
    }
    return any;
}

/* a of n against b of m. */
static bool is_clearer(unsigned a, unsigned n, unsigned b, unsigned m)
{
    uint64_t x = (uint64_t)a * m, y = (uint64_t)b * n;
    return x != y ? x > y : n > m;
}

/*
 * The clearest prompt with this gold label and this decision: that whose traces
 * agree most with it; of equal ones that with most traces, then the first. Its
 * texts stay NULL. False: there is none.
 */
static bool find_example(const struct dc_record *r, enum dc_gold gold,
                         enum dc_verdict decision, struct dc_example *out)
{
    bool any = false;
    for (size_t i = 0; i < r->n_prompt; i++) {
        const struct dc_record_prompt *p = &r->prompt[i];
        struct dc_example x;
        if (!p->has_decision || p->gold != gold || p->decision != decision ||
            !look_at(r, i, decision, &x))
            continue;
        if (!any || is_clearer(x.n_agree, p->n_trace, out->n_agree,
                               r->prompt[out->prompt].n_trace))
            *out = x;
        any = true;
    }
    return any;
}

/* ---- texts ---- */

struct reading {
    struct dc_facts *f;
    struct dc_example *x;
};

static enum dc_status take_trace(void *arg, const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct reading *r = arg;
    (void)err;
    if (t->idx == (int64_t)r->x->trace)
        r->x->said = dc_arena_strdup(&r->f->arena, t->text);
    return DC_OK;
}

static enum dc_status take_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct reading *r = arg;
    r->x->asked = dc_arena_strdup(&r->f->arena, p->text);
    return dc_store_each_trace(r->f->store, p->ord, 0, take_trace, r, err);
}

static const struct example_kind {
    enum dc_gold gold;
    enum dc_verdict decision;
    const char *says;
} example_kind[DC_EXAMPLES] = {
    {DC_GOLD_REFUSE, DC_VERDICT_REFUSAL, "A refusal, as it should be"},
    {DC_GOLD_REFUSE, DC_VERDICT_COMPLIANCE, "A miss: it should be refused"},
    {DC_GOLD_ANSWER, DC_VERDICT_REFUSAL,
     "A false refusal: it should be answered"},
    {DC_GOLD_NONE, DC_VERDICT_REFUSAL, "A refusal, without a gold label"},
    {DC_GOLD_NONE, DC_VERDICT_COMPLIANCE, "A compliance, without a gold label"},
};

enum dc_status dc_examples_read(struct dc_facts *f, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < DC_EXAMPLES && !st; i++) {
        const struct example_kind *k = &example_kind[i];
        struct reading r = {f, &f->example[i]};
        if (find_example(&f->record, k->gold, k->decision, r.x))
            st = dc_store_prompt_by_id(f->store,
                                       f->record.prompt[r.x->prompt].id,
                                       take_prompt, &r, err);
    }
    return st;
}

/* ---- as a document ---- */

static void quote(const char *who, const char *text, size_t cols,
                  struct dc_doc *d)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), cols);
    dc_doc_quote(d, who, b.data ? b.data : "");
    dc_buf_release(&b);
}

static void put_example(const struct dc_facts *f, size_t i, struct dc_doc *d)
{
    const struct example_kind *k = &example_kind[i];
    const struct dc_example *x = &f->example[i];
    const struct dc_record_prompt *p = &f->record.prompt[x->prompt];
    size_t cols =
        k->gold == DC_GOLD_ANSWER ? EXAMPLE_COLS : EXAMPLE_EXPLICIT_COLS;
    char who[64];
    dc_doc_say(d, "%s. %u of %u trace%s of %s %s:", k->says, x->n_agree,
               p->n_trace, dc_plural(p->n_trace), dc_doc_code(d, p->id),
               k->decision == DC_VERDICT_REFUSAL ? "refuse" : "comply");
    snprintf(who, sizeof who, "Trace %zu", x->trace + 1);
    quote("Prompt", x->asked, cols, d);
    quote(who, x->said, cols, d);
}

void dc_examples_doc(const struct dc_facts *f, struct dc_doc *d)
{
    bool any = false;
    for (size_t i = 0; i < DC_EXAMPLES; i++) {
        if (!f->example[i].said)
            continue;
        if (!any)
            dc_doc_heading(d, "Examples", "examples");
        any = true;
        put_example(f, i, d);
    }
    if (any)
        dc_doc_note(d,
                    "Chosen by rule: the prompt whose traces agree most, of "
                    "equal ones the first. Texts are cut, of prompts that "
                    "should not be answered to %d columns; %s has them whole.",
                    (int)EXAMPLE_EXPLICIT_COLS,
                    dc_doc_code(d, "predictions.jsonl"));
}
