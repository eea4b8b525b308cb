/*
 * figure.c - figure.h: words, what a figure needs, and what it is drawn from.
 */
#include "plot/figure.h"

#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "base/wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a line that fits the width. */
enum { SAY_COLS = 108, NOTE_COLS = 116, WHY_COLS = 80 };

void dc_fig_init(struct dc_fig *f, const char *title)
{
    *f = (struct dc_fig){.title = title};
    dc_arena_init(&f->arena);
    dc_buf_init(&f->say, SIZE_MAX);
    dc_buf_init(&f->note, SIZE_MAX);
    f->data = json_object();
    f->draw = json_object();
}

void dc_fig_release(struct dc_fig *f)
{
    json_decref(f->data);
    json_decref(f->draw);
    dc_buf_release(&f->say);
    dc_buf_release(&f->note);
    dc_arena_release(&f->arena);
}

/* ---- words ---- */

static void add_format(struct dc_buf *out, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *s = dc_xmalloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    dc_buf_add(out, s, (size_t)n);
    free(s);
}

/* Sentences are kept apart by line feeds: those of data become marks. */
static void add_sentence(struct dc_buf *out, const char *fmt, va_list ap)
{
    struct dc_buf raw;
    dc_buf_init(&raw, SIZE_MAX);
    add_format(&raw, fmt, ap);
    dc_utf8_display(out, raw.data, raw.n, 600);
    dc_buf_addc(out, '\n');
    dc_buf_release(&raw);
}

void dc_fig_say(struct dc_fig *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_sentence(&f->say, fmt, ap);
    va_end(ap);
}

void dc_fig_note(struct dc_fig *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_sentence(&f->note, fmt, ap);
    va_end(ap);
}

void dc_fig_empty(struct dc_fig *f, const char *fmt, ...)
{
    struct dc_buf b;
    va_list ap;
    dc_buf_init(&b, SIZE_MAX);
    va_start(ap, fmt);
    add_sentence(&b, fmt, ap);
    va_end(ap);
    f->empty = dc_arena_strndup(&f->arena, b.data, b.n - 1);
    dc_buf_release(&b);
}

/* ---- what it is drawn from ---- */

/* Sentences, folded, as lines of the data; how many. */
static size_t put_sentences(struct dc_dat *d, const char *sentences,
                            size_t cols)
{
    const struct dc_wrap fold = {.width = cols, .max_lines = DC_FIG_MAX_LINES};
    struct dc_buf lines;
    const size_t before = d->n_text;
    dc_buf_init(&lines, SIZE_MAX);
    for (const char *s = sentences, *end; (end = strchr(s, '\n')); s = end + 1)
        dc_wrap(&lines, s, (size_t)(end - s), &fold);
    for (const char *s = lines.data, *end; (end = strchr(s, '\n')); s = end + 1)
        dc_dat_text(d, s, (size_t)(end - s));
    dc_buf_release(&lines);
    return d->n_text - before;
}

void dc_fig_why(struct dc_fig *f, const char *name, size_t cols,
                const char *fmt, ...)
{
    const struct dc_wrap fold = {.width = cols, .max_lines = DC_FIG_MAX_LINES};
    struct dc_buf why, lines;
    json_t *list = json_array();
    va_list ap;
    dc_buf_init(&why, SIZE_MAX);
    dc_buf_init(&lines, SIZE_MAX);
    va_start(ap, fmt);
    add_sentence(&why, fmt, ap);
    va_end(ap);
    dc_wrap(&lines, why.data, why.n - 1, &fold);
    for (const char *s = lines.data, *end; (end = strchr(s, '\n')); s = end + 1)
        json_array_append_new(list, json_stringn(s, (size_t)(end - s)));
    dc_json_put(f->draw, name, list);
    dc_buf_release(&why);
    dc_buf_release(&lines);
}

void dc_fig_dat(struct dc_fig *f, struct dc_dat *d)
{
    dc_dat_text(d, f->title, strlen(f->title));
    const size_t n_say = put_sentences(d, f->say.data, SAY_COLS);
    const size_t n_note = put_sentences(d, f->note.data, NOTE_COLS);
    size_t n_why = 0;
    if (f->empty)
        n_why = put_sentences(
            d, dc_arena_printf(&f->arena, "Nothing to draw: %s\n", f->empty),
            WHY_COLS);
    dc_buf_addf(&d->rest, "say_n = %zu\nnote_n = %zu\nwhy_n = %zu\n", n_say,
                n_note, n_why);
    dc_dat_put(d, f->data);
    dc_dat_put(d, f->draw);
}

const char *dc_fig_short(struct dc_fig *f, size_t max_cols, const char *text)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, text, strlen(text), max_cols);
    const char *s = dc_arena_strndup(&f->arena, b.data, b.n);
    dc_buf_release(&b);
    return s;
}

const char *dc_fig_count(struct dc_fig *f, uint64_t n)
{
    char digits[DC_GROUPED];
    return dc_arena_strdup(&f->arena, dc_grouped(n, digits));
}

const char *dc_fig_of(struct dc_fig *f, uint64_t k, uint64_t n)
{
    return dc_arena_printf(&f->arena, "%s of %s", dc_fig_count(f, k),
                           dc_fig_count(f, n));
}

static const char *direction_of(const struct dc_measure *m)
{
    return m->direction > 0 ? "larger = surer" : "smaller = surer";
}

const char *dc_fig_measure(struct dc_fig *f, const struct dc_measure_spec *m)
{
    return dc_arena_printf(&f->arena, "%s (%s, %s)", m->spec.text, m->row->unit,
                           direction_of(m->row));
}

void dc_fig_head(struct dc_fig *f, const struct dc_plot_src *src,
                 uint64_t n_prompt, uint64_t n_trace,
                 const struct dc_measure_spec *m)
{
    const struct dc_record *r = src->record;
    f->n_prompt = n_prompt;
    f->n_trace = n_trace;
    dc_fig_say(f, "%.60s, model %.60s: n = %s prompt%s, %s trace%s", src->name,
               dc_summary_config(src->summary, "model.name", "?"),
               dc_fig_count(f, n_prompt), dc_plural(n_prompt),
               dc_fig_count(f, n_trace), dc_plural(n_trace));
    dc_fig_say(f, "Judge %.60s, version %.20s%s%s", r->judge,
               r->judge_version ? r->judge_version : "?",
               m ? "; confidence " : "", m ? dc_fig_measure(f, m) : "");
    if (r->judge_note)
        dc_fig_note(f, "%s", r->judge_note);
}

static bool needs(bool has, const char *why, const struct dc_plot_src *src,
                  struct dc_fig *f)
{
    if (has)
        return true;
    dc_fig_head(f, src, 0, 0, NULL);
    dc_fig_empty(f, "%s", why ? why : "the run has no such figures");
    return false;
}

bool dc_plot_needs_stats(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->stats && src->stats->n_measure > 0, src->why_stats, src,
                 f);
}

bool dc_plot_needs_sweep(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->sweep != NULL, src->why_sweep, src, f);
}

bool dc_plot_needs_risky(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->risky != NULL, src->why_stability, src, f);
}

bool dc_plot_needs_stability(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->stability != NULL, src->why_stability, src, f);
}

bool dc_plot_needs_judges(const struct dc_plot_src *src, struct dc_fig *f)
{
    return needs(src->judges->n > 1,
                 "one judge has seen this run; deepconf judge --judge NAME "
                 "lets another one judge its traces",
                 src, f);
}

const struct dc_trace_measure *dc_plot_own(const struct dc_plot_src *src)
{
    const struct dc_trace_stats *s = src->stats;
    for (size_t i = 0; i < s->n_measure; i++)
        if (s->measure[i].n_none < s->n_row &&
            !strcmp(s->measure[i].column->measure.spec.text,
                    src->record->measure))
            return &s->measure[i];
    return &s->measure[0];
}

void dc_fig_words(const struct dc_fig *f, struct dc_buf *out)
{
    dc_buf_addf(out, "%s.\n%s", f->title, f->say.data);
    if (f->empty)
        dc_buf_addf(out, "Nothing to draw: %s\n", f->empty);
    dc_buf_adds(out, f->note.data);
}
