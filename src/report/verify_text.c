/*
 * verify_text.c - what a verification found, as a document and as JSON.
 */
#include "base/json.h"
#include "base/plural.h"
#include "doc/doc.h"
#include "report/verify.h"

#include <inttypes.h>
#include <string.h>

static const char *const state_name[] = {"equal", "differs", "missing",
                                         "surplus", "not compared"};

static void put_diff(const struct dc_verify_file *f,
                     const struct dc_verify_diff *x, struct dc_doc *d)
{
    char line[32] = "";
    if (x->line > 0)
        snprintf(line, sizeof line, ":%zu", x->line);
    dc_doc_itemf(d, "", "%s%s: says %s, the run gives %s%s%s",
                 dc_doc_code(d, f->path), line, x->said, x->given,
                 x->fact ? ", as in " : "",
                 x->fact ? dc_doc_code(d, x->fact) : "");
}

static void put_file(const struct dc_verify_file *f, struct dc_doc *d)
{
    const char *name = state_name[f->state], *path = dc_doc_code(d, f->path);
    if (f->state == DC_VERIFY_EQUAL && f->n_number > 0)
        dc_doc_itemf(d, name, "%s, %" PRIu64 " number%s", path, f->n_number,
                     dc_plural(f->n_number));
    else
        dc_doc_item(d, name, path);
    for (size_t i = 0; i < f->n_diff; i++)
        put_diff(f, &f->diff[i], d);
    if (f->n_more > 0)
        dc_doc_itemf(d, "", "and %zu more", f->n_more);
}

static const char *or_none(const char *s)
{
    return s ? s : "none";
}

/* What was not looked at, and what may be why something differs. */
static void put_notes(const struct dc_verify *v, struct dc_doc *d)
{
    if (v->n_uncompared > 0)
        dc_doc_note(d,
                    "%zu file%s not compared: drawn by %.60s, here is %.60s; "
                    "of the SVGs the stated figures are compared",
                    v->n_uncompared, dc_plural(v->n_uncompared),
                    or_none(v->gnuplot_then), or_none(v->gnuplot_now));
    if (v->n_surplus > DC_VERIFY_MAX_SURPLUS)
        dc_doc_note(d, "and %zu more file%s that the set does not have",
                    v->n_surplus - DC_VERIFY_MAX_SURPLUS,
                    dc_plural(v->n_surplus - DC_VERIFY_MAX_SURPLUS));
    if (v->n_left > 0)
        dc_doc_note(d,
                    "%zu folder%s left by a report that was ended; not looked "
                    "at, and cleared by the next report",
                    v->n_left, dc_plural(v->n_left));
    if (strcmp(v->made_by, DC_VERSION) != 0)
        dc_doc_note(d,
                    "the report was made by deepconf %.40s, this is %s: what "
                    "differs may be the program",
                    v->made_by, DC_VERSION);
    for (size_t i = 0; i < v->n_note; i++)
        dc_doc_note(d, "%s", v->note[i]);
}

static void put_answer(const struct dc_verify *v, const char *dir,
                       struct dc_doc *d)
{
    const char *name = dc_doc_code(d, dir);
    if (v->n == 1 && v->n_bad == 0)
        dc_doc_say(d, "%s: is what the runs give, %" PRIu64 " numbers", name,
                   v->n_number);
    else if (v->n_bad == 0)
        dc_doc_say(
            d, "%s: all %zu files are what the run gives, %" PRIu64 " numbers",
            name, v->n - v->n_uncompared, v->n_number);
    else
        dc_doc_say(d, "%s: %zu of %zu files are not what the run gives", name,
                   v->n_bad, v->n);
}

void dc_verify_doc(const struct dc_verify *v, const char *dir, struct dc_doc *d)
{
    put_answer(v, dir, d);
    if (v->other_run) /* what explains all that differs comes first */
        dc_doc_note(d,
                    "the configuration of %s is not the one that the manifest "
                    "has: is it another run file?",
                    v->other_run);
    for (size_t i = 0; i < v->n; i++) /* what is wrong, then the rest */
        if (v->file[i].state != DC_VERIFY_EQUAL)
            put_file(&v->file[i], d);
    for (size_t i = 0; i < v->n; i++)
        if (v->file[i].state == DC_VERIFY_EQUAL)
            put_file(&v->file[i], d);
    put_notes(v, d);
}

static json_t *file_json(const struct dc_verify_file *f)
{
    json_t *o = json_object(), *list = json_array();
    dc_json_put(o, "path", dc_json_text(f->path));
    dc_json_put(o, "state", json_string(state_name[f->state]));
    dc_json_put(o, "numbers", json_integer((json_int_t)f->n_number));
    for (size_t i = 0; i < f->n_diff; i++) {
        const struct dc_verify_diff *d = &f->diff[i];
        json_t *x = json_object();
        dc_json_put(x, "line",
                    d->line ? json_integer((json_int_t)d->line) : NULL);
        dc_json_put(x, "says", dc_json_text(d->said));
        dc_json_put(x, "run_gives", dc_json_text(d->given));
        dc_json_put(x, "fact", dc_json_text(d->fact));
        json_array_append_new(list, x);
    }
    dc_json_put(o, "differences", list);
    dc_json_put(o, "more_differences", json_integer((json_int_t)f->n_more));
    return o;
}

void dc_verify_json(const struct dc_verify *v, const char *dir,
                    struct dc_buf *out)
{
    json_t *o = json_object(), *list = json_array(), *note = json_array();
    dc_json_put(o, "report", dc_json_text(dir));
    dc_json_put(o, "equal", json_boolean(v->n_bad == 0));
    dc_json_put(o, "other_run", dc_json_text(v->other_run));
    dc_json_put(o, "made_by", dc_json_text(v->made_by));
    dc_json_put(o, "gnuplot_of_the_report", dc_json_text(v->gnuplot_then));
    dc_json_put(o, "gnuplot_here", dc_json_text(v->gnuplot_now));
    dc_json_put(o, "numbers", json_integer((json_int_t)v->n_number));
    size_t more = v->n_surplus > DC_VERIFY_MAX_SURPLUS
                      ? v->n_surplus - DC_VERIFY_MAX_SURPLUS
                      : 0;
    dc_json_put(o, "surplus_not_listed", json_integer((json_int_t)more));
    dc_json_put(o, "left_by_ended_reports",
                json_integer((json_int_t)v->n_left));
    for (size_t i = 0; i < v->n_note; i++)
        json_array_append_new(note, dc_json_text(v->note[i]));
    dc_json_put(o, "notes", note);
    for (size_t i = 0; i < v->n; i++)
        json_array_append_new(list, file_json(&v->file[i]));
    dc_json_put(o, "files", list);
    dc_json_print(o, out);
}
