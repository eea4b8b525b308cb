/*
 * boot_aurc.c - the cluster bootstrap of the AURC, several resamples a pass.
 *
 * The rows are sorted once, surest first, and cut into segments: runs of right
 * rows, runs of wrong rows, and ties of both. In a segment of m rows with k
 * wrong ones, behind a rows with e wrong ones, the risks add up to
 *     sum over t = 1..m of (e + k t / m) / (a + t)
 *         = k + (e - k a / m) (H(a + m) - H(a)),   H(i) = 1 + 1/2 + ... + 1/i
 * (risk_coverage.c has the tie rule; where k is 0 or m the order inside does
 * not matter, so such ties need not be told apart). A resample changes a, e, m
 * and k, never the order. H comes from a table as long as the largest resample
 * can be; where that would be far longer than the data (one huge cluster among
 * many small ones) dc_boot_aurc_plain() does it row by row.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat/rank_priv.h"

#include <deepconf/rank.h>
#include <stdlib.h>

enum { LANES = DC_BOOT_LANES, TABLE_SPARE = 1 << 20 };

struct segment {
    uint32_t n_right, n_wrong; /* rows */
};

struct sorted {
    uint32_t *cluster; /* [n] in the order of the segments, right ones first */
    struct segment *segment;
    size_t n_segments;
    double *harmonic; /* [most + 1] */
    struct dc_boot *out;
    struct dc_boot_kinds kinds;
};

static void add_tie(struct sorted *s, uint32_t n_right, uint32_t n_wrong)
{
    struct segment *last =
        s->n_segments ? &s->segment[s->n_segments - 1] : NULL;
    bool joins =
        last && (n_right ? !n_wrong && !last->n_wrong : !last->n_right);
    if (!joins) {
        last = &s->segment[s->n_segments++];
        *last = (struct segment){0, 0};
    }
    last->n_right += n_right;
    last->n_wrong += n_wrong;
}

static void sorted_init(struct sorted *s, const struct dc_scored *in,
                        uint64_t most)
{
    size_t n = in->n, at = 0;
    double *down = dc_xcalloc(n + 1, sizeof *down);
    for (size_t i = 0; i < n; i++)
        down[i] = -in->score[i];
    struct dc_rank_row *r = dc_rank_sort(down, in->positive, n);
    s->cluster = dc_xcalloc(n + DC_BOOT_AHEAD, sizeof *s->cluster);
    s->segment = dc_xcalloc(n + 1, sizeof *s->segment);
    for (size_t i = 0, end; i < n; i = end) {
        uint32_t n_wrong = 0;
        end = dc_rank_tie_end(r, n, i);
        for (size_t j = i; j < end; j++) {
            s->cluster[at++] = in->group[r[j].row];
            n_wrong += r[j].flag;
        }
        add_tie(s, (uint32_t)(end - i) - n_wrong, n_wrong);
    }
    s->harmonic = dc_xcalloc(most + 1, sizeof *s->harmonic);
    for (uint64_t i = 1; i <= most; i++)
        s->harmonic[i] = s->harmonic[i - 1] + 1 / (double)i;
    s->segment = dc_xrealloc(s->segment, s->n_segments + 1, sizeof *s->segment);
    free(r);
    free(down);
}

/* Of each lane, so far: rows, wrong ones, and their risks added up. */
struct sums {
    uint32_t n[LANES], wrong[LANES];
    double risk[LANES];
};

/* m rows more in each lane: what 1/i adds up to over them. */
DC_BOOT_INLINE void advance(struct sums *s, const double *h,
                            const uint32_t m[LANES], double step[LANES])
{
    for (int l = 0; l < LANES; l++) {
        double before = h[s->n[l]];
        s->n[l] += m[l];
        step[l] = h[s->n[l]] - before;
    }
}

DC_BOOT_INLINE void add_right(struct sums *s, const double *h,
                              const uint32_t m[LANES])
{
    double step[LANES];
    advance(s, h, m, step);
    for (int l = 0; l < LANES; l++)
        s->risk[l] += (int32_t)s->wrong[l] * step[l];
}

/* k = m: the rows that are right before stay as many. */
DC_BOOT_INLINE void add_wrong(struct sums *s, const double *h,
                              const uint32_t m[LANES])
{
    double step[LANES];
    advance(s, h, m, step);
    for (int l = 0; l < LANES; l++) {
        s->wrong[l] += m[l];
        s->risk[l] +=
            (int32_t)m[l] - (int32_t)(s->n[l] - s->wrong[l]) * step[l];
    }
}

DC_BOOT_INLINE void add_mixed(struct sums *s, const double *h,
                              const uint32_t right[LANES],
                              const uint32_t bad[LANES])
{
    uint32_t m[LANES], before[LANES];
    double step[LANES];
    memcpy(before, s->n, sizeof before);
    for (int l = 0; l < LANES; l++)
        m[l] = right[l] + bad[l];
    advance(s, h, m, step);
    for (int l = 0; l < LANES; l++) {
        double k = bad[l], share = m[l] ? k / m[l] : 0;
        s->risk[l] += k + (s->wrong[l] - share * before[l]) * step[l];
        s->wrong[l] += bad[l];
    }
}

DC_BOOT_INLINE void add_all(const void *data, const uint8_t *weight,
                            struct dc_boot_block *out)
{
    const struct sorted *s = data;
    const uint32_t *cluster = s->cluster;
    struct sums sums = {.n = {0}};
    for (size_t i = 0; i < s->n_segments; i++) {
        const struct segment *g = &s->segment[i];
        uint32_t right[LANES], bad[LANES];
        dc_boot_add_rows(right, cluster, g->n_right, weight);
        dc_boot_add_rows(bad, cluster + g->n_right, g->n_wrong, weight);
        cluster += g->n_right + g->n_wrong;
        if (g->n_wrong == 0)
            add_right(&sums, s->harmonic, right);
        else if (g->n_right == 0)
            add_wrong(&sums, s->harmonic, bad);
        else
            add_mixed(&sums, s->harmonic, right, bad);
    }
    for (int l = 0; l < LANES; l++) {
        out->has[l] = sums.n[l] > 0;
        out->x[l] = sums.n[l] > 0 ? sums.risk[l] / sums.n[l] : 0;
    }
}

DC_BOOT_PASS(pass, add_all)

static void end(void *data, struct dc_boot_values *v,
                const struct dc_boot_cfg *cfg)
{
    struct sorted *s = data;
    dc_boot_finish(v, cfg, s->out);
    dc_boot_require(s->out, s->kinds.n_with, s->kinds.n_without);
    free(s->harmonic);
    free(s->segment);
    free(s->cluster);
    free(s);
}

void dc_boot_aurc(const struct dc_scored *s, const struct dc_boot_cfg *cfg,
                  struct dc_boot *out)
{
    static const struct dc_boot_ops ops = {pass, end};
    uint64_t most = dc_boot_largest_group(s) * s->n_groups;
    if (most > INT32_MAX || most > 4 * (uint64_t)s->n + TABLE_SPARE) {
        dc_boot_aurc_plain(s, cfg, out);
        return;
    }
    struct dc_risk risk;
    *out = (struct dc_boot){.n_clusters = s->n_groups};
    out->value.defined = dc_risk_coverage(s->score, s->positive, s->n, &risk);
    if (out->value.defined)
        out->value.value = risk.aurc;
    struct sorted *x = dc_xcalloc(1, sizeof *x);
    x->out = out;
    x->kinds = dc_boot_kinds_of(s);
    sorted_init(x, s, most);
    dc_boot_submit((struct dc_boot_job){
        .cfg = *cfg,
        .ops = &ops,
        .data = x,
        .n_clusters = (uint32_t)s->n_groups,
        .bytes = s->n * sizeof *x->cluster + most * sizeof *x->harmonic +
                 x->n_segments * sizeof *x->segment + sizeof *x});
}
