/*
 * manifest.h - report.json: by what options a report was made, from which runs,
 * and what files it has. `verify` makes the set again from it.
 *
 * No times and no paths of the machine stand in it; the same runs and options
 * give the same bytes.
 */
#ifndef DC_REPORT_MANIFEST_H
#define DC_REPORT_MANIFEST_H

#include "report/out_dir.h"
#include "report/report.h"

/* names: 0 in reports of 0.1, whose files have the names that runs with
 * toxicity labels have; 1: those that fit (dc_output_name()). */
enum { DC_MANIFEST_FORMAT = 1, DC_MANIFEST_NAMES = 1 };

/* settings: 0 in reports whose sweep has the first set of policies alone
 * (dc_sweep_default()); 1: with those added since. */
enum { DC_MANIFEST_SETTINGS = 1 };

struct dc_manifest_run {
    const char *name;
    const char *id;    /* dc_facts.id */
    const char *judge; /* as --judge has it; NULL: the run's own */
};

struct dc_manifest {
    struct dc_arena arena;
    const char *version; /* of deepconf */
    bool unfinished; /* the set is being put into its folder (out_commit.c) */
    const char *gnuplot;      /* NULL: no plots */
    const char *correct_with; /* SHA-256 of that file; NULL: none */
    uint32_t page_mb;         /* as that of struct dc_report_cfg */
    int names, settings;
    struct dc_manifest_run *run; /* [n_run] */
    size_t n_run;
    struct dc_out_file *file; /* [n] */
    size_t n;
};

/*
 * The mark at the end of a page that can be checked alone: the runs in an HTML
 * comment on a line of its own, without files.
 */
void dc_manifest_mark(const struct dc_manifest *m, struct dc_buf *out);
/* Of the page at path; as dc_manifest_read(). */
enum dc_status dc_manifest_read_mark(const char *path, struct dc_manifest *out,
                                     struct dc_err *err);

void dc_manifest_text(const struct dc_manifest *m, struct dc_buf *out);

/* Of folder dir. DC_IO: no folder, or not to be read; DC_DATA: no manifest, or
 * not one of ours. On failure *out needs no release. */
enum dc_status dc_manifest_read(const char *dir, struct dc_manifest *out,
                                struct dc_err *err);
void dc_manifest_release(struct dc_manifest *m);
/* Make *m a manifest that names nothing; to be released as any other. */
void dc_manifest_empty(struct dc_manifest *m);

#endif
