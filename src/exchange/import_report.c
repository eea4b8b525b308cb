/*
 * import_report.c - what an import did with the input: each row was used or
 * left out, and what was taken as missing or is odd is counted by its reason.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "doc/doc.h"
#include "exchange/import_priv.h"

#include <inttypes.h>
#include <string.h>

/* The note of a kind on something, a new one if need be; where there is no more
 * room, the last one counts the rest. */
static size_t find_note(struct dc_import_count *c, enum dc_import_kind kind,
                        const char *what)
{
    size_t i = 0;
    while (i < c->n_note &&
           (c->note[i].kind != kind || strcmp(c->note[i].what, what) != 0))
        i++;
    if (i == DC_IMPORT_NOTES) {
        i--;
        kind = DC_IMPORT_ODD;
        what = "further remarks, of kinds beyond those listed here";
        c->note[i].first[0] = '\0';
    } else if (i == c->n_note) {
        c->n_note++;
        c->note[i].n = 0;
        c->note[i].first[0] = '\0';
    } else {
        return i;
    }
    c->note[i].kind = kind;
    snprintf(c->note[i].what, sizeof c->note[i].what, "%s", what);
    return i;
}

void dc_import_add(struct dc_import *in, enum dc_import_kind kind,
                   const char *what, uint64_t n)
{
    if (n > 0)
        in->count.note[find_note(&in->count, kind, what)].n += n;
}

static void note_first(struct dc_import *in, enum dc_import_kind kind,
                       const char *what, const char *first)
{
    struct dc_import_count *c = &in->count;
    size_t i = find_note(c, kind, what);
    if (c->note[i].n++ == 0)
        snprintf(c->note[i].first, sizeof c->note[i].first, "%s", first);
}

void dc_import_note(struct dc_import *in, const char *what)
{
    dc_import_note_first(in, what, "");
}

void dc_import_note_first(struct dc_import *in, const char *what,
                          const char *first)
{
    note_first(in, DC_IMPORT_ODD, what, first);
}

void dc_import_missing(struct dc_import *in, const char *what)
{
    dc_import_add(in, DC_IMPORT_MISSING, what, 1);
}

/* ---- rows ---- */

void dc_import_end_row(struct dc_import *in)
{
    if (!in->in_row)
        return;
    in->in_row = false;
    if (in->row_used)
        in->count.n_used++;
    else if (!in->row_left)
        dc_import_add(in, DC_IMPORT_LEFT_OUT, "without a prompt and response",
                      1);
}

void dc_import_begin_row(struct dc_import *in, const char *unit)
{
    dc_import_end_row(in);
    in->count.unit = unit;
    in->count.n_row++;
    in->in_row = true;
    in->row_used = in->row_left = false;
}

void dc_import_left_out(struct dc_import *in, const char *why,
                        const char *first)
{
    if (!in->row_left)
        note_first(in, DC_IMPORT_LEFT_OUT, why, first);
    in->row_left = true;
}

/* ---- as a document and JSON ---- */

static uint64_t left_out(const struct dc_import_count *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < c->n_note; i++)
        n += c->note[i].kind == DC_IMPORT_LEFT_OUT ? c->note[i].n : 0;
    return n;
}

static const char *const kind_name[] = {
    [DC_IMPORT_LEFT_OUT] = "left out: ",
    [DC_IMPORT_MISSING] = "taken as missing: ",
    [DC_IMPORT_FINISH] = "",
    [DC_IMPORT_LABEL] = "",
    [DC_IMPORT_ODD] = "",
};

static void add_note(struct dc_doc *d, const struct dc_import_count *c,
                     size_t i)
{
    const char *first = c->note[i].first;
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s%s", kind_name[c->note[i].kind], c->note[i].what);
    if (first[0]) {
        dc_buf_adds(&b, " (the first: \"");
        dc_utf8_display(&b, first, strlen(first), sizeof c->note[i].first);
        dc_buf_adds(&b, "\")");
    }
    dc_doc_row(d, (struct dc_cell[]){dc_cell_count(c->note[i].n),
                                     dc_cell_text(b.data)});
    dc_buf_release(&b);
}

void dc_import_count_doc(const struct dc_import_count *c, struct dc_doc *d)
{
    static const char title[] = "What the import did with the input";
    static const struct dc_doc_column column[] = {{"", NULL, 0, false},
                                                  {"", NULL, 0, true}};
    struct dc_buf b;
    dc_doc_heading(d, title, NULL);
    dc_doc_table(d, title, NULL, column, DC_COUNT(column));
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s%s read: %" PRIu64 " used, %" PRIu64 " left out",
                c->unit ? c->unit : "row", dc_plural(c->n_row), c->n_used,
                left_out(c));
    dc_doc_row(
        d, (struct dc_cell[]){dc_cell_count(c->n_row), dc_cell_text(b.data)});
    dc_buf_release(&b);
    for (int k = 0; k <= DC_IMPORT_ODD; k++)
        for (size_t i = 0; i < c->n_note; i++)
            if ((int)c->note[i].kind == k)
                add_note(d, c, i);
}

static json_t *of_kind(const struct dc_import_count *c,
                       enum dc_import_kind kind)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->n_note; i++) {
        if (c->note[i].kind != kind)
            continue;
        json_t *o = json_object();
        dc_json_put(o, "what", dc_json_text(c->note[i].what));
        dc_json_put(o, "n", json_integer((json_int_t)c->note[i].n));
        if (c->note[i].first[0])
            dc_json_put(o, "first", dc_json_text(c->note[i].first));
        json_array_append_new(list, o);
    }
    return list;
}

json_t *dc_import_count_json(const struct dc_import_count *c)
{
    json_t *o = json_object();
    dc_json_put(o, "unit", dc_json_text(c->unit ? c->unit : "row"));
    dc_json_put(o, "read", json_integer((json_int_t)c->n_row));
    dc_json_put(o, "used", json_integer((json_int_t)c->n_used));
    dc_json_put(o, "left_out", json_integer((json_int_t)left_out(c)));
    dc_json_put(o, "left_out_because", of_kind(c, DC_IMPORT_LEFT_OUT));
    dc_json_put(o, "prompts", json_integer((json_int_t)c->n_prompt));
    dc_json_put(o, "responses", json_integer((json_int_t)c->n_trace));
    dc_json_put(o, "with_logprobs", json_integer((json_int_t)c->n_logprob));
    dc_json_put(o, "with_confidence", json_integer((json_int_t)c->n_conf));
    dc_json_put(o, "taken_as_missing", of_kind(c, DC_IMPORT_MISSING));
    dc_json_put(o, "unknown_endings", of_kind(c, DC_IMPORT_FINISH));
    dc_json_put(o, "labels", of_kind(c, DC_IMPORT_LABEL));
    dc_json_put(o, "notes", of_kind(c, DC_IMPORT_ODD));
    return o;
}
