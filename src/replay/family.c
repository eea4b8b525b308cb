/*
 * family.c - default families of settings (family.h), one row a policy.
 *
 * Why these orders: of two members the later one stops wherever the earlier one
 * does, and elsewhere too (a larger eps or alpha, a smaller m, p, q or tau), so
 * that it can't cost more. Two rows are ordered by what usually holds only: the
 * windows of esc(w) do not nest, and deepconf(eta, tau) cuts other traces when
 * eta changes. A wrong order costs power and never the promise.
 */
#include "replay/family.h"

#include "base/mem.h"

#include <deepconf/stop.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 10 };

static const struct row {
    const char *policy;
    const char *member[MOST]; /* NULL behind the last */
} rows[] = {
    {"hypergeometric",
     {"hypergeometric(0.0001)", "hypergeometric(0.001)", "hypergeometric(0.01)",
      "hypergeometric(0.05)", "hypergeometric(0.1)", "hypergeometric(0.25)"}},
    {"adaptive-consistency",
     {"adaptive-consistency(0.999)", "adaptive-consistency(0.99)",
      "adaptive-consistency(0.97)", "adaptive-consistency(0.95)",
      "adaptive-consistency(0.9)", "adaptive-consistency(0.8)"}},
    {"sprt",
     {"sprt(0.3,0.7,0.001,0.001)", "sprt(0.3,0.7,0.01,0.01)",
      "sprt(0.3,0.7,0.05,0.05)", "sprt(0.3,0.7,0.1,0.1)",
      "sprt(0.3,0.7,0.2,0.2)"}},
    {"e-process",
     {"e-process(0.001)", "e-process(0.01)", "e-process(0.05)",
      "e-process(0.1)", "e-process(0.2)", "e-process(0.4)"}},
    {"confidence-percentile",
     {"confidence-percentile(90)", "confidence-percentile(80)",
      "confidence-percentile(70)", "confidence-percentile(60)",
      "confidence-percentile(50)", "confidence-percentile(40)",
      "confidence-percentile(30)", "confidence-percentile(20)",
      "confidence-percentile(10)"}},
    {"deepconf",
     {"deepconf(0.9,1)", "deepconf(0.9,0.95)", "deepconf(0.9,0.9)",
      "deepconf(0.5,0.95)", "deepconf(0.5,0.9)", "deepconf(0.1,0.95)",
      "deepconf(0.1,0.9)"}},
    {"esc", {"esc(5)", "esc(4)", "esc(3)", "esc(2)"}},
    {"own-percentile",
     {"own-percentile(95)", "own-percentile(90)", "own-percentile(80)",
      "own-percentile(70)", "own-percentile(60)", "own-percentile(50)",
      "own-percentile(40)", "own-percentile(30)", "own-percentile(20)"}},
    {"cges",
     {"cges(0.999,mean_prob)", "cges(0.99,mean_prob)", "cges(0.97,mean_prob)",
      "cges(0.95,mean_prob)", "cges(0.9,mean_prob)", "cges(0.8,mean_prob)"}},
};

/*
 * unanimous(m) from the first m that no vote of k can turn down to 2; evenly
 * spaced ones where there are more than fit.
 */
static void unanimous(unsigned k, struct dc_family *out)
{
    unsigned top = k / 2 + 1 > 2 ? k / 2 + 1 : 2, span = top - 2;
    size_t n = span + 1 < DC_FAMILY_MAX ? span + 1 : DC_FAMILY_MAX;
    for (size_t i = 0; i < n; i++) {
        unsigned down = n > 1 ? (unsigned)(i * span / (n - 1)) : 0;
        snprintf(out->member[i], DC_SPEC_TEXT, "unanimous(%u)", top - down);
    }
    out->n = n;
}

static void put(struct dc_family *out, const char *text)
{
    snprintf(out->member[out->n++], DC_SPEC_TEXT, "%s", text);
}

static bool fits(const char *text, unsigned k)
{
    struct dc_stop_spec p;
    return dc_stop_parse(text, &p, NULL) == DC_OK &&
           dc_stop_fits(&p, k, NULL) == DC_OK;
}

void dc_family_of(const char *policy, unsigned k, struct dc_family *out)
{
    out->n = 0;
    if (!strcmp(policy, "unanimous"))
        unanimous(k, out);
    for (size_t i = 0; i < DC_COUNT(rows) && out->n == 0; i++)
        if (!strcmp(policy, rows[i].policy))
            for (size_t m = 0; m < MOST && rows[i].member[m]; m++)
                if (fits(rows[i].member[m], k))
                    put(out, rows[i].member[m]);
    if (out->n == 0)
        put(out, policy);
}
