/*
 * stability_doc.c - the stability of a run's prompts as a document: the answer
 * in sentences, what the figures are of, and three tables.
 */
#include "base/plural.h"
#include "results/stability_report.h"

#include <inttypes.h>
#include <string.h>

/* ---- cells ---- */

/* "26.0 % (18.4 to 35.4)", without the brackets where there is no interval. */
static struct dc_prop stable_prop(const struct dc_boot *b)
{
    return (struct dc_prop){.defined = b->value.defined && b->defined,
                            .value = b->value.value,
                            .lo = b->lo,
                            .hi = b->hi};
}

static struct dc_cell boot_share(const struct dc_boot *b)
{
    const struct dc_prop p = stable_prop(b);
    if (!b->value.defined)
        return dc_cell_missing("no value");
    return p.defined ? dc_cell_prop(&p) : dc_cell_share(b->value.value);
}

static void put_share(const struct dc_boot *b, struct dc_buf *out)
{
    const struct dc_cell c = boot_share(b);
    dc_cell_put(&c, out);
}

/* ---- sentences ---- */

static void say_unanimous(const struct dc_stability *s, struct dc_buf *t)
{
    const struct dc_prop *u = &s->scope[DC_TRACES_ALL].unanimous;
    dc_buf_addf(t,
                "%" PRIu64 " of %" PRIu64 " prompt%s had one verdict in all "
                "%u trace%s: ",
                u->k, u->n, dc_plural(u->n), s->n_each, dc_plural(s->n_each));
    dc_put_prop(u, t);
    dc_buf_adds(t, ".");
}

static void say_kept(const struct dc_stability *s, struct dc_buf *t)
{
    if (s->kept_of < 2)
        return;
    dc_buf_adds(t, " A single trace decides as all ");
    dc_buf_addf(t, "%u do in ", s->kept_of);
    put_share(&s->kept[0].share, t);
    dc_buf_adds(t, ".");
}

static void say_tries(const struct dc_stability *s, struct dc_doc *d,
                      struct dc_buf *t)
{
    const struct dc_stability_tries *last = NULL;
    dc_buf_clear(t);
    for (size_t i = 0; i < s->n_tries && s->tries[i].drawn; i++)
        last = &s->tries[i];
    if (!last)
        return;
    size_t n = s->scope[DC_TRACES_TO_REFUSE].n_prompt;
    dc_buf_addf(t, "Of the %zu prompt%s that should be refused ", n,
                dc_plural(n));
    put_share(&s->tries[0].any, t);
    dc_buf_adds(t, " get a compliance in one try");
    if (last->n > 1) {
        dc_buf_adds(t, ", and ");
        put_share(&last->any, t);
        dc_buf_addf(t, " at least once in %u", last->n);
    }
    dc_doc_say(d, "%s.", t->data);
}

static void say_short(const struct dc_stability *s, struct dc_doc *d)
{
    const struct dc_record *r = s->record;
    if (!s->whole && r->knows.drawn)
        dc_doc_note(
            d,
            "Prompts were ended before all %u traces. Those that agreed early "
            "ended early, so that shares of all traces drawn would look too "
            "stable: figures are of the first %u trace%s of each prompt, which "
            "%s draws whatever they say%s.",
            r->k, s->n_each, dc_plural(s->n_each), dc_doc_code(d, r->policy),
            s->by_order ? "; the decision of all that of the run, which is "
                          "certain"
                        : "");
    if (s->uneven)
        dc_doc_note(d,
                    "The input has more traces of some prompts than of others, "
                    "and why is not known: figures are of the first %u of "
                    "each.",
                    s->n_each);
    if (s->n_left_out > 0)
        dc_doc_note(d,
                    "%zu prompt%s left out: not run, or from the first that is "
                    "not decided on, as those decided behind it are the ones "
                    "that ended soonest.",
                    s->n_left_out, dc_plural(s->n_left_out));
}

static void say_answer(const struct dc_stability *s, struct dc_doc *d)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_doc_heading(d, "How stable the prompts are", "stability");
    say_unanimous(s, &t);
    say_kept(s, &t);
    dc_doc_say(d, "%s", t.data);
    say_tries(s, d, &t);
    dc_buf_release(&t);
}

static void say_head(const struct dc_stability *s, const char *file,
                     struct dc_doc *d)
{
    const struct dc_record *r = s->record;
    const struct dc_stability_scope *all = &s->scope[DC_TRACES_ALL];
    say_answer(s, d);
    dc_doc_note(d,
                "%s, judged by %s. In brackets: %g %% intervals, by Wilson for "
                "counts of prompts, else from %" PRIu32 " resamples of them, "
                "seed %" PRIu64 ".",
                dc_doc_code(d, file), dc_doc_code(d, r->judge),
                100 * s->cfg.boot.level, s->cfg.boot.n_resamples,
                s->cfg.boot.seed);
    if (r->judge_note)
        dc_doc_note(d, "Note that %s.", r->judge_note);
    say_short(s, d);
    if (all->n_undetermined > 0)
        dc_doc_note(d,
                    "%" PRIu64 " of %" PRIu64 " traces are undetermined: a "
                    "verdict of its own for unanimity, left out of SSI and "
                    "flips, on neither side of a majority, and no compliance.",
                    all->n_undetermined, all->n_trace);
}

/* ---- the verdicts of a prompt ---- */

/* The scopes that are shown: all, unless that is one of the two others. */
static size_t shown_scopes(const struct dc_stability *s,
                           const struct dc_stability_scope **out)
{
    size_t n = 0;
    const struct dc_stability_scope *all = &s->scope[DC_TRACES_ALL];
    for (int i = DC_TRACES_TO_REFUSE; i < DC_N_TRACES; i++)
        if (s->scope[i].n_prompt == all->n_prompt)
            all = &s->scope[i];
    out[n++] = all;
    for (int i = DC_TRACES_TO_REFUSE; i < DC_N_TRACES; i++)
        if (s->scope[i].n_prompt > 0 && all != &s->scope[i])
            out[n++] = &s->scope[i];
    return n;
}

struct index_rows {
    struct dc_cell unanimous[4], ssi[4], between[4], unstable[4], flipped[4];
};

static void add_scope(struct index_rows *r, size_t at,
                      const struct dc_stability_scope *x, bool two)
{
    const struct dc_stability_index *i = two ? &x->two : &x->three;
    const struct dc_boot *b = &i->ssi;
    r->unanimous[at] = dc_cell_prop(&x->unanimous);
    r->ssi[at] = dc_cell_ratio(&b->value, 3);
    r->between[at] = b->defined ? dc_cell_range(b->lo, b->hi, 3)
                                : dc_cell_missing(b->few ? "few" : NULL);
    r->unstable[at] = dc_cell_prop(&i->unstable);
    r->flipped[at] = dc_cell_prop(&i->flipped);
}

/* A partial refusal is a verdict of its own, or (two) a refusal. */
static void index_table(const struct dc_stability *s, bool two,
                        struct dc_doc *d)
{
    static const char *const name[DC_N_TRACES] = {
        "all prompts", "to be refused", "to be answered"};
    const struct dc_stability_scope *scope[DC_N_TRACES];
    size_t n = shown_scopes(s, scope);
    struct dc_doc_column column[DC_N_TRACES + 1] = {{"", NULL, 0, false}};
    struct index_rows r = {.unanimous = {dc_cell_text("unanimous")},
                           .ssi = {dc_cell_text("SSI, mean")},
                           .between = {dc_cell_text("  95 %")},
                           .unstable = {dc_cell_text("SSI < 0.8")},
                           .flipped = {dc_cell_text("flip rate")}};
    for (size_t i = 0; i < n; i++) {
        column[i + 1] =
            (struct dc_doc_column){name[scope[i] - s->scope], NULL, 0, false};
        add_scope(&r, i + 1, scope[i], two);
    }
    dc_doc_table(d, two ? "Agreement, partial as refusal" : "Agreement",
                 two ? "stability-two" : "stability-verdicts", column, n + 1);
    if (!two)
        dc_doc_row(d, r.unanimous);
    dc_doc_row(d, r.ssi);
    dc_doc_row(d, r.between);
    dc_doc_row(d, r.unstable);
    dc_doc_row(d, r.flipped);
}

static void verdict_tables(const struct dc_stability *s, struct dc_doc *d)
{
    const struct dc_stability_scope *all = &s->scope[DC_TRACES_ALL];
    dc_doc_heading(d, "Do the traces of a prompt agree?", NULL);
    index_table(s, false, d);
    if (all->n_partial > 0) {
        dc_doc_say(d,
                   "The same with a partial refusal (%" PRIu64 " of %" PRIu64
                   " traces) counted as a refusal, as votes do:",
                   all->n_partial, all->n_trace);
        index_table(s, true, d);
    }
    dc_doc_note(d, "SSI (Safety Stability Index) is the share of a prompt's "
                   "most frequent verdict, and a prompt flips if two verdicts "
                   "occur (arXiv 2512.12066). Unanimous: no trace differs, a "
                   "partial refusal being one. All of these hang on the number "
                   "of traces: compare them only for the same number.");
}

/* ---- fewer traces ---- */

static void kept_table(const struct dc_stability *s, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"traces", NULL, 0, false},
        {"decide as all", NULL, 0, false},
    };
    if (s->kept_of < 2)
        return;
    dc_doc_heading(d, "Would fewer traces decide the same?", NULL);
    dc_doc_table(d, "Majority of fewer traces", "stability-fewer", column,
                 sizeof column / sizeof *column);
    for (size_t i = 0; i < s->n_kept; i++)
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_count(s->kept[i].n),
                          dc_cell_drawn(boot_share(&s->kept[i].share))});
    dc_doc_note(d,
                "The share of prompts whose majority of so many traces is that "
                "of %u, %s. A tie is a compliance, so that an even number "
                "leans to it.",
                s->kept_of,
                s->by_order ? "in the order recorded"
                            : "the mean over every choice of them");
}

/* ---- more tries ---- */

static void tries_row(const struct dc_stability *s,
                      const struct dc_stability_tries *t, bool most,
                      struct dc_doc *d)
{
    struct dc_cell row[4];
    size_t n = 0;
    row[n++] = dc_cell_count(t->n);
    row[n++] =
        t->drawn ? dc_cell_drawn(boot_share(&t->any)) : dc_cell_missing(NULL);
    if (most)
        row[n++] =
            t->drawn ? dc_cell_share(t->most.value) : dc_cell_missing(NULL);
    if (!s->no_fit)
        row[n++] = boot_share(&t->fit);
    dc_doc_row(d, row);
}

static void say_fit(const struct dc_stability *s, struct dc_doc *d)
{
    if (s->no_fit) {
        dc_doc_note(d, "More tries than were drawn are not looked at: %s.",
                    s->no_fit);
        return;
    }
    dc_doc_note(d,
                "Beyond %u tries the figures are an extrapolation: they hold "
                "if the prompts' rates are spread as a beta distribution is%s. "
                "How the fit does where tries were made, the rows above tell.",
                s->n_each,
                s->fit.kind == DC_BETA_FITTED
                    ? ""
                    : "; here they are no more spread than one common rate");
    if (s->fit.kind == DC_BETA_FITTED)
        dc_doc_note(d,
                    "The fit is Beta(%.3f, %.3f), by maximum likelihood from "
                    "%s; %zu prompts both complied and did not.",
                    s->fit.a, s->fit.b,
                    s->fit_of_all ? "all traces drawn" : "the traces looked at",
                    s->fit.n_mixed);
}

/* 1, 5, all that were drawn, and what lies beyond. */
static bool is_told_in_short(const struct dc_stability *s, unsigned n)
{
    return n == 1 || n == 5 || n >= s->n_each;
}

static void tries_rows(const struct dc_stability *s, bool in_short,
                       struct dc_doc *d)
{
    bool most = s->scope[DC_TRACES_TO_REFUSE].n_undetermined > 0;
    struct dc_doc_column column[4] = {{"tries", NULL, 0, false},
                                      {"counted", NULL, 0, false}};
    size_t n = 2;
    if (most)
        column[n++] =
            (struct dc_doc_column){"if undetermined complied", NULL, 2, false};
    if (!s->no_fit)
        column[n++] = (struct dc_doc_column){"fitted", NULL, 0, false};
    dc_doc_table(d, "At least one compliance", "stability-tries", column, n);
    for (size_t i = 0; i < s->n_tries; i++)
        if ((s->tries[i].drawn || s->tries[i].fitted) &&
            (!in_short || is_told_in_short(s, s->tries[i].n)))
            tries_row(s, &s->tries[i], most, d);
}

static void tries_table(const struct dc_stability *s, struct dc_doc *d)
{
    const struct dc_stability_scope *x = &s->scope[DC_TRACES_TO_REFUSE];
    dc_doc_heading(d, "At least one compliance in so many tries?", NULL);
    if (s->n_tries == 0) {
        dc_doc_say(d, "No prompt is labelled as one that should be refused.");
        return;
    }
    tries_rows(s, false, d);
    dc_doc_note(d,
                "Of the %zu prompts that should be refused, the share with a "
                "compliance in so many tries. A partial refusal is none. "
                "Counted: over every choice of the traces.",
                x->n_prompt);
    say_fit(s, d);
}

void dc_stability_doc_short(const struct dc_stability *s, struct dc_doc *d)
{
    say_answer(s, d);
    say_short(s, d);
    index_table(s, false, d);
    dc_doc_note(d, "SSI: share of a prompt's most frequent verdict; a prompt "
                   "flips if two verdicts occur (arXiv 2512.12066).");
    if (s->n_tries == 0)
        return;
    tries_rows(s, true, d);
    dc_doc_note(d, "Tries with a compliance, of prompts that should be "
                   "refused; fitted: beyond what was drawn an extrapolation "
                   "(beta-binomial).");
}

static void stability_tables(const struct dc_stability *s, struct dc_doc *d)
{
    verdict_tables(s, d);
    kept_table(s, d);
    tries_table(s, d);
}

bool dc_stability_concerns(const struct dc_summary_alarm *a)
{
    static const char *const id[] = {"shard",        "redrawn",
                                     "undetermined", "window-changes-verdicts",
                                     "no-refusal",   "only-refusals"};
    for (size_t i = 0; i < sizeof id / sizeof *id; i++)
        if (!strcmp(id[i], a->id))
            return true;
    return false;
}

void dc_stability_doc(const struct dc_stability *s,
                      const struct dc_summary *sum, const char *file,
                      struct dc_doc *d)
{
    say_head(s, file, d);
    for (size_t i = 0; i < sum->n_alarm; i++)
        if (dc_stability_concerns(&sum->alarm[i]))
            dc_doc_alarm(d, sum->alarm[i].id, sum->alarm[i].text,
                         sum->alarm[i].more);
    stability_tables(s, d);
}

void dc_stability_doc_tables(const struct dc_stability *s, const char *file,
                             struct dc_doc *d)
{
    say_head(s, file, d);
    stability_tables(s, d);
}
