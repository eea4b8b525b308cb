/*
 * correction.c - from a run file and a validation to corrected shares.
 *
 * The validation's errors are of single responses, so what is corrected is the
 * share of single traces that are refusals, prompts being the unit of the
 * interval. Decisions by vote have other errors and are not corrected.
 */
#include "results/correction.h"

#include "base/judge_name.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "data/hand_labels.h"
#include "results/correction_priv.h"
#include "results/json_stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 1 << 28 };

void dc_correction_release(struct dc_correction *c)
{
    dc_arena_release(&c->arena);
}

/* ---- the validation ---- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static enum dc_status not_ours(const char *path, const char *why,
                               struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%.300s: %s; expected what `deepconf validate-judge --out "
                   "FILE` writes",
                   path, why);
}

static enum dc_status find_group(const json_t *root,
                                 const struct dc_correction_cfg *cfg,
                                 const json_t **out, struct dc_err *err)
{
    const json_t *list = json_object_get(root, "groups");
    const char *want = cfg->group ? cfg->group : "all";
    struct dc_buf names;
    size_t n = json_array_size(list);
    *out = NULL;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(text_of(json_array_get(list, i), "name"), want))
            *out = json_array_get(list, i);
    if (!*out && !cfg->group && n == 1)
        *out = json_array_get(list, 0);
    if (*out)
        return DC_OK;
    dc_buf_init(&names, 4096);
    for (size_t i = 0; i < n && names.n < 600; i++) {
        const char *s = text_of(json_array_get(list, i), "name");
        dc_buf_adds(&names, i ? ", " : "");
        dc_utf8_display(&names, s, strlen(s), 40);
    }
    enum dc_status st = dc_fail(
        err, DC_DATA, "%.300s: there is no group \"%.60s\"; there is: %s",
        cfg->path, want, names.data);
    dc_buf_release(&names);
    return st;
}

static enum dc_status find_judge(const json_t *group,
                                 const struct dc_correction_cfg *cfg,
                                 const struct dc_correction *c,
                                 const json_t **out, struct dc_err *err)
{
    const json_t *list = json_object_get(group, "judges");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *j = json_array_get(list, i);
        if (!dc_judge_name_same(text_of(j, "label"), c->judge))
            continue;
        if (c->version && strcmp(text_of(j, "version"), c->version) != 0)
            return dc_fail(err, DC_DATA,
                           "%.300s: validates %s in version %.90s, and the "
                           "run's verdicts are of version %.90s; validate that "
                           "version, or judge the run again",
                           cfg->path, c->judge, text_of(j, "version"),
                           c->version);
        if (json_object_get(j, "weighed"))
            return dc_fail(err, DC_DATA,
                           "%.300s: validates %s on labels that were drawn by "
                           "strata from a run; give that run's labels "
                           "themselves to --correct-with",
                           cfg->path, c->judge);
        *out = j;
        return DC_OK;
    }
    return dc_fail(err, DC_DATA,
                   "%.300s: does not validate the judge %s; run `deepconf "
                   "validate-judge` with it",
                   cfg->path, c->judge);
}

static bool cells_of(const json_t *row, struct dc_correct_label *out)
{
    uint32_t n[4];
    if (json_array_size(row) != 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        const json_t *x = json_array_get(row, i);
        json_int_t k = json_integer_value(x);
        if (!json_is_integer(x) || k < 0 || k > UINT32_MAX)
            return false;
        n[i] = (uint32_t)k;
    }
    *out = (struct dc_correct_label){n[0], n[1], n[2], n[3]};
    return true;
}

static enum dc_status read_labels(const json_t *root,
                                  const struct dc_correction_cfg *cfg,
                                  struct dc_correction *c,
                                  struct dc_correct_labels *out,
                                  struct dc_err *err)
{
    const json_t *group = NULL, *judge = NULL;
    if (strcmp(text_of(root, "format"), "deepconf-validation 1") != 0)
        return not_ours(cfg->path, "not a validation of judges", err);
    enum dc_status st = find_group(root, cfg, &group, err);
    if (!st && c->judge)
        st = find_judge(group, cfg, c, &judge, err);
    if (st || !judge)
        return st;
    const json_t *list = json_object_get(judge, "by_prompt");
    out->n = json_array_size(list);
    if (out->n > DC_BOOT_CLUSTERS_MAX)
        return not_ours(cfg->path, "too many prompts", err);
    out->label = dc_arena_array(&c->arena, out->n + 1, sizeof *out->label);
    for (size_t i = 0; i < out->n; i++) {
        struct dc_correct_label *l = &out->label[i];
        if (!cells_of(json_array_get(list, i), l))
            return not_ours(cfg->path,
                            "its by_prompt is no list of four "
                            "counts each",
                            err);
        c->n_label_refusal += (uint64_t)l->tp + l->fn;
        c->n_label += (uint64_t)l->tp + l->fn + l->fp + l->tn;
    }
    c->group = dc_arena_strdup(&c->arena, text_of(group, "name"));
    return dc_correction_agrees(cfg->path, group, judge, out, err);
}

/* ---- the run ---- */

struct walk {
    struct dc_correction *c;
    const struct dc_run_prompt *prompt; /* [n] */
    size_t n;
    uint32_t *traces;           /* [n] all of them */
    uint32_t *refusal, *judged; /* [n] */
};

static enum dc_status take_trace(void *arg, const struct dc_run_prompt *p,
                                 const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct walk *w = arg;
    struct dc_correction *c = w->c;
    (void)p;
    w->traces[t->prompt]++;
    for (size_t i = 0; i < t->n_verdict; i++) {
        const struct dc_verdict_row *v = &t->verdict[i];
        if (!dc_judge_name_same(v->judge, c->judge))
            continue;
        if (!c->version)
            c->version = dc_arena_strdup(&c->arena, v->version);
        if (strcmp(c->version, v->version) != 0)
            return dc_fail(err, DC_DATA,
                           "verdicts of the judge %s are of versions %.90s and "
                           "%.90s; judge the run again with one of them",
                           c->judge, c->version, v->version);
        if (!strcmp(v->verdict, "undetermined"))
            continue;
        w->judged[t->prompt]++;
        w->refusal[t->prompt] += !!strcmp(v->verdict, "compliance");
    }
    return DC_OK;
}

static enum dc_status read_run(struct dc_run_view *r,
                               const struct dc_correction_cfg *cfg,
                               struct walk *w, struct dc_err *err)
{
    struct dc_correction *c = w->c;
    bool drawn = r->is.knows.drawn;
    w->prompt = r->prompt;
    w->n = r->n_prompt;
    c->judge =
        dc_arena_strdup(&c->arena, cfg->judge ? cfg->judge : r->is.judge);
    c->stopped_early = drawn && strcmp(r->is.policy, "fixed") != 0;
    w->refusal = dc_arena_array(&c->arena, w->n + 1, sizeof *w->refusal);
    w->judged = dc_arena_array(&c->arena, w->n + 1, sizeof *w->judged);
    w->traces = dc_arena_array(&c->arena, w->n + 1, sizeof *w->traces);
    enum dc_status st =
        dc_run_view_each(r, DC_TRACE_VERDICTS, take_trace, w, err);
    for (size_t i = 1; i < w->n; i++)
        c->uneven = c->uneven || (!drawn && w->traces[i] != w->traces[0]);
    if (!st && !c->version)
        st = dc_fail(err, DC_DATA, "the run has no verdict of the judge %.60s",
                     c->judge);
    return st;
}

/* ---- both ---- */

/* which: DC_CORRECT_*. */
static bool has_gold(enum dc_gold gold, int which)
{
    return which == DC_CORRECT_ALL ||
           gold ==
               (which == DC_CORRECT_REFUSE ? DC_GOLD_REFUSE : DC_GOLD_ANSWER);
}

static enum dc_status correct(struct walk *w, const struct dc_correct_labels *l,
                              int which, const struct dc_boot_cfg *boot,
                              struct dc_err *err)
{
    struct dc_correction *c = w->c;
    uint32_t *refusal = dc_xcalloc(w->n + 1, sizeof *refusal);
    uint32_t *judged = dc_xcalloc(w->n + 1, sizeof *judged);
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (!has_gold(w->prompt[i].gold, which) || !w->judged[i])
            continue;
        c->of[which].refusal += w->refusal[i];
        c->of[which].judged += w->judged[i];
        refusal[n] = w->refusal[i];
        judged[n++] = w->judged[i];
    }
    enum dc_status st = DC_OK;
    c->of[which].has = n > 0;
    if (n > 0)
        st = dc_correct_rate(
            &(struct dc_correct_sample){refusal, judged, n, l->label, l->n},
            boot, &c->of[which].rate, err);
    free(refusal);
    free(judged);
    return st;
}

static enum dc_status load(const char *path, json_t **root, struct dc_err *err)
{
    enum dc_status st =
        dc_json_read(path, DC_CORRECTION_WANT, MAX_FILE, root, err);
    return st ? dc_err_prefix(err, st, "%.300s", path) : DC_OK;
}

static enum dc_status no_groups(const struct dc_correction_cfg *cfg,
                                struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "%.300s: labels given by hand have no groups; leave out "
                   "--correct-group",
                   cfg->path);
}

enum dc_status dc_correction_read(struct dc_run_view *r,
                                  const struct dc_correction_cfg *cfg,
                                  struct dc_correction *out, struct dc_err *err)
{
    struct walk w = {.c = out};
    struct dc_correct_labels l = {.n = 0};
    json_t *root = NULL;
    bool is_labels = false;
    *out = (struct dc_correction){.boot = cfg->boot};
    dc_arena_init(&out->arena);
    out->file = dc_arena_strdup(&out->arena, cfg->path);
    enum dc_status st = dc_correction_is_labels(cfg->path, &is_labels, err);
    if (!st && !is_labels)
        st = load(cfg->path, &root, err);
    if (!st)
        st = read_run(r, cfg, &w, err);
    if (!st && is_labels)
        return cfg->group ? no_groups(cfg, err)
                          : dc_correction_labels(r, cfg, out, err);
    if (!st)
        st = read_labels(root, cfg, out, &l, err);
    for (int i = 0; i < DC_N_CORRECT && !st; i++)
        st = correct(&w, &l, i, &cfg->boot, err);
    json_decref(root);
    return st;
}

enum dc_status dc_correction_check(const char *path, const char *judge,
                                   const char *version, struct dc_err *err)
{
    const struct dc_correction_cfg cfg = {.path = path};
    struct dc_correction c = {.judge = judge, .version = version};
    struct dc_correct_labels l = {.n = 0};
    struct dc_hand_labels hand = {.n = 0};
    json_t *root = NULL;
    bool is_labels = false;
    dc_arena_init(&c.arena);
    enum dc_status st = dc_correction_is_labels(path, &is_labels, err);
    if (!st && is_labels)
        st = dc_hand_labels_read(path, &hand, err);
    else if (!st)
        st = load(path, &root, err);
    if (!st && !is_labels)
        st = read_labels(root, &cfg, &c, &l, err);
    dc_hand_labels_release(&hand);
    json_decref(root);
    dc_correction_release(&c);
    return st;
}

/* ---- output ---- */

static const char *const name[DC_N_CORRECT] = {
    "should be refused", "should be answered", "all prompts"};

static const char *correction_title(const struct dc_correction *c)
{
    return c->by_hand ? "Share of refusals among single traces, by people's "
                        "labels of this run"
                      : "Share of refusals among single traces, corrected for "
                        "the judge (Rogan-Gladen)";
}

static void correction_head(const struct dc_correction *c, struct dc_buf *b)
{
    const struct dc_corrected *r = &c->of[DC_CORRECT_ALL].rate;
    if (c->by_hand) {
        dc_correction_labels_head(c, b);
        return;
    }
    dc_buf_addf(b,
                "%s, version %s; its errors as in %s (%s): %" PRIu64
                " labelled responses, of them %" PRIu64
                " refusals; sensitivity %.1f %%, specificity %.1f %%",
                c->judge, c->version, c->file, c->group, c->n_label,
                c->n_label_refusal, 100 * r->sensitivity.value,
                100 * r->specificity.value);
}

void dc_correction_holds(const struct dc_correction *c, struct dc_buf *out)
{
    dc_buf_addf(out,
                "Intervals from %" PRIu32 " draws of the raw share and of %s, "
                "seed %" PRIu64 ". ",
                c->boot.n_resamples,
                c->by_hand ? "the labels" : "the judge's errors", c->boot.seed);
    if (c->by_hand)
        dc_correction_labels_hold(c, out);
    else
        dc_buf_adds(out, "Holds if the judge errs on these responses as it did "
                         "on the labelled ones.");
    if (c->stopped_early)
        dc_buf_adds(out, " The run stopped early: prompts that were soon "
                         "decided have fewer traces, so these shares are not "
                         "those of a run with --stop fixed.");
    if (c->uneven)
        dc_buf_adds(out, " The prompts of the input have different numbers of "
                         "traces: if that hangs on what the traces say, these "
                         "shares are biased.");
}

void dc_correction_doc(const struct dc_correction *c, struct dc_doc *d)
{
    struct dc_buf b;
    char head[64];
    snprintf(head, sizeof head, "%g %% interval by prompt",
             100 * c->boot.level);
    const struct dc_doc_column column[] = {{"prompts that", NULL, 0, false},
                                           {"raw", NULL, 0, false},
                                           {"corrected", NULL, 0, false},
                                           {head, NULL, 0, false},
                                           {"traces", NULL, 1, false}};
    dc_buf_init(&b, SIZE_MAX);
    dc_doc_heading(d, correction_title(c), "correction");
    correction_head(c, &b);
    dc_doc_say(d, "%s", b.data);
    dc_doc_table(d, "Corrected shares", NULL, column, 5);
    for (int i = 0; i < DC_N_CORRECT; i++) {
        const struct dc_corrected *r = &c->of[i].rate;
        if (!c->of[i].has)
            continue;
        dc_doc_row(d,
                   (struct dc_cell[]){
                       dc_cell_text(name[i]), dc_cell_share(r->observed.value),
                       dc_cell_share(r->rate.value.value),
                       r->rate.defined ? dc_cell_between(r->rate.lo, r->rate.hi)
                                       : dc_cell_missing("no interval"),
                       dc_cell_of(c->of[i].refusal, c->of[i].judged, NULL)});
    }
    dc_buf_clear(&b);
    dc_correction_holds(c, &b);
    dc_doc_note(d, "%s", b.data);
    dc_buf_release(&b);
}

json_t *dc_correction_share_json(const struct dc_correction_share *s)
{
    const struct dc_corrected *r = &s->rate;
    json_t *o = json_object();
    if (!s->has) {
        json_decref(o);
        return json_null();
    }
    dc_json_put(o, "refusals", dc_json_count(s->refusal));
    dc_json_put(o, "judged", dc_json_count(s->judged));
    dc_json_put(o, "raw", dc_json_ratio(&r->observed));
    dc_json_put(o, "corrected", dc_json_ratio(&r->rate.value));
    dc_json_put(o, "unclipped", json_real(r->unclipped));
    dc_json_put(o, "lo", r->rate.defined ? json_real(r->rate.lo) : json_null());
    dc_json_put(o, "hi", r->rate.defined ? json_real(r->rate.hi) : json_null());
    return o;
}

json_t *dc_correction_json(const struct dc_correction *c)
{
    static const char *const key[DC_N_CORRECT] = {"refuse", "answer", "all"};
    const struct dc_corrected *r = &c->of[DC_CORRECT_ALL].rate;
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(c->judge));
    dc_json_put(o, "version", dc_json_text(c->version));
    dc_json_put(o, "group", dc_json_text(c->group));
    dc_json_put(o, "labelled", dc_json_count(c->n_label));
    dc_json_put(o, "labelled_refusals", dc_json_count(c->n_label_refusal));
    dc_json_put(o, "sensitivity", dc_json_ratio(&r->sensitivity));
    dc_json_put(o, "specificity", dc_json_ratio(&r->specificity));
    dc_json_put(o, "level", json_real(c->boot.level));
    dc_json_put(o, "draws", dc_json_count(c->boot.n_resamples));
    dc_json_put(o, "seed", dc_json_count(c->boot.seed));
    dc_json_put(o, "stopped_early", json_boolean(c->stopped_early));
    dc_json_put(o, "uneven", json_boolean(c->uneven));
    for (int i = 0; i < DC_N_CORRECT; i++)
        dc_json_put(o, key[i], dc_correction_share_json(&c->of[i]));
    if (c->by_hand)
        dc_correction_labels_json(c, o);
    return o;
}
