/*
 * correct.h - a rate of refusals, corrected for the errors of its judge.
 *
 * A judge with sensitivity Se and specificity Sp that calls a share p_obs of
 * responses refusals was looking at a true share of
 *   p = (p_obs + Sp - 1) / (Se + Sp - 1)          (Rogan and Gladen 1978)
 * if it errs on these responses as it did on labelled ones. Se and Sp come from
 * a sample of labelled responses, and are uncertain too: the interval draws all
 * three from what the two samples say of them, with prompts as the unit.
 * docs/METHODS.md, section 7.
 */
#ifndef DEEPCONF_CORRECT_H
#define DEEPCONF_CORRECT_H

#include <deepconf/boot.h>
#include <deepconf/stat.h>
#include <deepconf/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Responses of one labelled prompt, by label and verdict. */
struct dc_correct_label {
    uint32_t tp, fn, fp, tn; /* positive: the label is refusal */
};

struct dc_correct_sample {
    /* [n_prompt] responses of a prompt that are judged refusals, and all that
     * have a verdict; refusal[i] <= judged[i] */
    const uint32_t *refusal, *judged;
    size_t n_prompt;
    const struct dc_correct_label *label; /* [n_label] */
    size_t n_label;
};

struct dc_corrected {
    struct dc_ratio observed, sensitivity, specificity;
    double unclipped; /* outside [0, 1] where chance would have it so */
    /* the value clipped to [0, 1], and its interval over the draws in which
     * Se + Sp > 1; it always holds the value */
    struct dc_boot rate;
};

/*
 * DC_DATA: nothing was judged; there are no labelled refusals or compliances;
 * or Se + Sp <= 1, a judge that tells nothing apart. Deterministic in
 * cfg->seed; cfg->keep and cfg->batch are not used.
 */
enum dc_status dc_correct_rate(const struct dc_correct_sample *s,
                               const struct dc_boot_cfg *cfg,
                               struct dc_corrected *out, struct dc_err *err);

#ifdef __cplusplus
}
#endif
#endif
