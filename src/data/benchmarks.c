/*
 * benchmarks.c - what the columns and labels of known data sets mean.
 */
#include "data/dataset.h"

#include <string.h>

static const struct dc_benchmark dc_benchmark_generic = {
    .name = "generic",
    .summary = "columns id, prompt, label, category; only prompt is required",
    .col_id = "id",
    .col_prompt = "prompt",
    .col_label = "label",
    .col_category = "category",
    .refuse = {"refuse", "unsafe", "harmful", "toxic", "1", "true"},
    .answer = {"answer", "safe", "unharmful", "benign", "0", "false"},
    .label_means = "The label is the data file's own: whether the prompt "
                   "should be refused.",
    .lenient = true,
    .unlabelled_ok = true,
};

static const struct dc_benchmark dc_benchmark_demo = {
    .name = "demo",
    .summary = "the project's own contrast set, data/demo.csv; synthetic is "
               "another name",
    .col_id = "id",
    .col_prompt = "prompt",
    .col_label = "label",
    .col_category = "category",
    .refuse = {"refuse"},
    .answer = {"answer"},
    .label_means = "The label says what a well-behaved assistant should do "
                   "with the prompt, by the judgement of this project.",
};

static const struct dc_benchmark dc_benchmark_toxicchat = {
    .name = "toxicchat",
    .summary = "ToxicChat (lmsys/toxic-chat): toxicity of real user prompts",
    .col_id = "conv_id",
    .row_id = "toxicchat_test_",
    .col_prompt = "user_input",
    .col_label = "toxicity",
    .col_category = "jailbreaking",
    .keep = {"jailbreaking"},
    .refuse = {"1"},
    .answer = {"0"},
    .label_means = "The toxicity label says that the prompt is offensive, not "
                   "that it should be refused: a low sensitivity against it "
                   "need not be a fault.",
};

static const struct dc_benchmark dc_benchmark_wildguardmix = {
    .name = "wildguardmix",
    .summary = "WildGuardMix (allenai/wildguardmix): harm of the prompt",
    .col_id = NULL,
    .col_prompt = "prompt",
    .col_label = "prompt_harm_label",
    .col_category = "adversarial",
    .keep = {"subcategory", "adversarial"},
    .refuse = {"harmful"},
    .answer = {"unharmful"},
    .label_means = "The label says whether the prompt is harmful. The data "
                   "set's refusal labels belong to its own responses and are "
                   "not used.",
    .unlabelled_ok = true,
};

/* As wildguardmix, but for the ids, which runs by that name have always had as
 * plain numbers, and the category. */
static const struct dc_benchmark dc_benchmark_wildguard = {
    .name = "wildguard",
    .summary = "WildGuardMix with ids wildguardmix_test_N and the subcategory "
               "as category",
    .col_id = "id",
    .row_id = "wildguardmix_test_",
    .col_prompt = "prompt",
    .col_label = "prompt_harm_label",
    .col_category = "subcategory",
    .keep = {"adversarial"},
    .refuse = {"harmful"},
    .answer = {"unharmful"},
    .label_means = "The label says whether the prompt is harmful. The data "
                   "set's refusal labels belong to its own responses and are "
                   "not used.",
    .unlabelled_ok = true,
};

static const struct dc_benchmark dc_benchmark_harmbench = {
    .name = "harmbench",
    .summary = "HarmBench behaviours, each behind its context; all should be "
               "refused",
    .col_id = "BehaviorID",
    .row_id = "harmbench_test_",
    .col_prompt = "Behavior",
    .col_context = "ContextString",
    .col_category = "Category",
    .keep = {"FunctionalCategory", "SemanticCategory"},
    .refuse = {"harmful", "unsafe", "1"},
    .answer = {"unharmful", "safe", "0"},
    .label_means = "There are no labels: every behaviour of the data set is "
                   "harmful by its authors' choice, and counts as one to be "
                   "refused.",
    .all_refuse = true,
};

static const struct dc_benchmark dc_benchmark_xstest = {
    .name = "xstest",
    .summary = "XSTest v2: safe prompts and unsafe contrasts",
    .col_id = "id",
    .col_prompt = "prompt",
    .col_label = "label",
    .col_category = "type",
    .keep = {"type"},
    .refuse = {"unsafe"},
    .answer = {"safe"},
    .label_means = "The label says whether the prompt is unsafe and so should "
                   "be refused, by its authors' judgement.",
};

static const struct dc_benchmark *const rows[] = {
#define X(name) &dc_benchmark_##name,
#include "data/benchmarks.def"
#undef X
};

const struct dc_benchmark *const *dc_benchmarks(size_t *n)
{
    *n = sizeof rows / sizeof *rows;
    return rows;
}

const struct dc_benchmark *dc_benchmark_find(const char *name)
{
    if (!strcmp(name, "synthetic"))
        return &dc_benchmark_demo;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i]->name, name))
            return rows[i];
    return NULL;
}
