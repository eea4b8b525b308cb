/*
 * join.h - a run file put together from the rows of others.
 *
 * It grows beside its place and gets its name at the end, when it is whole and
 * on the disk: a kill, an error or a full disk leaves nothing under that name,
 * and what others have put there meanwhile is not written over.
 */
#ifndef DC_STORE_JOIN_H
#define DC_STORE_JOIN_H

#include "store/store.h"

/*
 * A new run file for writing, at a path where nothing may be, nor a journal or
 * log of SQLite's beside it. DC_USAGE: something is; DC_IO, DC_STORE: as
 * dc_store_open_rw(). Ended by dc_store_join_end() alone.
 */
enum dc_status dc_store_join_begin(const char *path, struct dc_store **out,
                                   struct dc_err *err);
/*
 * After work that ended with `work`: give the file its name if that is DC_OK,
 * else remove it. Gives `work`, or what goes wrong here, and nothing is left of
 * it then.
 */
enum dc_status dc_store_join_end(struct dc_store *s, enum dc_status work,
                                 struct dc_err *err);

/* Call fn with the place of each prompt, in order; its ord where it has none.
 * As the walks of store.h. */
typedef enum dc_status dc_place_fn(void *arg, int64_t place,
                                   struct dc_err *err);
enum dc_status dc_store_each_place(struct dc_store *s, dc_place_fn *fn,
                                   void *arg, struct dc_err *err);

struct dc_join_cfg {
    const int64_t *ord; /* [n_ord] of each prompt by its ord in the file: the
                           one it gets, none twice */
    size_t n_ord;
    bool is_part; /* prompts keep their places in the whole run */
    /* Gives the text of a piece its number in the file that grows, and adds it
     * there. NULL: pieces have the ids of a vocabulary, which are the same in
     * each file. */
    enum dc_status (*number)(void *arg, const struct dc_piece *text,
                             int32_t *id, struct dc_err *err);
    void *number_arg;
};
/* What was taken over. */
struct dc_join_count {
    uint64_t n_prompt, n_decision, n_trace, n_session;
};
/*
 * Take over all rows of a run but its configuration, value by value; what names
 * a row by its number follows. Traces are in the order of prompts, and their
 * numbers go up by one. Adds to *n. Memory is that of a row and of the
 * sessions; committed every so many rows. DC_STORE: a row can't be right, or
 * the file that grows refuses it.
 */
enum dc_status dc_store_join_rows(struct dc_store *to, struct dc_store *from,
                                  const struct dc_join_cfg *cfg,
                                  struct dc_join_count *n, struct dc_err *err);

/*
 * A column that holds a row's number, or names a row by it, and so is made
 * anew: every such column of the schema is here, ended by NULL (a test holds
 * it), but for those whose numbers mean the same in each file.
 */
struct dc_join_key {
    const char *table, *column;
};
extern const struct dc_join_key dc_join_keys[];

#endif
