/*
 * judge_cascade.c - judges in order, each of which may pass a response on; the
 * last decides what is left. Cheap judges go first, and the dear ones are asked
 * about the rest.
 *
 * Rule, span and reply are those of the stage that decided. Its score is not
 * passed on: scores of different judges have no common scale. A stage is no
 * cascade itself, so that no file can lead back to its own.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "judge/cascade_file.h"
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cascade {
    struct dc_judge base;
    struct dc_cascade_file file;
    struct dc_judge *judge[DC_CASCADE_STAGES]; /* [file.n] */
    struct dc_judge_stage stage[DC_CASCADE_STAGES];
    struct dc_buf note; /* those of the stages, a line each */
};

static void close_cascade(struct dc_judge *j)
{
    struct cascade *c = (struct cascade *)j;
    for (size_t k = 0; k < c->file.n; k++)
        dc_judge_close(c->judge[k]);
    dc_cascade_file_release(&c->file);
    dc_buf_release(&c->note);
    free(c);
}

static bool rule_fits(const char *rule, const char *pattern)
{
    size_t n = strlen(pattern);
    if (n > 0 && pattern[n - 1] == '*')
        return !strncmp(rule, pattern, n - 1);
    return !strcmp(rule, pattern);
}

/* ---- opening ---- */

/* A rule that the judge never names would never be abstained on. */
static enum dc_status check_rules(const struct dc_cascade_band *b,
                                  const struct dc_judge *j, struct dc_err *err)
{
    for (size_t k = 0; k < b->n_rule && j->ops->rule; k++) {
        struct dc_nearest near = {.typed = b->rule[k]};
        const char *id;
        bool known = false;
        for (size_t i = 0; !known && (id = j->ops->rule(j, i)); i++) {
            known = rule_fits(id, b->rule[k]);
            dc_nearest_offer(&near, id);
        }
        if (known)
            continue;
        if (near.name)
            return dc_fail(err, DC_DATA,
                           "abstain.rules: %s has no rule \"%.60s\"; did you "
                           "mean \"%.60s\"?",
                           j->label, b->rule[k], near.name);
        return dc_fail(err, DC_DATA,
                       "abstain.rules: %s has no rule \"%.60s\"; `deepconf "
                       "judge --input` shows the rules of its verdicts",
                       j->label, b->rule[k]);
    }
    return DC_OK;
}

/* What is to be known of a stage. */
static void add_note(struct cascade *c, const struct dc_judge *j)
{
    if (!j->note)
        return;
    dc_buf_addf(&c->note, "%sits stage %s: %s", c->note.n ? "; " : "", j->label,
                j->note);
    c->base.note = c->note.data;
}

static enum dc_status open_stage(struct cascade *c, size_t k,
                                 const struct dc_judge_cfg *typed,
                                 struct dc_err *err)
{
    struct dc_judge_cfg cfg = *typed;
    const struct dc_cascade_row *r = &c->file.row[k];
    size_t n = strcspn(r->spec, "=");
    if (n == 7 && !strncmp(r->spec, "cascade", n))
        return dc_fail(err, DC_DATA,
                       "%.200s is a cascade itself; write its stages here",
                       r->spec);
    cfg.in_file = true;
    enum dc_status st = dc_judge_open(r->spec, &cfg, &c->judge[k], err);
    if (st)
        return st;
    struct dc_judge *j = c->judge[k];
    if (r->band.has_score && !j->scores)
        return dc_fail(err, DC_DATA,
                       "%s gives no scores; abstain on its verdicts or rules",
                       j->label);
    st = check_rules(&r->band, j, err);
    if (st)
        return st;
    c->stage[k] = (struct dc_judge_stage){j->label, j->version, 0, 0, 0};
    c->base.slow = c->base.slow || j->slow;
    c->base.repeatable = c->base.repeatable && j->repeatable;
    if (c->base.batch == 0 || j->batch < c->base.batch)
        c->base.batch = j->batch;
    add_note(c, j);
    return DC_OK;
}

/* All that makes verdicts: stages, their versions, their bands. */
static void set_version(struct cascade *c)
{
    char id[DC_SHA256_HEX];
    struct dc_buf all, shown;
    dc_buf_init(&all, SIZE_MAX);
    dc_buf_init(&shown, SIZE_MAX);
    for (size_t k = 0; k < c->file.n; k++) {
        const struct dc_judge *j = c->judge[k];
        const struct dc_cascade_band *b = &c->file.row[k].band;
        int n = (int)strcspn(j->spec, "="); /* its name, as the file has it */
        dc_buf_addf(&all, "%.*s\n%s\n%d%d%d%d\n", n, j->spec, j->version,
                    b->verdict[0], b->verdict[1], b->verdict[2], b->verdict[3]);
        for (size_t i = 0; i < b->n_rule; i++)
            dc_buf_addf(&all, "%s\n", b->rule[i]);
        dc_buf_addf(&all, "%d %.17g %.17g\n\n", b->has_score, b->lo, b->hi);
        dc_buf_addf(&shown, "%s%.*s %s", k ? ", " : "", n, j->spec, j->version);
    }
    dc_sha256_hex(all.data, all.n, id);
    snprintf(c->base.version, DC_JUDGE_VERSION, "1 %.16s%s: %s", id,
             c->base.repeatable ? "" : " served", shown.data);
    dc_buf_release(&all);
    dc_buf_release(&shown);
}

static enum dc_status open_cascade(const struct dc_judge_cfg *cfg,
                                   struct dc_judge **out, struct dc_err *err)
{
    struct dc_cascade_file f;
    enum dc_status st = dc_cascade_file_read(cfg->file, &f, err);
    if (st)
        return st;
    struct cascade *c = dc_xcalloc(1, sizeof *c);
    c->file = f;
    c->base.repeatable = true;
    dc_buf_init(&c->note, SIZE_MAX);
    for (size_t k = 0; k < f.n && !st; k++) {
        st = open_stage(c, k, cfg, err);
        if (st)
            dc_err_prefix(err, st, "%.300s: stage %zu", cfg->file, k + 1);
    }
    if (st) {
        close_cascade(&c->base);
        return st;
    }
    set_version(c);
    *out = &c->base;
    return DC_OK;
}

/* ---- judging ---- */

static bool abstains(const struct dc_cascade_band *b,
                     const struct dc_judgement *j)
{
    if (j->verdict == DC_VERDICT_UNDETERMINED || b->verdict[j->verdict])
        return true;
    if (b->has_score && j->has_score && j->score >= b->lo && j->score <= b->hi)
        return true;
    for (size_t i = 0; i < b->n_rule; i++)
        if (rule_fits(j->rule, b->rule[i]))
            return true;
    return false;
}

/* The responses that are left: item [n], their places in the batch at [n]. */
struct rest {
    struct dc_judge_item item[DC_JUDGE_BATCH];
    size_t at[DC_JUDGE_BATCH];
    size_t n;
};

static enum dc_status ask_stage(struct cascade *c, size_t k, struct rest *r,
                                struct dc_judgement *out, struct dc_err *err)
{
    struct dc_judgement got[DC_JUDGE_BATCH];
    struct dc_judge *j = c->judge[k];
    const bool last = k + 1 == c->file.n;
    double start = dc_clock_ms();
    size_t left = 0;
    for (size_t i = 0; i < r->n; i++)
        got[i] = (struct dc_judgement){.rule = ""};
    enum dc_status st = j->ops->judge(j, r->item, r->n, got, err);
    c->stage[k].ms += dc_clock_ms() - start;
    if (st)
        return dc_err_prefix(err, st, "%s", j->label);
    c->stage[k].n_asked += r->n;
    for (size_t i = 0; i < r->n; i++) {
        if (!last && abstains(&c->file.row[k].band, &got[i])) {
            r->item[left] = r->item[i];
            r->at[left++] = r->at[i];
            continue;
        }
        got[i].has_score = false;
        got[i].score = 0;
        out[r->at[i]] = got[i];
        c->stage[k].n_decided++;
    }
    r->n = left;
    return DC_OK;
}

static enum dc_status judge(struct dc_judge *j,
                            const struct dc_judge_item *item, size_t n,
                            struct dc_judgement *out, struct dc_err *err)
{
    struct cascade *c = (struct cascade *)j;
    struct rest r = {.n = n};
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < n; i++) {
        r.item[i] = item[i];
        r.at[i] = i;
    }
    for (size_t k = 0; k < c->file.n && r.n > 0 && !st; k++)
        st = ask_stage(c, k, &r, out, err);
    return st;
}

static const struct dc_judge_stage *stages(const struct dc_judge *j, size_t *n)
{
    const struct cascade *c = (const struct cascade *)j;
    *n = c->file.n;
    return c->stage;
}

static bool trained_on(const struct dc_judge *j, const char *sha256)
{
    const struct cascade *c = (const struct cascade *)j;
    for (size_t k = 0; k < c->file.n; k++)
        if (c->judge[k]->ops->trained_on &&
            c->judge[k]->ops->trained_on(c->judge[k], sha256))
            return true;
    return false;
}

const struct dc_judge_ops dc_judge_cascade = {
    .name = "cascade",
    .summary = "judges in order, each passing on what it is not sure of",
    .file = "a JSON file of stages",
    .needs_file = true,
    .version_by = "1, a hash of stages, versions and bands, and the stages",
    .open = open_cascade,
    .close = close_cascade,
    .judge = judge,
    .trained_on = trained_on,
    .stages = stages,
};
