/*
 * notebook.h - Jupyter notebooks, nbformat 4.4: cells in turn, into JSON.
 */
#ifndef DC_REPORT_NOTEBOOK_H
#define DC_REPORT_NOTEBOOK_H

#include "base/buf.h"
#include "base/json.h"

#include <stddef.h>

/* A notebook without cells; to be printed by dc_json_print(). */
json_t *dc_notebook_new(void);
/* text [n] in Markdown. */
void dc_notebook_text(json_t *nb, const char *text, size_t n);
/*
 * source [n]; output: NULL, and the cell is not executed; else its display
 * data, an object by MIME type, which is taken.
 */
void dc_notebook_code(json_t *nb, const char *source, size_t n, json_t *output);
/*
 * Cells of a Python file in "percent" form: "# %%" begins a code cell and
 * "# %% [markdown]" a text in comments.
 */
void dc_notebook_percent(json_t *nb, const char *file, size_t n);

#endif
