/*
 * spec.h - a row of a table with its parameters, as users write it: "curtail",
 * "hypergeometric(0.01)", "filtered(0.1, tail(16))".
 *
 * A row declares its parameters in order. Those left out have their defaults,
 * from the right; a percent sign divides by 100. What is parsed has one
 * canonical text, with every parameter written out, which is what run files
 * hold.
 */
#ifndef DEEPCONF_SPEC_H
#define DEEPCONF_SPEC_H

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DC_SPEC_ARGS = 4, DC_SPEC_TEXT = 128 };

struct dc_param {
    const char *name; /* as in the row's formula: "W" */
    const char *help;
    double def, min, max;
    bool open_min, open_max; /* min, max themselves are not allowed */
    bool integer;
    bool measure;  /* the text of a measure; def .. integer are not used */
    bool left_out; /* a measure, the last parameter: if it is not given it is
                      "", and left out of the text too; else "mean" */
};

struct dc_spec {
    double arg[DC_SPEC_ARGS];   /* [n_param], 0 for that of a measure */
    char measure[DC_SPEC_TEXT]; /* of the parameter that is one; else "" */
    char text[DC_SPEC_TEXT];    /* canonical */
};

/* The length of the row's name at the start of text: up to "(" or its end. */
size_t dc_spec_name_len(const char *text);

/*
 * Read text, which opens with `name`, against param [n_param]. DC_USAGE says
 * what the row takes. The text of a measure is checked by whoever reads it, not
 * here; left out, it is "mean".
 */
enum dc_status dc_spec_parse(const char *text, const char *name,
                             const struct dc_param *param, size_t n_param,
                             struct dc_spec *out, struct dc_err *err);

/* Put the measure's canonical text in place of what was written. */
void dc_spec_set_measure(struct dc_spec *s, const char *name,
                         const struct dc_param *param, size_t n_param,
                         const char *measure);

/* "unanimous(m)": name and parameters into out [DC_SPEC_TEXT]. */
void dc_spec_form(const char *name, const struct dc_param *param,
                  size_t n_param, char *out);

/*
 * No row has text's name: DC_USAGE, listing what there is. form(i, out) writes
 * row i's form into out [DC_SPEC_TEXT]; false behind the last.
 */
enum dc_status dc_spec_no_such(const char *what, const char *text,
                               bool (*form)(size_t i, char *out),
                               struct dc_err *err);

#ifdef __cplusplus
}
#endif
#endif
