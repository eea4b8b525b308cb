/*
 * validate_json.c - a validation for programs, and for --correct-with, which
 * reads `format`, `groups`, `label`, `version` and `by_prompt` of it.
 */
#include "results/json_stat.h"
#include "results/validate_report.h"

static const char *const verdict_name[DC_N_VERDICT] = {
    "compliance", "partial", "refusal", "undetermined"};

static json_t *boot(const struct dc_boot *b)
{
    json_t *o = json_object();
    dc_json_put(o, "value", dc_json_ratio(&b->value));
    dc_json_put(o, "lo", b->defined ? json_real(b->lo) : json_null());
    dc_json_put(o, "hi", b->defined ? json_real(b->hi) : json_null());
    dc_json_put(o, "of_rarer_kind", dc_json_count(b->n_rarer));
    return o;
}

/* Wilson's interval beside the one by prompt. */
static json_t *rate(const struct dc_prop *p, const struct dc_boot *b)
{
    json_t *o = dc_json_prop(p);
    dc_json_put(o, "by_prompt", boot(b));
    return o;
}

static json_t *cell(const struct dc_validate_cell *c)
{
    json_t *o = json_object(), *u = json_object();
    dc_json_put(o, "matrix", dc_json_matrix(&c->matrix));
    dc_json_put(u, "refusal", dc_json_count(c->undetermined_refusal));
    dc_json_put(u, "compliance", dc_json_count(c->undetermined_compliance));
    dc_json_put(o, "undetermined", u);
    dc_json_put(o, "precision", rate(&c->rates.precision, &c->precision));
    dc_json_put(o, "recall", rate(&c->rates.sensitivity, &c->sensitivity));
    dc_json_put(o, "specificity", rate(&c->rates.specificity, &c->specificity));
    dc_json_put(o, "accuracy", rate(&c->rates.accuracy, &c->accuracy));
    dc_json_put(o, "f1", boot(&c->f1));
    dc_json_put(o, "kappa", boot(&c->kappa_boot));
    dc_json_put(o, "mcc", dc_json_ratio(&c->rates.mcc));
    return o;
}

static json_t *calibration(const struct dc_calib *c)
{
    json_t *o = json_object(), *bins = json_array();
    if (!c->defined) {
        json_decref(bins);
        json_decref(o);
        return json_null();
    }
    dc_json_put(o, "ece", json_real(c->ece));
    dc_json_put(o, "mce", json_real(c->mce));
    dc_json_put(o, "brier", json_real(c->brier));
    for (uint32_t i = 0; i < c->n_bins; i++) {
        json_t *b = json_object();
        if (c->bin[i].observed.n == 0) {
            json_decref(b);
            continue;
        }
        dc_json_put(b, "mean", json_real(c->bin[i].p_mean));
        dc_json_put(b, "observed", dc_json_prop(&c->bin[i].observed));
        json_array_append_new(bins, b);
    }
    dc_json_put(o, "bins", bins);
    return o;
}

static json_t *score(const struct dc_validate_score *s)
{
    json_t *o = json_object();
    dc_json_put(o, "n", dc_json_count(s->n));
    dc_json_put(o, "auroc", boot(&s->auroc));
    dc_json_put(o, "equal_width", calibration(&s->width));
    dc_json_put(o, "equal_mass", calibration(&s->mass));
    return o;
}

static json_t *confusion(uint64_t (*n)[DC_N_VERDICT])
{
    json_t *o = json_object();
    for (int l = 0; l < DC_VERDICT_UNDETERMINED; l++) {
        json_t *row = json_object();
        for (int s = 0; s < DC_N_VERDICT; s++)
            dc_json_put(row, verdict_name[s], dc_json_count(n[l][s]));
        dc_json_put(o, verdict_name[l], row);
    }
    return o;
}

/* Of the runs that labels were drawn from. */
static json_t *weighed(const struct dc_validate_weighed *w)
{
    json_t *o = json_object();
    dc_json_put(o, "labels", dc_json_count(w->n));
    dc_json_put(o, "traces", dc_json_count(w->n_trace));
    for (int p = 0; p < DC_N_PARTIAL && w->has; p++) {
        json_t *x = json_object();
        dc_json_put(x, "recall", boot(&w->figures[p].sensitivity));
        dc_json_put(x, "specificity", boot(&w->figures[p].specificity));
        dc_json_put(x, "refusals", boot(&w->figures[p].share[1]));
        dc_json_put(o, dc_partial_name((enum dc_partial)p), x);
    }
    return o;
}

/* [[tp, fn, fp, tn], ...] of each prompt. */
static json_t *by_prompt(const struct dc_validation *v, size_t g, size_t j)
{
    struct dc_arena a;
    dc_arena_init(&a);
    struct dc_correct_label *c =
        dc_arena_alloc(&a, (v->n_cluster + 1) * sizeof *c);
    size_t n = dc_validation_labels(v, g, j, c);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array();
        json_array_append_new(row, dc_json_count(c[i].tp));
        json_array_append_new(row, dc_json_count(c[i].fn));
        json_array_append_new(row, dc_json_count(c[i].fp));
        json_array_append_new(row, dc_json_count(c[i].tn));
        json_array_append_new(list, row);
    }
    dc_arena_release(&a);
    return list;
}

static json_t *group(const struct dc_validation *v, size_t g)
{
    const struct dc_validate_group *x = &v->group[g];
    json_t *o = json_object(), *labels = json_object(), *list = json_array();
    dc_json_put(o, "name", dc_json_text(x->name));
    dc_json_put(o, "rows", dc_json_count(x->n));
    dc_json_put(o, "prompts", dc_json_count(x->n_cluster));
    dc_json_put(o, "dropped", dc_json_count(x->n_dropped));
    for (int l = 0; l < DC_VERDICT_UNDETERMINED; l++)
        dc_json_put(labels, verdict_name[l], dc_json_count(x->label[l]));
    dc_json_put(o, "labels", labels);
    if (x->drawn) {
        dc_json_put(o, "chosen", dc_json_count(x->n_chosen));
        dc_json_put(o, "undetermined", dc_json_count(x->n_unclear));
    }
    for (size_t j = 0; j < v->n_judge; j++) {
        json_t *e = json_object();
        dc_json_put(e, "label", dc_json_text(v->judge[j].label));
        dc_json_put(e, "version", dc_json_text(v->judge[j].version));
        if (dc_validation_trained_on(v, g, j))
            dc_json_put(e, "trained_on", json_true());
        dc_json_put(e, "confusion", confusion(x->confusion[j]));
        for (int p = 0; p < DC_N_PARTIAL; p++)
            dc_json_put(e, dc_partial_name((enum dc_partial)p),
                        cell(&x->cell[j][p]));
        if (v->judge[j].has_scores)
            dc_json_put(e, "score", score(&x->score[j]));
        dc_json_put(e, "by_prompt", by_prompt(v, g, j));
        if (x->drawn)
            dc_json_put(e, "weighed", weighed(&x->weighed[j]));
        json_array_append_new(list, e);
    }
    dc_json_put(o, "judges", list);
    return o;
}

static json_t *pair(const struct dc_validation *v,
                    const struct dc_validate_pair *p)
{
    json_t *o = json_object();
    dc_json_put(o, "a", dc_json_text(v->judge[p->a].label));
    dc_json_put(o, "b", dc_json_text(v->judge[p->b].label));
    dc_json_put(o, "n", dc_json_count(p->agreement.n));
    dc_json_put(o, "equal", dc_json_count(p->agreement.n_equal));
    dc_json_put(o, "kappa", dc_json_ratio(&p->agreement.kappa));
    dc_json_put(o, "undetermined", dc_json_count(p->n_apart));
    dc_json_put(o, "only_a_right", dc_json_count(p->only_a));
    dc_json_put(o, "only_b_right", dc_json_count(p->only_b));
    dc_json_put(o, "prompts", dc_json_count(p->right.n));
    dc_json_put(o, "better_a", dc_json_count(p->right.b));
    dc_json_put(o, "better_b", dc_json_count(p->right.c));
    dc_json_put(o, "difference",
                p->right.defined ? json_real(p->right.diff) : json_null());
    dc_json_put(o, "lo",
                p->right.defined ? json_real(p->right.lo) : json_null());
    dc_json_put(o, "hi",
                p->right.defined ? json_real(p->right.hi) : json_null());
    dc_json_put(o, "p", json_real(p->right.p));
    dc_json_put(o, "p_holm", json_real(p->holm));
    return o;
}

static json_t *wrong(const struct dc_validation *v, size_t j, size_t i)
{
    const struct dc_validate_judge *x = &v->judge[j];
    const struct dc_validate_row *r = &v->row[i];
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(x->label));
    dc_json_put(o, "file", dc_json_text(v->file[r->file].name));
    dc_json_put(o, "line", dc_json_count(r->row->line));
    dc_json_put(o, "id", dc_json_text(r->row->id));
    dc_json_put(o, "label", dc_json_text(verdict_name[r->row->label]));
    dc_json_put(o, "verdict", dc_json_text(verdict_name[x->verdict[i]]));
    dc_json_put(o, "rule", dc_json_text(x->rule[i]));
    dc_json_put(o, "span_off", dc_json_count(x->span_off[i]));
    dc_json_put(o, "span_len", dc_json_count(x->span_len[i]));
    dc_json_put(o, "score",
                x->scored[i] ? json_real(x->score[i]) : json_null());
    dc_json_put(o, "response", dc_json_text(r->row->response));
    return o;
}

static json_t *errors(const struct dc_validation *v, size_t most)
{
    json_t *list = json_array();
    for (size_t j = 0; j < v->n_judge; j++) {
        size_t n = 0;
        for (size_t i = 0; i < v->n && n < most; i++) {
            if (!dc_validation_wrong(v, j, i, DC_PARTIAL_REFUSES))
                continue;
            json_array_append_new(list, wrong(v, j, i));
            n++;
        }
    }
    return list;
}

static json_t *files(const struct dc_validation *v)
{
    json_t *list = json_array();
    for (size_t f = 0; f < v->n_file; f++) {
        json_t *o = json_object();
        dc_json_put(o, "name", dc_json_text(v->file[f].name));
        dc_json_put(o, "sha256", dc_json_text(v->file[f].sha256));
        dc_json_put(o, "labels", dc_json_text(v->file[f].set->name));
        dc_json_put(o, "rows", dc_json_count(v->file[f].n));
        dc_json_put(o, "dropped", dc_json_count(v->file[f].n_dropped));
        json_array_append_new(list, o);
    }
    return list;
}

void dc_validate_json(const struct dc_validation *v, size_t n_errors,
                      struct dc_buf *out)
{
    json_t *root = json_object(), *judges = json_array();
    json_t *groups = json_array(), *pairs = json_array();
    dc_json_put(root, "format", json_string("deepconf-validation 1"));
    dc_json_put(root, "files", files(v));
    dc_json_put(root, "level", json_real(v->boot.level));
    dc_json_put(root, "resamples", dc_json_count(v->boot.n_resamples));
    dc_json_put(root, "seed", dc_json_count(v->boot.seed));
    for (size_t j = 0; j < v->n_judge; j++) {
        json_t *o = json_object();
        dc_json_put(o, "label", dc_json_text(v->judge[j].label));
        dc_json_put(o, "version", dc_json_text(v->judge[j].version));
        dc_json_put(o, "seconds", json_real(v->judge[j].ms / 1000));
        json_array_append_new(judges, o);
    }
    dc_json_put(root, "judges", judges);
    for (size_t g = 0; g < v->n_group; g++)
        json_array_append_new(groups, group(v, g));
    dc_json_put(root, "groups", groups);
    for (size_t k = 0; k < v->n_pair; k++)
        json_array_append_new(pairs, pair(v, &v->pair[k]));
    dc_json_put(root, "pairs", pairs);
    if (n_errors > 0)
        dc_json_put(root, "errors", errors(v, n_errors));
    dc_json_print(root, out);
}
