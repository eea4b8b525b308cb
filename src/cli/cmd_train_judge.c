/*
 * cmd_train_judge.c - `deepconf train-judge --data FILE --out FILE`: a linear
 * judge from labelled responses; with --card FILE, what one says of itself.
 */
#include "base/mem.h"
#include "base/write_file.h"
#include "cli/cli.h"
#include "cli/label_opts.h"
#include "results/judge_card.h"
#include "train/train.h"

#include <stdlib.h>
#include <string.h>

struct train_opts {
    struct dc_opt_list data, field;
    const char *labels, *out, *card, *partial;
    double precision, recall;
    bool has_precision, has_recall;
    int64_t folds, words, opening, char_min, char_max, bits, min_rows;
    struct dc_opt_seed seed;
    bool json;
};

#define OFF(f) offsetof(struct train_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_GROUP, .help = "Data and file [default]"},
    {.kind = DC_OPT_LIST, .letter = 'd', .name = "data", .arg = "FILE",
     .help = "labelled responses, CSV or JSONL; may be given again, and "
             "further files may follow", .off = OFF(data)},
    {.kind = DC_OPT_TEXT, .name = "labels", .alias = "benchmark",
     .arg = "NAME",
     .help = "what columns and labels mean: xstest-completions, wildguardtest "
             "or generic", .off = OFF(labels),
     .shown = "by the columns of the file"},
    {.kind = DC_OPT_LIST, .letter = 'f', .name = "field", .arg = "KEY=COLUMN",
     .help = "the column of: id, prompt, response, label", .off = OFF(field)},
    {.kind = DC_OPT_TEXT, .name = "partial", .arg = "CLASS",
     .help = "what partial refusals are trained as: refusal or compliance",
     .off = OFF(partial)},
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "FILE",
     .help = "the judge, for --judge linear=FILE", .off = OFF(out)},

    {.kind = DC_OPT_GROUP, .help = "The threshold, on held-out rows; without "
                                   "a target, that of the best F1"},
    {.kind = DC_OPT_REAL, .name = "target-precision", .arg = "P",
     .help = "the most refusals found at a precision of P",
     .off = OFF(precision), .min = 0, .open_min = true, .max = 1,
     .shown = "", .given = OFF(has_precision)},
    {.kind = DC_OPT_REAL, .name = "target-recall", .arg = "R",
     .help = "the best precision at a recall of R", .off = OFF(recall),
     .min = 0, .open_min = true, .max = 1, .shown = "",
     .given = OFF(has_recall)},

    {.kind = DC_OPT_GROUP, .help = "Training"},
    {.kind = DC_OPT_INT, .name = "folds", .arg = "K",
     .help = "of the cross-validation; rows of one prompt stay together",
     .off = OFF(folds), .min = 2, .max = DC_TRAIN_FOLDS_MAX},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S", .help = "of the folds",
     .off = OFF(seed)},
    {.kind = DC_OPT_INT, .name = "words", .arg = "N",
     .help = "n-grams of 1 to N words", .off = OFF(words), .min = 0,
     .max = DC_NGRAM_WORDS_MAX},
    {.kind = DC_OPT_INT, .name = "opening", .arg = "N",
     .help = "n-grams of the first N words count once more, apart",
     .off = OFF(opening), .min = 0, .max = 1000000},
    {.kind = DC_OPT_INT, .name = "char-min", .arg = "N",
     .help = "n-grams of characters from N; 0: none", .off = OFF(char_min),
     .min = 0, .max = DC_NGRAM_CHARS_MAX},
    {.kind = DC_OPT_INT, .name = "char-max", .arg = "N", .help = "and up to N",
     .off = OFF(char_max), .min = 0, .max = DC_NGRAM_CHARS_MAX},
    {.kind = DC_OPT_INT, .name = "bits", .arg = "B",
     .help = "n-grams are hashed into 2^B buckets", .off = OFF(bits),
     .min = DC_NGRAM_BITS_MIN, .max = DC_NGRAM_BITS_MAX},
    {.kind = DC_OPT_INT, .name = "min-rows", .arg = "N",
     .help = "a bucket that fewer responses have is left out",
     .off = OFF(min_rows), .min = 1, .max = DC_TRAIN_ROWS_MAX},

    {.kind = DC_OPT_GROUP, .help = "Output"},
    {.kind = DC_OPT_TEXT, .name = "card", .arg = "FILE",
     .help = "train nothing; print what this judge says of itself",
     .off = OFF(card)},
    {.kind = DC_OPT_FLAG, .name = "json", .help = "JSON instead of text",
     .off = OFF(json)},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    const struct dc_train_cfg c = dc_train_cfg_default();
    *(struct train_opts *)fields = (struct train_opts){
        .partial = "refusal",
        .folds = c.n_folds,
        .words = c.gram.words,
        .opening = c.gram.opening,
        .char_min = c.gram.char_min,
        .char_max = c.gram.char_max,
        .bits = c.gram.bits,
        .min_rows = c.min_rows,
        .seed = {false, c.seed},
    };
}

/* ---- what was asked for ---- */

static enum dc_status make_cfg(const struct train_opts *o,
                               struct dc_train_cfg *c, struct dc_err *err)
{
    *c = dc_train_cfg_default();
    c->gram = (struct dc_ngram_cfg){.bits = (unsigned)o->bits,
                                    .words = (unsigned)o->words,
                                    .opening = (unsigned)o->opening,
                                    .char_min = (unsigned)o->char_min,
                                    .char_max = (unsigned)o->char_max};
    c->n_folds = (unsigned)o->folds;
    c->min_rows = (unsigned)o->min_rows;
    c->seed = o->seed.value;
    c->partial_complies = !strcmp(o->partial, "compliance");
    if (o->has_precision || o->has_recall) {
        c->aim = o->has_recall ? DC_TRAIN_RECALL : DC_TRAIN_PRECISION;
        c->target = o->has_recall ? o->recall : o->precision;
    }
    if (o->has_precision && o->has_recall)
        return dc_fail(err, DC_USAGE,
                       "--target-precision and --target-recall can't both be "
                       "met by one threshold; give one");
    if (!c->partial_complies && strcmp(o->partial, "refusal") != 0)
        return dc_fail(err, DC_USAGE,
                       "--partial %.60s: expected refusal or compliance",
                       o->partial);
    if ((c->gram.char_min == 0) != (c->gram.char_max == 0) ||
        c->gram.char_min > c->gram.char_max)
        return dc_fail(err, DC_USAGE,
                       "--char-min %u --char-max %u: expected both 0, or 1 to "
                       "%d and not falling",
                       c->gram.char_min, c->gram.char_max,
                       (int)DC_NGRAM_CHARS_MAX);
    if (c->gram.words == 0 && c->gram.char_max == 0)
        return dc_fail(err, DC_USAGE,
                       "--words 0 without --char-min leaves no features");
    if (!o->out)
        return dc_fail(err, DC_USAGE, "--out FILE is needed: the judge's file");
    return DC_OK;
}

/* ---- output ---- */

static void print_card(struct dc_cli *cli, const struct dc_linear *m,
                       const char *title, bool json)
{
    if (json)
        dc_json_print(json_incref(m->card), &cli->out);
    else
        dc_judge_card_doc(m, title, cli->doc);
}

static enum dc_status write_model(struct dc_linear *m, const char *path,
                                  struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_linear_write(m, &b);
    enum dc_status st = DC_OK;
    if (b.n > DC_LINEAR_FILE_MAX)
        st = dc_fail(err, DC_DATA,
                     "the judge has %zu buckets and would be larger than %d "
                     "bytes; give fewer --bits or more --min-rows",
                     m->n, (int)DC_LINEAR_FILE_MAX);
    else
        st = dc_write_file(path, b.data, b.n, err);
    dc_buf_release(&b);
    return st;
}

/* ---- the command ---- */

static enum dc_status show_card(struct dc_cli *cli, const struct train_opts *o,
                                const struct dc_args *args, struct dc_err *err)
{
    struct dc_linear m;
    if (o->data.n + args->n > 0 || o->out)
        return dc_fail(err, DC_USAGE,
                       "--card FILE prints a card and trains nothing; leave "
                       "out data and --out");
    enum dc_status st = dc_linear_read(o->card, &m, NULL, err);
    if (st)
        return st;
    print_card(cli, &m, o->card, o->json);
    dc_linear_release(&m);
    return DC_OK;
}

static enum dc_status train(struct dc_cli *cli, const struct train_opts *o,
                            const struct dc_args *args, struct dc_err *err)
{
    const struct dc_label_opts in = {&o->data, &o->field, args, o->labels,
                                     o->out};
    struct dc_labelled *file = dc_xcalloc(DC_TRAIN_FILES_MAX, sizeof *file);
    struct dc_train_cfg c;
    struct dc_linear m;
    size_t n = 0;
    enum dc_status st = make_cfg(o, &c, err);
    if (!st)
        st = dc_label_opts_read(&in, file, DC_TRAIN_FILES_MAX, &n, err);
    if (!st)
        st = dc_train_linear(file, n, &c, &m, err);
    if (!st) {
        st = write_model(&m, o->out, err);
        if (!st)
            print_card(cli, &m, o->out, o->json);
        dc_linear_release(&m);
    }
    for (size_t i = 0; i < n; i++)
        dc_labelled_release(&file[i]);
    free(file);
    return st;
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct train_opts *o = fields;
    return o->card ? show_card(cli, o, args, err) : train(cli, o, args, err);
}

static const struct dc_example examples[] = {
    {"From the completions of two models, to be tested on a third's:",
     "deepconf train-judge --data gpt4.csv llama2.csv --out judge.dcj"},
    {"At a precision of 98 %, from columns of other names:",
     "deepconf train-judge --data mine.csv --labels generic --field "
     "response=text --field label=refused --target-precision 0.98 --out "
     "judge.dcj"},
    {"What a judge was trained on, and how well it does:",
     "deepconf train-judge --card judge.dcj"},
    {0},
};

const struct dc_cmd dc_cmd_train_judge = {
    .name = "train-judge",
    .args = "[FILE...]",
    .summary = "a linear judge from labelled responses",
    .about =
        "Trains a logistic regression over n-grams on responses that people "
        "have labelled as refusal or not, and writes it with its card: data "
        "and their hashes, features, calibration, threshold and figures. Rows "
        "of one prompt stay in one fold; C, calibration and threshold come "
        "from held-out rows. The figures are of rows like those it was trained "
        "on: test it on responses of another model with `deepconf "
        "validate-judge --judge linear=FILE`. The same data, options and seed "
        "give the same file. Exit code 1: no threshold reaches the target.",
    .opt = options,
    .n_fields = sizeof(struct train_opts),
    .defaults = defaults,
    .min_args = 0,
    .max_args = DC_TRAIN_FILES_MAX,
    .example = examples,
    .exec = exec,
};
