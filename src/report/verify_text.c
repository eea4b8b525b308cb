/*
 * verify_text.c - what a verification found, as text and JSON.
 */
#include "base/json.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "report/verify.h"

#include <inttypes.h>
#include <string.h>

static const char *const state_name[] = {"equal", "differs", "missing",
                                         "surplus", "not compared"};

static void put_diff(const struct dc_verify_file *f,
                     const struct dc_verify_diff *d, struct dc_buf *out)
{
    dc_buf_adds(out, "  ");
    dc_utf8_display(out, f->path, strlen(f->path), 0);
    if (d->line > 0)
        dc_buf_addf(out, ":%zu", d->line);
    dc_buf_addf(out, ": says %s, the run gives %s", d->said, d->given);
    if (d->fact) {
        dc_buf_adds(out, ", as in ");
        dc_utf8_display(out, d->fact, strlen(d->fact), 0);
    }
    dc_buf_addc(out, '\n');
}

static void put_file(const struct dc_verify_file *f, struct dc_buf *out)
{
    dc_buf_addf(out, "%-12s  ", state_name[f->state]);
    dc_utf8_display(out, f->path, strlen(f->path), 0);
    if (f->state == DC_VERIFY_EQUAL && f->n_number > 0)
        dc_buf_addf(out, ", %" PRIu64 " number%s", f->n_number,
                    dc_plural(f->n_number));
    dc_buf_addc(out, '\n');
    for (size_t i = 0; i < f->n_diff; i++)
        put_diff(f, &f->diff[i], out);
    if (f->n_more > 0)
        dc_buf_addf(out, "  and %zu more\n", f->n_more);
}

static const char *or_none(const char *s)
{
    return s ? s : "none";
}

void dc_verify_text(const struct dc_verify *v, const char *dir,
                    struct dc_buf *out)
{
    for (size_t i = 0; i < v->n; i++)
        put_file(&v->file[i], out);
    if (v->n_uncompared > 0)
        dc_buf_addf(out,
                    "%zu file%s not compared: drawn by %.60s, here is %.60s; "
                    "of the SVGs the stated figures are compared\n",
                    v->n_uncompared, dc_plural(v->n_uncompared),
                    or_none(v->gnuplot_then), or_none(v->gnuplot_now));
    if (v->n_surplus > DC_VERIFY_MAX_SURPLUS)
        dc_buf_addf(out, "and %zu more file%s that the set does not have\n",
                    v->n_surplus - DC_VERIFY_MAX_SURPLUS,
                    dc_plural(v->n_surplus - DC_VERIFY_MAX_SURPLUS));
    if (v->n_left > 0)
        dc_buf_addf(out,
                    "%zu folder%s left by a report that was ended; not "
                    "looked at, and cleared by the next report\n",
                    v->n_left, dc_plural(v->n_left));
    if (strcmp(v->made_by, DC_VERSION) != 0)
        dc_buf_addf(out,
                    "the report was made by deepconf %.40s, this is %s: what "
                    "differs may be the program\n",
                    v->made_by, DC_VERSION);
    if (v->other_run)
        dc_buf_addf(out,
                    "the configuration of %s is not the one that the manifest "
                    "has: is it another run file?\n",
                    v->other_run);
    for (size_t i = 0; i < v->n_note; i++)
        dc_buf_addf(out, "%s\n", v->note[i]);
    dc_utf8_display(out, dir, strlen(dir), 0);
    if (v->n == 1 && v->n_bad == 0)
        dc_buf_addf(out, ": is what the runs give, %" PRIu64 " numbers\n",
                    v->n_number);
    else if (v->n_bad == 0)
        dc_buf_addf(out,
                    ": all %zu files are what the run gives, %" PRIu64
                    " numbers\n",
                    v->n - v->n_uncompared, v->n_number);
    else
        dc_buf_addf(out, ": %zu of %zu files are not what the run gives\n",
                    v->n_bad, v->n);
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
