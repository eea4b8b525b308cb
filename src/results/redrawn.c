/*
 * redrawn.c - redrawn.h. Shares have the interval of dc_belief_of(): it takes
 * prompts as the unit, holds for few of them, and costs one pass.
 */
#include "results/redrawn.h"

#include "base/mem.h"
#include "base/plural.h"

#include <deepconf/boot.h>
#include <inttypes.h>
#include <stdlib.h>

/* Alarms are for more than a twentieth, and for chances of less. */
enum { ONE_OF = 20 };
#define REDRAWN_SELDOM (1.0 / ONE_OF)

/* num [n], den [n]: refusals and traces of each prompt. */
static void share_of(const double *num, const double *den, size_t n,
                     double level, struct dc_redrawn_share *out)
{
    const struct dc_boot_sums sums = {num, den, n};
    struct dc_belief b;
    size_t prompts = 0;
    for (size_t i = 0; i < n; i++) {
        out->k += (uint64_t)num[i];
        out->n += (uint64_t)den[i];
        prompts += den[i] > 0;
    }
    if (out->n == 0)
        return;
    out->value = (double)out->k / (double)out->n;
    out->has_interval = prompts > 1 && dc_belief_of(&sums, &b);
    if (out->has_interval)
        dc_belief_interval(&b, out->value, level, &out->lo, &out->hi);
}

static void find_shares(const struct dc_redrawn_prompt *p, size_t n,
                        double level, struct dc_redrawn *out)
{
    double *num = dc_xcalloc(n + 1, sizeof *num);
    double *den = dc_xcalloc(n + 1, sizeof *den);
    for (size_t i = 0; i < n; i++) {
        num[i] = p[i].once.refusal;
        den[i] = p[i].once.n;
    }
    share_of(num, den, n, level, &out->once);
    for (size_t i = 0; i < n; i++) {
        num[i] = p[i].again.refusal;
        den[i] = p[i].again.n;
    }
    share_of(num, den, n, level, &out->again);
    free(num);
    free(den);
    double all = (double)out->n_trace;
    out->least = (double)out->once.k / all;
    out->most = (double)(out->once.k + out->again.n) / all;
}

/* Traces with a verdict: others say neither. */
static struct dc_stratum stratum_of(const struct dc_redrawn_prompt *p)
{
    unsigned once = p->once.refusal + p->once.compliance;
    unsigned again = p->again.refusal + p->again.compliance;
    return (struct dc_stratum){.n = once + again,
                               .n_yes = p->once.refusal + p->again.refusal,
                               .n_marked = again,
                               .n_both = p->again.refusal};
}

static void find_p(const struct dc_redrawn_prompt *p, size_t n,
                   struct dc_redrawn *out)
{
    struct dc_stratum *s = dc_xcalloc(n + 1, sizeof *s);
    for (size_t i = 0; i < n; i++)
        s[i] = stratum_of(&p[i]);
    out->has_p = dc_strata_test(s, n, &out->p);
    free(s);
}

/* Does the majority hang on what the traces drawn again say? */
static bool hangs(const struct dc_redrawn_prompt *p)
{
    struct dc_tally all = p->once, none = p->once;
    all.n += p->again.n;
    all.refusal += p->again.n;
    none.n += p->again.n;
    none.compliance += p->again.n;
    return dc_tally_decide(&all) != dc_tally_decide(&none);
}

void dc_redrawn_find(const struct dc_redrawn_prompt *p, size_t n,
                     uint64_t n_attempt, double level, struct dc_redrawn *out)
{
    *out = (struct dc_redrawn){.n_attempt = n_attempt};
    for (size_t i = 0; i < n; i++) {
        out->n_trace += p[i].once.n + p[i].again.n;
        out->n_again += p[i].again.n;
    }
    if (out->n_again == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        out->n_decided += p[i].decided;
        out->n_hang += p[i].decided && hangs(&p[i]);
    }
    find_shares(p, n, level, out);
    find_p(p, n, out);
}

bool dc_redrawn_is_alarm(const struct dc_redrawn *r)
{
    return ONE_OF * r->n_again > r->n_trace ||
           (r->n_again > 0 && r->has_p && r->p <= REDRAWN_SELDOM);
}

/* ---- words ---- */

static void put_share(const struct dc_redrawn_share *s, struct dc_buf *out)
{
    dc_buf_addf(out, "%.1f %%", 100 * s->value);
    if (s->has_interval)
        dc_buf_addf(out, " (%.1f to %.1f %%)", 100 * s->lo, 100 * s->hi);
}

void dc_redrawn_says(const struct dc_redrawn *r, struct dc_buf *out)
{
    if (r->n_again == 0)
        return;
    dc_buf_addf(out,
                "%" PRIu64 " of %" PRIu64 " trace%s (%.1f %%), in %" PRIu64
                " draws: their first was lost, as happens to long ones more "
                "often. Of them ",
                r->n_again, r->n_trace, dc_plural(r->n_trace),
                100 * (double)r->n_again / (double)r->n_trace,
                r->n_attempt - (r->n_trace - r->n_again));
    put_share(&r->again, out);
    dc_buf_adds(out, " refuse");
    if (r->once.n > 0) {
        dc_buf_adds(out, ", of the others ");
        put_share(&r->once, out);
    }
    if (r->has_p)
        dc_buf_addf(out,
                    "; inside prompts they differ so by chance with p = "
                    "%.2g",
                    r->p);
    dc_buf_addf(out,
                ". Whatever the lost draws were, refusals are %.1f to %.1f %% "
                "of all first draws",
                100 * r->least, 100 * r->most);
    if (r->n_decided > 0)
        dc_buf_addf(out,
                    "; %" PRIu64 " of %" PRIu64 " decision%s hang%s on traces "
                    "drawn again",
                    r->n_hang, r->n_decided, dc_plural(r->n_decided),
                    r->n_decided == 1 ? "s" : "");
}
