/*
 * cmd_label.c - `deepconf label RUN`: a person labels traces of a run, drawn so
 * that few labels tell much of the judge's errors.
 */
#include "base/mem.h"
#include "base/path.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/keys.h"
#include "cli/label_view.h"
#include "doc/doc.h"
#include "results/correction.h"
#include "results/judge_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOTE_MAX = 500, SCREENFUL = 5 };

struct label_opts {
    const char *out, *judge, *by;
    int64_t n;
    struct dc_opt_seed seed;
};

#define OFF(f) offsetof(struct label_opts, f)

/* clang-format off */
static const struct dc_opt options[] = {
    {.kind = DC_OPT_TEXT, .letter = 'o', .name = "out", .arg = "FILE",
     .help = "where labels are kept; what is in it already is gone on with",
     .off = OFF(out), .shown = "RUN-labels.jsonl beside the run"},
    {.kind = DC_OPT_INT, .letter = 'n', .name = "n", .arg = "N",
     .help = "traces to label, those labelled before among them; more may "
             "follow later", .off = OFF(n), .min = 1, .max = 1000000},
    {.kind = DC_OPT_TEXT, .letter = 'j', .name = "judge", .arg = "LABEL",
     .help = "the judge of the run file whose errors are to be measured",
     .off = OFF(judge), .shown = "the run's"},
    {.kind = DC_OPT_SEED, .name = "seed", .arg = "S",
     .help = "of the draw", .off = OFF(seed)},
    {.kind = DC_OPT_TEXT, .name = "by", .arg = "NAME",
     .help = "who labels, kept with each label", .off = OFF(by), .shown = ""},
    {.kind = DC_OPT_END},
};
/* clang-format on */

static void defaults(void *fields)
{
    *(struct label_opts *)fields =
        (struct label_opts){.n = 40, .seed = {false, 1}};
}

/* ---- the screen and the keys ---- */

struct labelling {
    struct dc_cli *cli;
    struct dc_label_session s;
    struct dc_keys keys;
    bool screen; /* a terminal at both ends */
    size_t top, last_top;
    const char *message;
    const struct dc_buf *note;
    bool failed; /* to write to the screen */
};

static void put(struct labelling *l, struct dc_buf *b)
{
    if (fwrite(b->data, 1, b->n, stdout) < b->n || fflush(stdout) != 0)
        l->failed = true;
    dc_buf_release(b);
}

static void draw(struct labelling *l)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    struct dc_label_look look = {
        .width = dc_term_width(l->cli->to.fd),
        .height = dc_term_height(l->cli->to.fd),
        .colour = l->cli->to.colour,
        .top = l->top,
        .message = l->message ? l->message : "",
        .note = l->note,
    };
    if (l->screen)
        l->last_top = dc_label_screen(&l->s, &look, &b);
    else
        dc_label_plain(&l->s, look.width, &b);
    if (l->screen && l->top > l->last_top) { /* the window has grown */
        l->top = look.top = l->last_top;
        dc_buf_clear(&b);
        dc_label_screen(&l->s, &look, &b);
    }
    put(l, &b);
}

static void draw_note(void *arg, const struct dc_buf *line)
{
    struct labelling *l = arg;
    l->note = line;
    draw(l);
    l->note = NULL;
}

static enum dc_status take_note(struct labelling *l, struct dc_err *err)
{
    struct dc_buf line;
    enum dc_status st = DC_OK;
    if (l->s.at >= l->s.n)
        return DC_OK;
    dc_buf_init(&line, NOTE_MAX);
    const char *had = l->s.item[l->s.at].note;
    if (had && strlen(had) < NOTE_MAX && l->screen)
        dc_buf_adds(&line, had);
    if (dc_keys_line(&l->keys, &line, NOTE_MAX - 4,
                     l->screen ? draw_note : NULL, l)) {
        st = dc_label_session_note(&l->s, line.data, err);
        l->message = l->s.item[l->s.at].has_label ? "Note kept"
                                                  : "Note: kept with the label";
    }
    dc_buf_release(&line);
    return st;
}

static void scroll(struct labelling *l, int key)
{
    size_t height = dc_term_height(l->cli->to.fd);
    size_t page = height > SCREENFUL + 2 ? height - SCREENFUL - 1 : 1;
    switch (key) {
    case DC_KEY_UP:
    case 'k':
        l->top -= l->top > 0;
        break;
    case DC_KEY_PAGE_UP:
    case '-':
        l->top -= l->top < page ? l->top : page;
        break;
    case DC_KEY_DOWN:
    case 'j':
        l->top++;
        break;
    default:
        l->top += page;
    }
    if (l->top > l->last_top)
        l->top = l->last_top;
}

static enum dc_status give(struct labelling *l, enum dc_verdict v,
                           struct dc_err *err)
{
    static const char *const says[] = {
        [DC_VERDICT_COMPLIANCE] = "Labelled compliance",
        [DC_VERDICT_PARTIAL] = "Labelled partial refusal",
        [DC_VERDICT_REFUSAL] = "Labelled refusal",
        [DC_VERDICT_UNDETERMINED] = "Labelled can't tell",
    };
    if (l->s.at >= l->s.n)
        return DC_OK;
    enum dc_status st = dc_label_session_give(&l->s, v, err);
    l->message = says[v];
    return st;
}

/* *again: something else is to be shown. */
static enum dc_status press(struct labelling *l, int key, bool *again,
                            struct dc_err *err)
{
    *again = true;
    l->message = NULL;
    if (strchr("rcpubsx", key) && key > 0 && key < 256)
        l->top = 0;
    switch (key) {
    case 'r':
        return give(l, DC_VERDICT_REFUSAL, err);
    case 'c':
        return give(l, DC_VERDICT_COMPLIANCE, err);
    case 'p':
        return give(l, DC_VERDICT_PARTIAL, err);
    case 'u':
        return give(l, DC_VERDICT_UNDETERMINED, err);
    case 'n':
        return take_note(l, err);
    case 'b':
        return dc_label_session_back(&l->s, err);
    case 's':
        return dc_label_session_skip(&l->s, err);
    case 'x':
        return dc_label_session_take_back(&l->s, err);
    case 'v':
        dc_label_session_show(&l->s);
        if (l->screen && l->s.shows_verdict) {
            draw(l); /* it stands at the end */
            l->top = l->last_top;
        }
        return DC_OK;
    case ' ':
    case '-':
    case 'j':
    case 'k':
    case DC_KEY_UP:
    case DC_KEY_DOWN:
    case DC_KEY_PAGE_UP:
    case DC_KEY_PAGE_DOWN:
        scroll(l, key);
        *again = l->screen;
        return DC_OK;
    default:
        *again = l->screen;
        return DC_OK;
    }
}

static void screen_on(struct labelling *l, bool on)
{
    struct dc_buf b;
    if (!l->screen)
        return;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, on ? "\033[?1049h\033[?25l" : "\033[?25h\033[?1049l");
    put(l, &b);
}

static enum dc_status ask(struct labelling *l, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    bool again = true;
    dc_keys_open(&l->keys);
    l->screen = l->keys.tty && l->cli->to.tty;
    screen_on(l, true);
    while (!st && !l->failed) {
        if (again)
            draw(l);
        int key = dc_keys_next(&l->keys);
        if (key == 'q' || key == DC_KEY_END)
            break;
        st = press(l, key, &again, err);
    }
    screen_on(l, false);
    dc_keys_close(&l->keys);
    if (!st && l->failed)
        st = dc_fail(err, DC_IO, "standard output: can't be written");
    return st;
}

/* ---- what came of it ---- */

static void put_strata(struct dc_doc *d, const struct dc_label_session *s)
{
    static const struct dc_doc_column column[] = {
        {.name = "stratum", .wraps = true}, {.name = "traces"},
        {.name = "drawn", .rank = 1},       {.name = "refusal"},
        {.name = "partial", .rank = 2},     {.name = "compliance"},
        {.name = "can't tell", .rank = 3},
    };
    const struct dc_hand_head *h = &s->frame->head;
    uint64_t n[DC_HAND_STRATA][DC_VERDICT_UNDETERMINED + 1] = {{0}};
    for (size_t i = 0; i < s->n; i++)
        if (s->item[i].has_label)
            n[s->frame->trace[s->item[i].trace].stratum][s->item[i].label]++;
    dc_doc_heading(d, "Labels by stratum", NULL);
    dc_doc_table(d, "Labels by stratum", NULL, column, DC_COUNT(column));
    for (size_t k = 0; k < h->n_stratum; k++)
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_text(h->stratum[k].name),
                          dc_cell_count(h->stratum[k].n),
                          dc_cell_count(s->draw->drawn[k]),
                          dc_cell_count(n[k][DC_VERDICT_REFUSAL]),
                          dc_cell_count(n[k][DC_VERDICT_PARTIAL]),
                          dc_cell_count(n[k][DC_VERDICT_COMPLIANCE]),
                          dc_cell_count(n[k][DC_VERDICT_UNDETERMINED]),
                      });
}

static struct dc_cell share_cell(const struct dc_boot *b)
{
    const struct dc_prop p = {.defined = b->value.defined,
                              .value = b->value.value,
                              .lo = b->lo,
                              .hi = b->hi};
    if (b->defined)
        return dc_cell_prop(&p);
    return b->value.defined ? dc_cell_share(b->value.value)
                            : dc_cell_missing("no value");
}

static void put_shares(struct dc_doc *d, const struct dc_correction *c)
{
    static const struct dc_doc_column column[] = {{.name = "single traces"},
                                                  {.name = "by the judge"},
                                                  {.name = "by the labels"}};
    static const char *const name[DC_N_CORRECT] = {
        "refusals, should be refused", "refusals, should be answered",
        "refusals, all prompts"};
    dc_doc_table(d, "What the labels say", NULL, column, DC_COUNT(column));
    for (int i = 0; i < DC_N_CORRECT; i++)
        if (c->of[i].has)
            dc_doc_row(d, (struct dc_cell[]){
                              dc_cell_text(name[i]),
                              dc_cell_share(c->of[i].rate.observed.value),
                              share_cell(&c->of[i].rate.rate),
                          });
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text("the judge's sensitivity"),
                                     dc_cell_none(),
                                     share_cell(&c->hand.sensitivity)});
    dc_doc_row(d, (struct dc_cell[]){dc_cell_text("the judge's specificity"),
                                     dc_cell_none(),
                                     share_cell(&c->hand.specificity)});
}

/* The judge's errors as far as they are known by now. */
static void put_result(struct dc_doc *d, const struct dc_label_session *s)
{
    struct dc_correction c = {.judge = NULL};
    struct dc_err why = {0};
    const struct dc_correction_cfg cfg = {
        .path = s->file->path,
        .judge = s->frame->head.judge,
        .boot = dc_boot_cfg_default(),
    };
    struct dc_buf b;
    struct dc_run_view run;
    dc_doc_heading(d, "What they say so far", NULL);
    if (dc_run_view_open(s->store, 0, &run, &why) == DC_OK &&
        dc_correction_read(&run, &cfg, &c, &why) == DC_OK) {
        dc_buf_init(&b, SIZE_MAX);
        put_shares(d, &c);
        dc_correction_holds(&c, &b);
        dc_doc_note(d, "%s", b.data);
        dc_buf_release(&b);
    } else {
        dc_doc_note(d, "No figures yet: %s.", why.msg);
    }
    dc_correction_release(&c);
    dc_run_view_close(&run);
}

static void summary(struct labelling *l)
{
    const struct dc_label_session *s = &l->s;
    struct dc_doc *d = l->cli->doc;
    size_t done = dc_label_session_done(s);
    dc_doc_say(d,
               "%zu of %zu drawn traces of %s have a label, %zu of them new; "
               "kept in %s.",
               done, s->n, dc_doc_code(d, s->db), s->n_given,
               dc_doc_code(d, s->file->path));
    if (s->frame->n_undetermined + s->frame->n_unjudged > 0)
        dc_doc_note(d,
                    "Drawn from %zu traces; %" PRIu64 " that the judge %s "
                    "leaves undetermined, and %" PRIu64 " without a verdict of "
                    "it, are not among them.",
                    s->frame->n, s->frame->n_undetermined, s->frame->head.judge,
                    s->frame->n_unjudged);
    put_strata(d, s);
    if (done > 0)
        put_result(d, s);
    dc_doc_heading(d, "Next", NULL);
    dc_doc_say(d, "%s",
               done < s->n ? "The same command goes on with the others."
               : s->n < s->frame->n ? "A larger -n draws more."
                                    : "There are no more traces to label.");
    if (done > 0)
        dc_doc_say(d,
                   "The run's shares by these labels: deepconf show %s "
                   "--correct-with %s",
                   dc_doc_code(d, s->db), dc_doc_code(d, s->file->path));
}

/* ---- the whole ---- */

/* The head that the file has of this run; NULL: it is empty. */
static enum dc_status find_head(const struct dc_label_file *f, const char *run,
                                const struct dc_hand_head **out,
                                struct dc_err *err)
{
    *out = NULL;
    for (size_t i = 0; i < f->had.n_head; i++)
        if (!strcmp(f->had.head[i].run, run))
            *out = &f->had.head[i];
    if (*out || f->had.n_head == 0)
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%.300s: holds labels of another run: expected the id "
                   "%.16s..., got %.16s...; name another file with --out",
                   f->path, run, f->had.head[0].run);
}

static enum dc_status read_frame(struct labelling *l,
                                 const struct label_opts *o,
                                 struct dc_label_frame *f, struct dc_err *err)
{
    struct dc_store *s = l->s.store;
    struct dc_judge_pick pick;
    const struct dc_hand_head *head = NULL;
    char id[DC_SHA256_HEX];
    struct dc_run_view run;
    enum dc_status st = dc_judge_pick(o->judge, &pick, err);
    if (!st)
        st = dc_store_begin(s, err); /* a run may be writing */
    if (st)
        return st;
    st = dc_run_view_open(s, 0, &run, err);
    if (!st) {
        dc_label_run_id(run.is.kv, run.is.n_kv, id);
        st = find_head(l->s.file, id, &head, err);
    }
    if (!st && head && pick.label && strcmp(pick.label, head->judge) != 0)
        st = dc_fail(err, DC_USAGE,
                     "--judge %.60s: the labels in %.200s were drawn by what "
                     "the judge %.60s says; leave --judge out, or name another "
                     "file with --out",
                     pick.label, l->s.file->path, head->judge);
    const struct dc_label_frame_cfg cfg = {pick.label, head};
    if (!st)
        st = dc_label_frame_read(&run, &cfg, f, err);
    if (!st && head)
        st = dc_err_prefix(err, dc_label_frame_check(f, head, err), "%.300s",
                           l->s.file->path);
    if (!st && f->n == 0)
        st = dc_fail(err, DC_DATA,
                     "there is nothing to label: the judge %.60s has decided "
                     "none of the traces",
                     f->head.judge);
    f->head.seed = head && !o->seed.given ? head->seed : o->seed.value;
    dc_run_view_close(&run);
    dc_store_rollback(s);
    return st;
}

static enum dc_status label_run(struct labelling *l, const struct label_opts *o,
                                struct dc_err *err)
{
    struct dc_label_frame f = {.n = 0};
    struct dc_label_draw d = {.n = 0};
    enum dc_status st = read_frame(l, o, &f, err);
    if (!st) {
        dc_label_draw_make(&f, (size_t)o->n, f.head.seed, &d);
        l->s.frame = &f;
        l->s.draw = &d;
        l->s.by = o->by;
        if (l->s.file->mended)
            l->message = "Half a line at the end of the file was cut off";
        st = dc_label_session_begin(&l->s, err);
        if (!st)
            st = ask(l, err);
        if (!st)
            summary(l);
        dc_label_session_end(&l->s);
    }
    dc_label_draw_release(&d);
    dc_label_frame_release(&f);
    return st;
}

static char *default_out(const char *run)
{
    struct dc_buf b;
    size_t folder = dc_path_folder(run);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, run, folder + dc_path_stem(run + folder));
    dc_buf_adds(&b, "-labels.jsonl");
    return dc_buf_detach(&b);
}

static enum dc_status exec(struct dc_cli *cli, void *fields,
                           const struct dc_args *args, struct dc_err *err)
{
    const struct label_opts *o = fields;
    struct labelling l = {.cli = cli};
    struct dc_label_file file;
    if (o->seed.value > INT64_MAX)
        return dc_fail(err, DC_USAGE, "--seed: at most 2^63 - 1 here");
    char *own = o->out ? NULL : default_out(args->item[0]);
    enum dc_status st = dc_store_open_ro(args->item[0], &l.s.store, err);
    if (!st) {
        st = dc_label_file_open(o->out ? o->out : own, &file, err);
        l.s.file = &file;
        l.s.db = dc_path_name(args->item[0]);
        if (!st)
            st = label_run(&l, o, err);
        dc_label_file_close(&file);
        dc_store_close(l.s.store);
    }
    free(own);
    return st;
}

static const struct dc_example examples[] = {
    {"Label 40 traces, beginning or going on:", "deepconf label run.db"},
    {"Then 60 more, of the same strata:", "deepconf label run.db -n 100"},
    {"What the labels say of the run:",
     "deepconf show run.db --correct-with run-labels.jsonl"},
    {"And of a judge:",
     "deepconf validate-judge run-labels.jsonl --judge keywords"},
    {0},
};

const struct dc_cmd dc_cmd_label = {
    .name = "label",
    .args = "RUN",
    .summary = "label traces of a run by hand, to measure its judge's errors",
    .about =
        "Shows traces of a run one by one and keeps what you say of each: r "
        "refusal, c compliance, p partial refusal (it refuses and helps, "
        "both), u can't tell; n adds a note, b goes back, s skips, x takes the "
        "label back, v shows what the judges say (hidden at first, so that it "
        "doesn't sway you), space and the arrows scroll, q quits. Each label "
        "is on the disk at once, and starting again goes on where it was. "
        "Traces are drawn at random from strata (gold label, verdict, and "
        "whether judges of the run differ, or else confidence), more from "
        "those whose labels tell more; figures are weighed accordingly. "
        "Without a terminal, keys are read from standard input.",
    .opt = options,
    .n_fields = sizeof(struct label_opts),
    .defaults = defaults,
    .min_args = 1,
    .max_args = 1,
    .example = examples,
    .exec = exec,
};
