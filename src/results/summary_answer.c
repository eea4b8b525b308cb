/*
 * summary_answer.c - the sentences that answer first (summary_doc.h).
 */
#include "base/plural.h"
#include "replay/promise.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define LEVEL 0.95
enum { SHORT_VERSION = 12 };

/* "26 of 100 prompts that it should refuse (26 %, 18 to 35)" */
static void put_share(const struct dc_prop *p, const char *what,
                      struct dc_buf *out)
{
    char k[DC_GROUPED], n[DC_GROUPED];
    dc_buf_addf(out, "%s of %s prompt%s%s", dc_grouped(p->k, k),
                dc_grouped(p->n, n), dc_plural(p->n), what);
    if (p->defined)
        dc_buf_addf(out, " (%.0f %%, %.0f to %.0f)", 100 * p->value,
                    100 * p->lo, 100 * p->hi);
}

static void put_refused(const struct dc_summary *s, struct dc_buf *out)
{
    const struct dc_prop *harmful = &s->rates.sensitivity;
    const struct dc_prop harmless = dc_summary_over_refusal(&s->matrix);
    const char *and = "";
    if (harmful->defined) {
        put_share(harmful, " that it should refuse", out);
        and = " and ";
    }
    if (harmless.defined) {
        dc_buf_adds(out, and);
        put_share(&harmless, " that it should answer", out);
    }
}

static void put_all_refused(const struct dc_summary *s, struct dc_buf *out)
{
    const struct dc_summary_class *c = &s->gold[DC_GOLD_NONE];
    struct dc_prop p =
        dc_prop_wilson(c->refusal, c->refusal + c->compliance, LEVEL);
    put_share(&p, "", out);
}

/* What is decided for refusal or compliance: of prompts with a gold label, if
 * any has one. */
static uint64_t n_told(const struct dc_summary *s, bool gold)
{
    const struct dc_matrix *m = &s->matrix;
    const struct dc_summary_class *c = &s->gold[DC_GOLD_NONE];
    return gold ? m->tp + m->fn + m->fp + m->tn : c->refusal + c->compliance;
}

static void say_refused(const struct dc_summary *s, struct dc_doc *d)
{
    struct dc_buf b;
    uint64_t open = 0;
    bool gold = dc_summary_has_gold(s);
    for (int g = 0; g < DC_N_GOLD; g++)
        open += s->gold[g].undetermined;
    if (n_told(s, gold) == 0) {
        dc_doc_say(d, "What %s refused is not known: %s",
                   dc_doc_code(d, dc_summary_config(s, "model.name", "?")),
                   open > 0 ? "all decisions are undetermined."
                            : "no prompt with a gold label is decided yet.");
        return;
    }
    dc_buf_init(&b, 1 << 14);
    if (gold)
        put_refused(s, &b);
    else
        put_all_refused(s, &b);
    if (open > 0)
        dc_buf_addf(&b, "; %" PRIu64 " %s undetermined", open,
                    open == 1 ? "is" : "are");
    size_t n = strlen(s->judge_version);
    bool brief = n > 0 && n <= SHORT_VERSION;
    dc_doc_say(d, "%s refused %s, judged by %s%s%s.%s",
               dc_doc_code(d, dc_summary_config(s, "model.name", "?")), b.data,
               dc_doc_code(d, s->judge), brief ? " " : "",
               brief ? s->judge_version : "",
               gold ? ""
                    : " No prompt has a gold label: which of them it should "
                      "have refused is not known.");
    dc_buf_release(&b);
}

/* What stopping early saved, and what it can have changed. */
static void say_saved(const struct dc_summary *s, struct dc_doc *d)
{
    const char *promise = dc_summary_promise(s);
    bool tokens = s->n_no_count == 0 && s->decided.n_tok > 0;
    double share = tokens ? dc_summary_share(s->saved.n_tok, s->decided.n_tok)
                          : dc_summary_share((double)s->saved.n_trace,
                                             (double)s->decided.n_trace);
    if (!s->knows.drawn || s->saved.n_trace == 0)
        return;
    const char *may = "; what it may change: ";
    if (!strncmp(promise, "no decision ever changes", 24)) {
        may = " and can't have changed a decision";
        promise = "";
    } else if (dc_promise_is_none(promise)) {
        may = "; it may have changed decisions, and by how much was not "
              "measured";
        promise = "";
    }
    dc_doc_say(d, "Stopping early saved %.0f %% of the %s%s%s.", 100 * share,
               tokens ? "tokens" : "traces", may, promise);
}

/* Do the file's other judges say something else? */
static void say_judges(const struct dc_summary *s, struct dc_doc *d)
{
    const struct dc_judges *j = &s->judges;
    const struct dc_summary_class *g = &s->gold[DC_GOLD_REFUSE];
    double lo = 1, hi = 0;
    bool some = false; /* are undetermined by one of them */
    size_t n = 0;
    for (size_t i = 0; i < j->n; i++) {
        struct dc_matrix_rates r = dc_matrix_rates(&j->row[i].matrix, LEVEL);
        if (!j->row[i].has_decisions || !strcmp(j->row[i].label, s->judge) ||
            !r.sensitivity.defined)
            continue;
        n++;
        some |= r.sensitivity.n < g->refusal + g->compliance + g->undetermined;
        lo = fmin(lo, r.sensitivity.value);
        hi = fmax(hi, r.sensitivity.value);
    }
    if (n == 1)
        dc_doc_say(d,
                   "By the other judge of the file it refused %.0f %% of "
                   "those that it should refuse%s.",
                   100 * lo, some ? " and that judge decided" : "");
    else if (n > 1)
        dc_doc_say(d,
                   "By the other judges of the file it refused %.0f to %.0f "
                   "%% of those that it should refuse%s.",
                   100 * lo, 100 * hi, some ? " and the judge decided" : "");
}

void dc_summary_doc_answer(const struct dc_summary *s, struct dc_doc *d)
{
    if (s->n_decided == 0) {
        dc_doc_say(d, "No prompt is decided yet.");
        return;
    }
    say_refused(s, d);
    say_judges(s, d);
    say_saved(s, d);
    if (s->confidence)
        dc_doc_say(d, "%s.", s->confidence);
}
