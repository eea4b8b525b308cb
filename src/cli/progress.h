/*
 * progress.h - how far a run, or a job over many items, is, on stderr.
 *
 * On a terminal one line, redrawn at most five times a second and cut to the
 * width; else a plain line every ten seconds. Rate and time left are of this
 * session only: what an earlier one decided says nothing about the speed now.
 *
 * dc_progress_line() and dc_progress_job_line() are pure, so that tests can
 * read every line.
 */
#ifndef DC_CLI_PROGRESS_H
#define DC_CLI_PROGRESS_H

#include "base/buf.h"
#include "cli/term.h"
#include "judging/judging.h"
#include "run/run.h"

#include <stdbool.h>
#include <stddef.h>

struct dc_progress {
    struct dc_term to;
    bool quiet;
    bool begun;      /* something was told */
    bool drawn;      /* a line stands on the terminal, without its line feed */
    bool told_drain; /* that the run waits for what is in flight */
    double last;     /* ms: when the last line was written */
    struct dc_run_progress now;
};

void dc_progress_init(struct dc_progress *p, const struct dc_term *to,
                      bool quiet);
/* "loading the model": on a terminal only, until the next line. */
void dc_progress_note(struct dc_progress *p, const char *what);
/* A line that stays, unless quiet; it is safe to show. */
void dc_progress_say(struct dc_progress *p, const char *line);
/* For dc_run_cfg.progress; arg is the struct dc_progress. */
void dc_progress_tell(void *arg, const struct dc_run_progress *now);
/* Take the line away; finished: say in one line what this session did. */
void dc_progress_end(struct dc_progress *p, bool finished);

/* The line at `width` columns: parts that don't fit are left out, the least
 * important first. bar: draw one. */
void dc_progress_line(const struct dc_run_progress *now, size_t width, bool bar,
                      struct dc_buf *out);

/* The same three for a job; ..._end says what this session did, and
 * ..._resumed what earlier ones did. */
void dc_progress_job_resumed(struct dc_progress *p,
                             const struct dc_job_progress *now);
void dc_progress_job(struct dc_progress *p, const struct dc_job_progress *now);
void dc_progress_job_end(struct dc_progress *p,
                         const struct dc_job_progress *now);
void dc_progress_job_line(const struct dc_job_progress *now, size_t width,
                          bool bar, struct dc_buf *out);

#endif
