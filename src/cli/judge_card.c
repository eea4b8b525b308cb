/*
 * judge_card.c - what a linear judge was trained on, how, and how well it did.
 *
 * A card comes from a file that anybody may have written: texts are made safe
 * for the terminal, and a number that is missing is a dash.
 */
#include "cli/judge_card.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

static const json_t *at(const json_t *o, const char *a, const char *b)
{
    const json_t *v = json_object_get(o, a);
    return b ? json_object_get(v, b) : v;
}

static void add_text(struct dc_buf *out, const json_t *v)
{
    const char *s = json_string_value(v);
    if (s)
        dc_utf8_display(out, s, strlen(s), 64);
    else
        dc_buf_adds(out, "-");
}

static void add_count(struct dc_buf *out, const json_t *v)
{
    if (json_is_integer(v))
        dc_buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else
        dc_buf_adds(out, "-");
}

static void add_real(struct dc_buf *out, const char *fmt, const json_t *v,
                     double times)
{
    char text[64] = "-";
    if (json_is_number(v))
        snprintf(text, sizeof text, "%.*f", strcmp(fmt, "%") ? 3 : 1,
                 times * json_number_value(v));
    dc_buf_addf(out, "%7s", text);
}

static void add_file(const json_t *f, struct dc_buf *out)
{
    dc_buf_adds(out, "  data         ");
    add_text(out, at(f, "name", NULL));
    dc_buf_adds(out, " (");
    add_text(out, at(f, "labels", NULL));
    dc_buf_adds(out, "): ");
    add_count(out, at(f, "rows", NULL));
    dc_buf_adds(out, " rows: refusal ");
    add_count(out, at(f, "refusal", NULL));
    dc_buf_adds(out, ", partial ");
    add_count(out, at(f, "partial", NULL));
    dc_buf_adds(out, ", compliance ");
    add_count(out, at(f, "compliance", NULL));
    dc_buf_adds(out, "; dropped ");
    add_count(out, at(f, "dropped", NULL));
    dc_buf_adds(out, "\n               sha256 ");
    add_text(out, at(f, "sha256", NULL));
    dc_buf_adds(out, "\n");
}

static void add_data(const json_t *card, struct dc_buf *out)
{
    size_t i;
    const json_t *f, *d = at(card, "data", NULL);
    json_array_foreach(at(d, "files", NULL), i, f)
    {
        add_file(f, out);
    }
    dc_buf_adds(out, "  together     ");
    add_count(out, at(d, "rows", NULL));
    dc_buf_adds(out, " rows of ");
    add_count(out, at(d, "prompts", NULL));
    dc_buf_adds(out, " prompts: ");
    add_count(out, at(d, "refusals", NULL));
    dc_buf_adds(out, " refusals, ");
    add_count(out, at(d, "compliances", NULL));
    dc_buf_adds(out, " compliances; partial counts as ");
    add_text(out, at(d, "partial_counts_as", NULL));
    dc_buf_adds(out, "; empty, left out ");
    add_count(out, at(d, "empty", NULL));
    dc_buf_adds(out,
                "\n               to be tested on other files than these\n");
}

static void add_model(const struct dc_linear *m, struct dc_buf *out)
{
    const struct dc_ngram_cfg *g = &m->gram;
    const json_t *t = at(m->card, "training", NULL);
    dc_buf_addf(out,
                "  features     1 to %u words, those of the first %u words "
                "once more",
                g->words, g->opening);
    if (g->char_min)
        dc_buf_addf(out, ", %u to %u characters", g->char_min, g->char_max);
    dc_buf_addf(out, "; %zu of 2^%u buckets known\n", m->n, g->bits);
    dc_buf_adds(out, "  training     ");
    add_text(out, at(t, "solver", NULL));
    dc_buf_addf(out, ", C = %g, ", json_number_value(at(t, "c", NULL)));
    add_count(out, at(t, "folds", NULL));
    dc_buf_adds(out, " folds by prompt, seed ");
    add_text(out, at(t, "seed", NULL));
    dc_buf_adds(out, "; deepconf ");
    add_text(out, at(m->card, "deepconf", NULL));
    dc_buf_addf(out, "\n  threshold    refusal from probability %.4f on, by ",
                m->threshold);
    add_text(out, at(t, "threshold_by", NULL));
    if (json_is_number(at(t, "target", NULL)))
        dc_buf_addf(out, " of %g", json_number_value(at(t, "target", NULL)));
    dc_buf_adds(out, "\n");
}

static void add_share(const json_t *cv, const char *key, struct dc_buf *out)
{
    const json_t *p = at(cv, key, NULL);
    dc_buf_addf(out, "  %-12s ", key);
    add_real(out, "%", at(p, "value", NULL), 100);
    dc_buf_adds(out, " %  ");
    add_real(out, "%", at(p, "lo", NULL), 100);
    dc_buf_adds(out, " to");
    add_real(out, "%", at(p, "hi", NULL), 100);
    dc_buf_adds(out, " %   ");
    add_count(out, at(p, "k", NULL));
    dc_buf_adds(out, " of ");
    add_count(out, at(p, "n", NULL));
    dc_buf_adds(out, "\n");
}

static void add_value(const json_t *v, const char *key, const char *what,
                      struct dc_buf *out)
{
    dc_buf_addf(out, "  %-12s ", key);
    add_real(out, "", v, 1);
    dc_buf_addf(out, "%s%s\n", what[0] ? "    " : "", what);
}

static void add_figures(const json_t *cv, struct dc_buf *out)
{
    static const char *const cell[] = {"tp", "fn", "fp", "tn"};
    dc_buf_adds(out, "\nOn held-out rows: each fold judged by what the other "
                     "folds taught (95 % Wilson)\n ");
    for (size_t i = 0; i < 4; i++) {
        dc_buf_addf(out, " %c%c ", cell[i][0] - 'a' + 'A',
                    cell[i][1] - 'a' + 'A');
        add_count(out, at(cv, cell[i], NULL));
    }
    dc_buf_adds(out, "\n");
    add_share(cv, "precision", out);
    add_share(cv, "recall", out);
    add_share(cv, "specificity", out);
    add_share(cv, "accuracy", out);
    add_value(at(cv, "f1", NULL), "F1", "", out);
    dc_buf_adds(out, "  AUROC        ");
    add_real(out, "", at(cv, "auroc", "value"), 1);
    dc_buf_adds(out, "    ");
    add_real(out, "", at(cv, "auroc", "lo"), 1);
    dc_buf_adds(out, " to");
    add_real(out, "", at(cv, "auroc", "hi"), 1);
    dc_buf_adds(out, "     bootstrap by prompt\n");
    add_value(at(cv, "ece", NULL), "ECE", "15 bins of equal width", out);
    add_value(at(cv, "brier", NULL), "Brier", "", out);
    add_value(at(cv, "log_loss", NULL), "log loss", "nats", out);
}

void dc_judge_card_text(const struct dc_linear *m, const char *title,
                        struct dc_buf *out)
{
    dc_utf8_display(out, title, strlen(title), 0);
    dc_buf_addf(out, ": a linear judge, format %d\n", (int)DC_LINEAR_FORMAT);
    add_data(m->card, out);
    add_model(m, out);
    add_figures(at(m->card, "cross_validated", NULL), out);
}
