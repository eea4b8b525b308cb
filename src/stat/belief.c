/*
 * belief.c - what the responses of some prompts say of a rate: a beta
 * distribution, right where few prompts or none have a response of the kind.
 *
 * Jeffreys' posterior of k in n independent responses is Beta(k + 1/2,
 * n - k + 1/2), as if half a response of either kind had been seen beside them.
 * With prompts as the units, half a prompt of either kind is added: m responses
 * that are all of the kind, with weight 1/2, and m that are not, where
 * m = sum m_i^2 / sum m_i is the size of a prompt. With x_i of m_i responses of
 * prompt i and M = sum m_i,
 *     r = (sum x_i + m / 2) / (M + m)
 *     v = (sum (x_i - r m_i)^2 + m^2 ((1 - r)^2 + r^2) / 2) / (M + m)^2
 *     n = min(r (1 - r) / v, M + 1),   a = r n,   b = (1 - r) n
 * so that mean and (to first order) variance are those of the prompts. Where
 * every prompt has one response, or all of a prompt are alike and prompts are
 * of one size, that is Jeffreys' posterior of the prompts.
 */
#include <assert.h>
#include <deepconf/boot.h>
#include <deepconf/dist.h>
#include <math.h>

bool dc_belief_of(const struct dc_boot_sums *s, struct dc_belief *out)
{
    double x = 0, all = 0, squares = 0;
    *out = (struct dc_belief){0};
    for (size_t i = 0; i < s->n_clusters; i++) {
        assert(s->num[i] >= 0 && s->num[i] <= s->den[i]);
        x += s->num[i];
        all += s->den[i];
        squares += s->den[i] * s->den[i];
        out->n_with += s->num[i] > 0;
        out->n_without += s->num[i] < s->den[i];
    }
    if (!(all > 0))
        return false;
    double m = squares / all, r = (x + m / 2) / (all + m);
    double off = m * m * ((1 - r) * (1 - r) + r * r) / 2;
    for (size_t i = 0; i < s->n_clusters; i++) {
        double d = s->num[i] - r * s->den[i];
        off += d * d;
    }
    double v = off / ((all + m) * (all + m));
    double n = fmin(r * (1 - r) / v, all + 1);
    out->a = r * n;
    out->b = (1 - r) * n;
    return true;
}

void dc_belief_interval(const struct dc_belief *b, double value, double level,
                        double *lo, double *hi)
{
    double tail = (1 - level) / 2;
    *lo = b->n_with ? dc_beta_quantile(b->a, b->b, tail) : 0;
    *hi = b->n_without ? dc_beta_quantile_upper(b->a, b->b, tail) : 1;
    *lo = fmin(*lo, value);
    *hi = fmax(*hi, value);
}
