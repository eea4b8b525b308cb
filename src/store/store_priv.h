/*
 * store_priv.h - what store.c, writer.c and reader.c share.
 */
#ifndef DC_STORE_STORE_PRIV_H
#define DC_STORE_STORE_PRIV_H

#include "base/beside.h"
#include "store/db.h"
#include "store/lock.h"
#include "store/store.h"

struct dc_store {
    struct dc_db *db;
    struct dc_lock lock;   /* held when open for writing */
    bool created;          /* the file was not there before */
    struct dc_beside part; /* the file, without its name yet (part.c) */
    char *place;           /* absolute: what the part will be named */
    int64_t version; /* schema of the file; older ones are read as they are */
};

/* Numbers of blobs. */
static inline uint32_t dc_le32_get(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline void dc_le32_put(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)v;
    p[1] = (unsigned char)(v >> 8);
    p[2] = (unsigned char)(v >> 16);
    p[3] = (unsigned char)(v >> 24);
}

/* fields.c: the fields of prompts, beside a walk over these in their order. */
struct dc_field_walk {
    struct dc_store *s;
    struct dc_stmt *q; /* NULL: the file has none */
    bool has;          /* a row is at hand, of prompt `at` */
    int64_t at;
    struct dc_arena arena;       /* of the prompt's fields */
    struct dc_prompt_field *row; /* [n] */
    size_t n;
};
/* ord: of this prompt alone; < 0: of all. */
enum dc_status dc_field_walk_begin(struct dc_store *s, int64_t ord,
                                   struct dc_field_walk *w, struct dc_err *err);
/* Fill p->field, borrowed until the next call. */
enum dc_status dc_field_walk_next(struct dc_field_walk *w,
                                  struct dc_prompt_row *p, struct dc_err *err);
/* All prompts were walked over: DC_STORE if a field is of none of them. */
enum dc_status dc_field_walk_check(const struct dc_field_walk *w,
                                   struct dc_err *err);
void dc_field_walk_end(struct dc_field_walk *w);

/* writer.c: a verdict of the trace with this row number. */
enum dc_status dc_store_verdict_write(struct dc_store *s, int64_t trace,
                                      const struct dc_verdict_row *v,
                                      struct dc_err *err);
/* DC_STORE if its span is not inside a text of n_text bytes. */
enum dc_status dc_store_verdict_check(const struct dc_store *s,
                                      const struct dc_verdict_row *v,
                                      size_t n_text, struct dc_err *err);

#endif
