/*
 * verify.h - a report held against its run files: the set is made again and
 * compared, byte by byte, and what differs is told number against number.
 *
 * Since the set is a pure function of run files and options, equal bytes mean
 * that every number in it is the run's. Plots depend on the gnuplot that drew
 * them too: where another one is installed here, a picture is compared by the
 * figures that its SVG states, a bitmap is not compared, and every file has to
 * have the bytes that the manifest names.
 */
#ifndef DC_REPORT_VERIFY_H
#define DC_REPORT_VERIFY_H

#include "base/arena.h"
#include "base/buf.h"
#include "report/report.h"

enum dc_verify_state {
    DC_VERIFY_EQUAL,
    DC_VERIFY_DIFFERS,
    DC_VERIFY_MISSING, /* the set has it, the folder has not */
    DC_VERIFY_SURPLUS, /* the folder has it, the set has not */
    DC_VERIFY_NOT_COMPARED
};

struct dc_verify_diff {
    size_t line; /* from 1; 0: of a file that is no text */
    /* a number or an excerpt; fit to show */
    const char *said, *given;
    const char *fact; /* a figure of that value; NULL: none was found */
};

enum { DC_VERIFY_MAX_DIFFS = 20, DC_VERIFY_MAX_SURPLUS = 1000 };

struct dc_verify_file {
    const char *path;
    enum dc_verify_state state;
    uint64_t n_number; /* in it, equal ones and others */
    struct dc_verify_diff diff[DC_VERIFY_MAX_DIFFS]; /* [n_diff], the first */
    size_t n_diff;
    size_t n_more; /* further lines that differ */
};

struct dc_verify {
    struct dc_arena arena;
    struct dc_verify_file *file; /* [n] */
    size_t n, cap;
    size_t n_bad; /* that differ, are missing or surplus */
    size_t
        n_surplus; /* of those; the first DC_VERIFY_MAX_SURPLUS are in file */
    size_t n_left; /* folders that a killed report left; not looked at */
    size_t n_uncompared;
    uint64_t n_number; /* of all files compared */
    const char *
        *note; /* [n_note] of runs: what can't be verified; fit to show */
    size_t n_note;
    const char *other_run; /* of another configuration than in the manifest */
    const char *made_by;   /* deepconf version of the report */
    const char *gnuplot_then, *gnuplot_now; /* NULL: none */
};

/*
 * Compare the folder at `path` with the set that cfg's runs give, or the page
 * RESULTS.md there, which may lie anywhere under any name, with theirs; names
 * and judges come from the manifest, or from the mark at the page's end.
 * DC_DATA: no report there, or one that is not finished; DC_USAGE: another
 * number of runs, another run, or another file of corrections than the report
 * was made from; else as dc_report_make(). That something differs is no
 * failure. Release also after a failure.
 */
enum dc_status dc_verify_run(const char *path, struct dc_report_cfg *cfg,
                             struct dc_verify *out, struct dc_err *err);
void dc_verify_release(struct dc_verify *v);

/* As a document, and as JSON (verify_text.c). */
struct dc_doc;
void dc_verify_doc(const struct dc_verify *v, const char *dir,
                   struct dc_doc *d);
void dc_verify_json(const struct dc_verify *v, const char *dir,
                    struct dc_buf *out);

#endif
