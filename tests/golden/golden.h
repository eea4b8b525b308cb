/*
 * golden.h - the parts that every checker of golden_check shares.
 *
 * A checker compares one kind of file of a folder of reference values with what
 * the program computes. It is one row of the table in golden_check.c and one
 * function, which gets the rows of a JSONL file one by one, or the root of a
 * JSON file. It compares by the functions below, which count and report; it
 * never stops at a difference, and what it does not know it reports too.
 *
 * What counts, decides or is rounded must be equal; other figures may differ by
 * a relative 1e-12 (docs/METHODS.md, section 3).
 */
#ifndef DC_TEST_GOLDEN_H
#define DC_TEST_GOLDEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* One file while it is being checked. */
struct golden {
    const char *file; /* its name in the folder */
    size_t line;      /* of the row; 0 in a file without lines */
    char part[64];    /* "proportion[3]." before a field's name; else "" */
    size_t n_rows, n_bad;
    size_t n_near, n_equal; /* figures compared by golden_near(); of those, to
                               the last bit */
};

struct golden_checker {
    const char *file;
    void (*row)(struct golden *g, const json_t *row);  /* JSONL, or */
    void (*all)(struct golden *g, const json_t *root); /* JSON */
};

/* ---- reporting; what follows `field` may be text from the file ---- */

/* Print "FILE:LINE: PART FIELD: expected ..., got ..." and count it. */
void golden_differs(struct golden *g, const char *field, const char *expected,
                    const char *got);

/* ---- comparing ---- */

void golden_same(struct golden *g, const char *field, double expected,
                 double got);
void golden_near(struct golden *g, const char *field, double expected,
                 double got);
/* The same with an absolute `slack` beside the relative 1e-12: for figures that
 * are differences of larger ones, or that the reference itself has no better.
 */
void golden_close(struct golden *g, const char *field, double expected,
                  double got, double slack);
/* What golden_close() asks; counts and prints nothing. */
bool golden_is_near(double expected, double got, double slack);
/* Print that the reference is what is wrong, and count nothing. */
void golden_reference_off(const struct golden *g, const char *field,
                          double expected, double got);
void golden_same_count(struct golden *g, const char *field, size_t expected,
                       size_t got);
/* got [len]; NULL is null, as is a JSON null. */
void golden_same_text(struct golden *g, const char *field,
                      const json_t *expected, const char *got, size_t len);

/* ---- reading; what is not as it should be is reported ---- */

/* known: names, then NULL. Reports every other key of obj; true if none. */
bool golden_keys(struct golden *g, const json_t *obj, const char *const *known);
bool golden_number(struct golden *g, const json_t *obj, const char *key,
                   double *out);
bool golden_count(struct golden *g, const json_t *obj, const char *key,
                  size_t *out);
/* An array of numbers [*n], which the caller frees; NULL if it is none. */
double *golden_numbers(struct golden *g, const json_t *obj, const char *key,
                       size_t *n);
/* The same of a value that has no key; field is for the report. */
double *golden_values(struct golden *g, const json_t *v, const char *field,
                      size_t *n);
/* The value of a key; NULL, reported, if it is absent or of another type. */
const json_t *golden_get(struct golden *g, const json_t *obj, const char *key,
                         json_type type);

/* ---- files ---- */

enum golden_end { GOLDEN_OK, GOLDEN_BAD, GOLDEN_ABSENT };

/* Check DIR/c->file, print its line, and say how it ended. */
enum golden_end golden_file(const char *dir, const struct golden_checker *c);

/* ---- the checkers ---- */

void golden_measures_row(struct golden *g, const json_t *row);
void golden_votes_row(struct golden *g, const json_t *row);
void golden_threshold_row(struct golden *g, const json_t *row);
void golden_boxed_row(struct golden *g, const json_t *row);
void golden_stopping_row(struct golden *g, const json_t *row);
/* A row of statistics.json, part beta_quantile. */
void golden_beta(struct golden *g, const json_t *row);
void golden_wildguard_row(struct golden *g, const json_t *row);
void golden_statistics(struct golden *g, const json_t *root);

#endif
