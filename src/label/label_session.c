/*
 * label_session.c - where a session stands, and what it writes.
 */
#include "label/label_session.h"

#include "audit/audit.h"
#include "base/clock.h"

#include <string.h>

static const struct dc_label_trace *trace_of(const struct dc_label_session *s,
                                             size_t i)
{
    return &s->frame->trace[s->item[i].trace];
}

/* ---- the trace at hand ---- */

static enum dc_status take_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct dc_label_text *x = arg;
    (void)err;
    x->prompt = dc_arena_strdup(&x->arena, p->text);
    return DC_OK;
}

static enum dc_status take_trace(void *arg, const struct dc_trace_row *t,
                                 struct dc_err *err)
{
    struct dc_label_session *s = arg;
    struct dc_label_text *x = &s->text;
    (void)err;
    if (t->idx != trace_of(s, s->at)->idx)
        return DC_OK;
    x->response = dc_arena_strdup(&x->arena, t->text);
    for (size_t i = 0; i < t->n_verdict; i++) {
        const struct dc_verdict_row *v = &t->verdict[i];
        if (dc_judge_is_window(v->judge))
            continue;
        x->says = dc_arena_more(&x->arena, x->says, x->n_says, sizeof *x->says);
        x->says[x->n_says++] = (struct dc_label_says){
            dc_arena_strdup(&x->arena, v->judge),
            dc_arena_strdup(&x->arena, v->version),
            dc_arena_strdup(&x->arena, v->verdict),
            dc_arena_strdup(&x->arena, v->rule),
        };
    }
    return DC_OK;
}

static enum dc_status load(struct dc_label_session *s, struct dc_err *err)
{
    struct dc_label_text *x = &s->text;
    dc_arena_release(&x->arena);
    *x = (struct dc_label_text){.prompt = "", .response = ""};
    dc_arena_init(&x->arena);
    s->shows_verdict = false;
    if (s->at >= s->n)
        return DC_OK;
    const struct dc_label_trace *t = trace_of(s, s->at);
    enum dc_status st = dc_store_prompt_by_id(
        s->store, s->frame->prompt[t->prompt].id, take_prompt, x, err);
    if (!st)
        st = dc_store_each_trace(s->store, t->prompt, DC_TRACE_VERDICTS,
                                 take_trace, s, err);
    return st;
}

static enum dc_status go_to(struct dc_label_session *s, size_t at,
                            struct dc_err *err)
{
    s->at = at;
    return load(s, err);
}

/* The next item without a label behind the one at hand, from the first one on
 * behind the last; behind the last if all have one. */
static size_t next_open(const struct dc_label_session *s)
{
    for (size_t k = 1; k <= s->n; k++) {
        size_t i = (s->at + k) % (s->n + 1);
        if (i < s->n && !s->item[i].has_label)
            return i;
    }
    return s->n;
}

/* ---- the whole ---- */

static void take_had(struct dc_label_session *s, size_t head)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct dc_label_trace *t = trace_of(s, i);
        const struct dc_hand_label *l = dc_hand_labels_find(
            &s->file->had, head, s->frame->prompt[t->prompt].id, t->idx);
        if (!l)
            continue;
        s->item[i].has_label = true;
        s->item[i].label = l->label;
        s->item[i].seen = l->seen;
        s->item[i].note = l->note;
    }
}

enum dc_status dc_label_session_begin(struct dc_label_session *s,
                                      struct dc_err *err)
{
    dc_arena_init(&s->arena);
    dc_arena_init(&s->text.arena);
    s->n = s->draw->n;
    s->item = dc_arena_array(&s->arena, s->n + 1, sizeof *s->item);
    for (size_t i = 0; i < s->n; i++)
        s->item[i].trace = s->draw->item[i];
    for (size_t h = 0; h < s->file->had.n_head; h++)
        if (!strcmp(s->file->had.head[h].run, s->frame->head.run)) {
            s->has_head = true;
            take_had(s, h);
        }
    s->at = s->n;
    return go_to(s, next_open(s), err);
}

void dc_label_session_end(struct dc_label_session *s)
{
    dc_arena_release(&s->text.arena);
    dc_arena_release(&s->arena);
}

size_t dc_label_session_done(const struct dc_label_session *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->item[i].has_label;
    return n;
}

/* ---- writing ---- */

static enum dc_status write_item(struct dc_label_session *s, bool none,
                                 struct dc_err *err)
{
    const struct dc_label_item *it = &s->item[s->at];
    const struct dc_label_trace *t = trace_of(s, s->at);
    char hex[DC_SHA256_HEX], now[DC_CLOCK_UTC];
    struct dc_buf b;
    dc_sha256_hex(s->text.response, strlen(s->text.response), hex);
    dc_clock_utc(now);
    const struct dc_hand_label l = {
        .id = s->frame->prompt[t->prompt].id,
        .idx = t->idx,
        .sha256 = hex,
        .label = it->label,
        .seen = it->seen,
        .note = it->note,
        .by = s->by,
        .time = now,
        .prompt = s->text.prompt,
        .response = s->text.response,
    };
    dc_buf_init(&b, SIZE_MAX);
    if (!s->has_head)
        dc_hand_head_line(&s->frame->head, s->db, s->frame->model, &b);
    dc_hand_label_line(&l, s->frame->head.stratum[t->stratum].name, none, &b);
    enum dc_status st = dc_label_file_add(s->file, b.data, b.n, err);
    s->has_head = s->has_head || !st;
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_label_session_give(struct dc_label_session *s,
                                     enum dc_verdict label, struct dc_err *err)
{
    struct dc_label_item *it = &s->item[s->at];
    if (s->at >= s->n)
        return DC_OK;
    it->seen = it->seen || s->shows_verdict;
    it->label = label;
    enum dc_status st = write_item(s, false, err);
    if (st)
        return st;
    it->has_label = true;
    s->n_given++;
    return go_to(s, next_open(s), err);
}

enum dc_status dc_label_session_take_back(struct dc_label_session *s,
                                          struct dc_err *err)
{
    if (s->at >= s->n || !s->item[s->at].has_label)
        return DC_OK;
    enum dc_status st = write_item(s, true, err);
    if (!st)
        s->item[s->at].has_label = false;
    return st;
}

enum dc_status dc_label_session_note(struct dc_label_session *s,
                                     const char *note, struct dc_err *err)
{
    if (s->at >= s->n)
        return DC_OK;
    s->item[s->at].note = note[0] ? dc_arena_strdup(&s->arena, note) : NULL;
    return s->item[s->at].has_label ? write_item(s, false, err) : DC_OK;
}

enum dc_status dc_label_session_back(struct dc_label_session *s,
                                     struct dc_err *err)
{
    return go_to(s, s->at > 0 ? s->at - 1 : 0, err);
}

enum dc_status dc_label_session_skip(struct dc_label_session *s,
                                     struct dc_err *err)
{
    return go_to(s, next_open(s), err);
}

void dc_label_session_show(struct dc_label_session *s)
{
    s->shows_verdict = s->at < s->n && !s->shows_verdict;
    if (s->shows_verdict && !s->item[s->at].has_label)
        s->item[s->at].seen = true;
}
