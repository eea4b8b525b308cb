/*
 * progress.c - one line about a run.
 *
 * Parts in the order of their worth, each left out if the line would not fit:
 * decided prompts, time left, refusals, traces, tokens a second, calibrating,
 * bar. They are shown in another order, which reads better.
 */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_MS 200.0
#define PLAIN_MS 10000.0

enum { PART = 48, BAR_MIN = 12, BAR_MAX = 32, WHAT_MIN = 10 };

enum part {
    BAR,
    DECIDED,
    TRACES,
    IN_FLIGHT,
    SPEED,
    LEFT,
    REFUSED,
    RETRIES,
    LIMITED,
    CALIBRATING,
    N_PART
};

/* ---- the line ---- */

/* "2:05", "1:02:05" */
static void put_time(char out[PART], double seconds, const char *behind)
{
    unsigned long s = (unsigned long)ceil(seconds);
    if (s >= 3600)
        snprintf(out, PART, "%lu:%02lu:%02lu%s", s / 3600, s / 60 % 60, s % 60,
                 behind);
    else
        snprintf(out, PART, "%lu:%02lu%s", s / 60, s % 60, behind);
}

/* The time that something took; that left is rounded up, this one is not. */
static void put_spent(char out[PART], double seconds)
{
    if (seconds < 1)
        snprintf(out, PART, "under 1 s");
    else
        put_time(out, floor(seconds), "");
}

/* Seconds left at the speed of this session; false: nothing to go by yet. */
static bool time_left(const struct dc_run_progress *p, double *out)
{
    size_t mine = p->n_decided - p->n_decided_before;
    if (p->n_decided >= p->n_prompt || mine == 0 || p->seconds <= 0)
        return false;
    *out = p->seconds / (double)mine * (double)(p->n_prompt - p->n_decided);
    return *out < 1e7;
}

/* Is it over servers? Something has been asked of one then. */
static bool is_served(const struct dc_run_progress *p)
{
    return p->traffic.n_request > 0;
}

/* Tokens of this session; of servers those received, of traces that were given
 * up too. */
static uint64_t tokens(const struct dc_run_progress *p)
{
    return is_served(p) ? p->traffic.n_received : p->n_tok;
}

static double speed(const struct dc_run_progress *p)
{
    return p->seconds > 0 ? (double)tokens(p) / p->seconds : 0;
}

static void put_traffic(const struct dc_run_progress *p,
                        char part[N_PART][PART])
{
    const struct dc_backend_traffic *t = &p->traffic;
    if (!is_served(p))
        return;
    /* None in flight for minutes would look like a server that is idle. */
    if (t->n_in_flight == 0 && t->n_retry > 0 && p->n_running > 0)
        snprintf(part[IN_FLIGHT], PART, "%u to be asked again", p->n_running);
    else
        snprintf(part[IN_FLIGHT], PART, "%u in flight", t->n_in_flight);
    if (t->n_retry > 0)
        snprintf(part[RETRIES], PART, "%llu retr%s",
                 (unsigned long long)t->n_retry, t->n_retry == 1 ? "y" : "ies");
    if (t->n_limited > 0)
        snprintf(part[LIMITED], PART, "%llux 429",
                 (unsigned long long)t->n_limited);
}

static void put_parts(const struct dc_run_progress *p, char part[N_PART][PART])
{
    double left;
    snprintf(part[DECIDED], PART, "%zu/%zu prompt%s", p->n_decided, p->n_prompt,
             dc_plural(p->n_prompt));
    snprintf(part[TRACES], PART, "%zu trace%s", p->n_trace,
             dc_plural(p->n_trace));
    if (p->seconds > 0)
        snprintf(part[SPEED], PART, "%.0f tok/s", speed(p));
    put_traffic(p, part);
    if (time_left(p, &left))
        put_time(part[LEFT], left, " left");
    if (!p->no_verdicts)
        snprintf(part[REFUSED], PART, "%zu refused", p->n_refused);
    if (p->calibrating)
        snprintf(part[CALIBRATING], PART, "calibrating");
}

static void put_bar(double share, size_t room, struct dc_buf *out)
{
    size_t cells = room < BAR_MAX ? room - 2 : BAR_MAX - 2;
    size_t full = (size_t)((double)cells * share + 1e-9);
    dc_buf_addc(out, '[');
    for (size_t i = 0; i < cells; i++)
        dc_buf_addc(out, i < full ? '#' : '.');
    dc_buf_addc(out, ']');
}

void dc_progress_line(const struct dc_run_progress *now, size_t width, bool bar,
                      struct dc_buf *out)
{
    static const enum part at_servers[] = {DECIDED, IN_FLIGHT, SPEED,
                                           RETRIES, LIMITED,   LEFT,
                                           REFUSED, TRACES,    CALIBRATING};
    static const enum part here[] = {DECIDED, LEFT,  REFUSED,
                                     TRACES,  SPEED, CALIBRATING};
    const enum part *by_worth = is_served(now) ? at_servers : here;
    size_t n_part = is_served(now) ? DC_COUNT(at_servers) : DC_COUNT(here);
    char part[N_PART][PART] = {{0}};
    bool keep[N_PART] = {false};
    size_t used = 0;
    put_parts(now, part);
    for (size_t i = 0; i < n_part; i++) {
        size_t n = strlen(part[by_worth[i]]);
        if (n == 0 || used + n + (used ? 2 : 0) > width)
            continue;
        keep[by_worth[i]] = true;
        used += n + (used ? 2 : 0);
    }
    bool first = true;
    if (bar && used + 1 + BAR_MIN <= width) {
        put_bar(now->n_prompt ? (double)now->n_decided / (double)now->n_prompt
                              : 1,
                width - used - 1, out);
        dc_buf_addc(out, ' ');
    }
    for (int i = DECIDED; i < N_PART; i++) {
        if (!keep[i])
            continue;
        dc_buf_addf(out, "%s%s", first ? "" : ", ", part[i]);
        first = false;
    }
}

/* ---- the line of a job ---- */

static bool job_left(const struct dc_job_progress *j, double *out)
{
    double mine = j->share - j->share_before;
    if (mine <= 0 || j->seconds <= 0 || j->share >= 1)
        return false;
    *out = j->seconds / mine * (1 - j->share);
    return *out < 1e7;
}

static const char *job_rate(const struct dc_job_progress *j, char out[PART])
{
    double rate = (double)(j->n - j->n_before) / j->seconds;
    if (j->seconds <= 0)
        return "";
    snprintf(out, PART, rate < 10 ? "%.1f %ss/s" : "%.0f %ss/s", rate, j->unit);
    return out;
}

void dc_progress_job_line(const struct dc_job_progress *now, size_t width,
                          bool bar, struct dc_buf *out)
{
    char part[3][PART] = {{0}}, *p;
    struct dc_buf b;
    double left;
    dc_buf_init(&b, 1 << 12);
    p = part[0];
    if (now->n_all)
        snprintf(p, PART, "%llu/%llu %s%s", (unsigned long long)now->n,
                 (unsigned long long)now->n_all, now->unit,
                 dc_plural(now->n_all));
    else
        snprintf(p, PART, "%llu %s%s", (unsigned long long)now->n, now->unit,
                 dc_plural(now->n));
    if (job_left(now, &left))
        put_time(part[1], left, " left");
    job_rate(now, part[2]);
    /* a long name is cut, not the number behind it */
    size_t room = width > strlen(part[0]) + 2 + WHAT_MIN
                      ? width - strlen(part[0]) - 2
                      : WHAT_MIN;
    dc_utf8_display(&b, now->what, strlen(now->what), room);
    dc_buf_addf(&b, ": %s", part[0]);
    for (int i = 1; i < 3; i++)
        if (part[i][0] && b.n + 2 + strlen(part[i]) <= width)
            dc_buf_addf(&b, ", %s", part[i]);
    if (bar && b.n + 1 + BAR_MIN <= width) {
        put_bar(now->share < 1 ? now->share : 1, width - b.n - 1, out);
        dc_buf_addc(out, ' ');
    }
    dc_utf8_display(out, b.data, b.n, width);
    dc_buf_release(&b);
}

/* ---- writing it ---- */

void dc_progress_init(struct dc_progress *p, const struct dc_term *to,
                      bool quiet)
{
    *p = (struct dc_progress){.to = *to, .quiet = quiet};
    p->last = dc_clock_ms();
}

/* Replace the line on the terminal; text is safe and fits. */
static void draw(struct dc_progress *p, const char *text)
{
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    p->drawn = true;
}

static void wipe(struct dc_progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}

void dc_progress_note(struct dc_progress *p, const char *what)
{
    double t = dc_clock_ms();
    if (p->quiet || (!p->to.tty && t - p->last < PLAIN_MS))
        return;
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    dc_utf8_display(&b, what, strlen(what), dc_term_width(p->to.fd) - 1);
    if (p->to.tty)
        draw(p, b.data);
    else
        fprintf(stderr, "%s\n", b.data);
    p->last = p->to.tty ? p->last : t;
    dc_buf_release(&b);
}

void dc_progress_say(struct dc_progress *p, const char *line)
{
    wipe(p);
    if (!p->quiet)
        fprintf(stderr, "%s\n", line);
}

static void tell_resumed(struct dc_progress *p)
{
    if (!p->now.resumed || p->now.n_decided_before + p->now.n_trace_before == 0)
        return;
    wipe(p);
    fprintf(stderr, "going on: %zu of %zu prompt%s decided before",
            p->now.n_decided_before, p->now.n_prompt,
            dc_plural(p->now.n_prompt));
    if (p->now.n_trace_before > 0)
        fprintf(stderr, ", %zu trace%s drawn", p->now.n_trace_before,
                dc_plural(p->now.n_trace_before));
    fputc('\n', stderr);
}

/* Said in any case: Ctrl-C seems to do nothing for a while. */
static void tell_draining(struct dc_progress *p)
{
    unsigned n = p->now.n_running, n_less = p->now.n_given_up;
    char less[80] = "";
    wipe(p);
    if (n_less > 0)
        snprintf(less, sizeof less, " (%u more waited to be sent, and %s not)",
                 n_less, dc_are(n_less));
    fprintf(stderr,
            "interrupted: waiting for %u trace%s in flight%s, since %s would "
            "come out otherwise if drawn again; a second time ends at once\n",
            n, dc_plural(n), less, n == 1 ? "it" : "they");
    p->told_drain = true;
}

void dc_progress_tell(void *arg, const struct dc_run_progress *now)
{
    struct dc_progress *p = arg;
    double t = dc_clock_ms();
    bool first = !p->begun;
    p->now = *now;
    p->begun = true;
    if (now->draining && !p->told_drain)
        tell_draining(p);
    if (p->quiet)
        return;
    if (first)
        tell_resumed(p);
    if (t - p->last < (p->to.tty ? REDRAW_MS : PLAIN_MS))
        return;
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    p->last = t;
    if (p->to.tty) {
        dc_progress_line(now, dc_term_width(p->to.fd) - 1, true, &b);
        draw(p, b.data);
    } else {
        dc_progress_line(now, 1000, false, &b);
        fprintf(stderr, "%s\n", b.data);
    }
    dc_buf_release(&b);
}

/* What came of servers and is no part of the run, counted. */
static void put_passed_over(const struct dc_backend_traffic *t)
{
    if (t->n_wrong > 0)
        fprintf(stderr,
                "servers: %llu answer%s could not be right and %s asked for "
                "again\n",
                (unsigned long long)t->n_wrong, dc_plural(t->n_wrong),
                dc_were(t->n_wrong));
    if (t->n_unlisted > 0)
        fprintf(stderr,
                "servers: %llu token%s of kept answers came without "
                "log-probabilities, and %s not counted\n",
                (unsigned long long)t->n_unlisted, dc_plural(t->n_unlisted),
                dc_are(t->n_unlisted));
    if (t->n_uncounted > 0)
        fprintf(stderr,
                "servers: %llu answer%s of several to one request may have had "
                "such tokens, too\n",
                (unsigned long long)t->n_uncounted, dc_plural(t->n_uncounted));
    if (t->n_odd > 0)
        fprintf(
            stderr,
            "servers: %llu part%s of answers passed over, most of them %s\n",
            (unsigned long long)t->n_odd, dc_plural(t->n_odd), t->odd);
    if (t->too_long.msg[0])
        fprintf(stderr,
                "servers: prompts were too long for the context, and have no "
                "answer (a new run needs a server with a larger one: "
                "llama-server -c, vLLM --max-model-len). The first: %s\n",
                t->too_long.msg);
}

void dc_progress_end(struct dc_progress *p, bool finished)
{
    const struct dc_run_progress *now = &p->now;
    char spent[PART];
    wipe(p);
    if (p->quiet || !p->begun || !finished)
        return;
    put_spent(spent, now->seconds);
    fprintf(stderr, "%zu of %zu prompt%s decided", now->n_decided,
            now->n_prompt, dc_plural(now->n_prompt));
    if (!now->no_verdicts)
        fprintf(stderr, ", %zu refused", now->n_refused);
    fprintf(stderr, "; this session: %llu token%s in %s (%.0f tok/s)\n",
            (unsigned long long)tokens(now), dc_plural(tokens(now)), spent,
            speed(now));
    if (is_served(now))
        fprintf(stderr,
                "servers: %llu request%s, %llu made again, %llu answered 429 "
                "(too many requests)\n",
                (unsigned long long)now->traffic.n_request,
                dc_plural(now->traffic.n_request),
                (unsigned long long)now->traffic.n_retry,
                (unsigned long long)now->traffic.n_limited);
    put_passed_over(&now->traffic);
}

void dc_progress_job_resumed(struct dc_progress *p,
                             const struct dc_job_progress *now)
{
    wipe(p);
    if (!p->quiet)
        fprintf(stderr, "going on: %llu %s%s judged before\n",
                (unsigned long long)now->n_before, now->unit,
                dc_plural(now->n_before));
}

void dc_progress_job(struct dc_progress *p, const struct dc_job_progress *now)
{
    double t = dc_clock_ms();
    if (p->quiet || t - p->last < (p->to.tty ? REDRAW_MS : PLAIN_MS))
        return;
    struct dc_buf b;
    dc_buf_init(&b, 1 << 12);
    p->last = t;
    if (p->to.tty) {
        dc_progress_job_line(now, dc_term_width(p->to.fd) - 1, true, &b);
        draw(p, b.data);
    } else {
        dc_progress_job_line(now, 1000, false, &b);
        fprintf(stderr, "%s\n", b.data);
    }
    dc_buf_release(&b);
}

void dc_progress_job_end(struct dc_progress *p,
                         const struct dc_job_progress *now)
{
    uint64_t mine = now->n - now->n_before;
    char spent[PART], rate[PART] = "";
    wipe(p);
    if (p->quiet)
        return;
    if (mine == 0 && now->n_before > 0) {
        fprintf(stderr, "%s: nothing to do, %llu %s%s judged before\n",
                now->what, (unsigned long long)now->n_before, now->unit,
                dc_plural(now->n_before));
        return;
    }
    put_spent(spent, now->seconds);
    fprintf(stderr, "%s: %llu %s%s judged in %s", now->what,
            (unsigned long long)mine, now->unit, dc_plural(mine), spent);
    if (mine > 0 && now->seconds > 0)
        fprintf(stderr, " (%s)", job_rate(now, rate));
    if (now->n_before > 0)
        fprintf(stderr, ", %llu before", (unsigned long long)now->n_before);
    fputc('\n', stderr);
}
