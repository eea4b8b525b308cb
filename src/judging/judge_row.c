/*
 * judge_row.c - the fields of judge_row.h, the same in both formats.
 */
#include "judging/judge_row.h"

#include "base/csv_text.h"
#include "base/json.h"

#include <string.h>

static json_t *span_of(const struct dc_judge_row *r)
{
    const struct dc_judgement *j = r->says;
    return j->span_len ? json_stringn(r->response + j->span_off, j->span_len)
                       : NULL;
}

void dc_judge_row_json(const struct dc_judge_row *r, struct dc_buf *out)
{
    const struct dc_judgement *j = r->says;
    json_t *o = json_object();
    dc_json_put(o, "line", json_integer((json_int_t)r->line));
    dc_json_put(o, "id", dc_json_text(r->id));
    dc_json_put(o, "judge", dc_json_text(r->judge->label));
    dc_json_put(o, "version", dc_json_text(r->judge->version));
    dc_json_put(o, "verdict", dc_json_text(dc_verdict_name(j->verdict)));
    dc_json_put(o, "rule", dc_json_text(j->rule));
    dc_json_put(o, "span_offset",
                j->span_len ? json_integer((json_int_t)j->span_off) : NULL);
    dc_json_put(o, "span_bytes",
                j->span_len ? json_integer((json_int_t)j->span_len) : NULL);
    dc_json_put(o, "span", span_of(r));
    dc_json_put(o, "score", j->has_score ? json_real(j->score) : NULL);
    dc_json_put(o, "reply", dc_json_text(j->reply));
    dc_json_dump(o, JSON_COMPACT | JSON_ENSURE_ASCII, out);
    dc_buf_addc(out, '\n');
    json_decref(o);
}

/* ---- CSV ---- */

void dc_judge_row_csv_head(struct dc_buf *out)
{
    dc_buf_adds(out, "line,id,judge,version,verdict,rule,span_offset,"
                     "span_bytes,span,score,reply\n");
}

static void text_field(struct dc_buf *out, const char *s)
{
    dc_buf_addc(out, ',');
    if (s)
        dc_csv_text(out, s, strlen(s));
}

void dc_judge_row_csv(const struct dc_judge_row *r, struct dc_buf *out)
{
    const struct dc_judgement *j = r->says;
    dc_buf_addf(out, "%zu", r->line);
    text_field(out, r->id);
    text_field(out, r->judge->label);
    text_field(out, r->judge->version);
    text_field(out, dc_verdict_name(j->verdict));
    text_field(out, j->rule);
    if (j->span_len) {
        dc_buf_addf(out, ",%zu,%zu,", j->span_off, j->span_len);
        dc_csv_text(out, r->response + j->span_off, j->span_len);
    } else {
        dc_buf_adds(out, ",,,");
    }
    dc_buf_addc(out, ',');
    if (j->has_score)
        dc_buf_addf(out, "%.17g", j->score);
    text_field(out, j->reply);
    dc_buf_addc(out, '\n');
}
