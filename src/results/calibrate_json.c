/*
 * calibrate_json.c - a calibration for programs, from the fields of the text.
 */
#include "results/calibrate_report.h"
#include "results/json_stat.h"

static json_t *losses(const struct dc_calibrate *c,
                      const struct dc_calibrate_half *h)
{
    json_t *o = json_object();
    for (size_t i = 0; i < DC_LOSSES; i++) {
        const struct dc_ltt_setting *l = &h->loss[i];
        struct dc_prop p = dc_prop_clopper_pearson(l->lost, l->n, c->cfg.level);
        json_t *x = dc_json_prop(&p);
        dc_json_put(
            x, "upper",
            json_real(dc_prop_upper(l->lost, l->n, c->cfg.promise.delta)));
        dc_json_put(o, dc_loss_name((enum dc_loss)i), x);
    }
    return o;
}

static void put_cost(json_t *o, const struct dc_calibrate *c,
                     const struct dc_calibrate_half *h)
{
    double n = (double)h->n;
    dc_json_put(o, "prompts", dc_json_count(h->n));
    dc_json_put(o, "traces", n > 0 ? json_real((double)h->n_trace / n) : NULL);
    dc_json_put(o, "tokens",
                n > 0 && c->has_count ? json_real((double)h->n_tok / n) : NULL);
    dc_json_put(o, "seconds",
                n > 0 && c->has_time ? json_real(h->ms / 1000 / n) : NULL);
}

static json_t *row_json(const struct dc_calibrate *c,
                        const struct dc_calibrate_row *row)
{
    static const char *const test[] = {"passed", "failed", "not tested"};
    const struct dc_ltt_setting *l = &row->half.loss[c->cfg.loss];
    json_t *o = json_object();
    dc_json_put(o, "setting", json_string(row->text));
    dc_json_put(o, "policy", json_string(row->setting.policy.spec.text));
    dc_json_put(o, "answer_window",
                row->setting.has_window ? dc_json_count(row->setting.window)
                                        : NULL);
    dc_json_put(o, "n", dc_json_count(l->n));
    dc_json_put(o, "lost", dc_json_count(l->lost));
    dc_json_put(o, "p", json_real(row->p));
    dc_json_put(o, "test", json_string(test[row->test]));
    put_cost(o, c, &row->half);
    dc_json_put(o, "worst", row->has_table ? json_real(row->worst) : NULL);
    return o;
}

static void put_saving(json_t *o, const char *traces, const char *tokens,
                       const struct dc_calibrate_half *h,
                       const struct dc_calibrate_half *of)
{
    dc_json_put(o, traces,
                of->n_trace > 0
                    ? json_real(1 - (double)h->n_trace / (double)of->n_trace)
                    : NULL);
    dc_json_put(o, tokens,
                of->n_tok > 0
                    ? json_real(1 - (double)h->n_tok / (double)of->n_tok)
                    : NULL);
}

static json_t *scored_json(const struct dc_calibrate *c)
{
    const struct dc_calibrate_half *h = &c->scored;
    struct dc_calibrate_half full = {.n = 0};
    json_t *o = json_object();
    if (c->has_full_cost) {
        full.n_trace = c->full_trace;
        full.n_tok = c->full_tok;
    }
    put_cost(o, c, h);
    put_saving(o, "traces_saved", "tokens_saved", h, &full);
    put_saving(o, "traces_saved_of_safest", "tokens_saved_of_safest", h,
               &c->safest);
    dc_json_put(o, "losses", losses(c, h));
    return o;
}

static json_t *offer_json(const struct dc_calibrate *c)
{
    if (!c->has_offer)
        return NULL;
    struct dc_buf b;
    json_t *o = json_object();
    dc_buf_init(&b, SIZE_MAX);
    dc_calibrate_options(c, c->offer, &b);
    dc_json_put(o, "setting", json_string(c->row[c->offer].text));
    dc_json_put(o, "options", json_string(b.data));
    dc_json_put(o, "needed", dc_json_count(c->n_offer_needed));
    dc_json_put(o, "scored", scored_json(c));
    dc_buf_release(&b);
    return o;
}

json_t *dc_calibrate_json(const struct dc_calibrate *c, const char *file)
{
    struct dc_buf says;
    size_t at;
    json_t *root = json_object(), *rows = json_array();
    dc_buf_init(&says, SIZE_MAX);
    dc_calibrate_says(c, &says);
    dc_json_put(root, "format", json_string("deepconf-calibrate 1"));
    dc_json_put(root, "file", dc_json_text(file));
    dc_json_put(root, "judge",
                dc_json_judge(c->record->judge, c->record->judge_version,
                              c->record->judge_note));
    dc_json_put(root, "loss", json_string(dc_loss_name(c->cfg.loss)));
    dc_json_put(root, "alpha", json_real(c->cfg.promise.alpha));
    dc_json_put(root, "delta", json_real(c->cfg.promise.delta));
    dc_json_put(root, "calibration_share", json_real(c->cfg.share));
    dc_json_put(root, "seed", dc_json_count(c->cfg.seed));
    dc_json_put(root, "max_traces", dc_json_count(c->record->k));
    dc_json_put(root, "calibration_prompts", dc_json_count(c->n_calibration));
    dc_json_put(root, "scoring_prompts", dc_json_count(c->n_scoring));
    dc_json_put(root, "left_out", dc_json_count(c->n_left_out));
    dc_json_put(root, "counting_prompts", dc_json_count(c->n_trial));
    dc_json_put(root, "needed_prompts", dc_json_count(c->n_needed));
    dc_json_put(root, "too_few", json_boolean(c->too_few));
    dc_json_put(root, "result", json_string(says.data));
    dc_json_put(root, "offer", offer_json(c));
    dc_json_put(root, "by_exact_table",
                dc_calibrate_by_table(c, &at) ? json_string(c->row[at].text)
                                              : NULL);
    for (size_t i = 0; i < c->n_row; i++)
        json_array_append_new(rows, row_json(c, &c->row[i]));
    dc_json_put(root, "tests", rows);
    dc_buf_release(&says);
    return root;
}
