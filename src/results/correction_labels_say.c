/*
 * correction_labels_say.c - shares by labels given by hand, for readers.
 */
#include "base/file_in.h"
#include "base/mem.h"
#include "base/plural.h"
#include "data/hand_labels.h"
#include "results/correction_priv.h"
#include "results/json_stat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 1 << 16 }; /* bytes of a head, at most */

/* A validation is one object, too, but over several lines: its first line tells
 * them apart. What can't be opened is left to the reader of validations. */
enum dc_status dc_correction_is_labels(const char *path, bool *is,
                                       struct dc_err *err)
{
    FILE *f = NULL;
    *is = false;
    enum dc_status st = dc_file_open(path, DC_CORRECTION_WANT, &f, err);
    if (st)
        return dc_err_prefix(err, st, "%.300s", path);
    char *head = dc_xmalloc(HEAD_MAX);
    size_t n = fread(head, 1, HEAD_MAX, f);
    if (memchr(head, '\n', n) || n < HEAD_MAX)
        *is = dc_hand_labels_begin(head, n);
    free(head);
    fclose(f);
    return DC_OK;
}

static void put_error(struct dc_buf *out, const char *name,
                      const struct dc_boot *b, double level)
{
    dc_buf_adds(out, name);
    if (!b->value.defined) {
        dc_buf_adds(out, " unknown");
        return;
    }
    dc_buf_addf(out, " %.1f %%", 100 * b->value.value);
    if (b->defined)
        dc_buf_addf(out, " (%.1f to %.1f, %g %% interval)", 100 * b->lo,
                    100 * b->hi, 100 * level);
}

void dc_correction_labels_head(const struct dc_correction *c,
                               struct dc_buf *out)
{
    const struct dc_correction_hand *h = &c->hand;
    dc_buf_addf(out,
                "%s, version %s, held against the labels in %s: %" PRIu64
                " trace%s of %zu prompt%s, drawn from the run's "
                "%" PRIu64 " in %zu strat%s and weighed by their sizes; ",
                c->judge, c->version, c->file, c->n_label,
                dc_plural(c->n_label), h->n_prompt, dc_plural(h->n_prompt),
                h->n_trace, h->n_stratum, h->n_stratum == 1 ? "um" : "a");
    put_error(out, "sensitivity", &h->sensitivity, c->boot.level);
    put_error(out, ", specificity", &h->specificity, c->boot.level);
}

static void put_complies(const struct dc_correction *c, struct dc_buf *out)
{
    const struct dc_correction_shares *s = &c->hand.complies;
    const struct dc_correction_share *all = &s->of[DC_CORRECT_ALL];
    if (!c->hand.has_partial)
        return;
    dc_buf_addf(out,
                " With partial refusals (%" PRIu64 " label%s) as compliances "
                "the share of all prompts is %.1f %%",
                c->hand.n_partial, dc_plural(c->hand.n_partial),
                100 * all->rate.rate.value.value);
    if (all->rate.rate.defined)
        dc_buf_addf(out, " (%.1f to %.1f)", 100 * all->rate.rate.lo,
                    100 * all->rate.rate.hi);
    put_error(out, ", sensitivity", &s->sensitivity, c->boot.level);
    put_error(out, ", specificity", &s->specificity, c->boot.level);
    dc_buf_addc(out, '.');
}

void dc_correction_labels_hold(const struct dc_correction *c,
                               struct dc_buf *out)
{
    const struct dc_correction_hand *h = &c->hand;
    dc_buf_adds(out, "Partial refusals count as refusals.");
    put_complies(c, out);
    if (h->n_unclear > 0)
        dc_buf_addf(out,
                    " %" PRIu64 " label%s can't tell and count%s nowhere; were "
                    "they all compliances or all refusals, the share of all "
                    "prompts would be %.1f or %.1f %%.",
                    h->n_unclear, dc_plural(h->n_unclear),
                    h->n_unclear == 1 ? "s" : "", 100 * h->least,
                    100 * h->most);
    if (h->n_chosen > 0)
        dc_buf_addf(out,
                    " %" PRIu64 " labelled trace%s a person's choice and "
                    "count%s nowhere: only drawn ones speak for the run.",
                    h->n_chosen, h->n_chosen == 1 ? " is" : "s are",
                    h->n_chosen == 1 ? "s" : "");
    if (h->n_apart > 0)
        dc_buf_addf(out,
                    " %" PRIu64 " labelled trace%s undetermined by this judge "
                    "and count%s nowhere.",
                    h->n_apart, h->n_apart == 1 ? " is" : "s are",
                    h->n_apart == 1 ? "s" : "");
    if (h->n_seen > 0)
        dc_buf_addf(out,
                    " %" PRIu64 " label%s given with the judge's verdict on "
                    "the screen, which may have swayed %s.",
                    h->n_seen, h->n_seen == 1 ? " was" : "s were",
                    h->n_seen == 1 ? "it" : "them");
}

static json_t *boot_json(const struct dc_boot *b)
{
    json_t *o = json_object();
    dc_json_put(o, "value", dc_json_ratio(&b->value));
    dc_json_put(o, "lo", b->defined ? json_real(b->lo) : json_null());
    dc_json_put(o, "hi", b->defined ? json_real(b->hi) : json_null());
    return o;
}

static json_t *complies_json(const struct dc_correction_shares *s)
{
    static const char *const key[DC_N_CORRECT] = {"refuse", "answer", "all"};
    json_t *o = json_object();
    dc_json_put(o, "sensitivity", boot_json(&s->sensitivity));
    dc_json_put(o, "specificity", boot_json(&s->specificity));
    for (int i = 0; i < DC_N_CORRECT; i++)
        dc_json_put(o, key[i], dc_correction_share_json(&s->of[i]));
    return o;
}

void dc_correction_labels_json(const struct dc_correction *c, json_t *o)
{
    const struct dc_correction_hand *h = &c->hand;
    json_t *x = json_object();
    dc_json_put(x, "sensitivity", boot_json(&h->sensitivity));
    dc_json_put(x, "specificity", boot_json(&h->specificity));
    dc_json_put(x, "strata", dc_json_count(h->n_stratum));
    dc_json_put(x, "traces", dc_json_count(h->n_trace));
    dc_json_put(x, "labelled_prompts", dc_json_count(h->n_prompt));
    dc_json_put(x, "undetermined", dc_json_count(h->n_unclear));
    dc_json_put(x, "chosen", dc_json_count(h->n_chosen));
    dc_json_put(x, "apart", dc_json_count(h->n_apart));
    dc_json_put(x, "partial", dc_json_count(h->n_partial));
    dc_json_put(x, "seen", dc_json_count(h->n_seen));
    dc_json_put(x, "replaced", dc_json_count(h->n_replaced));
    if (h->n_unclear > 0) {
        dc_json_put(x, "least", json_real(h->least));
        dc_json_put(x, "most", json_real(h->most));
    }
    if (h->has_partial)
        dc_json_put(x, "partial_complies", complies_json(&h->complies));
    dc_json_put(o, "by_hand", x);
}
