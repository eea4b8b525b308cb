/*
 * test_plot.c - every figure over runs of every kind: it is drawn, says its n
 * or why it is empty, holds the numbers that it was given, and text from
 * outside stays text.
 */
#include "near.h"
#include "plot/figure.h"
#include "plot/plot.h"
#include "stat_util.h"
#include "store_fixture.h"
#include "trace_fixture.h"

#include <sys/stat.h>

/* ---- runs in memory ---- */

struct run {
    struct dc_record *r;
    struct dc_summary sum;
    struct dc_kv kv[2];
    struct dc_trace_stats stats;
    struct dc_stability stability;
    struct dc_risky risky;
    struct dc_by_field by[1];
    struct dc_sweep sweep;
    struct dc_setting *setting;
    size_t n_setting;
    struct dc_judges judges;
    struct dc_judges_row judge[2];
    struct dc_judges_pair pair[1];
    struct dc_plot_src src;
    struct dc_err why_stats, why_sweep, why_stability;
};

/* Prompts as "label:verdicts": r, a, n for the gold label; verdicts as tf. */
static void add_prompts(struct dc_record *r, const char *const *prompt)
{
    double p = 0.31;
    for (; *prompt; prompt++) {
        const char *s = *prompt;
        struct dc_record_prompt *x = tf_prompt(r, s[0] == 'r'   ? DC_GOLD_REFUSE
                                                  : s[0] == 'a' ? DC_GOLD_ANSWER
                                                                : DC_GOLD_NONE);
        struct dc_tally t = {0};
        for (s += 2; *s; s++) {
            p = p + 0.173 < 0.99 ? p + 0.173 : p + 0.173 - 0.7;
            tf_trace(r, *s, p);
            r->trace[r->n_trace - 1].n_tok = 10 + (uint32_t)r->n_trace % 7;
            r->trace[r->n_trace - 1].ms = 5;
            dc_tally_add(&t, r->trace[r->n_trace - 1].verdict);
        }
        x->stream = (uint64_t)(r->n_prompt * 977);
        x->decision = dc_tally_decide(&t);
        x->has_full = dc_tally_decided(&t, r->k, &x->full);
        r->n_full += x->has_full;
    }
}

static void count_gold(struct run *x)
{
    struct dc_summary *s = &x->sum;
    for (size_t i = 0; i < x->r->n_prompt; i++) {
        const struct dc_record_prompt *p = &x->r->prompt[i];
        struct dc_summary_class *g = &s->gold[p->gold];
        bool refused = p->decision == DC_VERDICT_REFUSAL;
        g->n++;
        g->n_trace += p->n_trace;
        if (p->decision == DC_VERDICT_UNDETERMINED)
            g->undetermined++;
        else if (p->gold == DC_GOLD_REFUSE)
            *(refused ? &s->matrix.tp : &s->matrix.fn) += 1;
        else if (p->gold == DC_GOLD_ANSWER)
            *(refused ? &s->matrix.fp : &s->matrix.tn) += 1;
    }
    s->n_prompt = s->n_decided = x->r->n_prompt;
    s->rates = dc_matrix_rates(&s->matrix, 0.95);
}

static void add_judges(struct run *x, const char *second)
{
    const struct dc_kappa k = {.n = 20, .n_equal = 17, .kappa = {true, 0.625}};
    x->judge[0] = (struct dc_judges_row){
        .label = x->r->judge, .own = true, .n = x->r->n_trace};
    x->judge[1] = (struct dc_judges_row){.label = second, .n = 4};
    x->pair[0] = (struct dc_judges_pair){
        .a = 0, .b = 1, .trace = k, .has_prompt = true, .prompt = k};
    x->judges = (struct dc_judges){.n_trace = x->r->n_trace,
                                   .n_prompt = x->r->n_prompt,
                                   .row = x->judge,
                                   .n = second ? 2 : 1,
                                   .pair = x->pair,
                                   .n_pair = second ? 1 : 0};
}

static void add_sweep(struct run *x)
{
    const struct dc_sweep_defaults d = {"mean_prob", 1, 64, false, 0, 0, false};
    const struct dc_sweep_cfg how = {.n_threads = 1, .level = 0.95};
    struct dc_setting *all = NULL;
    size_t n = 0;
    assert_int_equal(dc_sweep_default(&d, &all, &n, NULL), DC_OK);
    /* what the record has columns for */
    x->setting = dc_xcalloc(n, sizeof *x->setting);
    for (size_t i = 0; i < n; i++)
        if (all[i].vote.row->by_tally && !all[i].policy.row->own_measure)
            x->setting[x->n_setting++] = all[i];
    free(all);
    if (dc_sweep_run(x->r, x->setting, x->n_setting, &how, &x->sweep,
                     &x->why_sweep) == DC_OK)
        x->src.sweep = &x->sweep;
}

static struct run *make(const char *const *prompt, const char *name,
                        const char *second)
{
    struct run *x = dc_xcalloc(1, sizeof *x);
    const struct dc_trace_stats_cfg cfg = tf_cfg();
    x->r = tf_create(5);
    x->r->measure = "mean_prob";
    x->r->policy = "curtail";
    x->r->vote = "majority";
    x->r->judge = name;
    x->r->judge_version = name;
    x->r->min_traces = 1;
    add_prompts(x->r, prompt);
    count_gold(x);
    x->kv[0] = (struct dc_kv){"model.name", name, true};
    x->kv[1] = (struct dc_kv){"data.label_means", name, true};
    x->sum.config = x->kv;
    x->sum.n_config = 2;
    add_judges(x, second);
    x->src = (struct dc_plot_src){.name = name,
                                  .summary = &x->sum,
                                  .record = x->r,
                                  .judges = &x->judges,
                                  .why_stats = x->why_stats.msg,
                                  .why_sweep = x->why_sweep.msg,
                                  .why_stability = x->why_stability.msg};
    if (dc_trace_stats_run(x->r, &cfg, &x->stats, &x->why_stats) == DC_OK)
        x->src.stats = &x->stats;
    const struct dc_stability_cfg tries = {.boot = cfg.boot};
    if (dc_stability_run(x->r, &tries, &x->stability, &x->why_stability) ==
        DC_OK)
        x->src.stability = &x->stability;
    struct dc_risky_cfg risky = dc_risky_cfg_default();
    risky.boot = cfg.boot;
    if (dc_risky_run(x->r, &risky, &x->risky, NULL) == DC_OK)
        x->src.risky = &x->risky;
    add_sweep(x);
    return x;
}

static void run_free(struct run *x)
{
    dc_trace_stats_release(&x->stats);
    dc_stability_release(&x->stability);
    if (x->src.risky)
        dc_risky_release(&x->risky);
    dc_sweep_release(&x->sweep);
    free(x->setting);
    dc_arena_release(&x->r->arena);
    tf_free(x->r);
    free(x);
}

static const char *const usual[] = {
    "r:RRRRR", "r:RRCRC", "r:CCCRC", "r:CRCRR", "a:CCCCC", "a:CCRCC", "a:RRRCC",
    "a:CCCCR", "n:CRRCC", "a:CCUCC", "r:RURRR", "a:CCCRR", NULL};
static const char *const none[] = {NULL};
static const char *const one[] = {"r:RRRRR", NULL};
static const char *const one_class[] = {"a:CCCCC", "a:CCCCC", "a:CCCCC", NULL};
static const char *const unclear[] = {"r:UUUUU", "a:UUUUU", NULL};
static const char *const unlabelled[] = {"n:RRCRC", "n:CCCCC", "n:RRRRC", NULL};
static const char *const early[] = {"r:RRR", "a:CCC", "a:RCRCC", "a:CCC", NULL};

static const struct {
    const char *name;
    const char *const *prompt;
} kinds[] = {{"usual", usual},
             {"none", none},
             {"one", one},
             {"one class", one_class},
             {"all unclear", unclear},
             {"unlabelled", unlabelled},
             {"stopped early", early}};

/* ---- reading back ---- */

static char *read_plot(const char *name, const char *ending, size_t *n)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s%s", fx_dir, name, ending);
    return fx_read_file(path, n);
}

/* Text of XML, in place. */
static void unescape(char *s)
{
    static const struct {
        const char *from;
        char to;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}};
    char *o = s;
    while (*s) {
        size_t k = 0;
        while (k < 3 && strncmp(s, known[k].from, strlen(known[k].from)) != 0)
            k++;
        *o++ = k < 3 ? known[k].to : *s;
        s += k < 3 ? strlen(known[k].from) : 1;
    }
    *o = '\0';
}

static json_t *metadata(const char *svg)
{
    static const char open[] = "<metadata id=\"deepconf\">";
    const char *from = strstr(svg, open), *to;
    json_error_t why;
    assert_non_null(from);
    from += strlen(open);
    to = strstr(from, "</metadata>");
    assert_non_null(to);
    char *text = dc_xstrndup(from, (size_t)(to - from));
    unescape(text);
    json_t *o = json_loads(text, 0, &why);
    if (!o)
        fail_msg("%s in %s", why.text, text);
    free(text);
    return o;
}

static json_t *write_and_read(const struct dc_plot_row *row,
                              const struct run *x)
{
    size_t n;
    fx_ok(dc_plot_write(row, &x->src, fx_dir, row->name, &fx_err));
    char *svg = read_plot(row->name, ".svg", &n);
    json_t *o = metadata(svg);
    free(svg);
    return o;
}

static json_t *data_of(const char *name, const struct run *x)
{
    json_t *o = write_and_read(dc_plot_find(name), x);
    json_t *data = json_incref(json_object_get(o, "data"));
    json_decref(o);
    return data;
}

static long whole(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    assert_true(json_is_integer(v));
    return (long)json_integer_value(v);
}

/* Every & is of an entity and no control character is in it: a parser of XML
 * takes it (the command-line test asks one). */
static void check_xml(const char *svg)
{
    for (const char *p = svg; *p; p++) {
        assert_true((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
        if (*p == '&' && strncmp(p, "&lt;", 4) && strncmp(p, "&gt;", 4) &&
            strncmp(p, "&amp;", 5))
            fail_msg("& in %.40s", p);
    }
    assert_null(strstr(svg, "]]>"));
}

/* ---- every row ---- */

static void test_rows(void **state)
{
    size_t n;
    const struct dc_plot_row *const *row = dc_plots(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(dc_plot_find(row[i]->name), row[i]);
        assert_true(strlen(row[i]->title) > 5 && strlen(row[i]->about) > 20);
        assert_int_equal(
            strspn(row[i]->name, "abcdefghijklmnopqrstuvwxyz_0123456789"),
            strlen(row[i]->name));
    }
    assert_null(dc_plot_find("no_such_plot"));
}

static void check_files(const struct dc_plot_row *row, const struct run *x)
{
    size_t n;
    json_t *o = write_and_read(row, x);
    char *svg = read_plot(row->name, ".svg", &n);
    char *png = read_plot(row->name, ".png", &n);
    assert_true(n > 5000 && memcmp(png, "\x89PNG", 4) == 0);
    assert_string_equal(json_string_value(json_object_get(o, "plot")),
                        row->name);
    assert_non_null(strstr(svg, "n = "));
    assert_non_null(strstr(svg, row->title));
    assert_non_null(strstr(svg, "</svg>"));
    check_xml(svg);
    const char *empty = json_string_value(json_object_get(o, "empty"));
    if (empty) {
        assert_true(strlen(empty) > 10);
        assert_non_null(strstr(svg, "Nothing to draw: "));
    }
    free(svg);
    free(png);
    json_decref(o);
}

static void test_all_kinds(void **state)
{
    size_t n;
    const struct dc_plot_row *const *row = dc_plots(&n);
    (void)state;
    for (size_t k = 0; k < DC_COUNT(kinds); k++) {
        struct run *x = make(kinds[k].prompt, kinds[k].name, NULL);
        for (size_t i = 0; i < n; i++)
            check_files(row[i], x);
        run_free(x);
    }
}

/* What can't be drawn says so, and what can isn't empty. */
static void test_empty(void **state)
{
    static const struct {
        const char *const *prompt;
        const char *second, *plot, *why; /* NULL: it is drawn */
    } rows[] = {
        {unlabelled, NULL, "confusion_matrix_2x2", "has a gold label"},
        {unclear, NULL, "confusion_matrix_2x2", "is decided"},
        {unlabelled, NULL, "confidence_by_correctness", "gold label"},
        {unclear, NULL, "confidence_by_toxicity", "no trace"},
        {unclear, NULL, "confidence_by_category", "no trace"},
        {none, NULL, "roc", "the run holds no prompt"},
        {none, NULL, "label_flow", "no prompt of the run is decided"},
        {none, NULL, "pareto", "prompt"},
        {one_class, NULL, "roc", "nothing to tell apart"},
        {unclear, NULL, "trace_evolution", "no trace"},
        {usual, NULL, "judge_agreement", "one judge"},
        {usual, "other", "judge_agreement", NULL},
        {usual, NULL, "rates_by_judge", "one judge"},
        {usual, "other", "rates_by_judge", "no judge has judged all"},
        {usual, NULL, "refusals_by_field", "--keep COLUMN"},
        {none, NULL, "compliance_risk", "the run holds no prompt"},
        {unlabelled, NULL, "compliance_risk", "gold label"},
        {unclear, NULL, "compliance_risk", "nothing complies"},
        {usual, NULL, "compliance_risk", NULL},
        {none, NULL, "stability", "the run holds no prompt"},
        {usual, NULL, "stability", NULL},
        {unlabelled, NULL, "stability", NULL},
        {unclear, NULL, "stability", NULL},
        {usual, NULL, "roc", NULL},
        {unlabelled, NULL, "roc", NULL},
        {usual, NULL, "percentile_safety_curves", NULL},
        {early, NULL, "savings_per_prompt", NULL},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(rows); i++) {
        struct run *x = make(rows[i].prompt, "run", rows[i].second);
        json_t *o = write_and_read(dc_plot_find(rows[i].plot), x);
        const char *why = json_string_value(json_object_get(o, "empty"));
        if (!why != !rows[i].why || (why && !strstr(why, rows[i].why)))
            fail_msg("%s, row %zu: %s", rows[i].plot, i, why ? why : "drawn");
        json_decref(o);
        run_free(x);
    }
}

/* A run whose traces allow no policy at all. */
static void test_no_policy(void **state)
{
    static const struct {
        const char *plot, *why;
    } row[] = {{"pareto", "--stop fixed"},
               {"percentile_safety_curves", "was not replayed"}};
    struct run *x = make(usual, "run", NULL);
    size_t n = x->sweep.n_row;
    (void)state;
    x->sweep.n_row = 0;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        json_t *o = write_and_read(dc_plot_find(row[i].plot), x);
        assert_non_null(
            strstr(json_string_value(json_object_get(o, "empty")), row[i].why));
        json_decref(o);
    }
    x->sweep.n_row = n;
    run_free(x);
}

static void test_same_bytes(void **state)
{
    size_t n;
    const struct dc_plot_row *const *row = dc_plots(&n);
    struct run *x = make(usual, "run", "other");
    (void)state;
    for (size_t i = 0; i < n; i++) {
        static const char *const ending[] = {".svg", ".png"};
        char *first[2];
        size_t size[2], again;
        fx_ok(dc_plot_write(row[i], &x->src, fx_dir, row[i]->name, &fx_err));
        for (int k = 0; k < 2; k++)
            first[k] = read_plot(row[i]->name, ending[k], &size[k]);
        fx_ok(dc_plot_write(row[i], &x->src, fx_dir, row[i]->name, &fx_err));
        for (int k = 0; k < 2; k++) {
            char *second = read_plot(row[i]->name, ending[k], &again);
            assert_int_equal(again, size[k]);
            assert_memory_equal(first[k], second, again);
            free(first[k]);
            free(second);
        }
    }
    run_free(x);
}

/* ---- numbers ---- */

/* usual: to refuse 4 (RRRRR, RRCRC, CRCRR, RURRR refused, CCCRC not: 5). */
static void test_matrix(void **state)
{
    struct run *x = make(usual, "run", NULL);
    json_t *d = data_of("confusion_matrix_2x2", x);
    const json_t *m = json_object_get(d, "matrix");
    size_t n;
    char *svg = read_plot("confusion_matrix_2x2", ".svg", &n);
    (void)state;
    assert_int_equal(whole(m, "tp"), 4);
    assert_int_equal(whole(m, "fn"), 1);
    assert_int_equal(whole(m, "fp"), 1);
    assert_int_equal(whole(m, "tn"), 5);
    assert_non_null(strstr(svg, "<text>4</text>"));
    assert_non_null(strstr(svg, "<text>5</text>"));
    assert_non_null(strstr(svg, ", 4 of 5</text>"));
    assert_non_null(strstr(svg, "80.0 %"));
    assert_non_null(strstr(svg, "n = 11 prompts, 55 traces"));
    free(svg);
    json_decref(d);
    run_free(x);
}

static void test_label_flow(void **state)
{
    /* majorities so far: R C R C C; C C C C C; R R R R R (kept) */
    static const char *const prompt[] = {"n:RCRCC", "n:CCCCC", "n:RRR", NULL};
    static const long refusal[] = {2, 1, 2, 1, 1}, other[] = {1, 0, 1, 0, 0};
    struct run *x = make(prompt, "run", NULL);
    json_t *d = data_of("label_flow", x);
    const json_t *after = json_object_get(d, "after");
    (void)state;
    assert_int_equal(json_array_size(after), 5);
    for (size_t i = 0; i < 5; i++) {
        const json_t *o = json_array_get(after, i);
        assert_int_equal(whole(o, "refusal"), refusal[i]);
        assert_int_equal(whole(o, "compliance"), 3 - refusal[i]);
        assert_int_equal(whole(o, "undetermined"), 0);
        assert_int_equal(whole(json_object_get(o, "not_the_last"), "k"),
                         other[i]);
        assert_int_equal(whole(json_object_get(o, "not_the_last"), "n"), 3);
    }
    json_decref(d);
    run_free(x);
}

static void test_trace_evolution(void **state)
{
    struct run *x = make(early, "run", NULL);
    json_t *d = data_of("trace_evolution", x);
    const json_t *rows = json_object_get(d, "traces");
    static const long prompts[] = {4, 4, 4, 1, 1}, refusal[] = {2, 1, 2, 0, 0};
    (void)state;
    assert_int_equal(json_array_size(rows), 5);
    for (size_t i = 0; i < 5; i++) {
        const json_t *o = json_array_get(rows, i);
        assert_int_equal(whole(o, "prompts"), prompts[i]);
        assert_int_equal(whole(json_object_get(o, "refusal"), "k"), refusal[i]);
    }
    json_decref(d);
    run_free(x);
}

/* Early: 3 + 3 + 5 + 3 of 20 traces. Fixed: what curtail needs of it. */
static void test_savings(void **state)
{
    static const char *const fixed[] = {"a:CCCCC", "a:CRCRC", "r:RRRCC", NULL};
    struct run *x = make(early, "run", NULL);
    json_t *d = data_of("savings_per_prompt", x), *v;
    (void)state;
    assert_false(json_is_true(json_object_get(d, "replayed")));
    v = json_object_get(d, "traces_saved");
    assert_non_null(v);
    assert_near(json_number_value(json_object_get(v, "value")), 6.0 / 20,
                1e-12);
    json_decref(d);
    run_free(x);
    x = make(fixed, "run", NULL);
    d = data_of("savings_per_prompt", x);
    assert_true(json_is_true(json_object_get(d, "replayed")));
    v = json_object_get(d, "traces_saved"); /* decided after 3, 5 and 3 */
    assert_near(json_number_value(json_object_get(v, "value")), 4.0 / 15,
                1e-12);
    json_decref(d);
    run_free(x);
}

/* Categories in turn; a value's refusals are counted with their test. */
static void give_fields(struct run *x, const char *const *value, size_t n)
{
    for (size_t i = 0; i < x->r->n_prompt; i++)
        x->r->prompt[i].category = value[i % n];
    x->r->category_name = value[0];
    fx_ok(dc_by_field(x->r, "category", &x->r->arena, &x->by[0], &fx_err));
    x->src.by = x->by;
    x->src.n_by = 1;
}

static void test_refusals_by_field(void **state)
{
    /* r: R R C R R of a b a b a; a: C C R C C C C of a b a b b a b */
    static const char *const value[] = {"a", "b"};
    struct run *x = make(usual, "run", NULL);
    give_fields(x, value, 2);
    json_t *d = data_of("refusals_by_field", x);
    const json_t *field = json_array_get(json_object_get(d, "fields"), 0);
    const json_t *rows = json_object_get(field, "refuse");
    size_t n;
    char *svg = read_plot("refusals_by_field", ".svg", &n);
    (void)state;
    assert_int_equal(json_array_size(rows), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *o = json_array_get(rows, i);
        bool a = !strcmp(json_string_value(json_object_get(o, "value")), "a");
        assert_int_equal(whole(json_object_get(o, "refused"), "n"), a ? 3 : 2);
        assert_int_equal(whole(json_object_get(o, "refused"), "k"), 2);
    }
    /* few refusals of harmful prompts are the error */
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(rows, 0), "value")),
        "a");
    assert_non_null(strstr(svg, "Over-refusals of harmless prompts, by a<"));
    assert_non_null(strstr(svg, "2 of 3"));
    free(svg);
    json_decref(d);
    run_free(x);
}

static void test_rates_by_judge(void **state)
{
    struct run *x = make(usual, "run", "other");
    (void)state;
    for (int i = 0; i < 2; i++) {
        x->judge[i].has_decisions = true;
        x->judge[i].matrix = (struct dc_matrix){8, 2, 1 + 2 * (uint64_t)i, 9};
        x->judge[i].decision[DC_VERDICT_REFUSAL] = 9;
        x->judge[i].decision[DC_VERDICT_COMPLIANCE] = 11;
    }
    json_t *d = data_of("rates_by_judge", x);
    const json_t *o = json_array_get(json_object_get(d, "judges"), 1);
    size_t n;
    char *svg = read_plot("rates_by_judge", ".svg", &n);
    assert_int_equal(whole(json_object_get(o, "refused_harmful"), "k"), 8);
    assert_int_equal(whole(json_object_get(o, "refused_harmful"), "n"), 10);
    assert_int_equal(whole(json_object_get(o, "refused_harmless"), "k"), 3);
    assert_int_equal(whole(json_object_get(o, "refused_harmless"), "n"), 12);
    assert_int_equal(whole(json_object_get(o, "refused"), "n"), 20);
    assert_non_null(strstr(svg, "run (the run's)"));
    assert_non_null(strstr(svg, "3 of 12"));
    free(svg);
    json_decref(d);
    run_free(x);
}

/* RRRRR RRCRC CCCRC CRCRR of the harmful: of five traces 0, 2, 4, 2. */
static void test_stability(void **state)
{
    static const char *const harmful[] = {"r:RRRRR", "r:RRCRC", "r:CCCRC",
                                          "r:CRCRR", NULL};
    struct run *x = make(harmful, "run", NULL);
    json_t *d = data_of("stability", x), *o, *v;
    (void)state;
    o = json_object_get(json_object_get(d, "majority_kept"), "by_traces");
    assert_int_equal(json_array_size(o), 5);
    v = json_object_get(json_array_get(o, 4), "share");
    assert_near(json_number_value(json_object_get(v, "value")), 1, 1e-15);
    o = json_object_get(json_object_get(d, "at_least_one_compliance"),
                        "by_tries");
    v = json_object_get(json_array_get(o, 0), "counted");
    assert_near(json_number_value(json_object_get(v, "value")), 8.0 / 20,
                1e-12);
    json_decref(d);
    run_free(x);
}

/* The figures are those of the statistics and of the sweep. */
static void test_same_as_given(void **state)
{
    struct run *x = make(usual, "run", NULL);
    const struct dc_trace_measure *m = &x->stats.measure[TF_PROBABILITY];
    json_t *d = data_of("roc", x), *o = json_object_get(d, "mean_prob");
    (void)state;
    assert_near(json_number_value(json_object_get(o, "value")),
                m->target[DC_TARGET_CORRECT].scope[0].auroc.value.value, 1e-15);
    assert_int_equal(whole(o, "n_positive"),
                     m->target[DC_TARGET_CORRECT].scope[0].n_positive);
    json_decref(d);
    d = data_of("confidence_by_category", x);
    o = json_object_get(json_object_get(d, "right"), "confident_refusal");
    assert_int_equal(whole(o, "n_right"),
                     m->categories.category[DC_CONFIDENT_REFUSAL].n_right);
    o = json_array_get(
        json_object_get(json_object_get(d, "confidence"), "groups"),
        DC_CONFIDENT_REFUSAL);
    assert_int_equal(whole(o, "traces"),
                     m->categories.category[DC_CONFIDENT_REFUSAL].n);
    json_decref(d);
    d = data_of("pareto", x);
    assert_int_equal(json_array_size(json_object_get(d, "rows")),
                     x->sweep.n_row);
    json_decref(d);
    run_free(x);
}

/* ---- text from outside ---- */

static void test_hostile(void **state)
{
    static const char *const bad[] = {
        "`touch EXECUTED` $(touch EXECUTED) \"quo'ted\" \\n @HOME $T[1] %s",
        "END_OF_BLOCK",
        "\nEND_OF_BLOCK\nsystem 'touch EXECUTED'\n$T << END_OF_BLOCK\n",
        "<script>alert(1)</script> ]]> &lt; </desc></svg> <!--",
        "^{2}_x {/Bold b} ~a{b} &{space}",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae \x1b[31m \x07",
        "'); system('touch EXECUTED'); print('",
        "#!not a comment",
        "",
    };
    size_t n, n_row;
    const struct dc_plot_row *const *row = dc_plots(&n_row);
    char *wide = dc_xmalloc(100001);
    struct stat sb;
    char path[600];
    (void)state;
    memset(wide, 'w', 100000);
    wide[100000] = '\0';
    snprintf(path, sizeof path, "%s/EXECUTED", fx_dir);
    for (size_t k = 0; k <= DC_COUNT(bad); k += 3) {
        const char *text = k < DC_COUNT(bad) ? bad[k] : wide;
        const char *more = k < DC_COUNT(bad) ? bad[k + 1] : wide;
        struct run *x = make(usual, text, more);
        give_fields(x, &text, 1);
        x->r->judge_note = x->r->policy = k < DC_COUNT(bad) ? bad[k + 2] : wide;
        for (size_t i = 0; i < n_row; i++)
            check_files(row[i], x);
        run_free(x);
        assert_int_not_equal(stat(path, &sb), 0);
        assert_int_not_equal(stat("EXECUTED", &sb), 0);
    }
    struct run *x = make(usual, bad[0], bad[0]);
    fx_ok(dc_plot_write(dc_plot_find("label_flow"), &x->src, fx_dir,
                        "label_flow", &fx_err));
    char *svg = read_plot("label_flow", ".svg", &n);
    assert_non_null(strstr(
        svg, "`touch EXECUTED` $(touch EXECUTED) \"quo'ted\" \\n @HOME"));
    free(svg);
    run_free(x);
    free(wide);
}

/* ---- failures ---- */

static void test_failures(void **state)
{
    struct run *x = make(usual, "run", NULL);
    const struct dc_plot_row *row = dc_plot_find("roc");
    char version[DC_PLOT_VERSION];
    char *path = dc_xstrdup(getenv("PATH"));
    (void)state;
    fx_ok(dc_plot_version(version, NULL, &fx_err));
    assert_int_equal(strncmp(version, "gnuplot ", 8), 0);
    fx_fails(dc_plot_write(row, &x->src, "/nonexistent/folder", "roc", &fx_err),
             DC_IO, "plot roc: /nonexistent/folder/roc.svg", "written");
    setenv("PATH", "/nonexistent", 1);
    fx_fails(dc_plot_write(row, &x->src, fx_dir, row->name, &fx_err), DC_IO,
             "gnuplot is not installed", "gnuplot-nox");
    fx_fails(dc_plot_version(version, NULL, &fx_err), DC_IO, "gnuplot-nox");
    setenv("PATH", path, 1);
    assert_string_equal(fx_names(), "");
    free(path);
    run_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test_setup_teardown(test_all_kinds, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_empty, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_no_policy, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_same_bytes, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_matrix, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_label_flow, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_trace_evolution, fx_setup,
                                        fx_teardown),
        cmocka_unit_test_setup_teardown(test_savings, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_refusals_by_field, fx_setup,
                                        fx_teardown),
        cmocka_unit_test_setup_teardown(test_rates_by_judge, fx_setup,
                                        fx_teardown),
        cmocka_unit_test_setup_teardown(test_stability, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_same_as_given, fx_setup,
                                        fx_teardown),
        cmocka_unit_test_setup_teardown(test_hostile, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(test_failures, fx_setup, fx_teardown),
    };
    char version[DC_PLOT_VERSION];
    struct dc_err err = {0};
    if (dc_plot_version(version, NULL, &err)) {
        printf("SKIP: %s\n", err.msg);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
