/*
 * label_opts.c - which files, what their columns mean, and each file once.
 */
#include "cli/label_opts.h"

#include "base/mem.h"
#include "base/write_file.h"
#include "cli/data_notes.h"
#include "cli/field_opt.h"

#include <string.h>

static enum dc_status set_fields(const struct dc_label_opts *o,
                                 struct dc_labelled_cfg *c, struct dc_err *err)
{
    const struct dc_field field[] = {{"id", &c->field_id, NULL},
                                     {"prompt", &c->field_prompt, NULL},
                                     {"response", &c->field_response, NULL},
                                     {"label", &c->field_label, NULL}};
    return dc_fields_set(o->field, field, DC_COUNT(field), err);
}

static enum dc_status data_cfg(const struct dc_label_opts *o,
                               struct dc_labelled_cfg *c, struct dc_err *err)
{
    *c = (struct dc_labelled_cfg){.path = NULL};
    if (o->labels) {
        c->set = dc_labelset_find(o->labels);
        if (!c->set)
            return dc_fail(err, DC_USAGE,
                           "--labels %.60s: expected xstest-completions, "
                           "wildguardtest or generic",
                           o->labels);
    }
    return set_fields(o, c, err);
}

/* file [*n] so far, with room for one more. */
static enum dc_status read_file(struct dc_labelled *file, size_t *n,
                                const struct dc_labelled_cfg *c,
                                struct dc_err *err)
{
    enum dc_status st = dc_labelled_read(c, &file[*n], err);
    if (st)
        return st;
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(file[i].sha256, file[*n].sha256)) {
            dc_labelled_release(&file[*n]);
            return dc_fail(err, DC_USAGE,
                           "%.300s has the same content as another file; its "
                           "rows would count twice",
                           c->path);
        }
    dc_data_notes_print(c->path, &file[*n].notes, true);
    ++*n;
    return DC_OK;
}

enum dc_status dc_label_opts_read(const struct dc_label_opts *o,
                                  struct dc_labelled *file, size_t max,
                                  size_t *n, struct dc_err *err)
{
    struct dc_labelled_cfg c;
    size_t n_data = o->data->n, all = n_data + o->args->n;
    enum dc_status st = data_cfg(o, &c, err);
    *n = 0;
    if (!st && all == 0)
        st = dc_fail(err, DC_USAGE,
                     "--data FILE is needed: responses with labels of refusal");
    if (!st && all > max)
        st = dc_fail(err, DC_USAGE, "at most %zu files at a time", max);
    for (size_t i = 0; i < all && !st; i++) {
        c.path = i < n_data ? o->data->item[i] : o->args->item[i - n_data];
        if (o->out && dc_file_same(c.path, o->out))
            st =
                dc_fail(err, DC_USAGE,
                        "--out %.200s is a file that is read; name another one",
                        o->out);
        else
            st = read_file(file, n, &c, err);
    }
    return st;
}
