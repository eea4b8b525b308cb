/*
 * stop_table.c - what a policy that looks at counts alone does, exactly.
 *
 * Given R refusals among the K votes, every order of them is equally likely
 * (the traces of a prompt are exchangeable). Walking n upwards, from (n, r) a
 * refusal comes next with probability (R - r) / (K - n). The mass that reaches
 * a stopping state leaves there; what leaves with another decision than that of
 * all K is the loss at R. Both ways on are products, so that a state that can't
 * be reached has the mass 0 and not what rounding left of a difference.
 */
#include "base/banned.h"
#include "base/mem.h"

#include <deepconf/stop.h>
#include <stdlib.h>
#include <string.h>

static size_t at(unsigned n, unsigned r)
{
    return (size_t)n * (n + 1) / 2 + r;
}

char dc_stop_table_at(const struct dc_stop_table *t, unsigned n, unsigned r)
{
    return t->decision[at(n, r)];
}

static char letter(const struct dc_stop_spec *p, const struct dc_stop_cfg *c,
                   unsigned n, unsigned r)
{
    struct dc_stop_state s = {
        .tally = {.n = n, .refusal = r, .compliance = n - r}};
    const struct dc_vote_spec majority = {.row = dc_vote_find("majority")};
    if (!dc_stop_ask(p, &s, c).stop)
        return '-';
    return dc_stop_decide(p, &s, c, &majority, NULL) == DC_VERDICT_REFUSAL
               ? 'R'
               : 'C';
}

/* Loss and expected traces when refusals of the K votes are refusals. */
static void walk(struct dc_stop_table *t, unsigned refusals, double *mass)
{
    unsigned k = t->k;
    char right = dc_stop_table_at(t, k, refusals);
    memset(mass, 0, (k + 2) * sizeof *mass);
    mass[0] = 1;
    for (unsigned n = 0; n <= k; n++) {
        double carry = 0; /* on its way from r - 1 */
        for (unsigned r = 0; r <= n && r <= refusals; r++) {
            char d = dc_stop_table_at(t, n, r);
            double m = mass[r];
            double up = 0, down = 0;
            if (d == '-' && refusals - r <= k - n) {
                up = m * (refusals - r) / (k - n);
                down = m * (k - n - (refusals - r)) / (k - n);
            }
            if (d != '-') {
                t->traces[refusals] += m * n;
                t->disagree[refusals] += d != right ? m : 0;
            }
            mass[r] = carry + down;
            carry = up;
        }
        if (n < refusals)
            mass[n + 1] = carry;
    }
}

enum dc_status dc_stop_table_init(struct dc_stop_table *t,
                                  const struct dc_stop_spec *p,
                                  const struct dc_stop_cfg *c,
                                  struct dc_err *err)
{
    unsigned k = c->max_traces;
    enum dc_status st = dc_stop_check(c, err);
    if (st)
        return st;
    if (!p->row->by_tally || c->weighted)
        return dc_fail(err, DC_USAGE,
                       "%s has no exact table: it looks at more than counts",
                       p->spec.text);
    *t = (struct dc_stop_table){.k = k};
    t->decision = dc_xcalloc(at(k + 1, 0), 1);
    t->disagree = dc_xcalloc(k + 1, sizeof *t->disagree);
    t->traces = dc_xcalloc(k + 1, sizeof *t->traces);
    for (unsigned n = 0; n <= k; n++)
        for (unsigned r = 0; r <= n; r++)
            t->decision[at(n, r)] = letter(p, c, n, r);
    double *mass = dc_xcalloc((size_t)k + 2, sizeof *mass);
    for (unsigned r = 0; r <= k; r++) {
        double *worst = dc_stop_table_at(t, k, r) == 'R' ? &t->worst_missed
                                                         : &t->worst_false;
        walk(t, r, mass);
        if (t->disagree[r] > *worst)
            *worst = t->disagree[r];
    }
    free(mass);
    return DC_OK;
}

/* The same walk, with p in place of what is left in the urn. */
double dc_stop_table_refuses(const struct dc_stop_table *t, double p)
{
    double *mass = dc_xcalloc((size_t)t->k + 2, sizeof *mass);
    double sum = 0;
    mass[0] = 1;
    for (unsigned n = 0; n <= t->k; n++) {
        double carry = 0; /* on its way from r - 1 */
        for (unsigned r = 0; r <= n; r++) {
            char d = dc_stop_table_at(t, n, r);
            double m = mass[r], up = d == '-' ? m * p : 0;
            sum += d == 'R' ? m : 0;
            mass[r] = carry + (d == '-' ? m * (1 - p) : 0);
            carry = up;
        }
        mass[n + 1] = carry;
    }
    free(mass);
    return sum;
}

void dc_stop_table_release(struct dc_stop_table *t)
{
    free(t->decision);
    free(t->disagree);
    free(t->traces);
    *t = (struct dc_stop_table){.k = 0};
}
