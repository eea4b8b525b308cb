/*
 * export_util.c - what several writers need (export_priv.h).
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "exchange/export_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_WORD = 80 };

const char *dc_export_config(const struct dc_export *e, const char *key)
{
    const char *v = dc_summary_config(e->sum, key, NULL);
    return v && strcmp(v, "unknown") != 0 ? v : NULL;
}

static enum dc_status take_first(void *arg, const struct dc_segment_row *g,
                                 struct dc_err *err)
{
    struct dc_buf *b = arg;
    (void)err;
    if (b->n == 0)
        dc_buf_addf(b, "%.40s", g->started);
    return DC_OK;
}

const char *dc_export_started(struct dc_export *e)
{
    struct dc_buf b;
    dc_buf_init(&b, 64);
    dc_store_each_segment(e->run->store, take_first, &b, NULL);
    const char *out =
        dc_arena_strdup(&e->arena, b.n ? b.data : "1970-01-01T00:00:00Z");
    dc_buf_release(&b);
    return out;
}

/* Seconds since 1970-01-01 of "2026-11-29T12:00:00Z"; what is missing is 0. */
static double seconds_of(const char *at)
{
    int64_t part[6] = {1970, 1, 1, 0, 0, 0}; /* year .. second */
    for (size_t i = 0; i < DC_COUNT(part) && *at; i++) {
        char *end;
        part[i] = strtoll(at, &end, 10);
        at = *end ? end + 1 : end;
    }
    if (part[0] < 0 || part[0] > 9999) /* no run is of then */
        return 0;
    return (double)(86400 * dc_clock_days(part[0], part[1], part[2]) +
                    3600 * part[3] + 60 * part[4] + part[5]);
}

double dc_export_started_s(struct dc_export *e)
{
    return seconds_of(dc_export_started(e));
}

static enum dc_status take_last(void *arg, const struct dc_segment_row *g,
                                struct dc_err *err)
{
    double *last = arg, at = seconds_of(g->started) + g->wall_ms / 1000;
    (void)err;
    *last = at > *last ? at : *last;
    return DC_OK;
}

const char *dc_export_ended(struct dc_export *e)
{
    double last = dc_export_started_s(e);
    struct tm tm;
    char text[32];
    dc_store_each_segment(e->run->store, take_last, &last, NULL);
    time_t t = (time_t)fmin(ceil(last), 253402300799.0); /* year 9999 */
    if (!gmtime_r(&t, &tm) || !strftime(text, sizeof text, "%FT%TZ", &tm))
        return dc_export_started(e);
    return dc_arena_strdup(&e->arena, text);
}

const char *dc_export_run_id(struct dc_export *e)
{
    char hex[DC_SHA256_HEX];
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < e->sum->n_config; i++)
        dc_buf_addf(&b, "%s=%s\n", e->sum->config[i].key,
                    e->sum->config[i].value);
    dc_buf_adds(&b, dc_export_started(e));
    dc_sha256_hex(b.data, b.n, hex);
    dc_buf_release(&b);
    return dc_arena_strdup(&e->arena, hex);
}

const char *dc_export_file_word(struct dc_export *e, const char *name)
{
    char *out = dc_arena_strndup(
        &e->arena, name, strlen(name) < MAX_WORD ? strlen(name) : MAX_WORD);
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
            *c = '-';
    if (out[0] == '.' || !out[0])
        return dc_arena_printf(&e->arena, "run%s", out);
    return out;
}

const struct dc_verdict_row *dc_export_verdict_of(const struct dc_trace_row *t,
                                                  const char *judge)
{
    for (size_t i = 0; i < t->n_verdict; i++)
        if (!strcmp(t->verdict[i].judge, judge))
            return &t->verdict[i];
    return NULL;
}

const struct dc_verdict_row *dc_export_verdict(const struct dc_export *e,
                                               const struct dc_trace_row *t)
{
    return dc_export_verdict_of(t, e->sum->judge);
}

void dc_export_put_number(struct dc_export *e, struct dc_json_out *o,
                          const char *key)
{
    const char *v = dc_export_config(e, key);
    if (!v)
        dc_jo_null(o);
    else if (!v[0] || v[strspn(v, "0123456789")])
        dc_jo_real(o, strtod(v, NULL));
    else
        dc_jo_digits(o, v);
}

void dc_export_put_measures(struct dc_json_out *o, const struct dc_trace_row *t)
{
    dc_jo_object(o);
    for (size_t i = 0; i < t->n_measure; i++) {
        dc_jo_key(o, t->measure[i].measure);
        if (t->measure[i].has_value)
            dc_jo_real(o, t->measure[i].value);
        else
            dc_jo_null(o);
    }
    dc_jo_end(o);
}

void dc_export_put_piece(struct dc_json_out *o, const struct dc_piece *p)
{
    if (dc_utf8_valid(p->bytes, p->n, NULL)) {
        dc_jo_textn(o, p->bytes, p->n);
        return;
    }
    dc_jo_array(o);
    for (size_t i = 0; i < p->n; i++)
        dc_jo_int(o, (unsigned char)p->bytes[i]);
    dc_jo_end(o);
}

void dc_export_put_fields(struct dc_json_out *o, const struct dc_prompt_row *p)
{
    if (p->n_field == 0)
        return;
    dc_jo_object(dc_jo_key(o, "fields"));
    for (size_t i = 0; i < p->n_field; i++)
        dc_jo_text(dc_jo_key(o, p->field[i].name), p->field[i].value);
    dc_jo_end(o);
}
