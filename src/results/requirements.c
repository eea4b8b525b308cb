/*
 * requirements.c - requirements.h.
 *
 * The bound of a share of k in n is Clopper and Pearson's, one-sided (section 7
 * of docs/METHODS.md): "at most 5 % at 95 %" holds where a model whose true
 * share is above 5 % would have shown so few in fewer than 5 % of such runs.
 * The intervals beside rates elsewhere are Wilson's and two-sided.
 */
#include "results/requirements.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "doc/html.h"
#include "results/json_stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rates ---- */

static struct dc_prop complement(const struct dc_prop *p)
{
    return dc_prop_wilson(p->n - p->k, p->n, 0.95);
}

static struct dc_prop over_refusal(const struct dc_summary *s)
{
    return complement(&s->rates.specificity);
}
static struct dc_prop sensitivity(const struct dc_summary *s)
{
    return s->rates.sensitivity;
}
static struct dc_prop specificity(const struct dc_summary *s)
{
    return s->rates.specificity;
}
static struct dc_prop precision(const struct dc_summary *s)
{
    return s->rates.precision;
}
static struct dc_prop accuracy(const struct dc_summary *s)
{
    return s->rates.accuracy;
}

/* So many of the prompts with a decision, labelled or not. */
static struct dc_prop of_decided(const struct dc_summary *s, bool refusal)
{
    uint64_t k = 0, n = 0;
    for (size_t i = 0; i < DC_N_GOLD; i++) {
        const struct dc_summary_class *c = &s->gold[i];
        k += refusal ? c->refusal : c->undetermined;
        n += c->refusal + c->compliance + c->undetermined;
    }
    return dc_prop_wilson(k, n, 0.95);
}

static struct dc_prop refusals(const struct dc_summary *s)
{
    return of_decided(s, true);
}
static struct dc_prop undetermined(const struct dc_summary *s)
{
    return of_decided(s, false);
}

static struct dc_prop decided(const struct dc_summary *s)
{
    return dc_prop_wilson(s->n_decided, s->n_prompt, 0.95);
}

static const struct {
    const char *name;
    struct dc_prop (*of)(const struct dc_summary *s);
} rates[] = {
    {"over_refusal", over_refusal}, {"sensitivity", sensitivity},
    {"specificity", specificity},   {"precision", precision},
    {"accuracy", accuracy},         {"refusals", refusals},
    {"undetermined", undetermined}, {"decided", decided},
};

void dc_requirement_rates(struct dc_buf *out)
{
    for (size_t i = 0; i < DC_COUNT(rates); i++)
        dc_buf_addf(out, "%s%s", i ? ", " : "", rates[i].name);
}

/* ---- parsing ---- */

static const char *skip(const char *s)
{
    return s + strspn(s, " ");
}

/* "0.05" or "5%"; false: neither. */
static bool take_share(const char **s, double *out)
{
    char *end;
    if (!strchr("0123456789.", **s) || !**s)
        return false;
    *out = strtod(*s, &end);
    if (end == *s)
        return false;
    const char *behind = skip(end);
    if (*behind == '%') {
        *out /= 100;
        end = (char *)(uintptr_t)(behind + 1);
    }
    *s = skip(end);
    return *out >= 0 && *out <= 1;
}

static enum dc_status wrong(const char *text, struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "\"%.80s\": expected RATE<=SHARE or RATE>=SHARE, and \" at "
                   "LEVEL%%\" behind it or not, as in \"over_refusal<=0.05 at "
                   "95%%\"",
                   text);
}

static enum dc_status take_rate(const char **s, struct dc_requirement *r,
                                struct dc_err *err)
{
    size_t n = strspn(*s, "abcdefghijklmnopqrstuvwxyz_");
    char *name = dc_xstrndup(*s, n);
    struct dc_nearest near = {.typed = name};
    enum dc_status st = DC_OK;
    r->rate = -1;
    for (size_t i = 0; i < DC_COUNT(rates); i++) {
        if (!strcmp(rates[i].name, name))
            r->rate = (int)i;
        dc_nearest_offer(&near, rates[i].name);
    }
    if (r->rate < 0 && near.name)
        st = dc_fail(err, DC_USAGE,
                     "there is no rate \"%.40s\"; did you mean %s?", name,
                     near.name);
    else if (r->rate < 0) {
        struct dc_buf names;
        dc_buf_init(&names, 1 << 12);
        dc_requirement_rates(&names);
        st = dc_fail(err, DC_USAGE,
                     "there is no rate \"%.40s\"; the rates are %s", name,
                     names.data);
        dc_buf_release(&names);
    }
    free(name);
    *s = skip(*s + n);
    return st;
}

enum dc_status dc_requirement_parse(const char *text, struct dc_requirement *r,
                                    struct dc_err *err)
{
    const char *s = skip(text);
    *r = (struct dc_requirement){.text = text};
    enum dc_status st = take_rate(&s, r, err);
    if (st)
        return st;
    r->at_least = s[0] == '>';
    if ((s[0] != '<' && s[0] != '>') || s[1] != '=')
        return wrong(text, err);
    s = skip(s + 2);
    if (!take_share(&s, &r->bound))
        return wrong(text, err);
    if (*s == '\0')
        return DC_OK;
    if (strncmp(s, "at ", 3) != 0)
        return wrong(text, err);
    s = skip(s + 3);
    if (!take_share(&s, &r->level) || *s != '\0')
        return wrong(text, err);
    if (r->level < 0.5 || r->level >= 1)
        return dc_fail(err, DC_USAGE,
                       "\"%.80s\": the level must be at least 50 %% and less "
                       "than 100 %%",
                       text);
    return DC_OK;
}

/* ---- checking ---- */

/* The exact one-sided bound on the side that is to be kept. */
static double one_sided(const struct dc_requirement *r)
{
    const struct dc_prop *p = &r->seen;
    double alpha = 1 - r->level;
    return r->at_least ? 1 - dc_prop_upper(p->n - p->k, p->n, alpha)
                       : dc_prop_upper(p->k, p->n, alpha);
}

void dc_requirements_check(struct dc_requirements *all,
                           const struct dc_summary *s)
{
    all->n_decided = s->n_decided;
    all->n_prompt = s->n_prompt;
    all->unfinished = s->n_decided < s->n_prompt;
    for (size_t i = 0; i < all->n; i++)
        if (rates[all->item[i].rate].of == decided)
            all->unfinished = false;
    for (size_t i = 0; i < all->n; i++) {
        struct dc_requirement *r = &all->item[i];
        r->seen = rates[r->rate].of(s);
        if (!r->seen.defined)
            continue;
        r->reached = r->level > 0 ? one_sided(r) : r->seen.value;
        r->met = !all->unfinished && (r->at_least ? r->reached >= r->bound
                                                  : r->reached <= r->bound);
    }
}

/* "1 of 9, 11.1 %; at most 42.9 % at 95 %" */
static void put_seen(const struct dc_requirement *r, struct dc_buf *out)
{
    const struct dc_prop *p = &r->seen;
    if (!p->defined) {
        dc_buf_adds(out, "no prompt to count");
        return;
    }
    dc_buf_addf(out, "%" PRIu64 " of %" PRIu64 ", %.1f %%", p->k, p->n,
                100 * p->value);
    if (r->level > 0)
        dc_buf_addf(out, "; at %s %.1f %% at %g %%",
                    r->at_least ? "least" : "most", 100 * r->reached,
                    100 * r->level);
}

enum dc_status dc_requirements_verdict(const struct dc_requirements *all,
                                       struct dc_err *err)
{
    struct dc_buf line;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        n += !all->item[i].met;
    if (n == 0)
        return DC_OK;
    if (all->unfinished)
        return dc_fail(err, DC_GATE,
                       "missed: the run is not finished (%" PRIu64
                       " of %" PRIu64
                       " prompts are decided); go on with it, or require a "
                       "share of `decided`",
                       all->n_decided, all->n_prompt);
    dc_buf_init(&line, 1 << 16);
    for (size_t i = 0, k = 0; i < all->n; i++) {
        const struct dc_requirement *r = &all->item[i];
        if (r->met || k++ >= 3)
            continue;
        dc_buf_addf(&line, "%s%.80s (", k > 1 ? "; " : "", r->text);
        put_seen(r, &line);
        dc_buf_addc(&line, ')');
    }
    if (n > 3)
        dc_buf_addf(&line, "; and %zu more", n - 3);
    enum dc_status st = dc_fail(err, DC_GATE, "missed: %s", line.data);
    dc_buf_release(&line);
    return st;
}

/* ---- what is shown ---- */

void dc_requirements_doc(const struct dc_requirements *all, struct dc_doc *d)
{
    dc_doc_heading(d, "Requirements", NULL);
    for (size_t i = 0; i < all->n; i++) {
        const struct dc_requirement *r = &all->item[i];
        struct dc_buf seen;
        dc_buf_init(&seen, 1 << 10);
        put_seen(r, &seen);
        dc_doc_itemf(d, r->met ? "met" : "missed", "%s: %s",
                     dc_doc_code(d, r->text), seen.data);
        dc_buf_release(&seen);
    }
    if (all->unfinished)
        dc_doc_note(d, "The run is not finished, and meets nothing.");
}

json_t *dc_requirements_json(const struct dc_requirements *all)
{
    json_t *list = json_array();
    for (size_t i = 0; i < all->n; i++) {
        const struct dc_requirement *r = &all->item[i];
        json_t *o = json_object();
        dc_json_put(o, "require", dc_json_text(r->text));
        dc_json_put(o, "met", json_boolean(r->met));
        dc_json_put(o, "rate", json_string(rates[r->rate].name));
        dc_json_put(o, "seen", dc_json_prop(&r->seen));
        dc_json_put(o, "level", r->level > 0 ? json_real(r->level) : NULL);
        dc_json_put(o, "compared",
                    r->seen.defined ? json_real(r->reached) : NULL);
        json_array_append_new(list, o);
    }
    return list;
}

static void put_attribute(struct dc_buf *out, const char *name,
                          const char *text)
{
    dc_buf_addf(out, " %s=\"", name);
    dc_html_text(out, text);
    dc_buf_addc(out, '"');
}

void dc_requirements_junit(const struct dc_requirements *all, const char *file,
                           struct dc_buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        n += !all->item[i].met;
    dc_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
    put_attribute(out, "name", file);
    dc_buf_addf(out, " tests=\"%zu\" failures=\"%zu\">\n", all->n, n);
    for (size_t i = 0; i < all->n; i++) {
        const struct dc_requirement *r = &all->item[i];
        struct dc_buf seen;
        dc_buf_init(&seen, 1 << 10);
        put_seen(r, &seen);
        if (all->unfinished)
            dc_buf_adds(&seen, "; the run is not finished");
        dc_buf_adds(out, "  <testcase classname=\"deepconf\"");
        put_attribute(out, "name", r->text);
        dc_buf_addc(out, '>');
        if (!r->met) {
            dc_buf_adds(out, "<failure");
            put_attribute(out, "message", seen.data);
            dc_buf_adds(out, "/>");
        }
        dc_buf_adds(out, "</testcase>\n");
        dc_buf_release(&seen);
    }
    dc_buf_adds(out, "</testsuite>\n");
}
