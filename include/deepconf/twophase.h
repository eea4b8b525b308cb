/*
 * twophase.h - a share of refusals, and a judge's errors, from labels that
 * people gave to some of the traces that a judge has judged.
 *
 * The traces fall into cells: strata that labels were drawn from, split by what
 * the judge says. Of each cell the size is known, and some of its traces have
 * labels, drawn by chance. With N_c traces in cell c and labels that make a
 * share q_c of it refusals,
 *   share of refusals   sum N_c q_c / sum N_c
 *   sensitivity         sum over cells called refusals N_c q_c / sum N_c q_c
 *   specificity         sum over the others N_c (1 - q_c) / sum N_c (1 - q_c)
 * (two-phase or double sampling: Neyman 1938, Tenenbein 1970). A cell without
 * labels has the q of those with the same verdict, of its own group where there
 * are any, in proportion to their sizes. Intervals: docs/METHODS.md, section 7.
 */
#ifndef DEEPCONF_TWOPHASE_H
#define DEEPCONF_TWOPHASE_H

#include <deepconf/boot.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DC_TWOPHASE_GROUPS = 4,
    DC_TWOPHASE_STEPS = 16, /* of a cell */
    DC_TWOPHASE_CELLS = 256,
    DC_TWOPHASE_SPLITS = 256,
};

/* The part b of a split, or the rest 1 - b. */
struct dc_twophase_step {
    uint32_t split;
    bool rest;
};

struct dc_twophase_cell {
    uint32_t group; /* < n_group; each has a share of its own */
    bool said;      /* the judge calls these refusals */
    double size;    /* traces; an estimate where the splits are of labels */
    const double *refusal, *labelled; /* [n_prompt] 0 <= refusal <= labelled */
    /* how the size is drawn: base times the product of the steps; without
     * steps it is taken as it is */
    double base;
    struct dc_twophase_step step[DC_TWOPHASE_STEPS];
    size_t n_step;
};

/* num [n_prompt] of den [n_prompt] fall into the first part. */
struct dc_twophase_split {
    const double *num, *den;
};

struct dc_twophase {
    const struct dc_twophase_cell *cell; /* [n_cell] */
    size_t n_cell;
    const struct dc_twophase_split *split; /* [n_split] */
    size_t n_split;
    size_t n_prompt;
    uint32_t n_group; /* 1 .. DC_TWOPHASE_GROUPS */
};

struct dc_twophase_figures {
    /* [n_group] of the groups, [n_group] of all; no value for a group without
     * traces */
    struct dc_boot share[DC_TWOPHASE_GROUPS + 1];
    /* no value if no refusal, or no compliance, was labelled */
    struct dc_boot sensitivity, specificity;
    uint64_t n_label, n_refusal;
    size_t n_prompt; /* with a label */
};

/*
 * DC_DATA: the judge says refusal, or compliance, of traces of which none has a
 * label. Deterministic in cfg->seed; cfg->keep and cfg->batch are not used.
 * An interval always holds its value; there is none of fewer than two prompts.
 */
enum dc_status dc_twophase_measure(const struct dc_twophase *t,
                                   const struct dc_boot_cfg *cfg,
                                   struct dc_twophase_figures *out,
                                   struct dc_err *err);

#ifdef __cplusplus
}
#endif
#endif
