/*
 * place.h - what is at the path of a run file: the file, those beside it, and
 * whether it is one plain file that was closed cleanly ("at rest").
 */
#ifndef DC_STORE_PLACE_H
#define DC_STORE_PLACE_H

#include "store/db.h"

struct dc_place {
    const char *shown; /* borrowed: as the user wrote it */
    char *real;        /* absolute, symbolic links resolved */
    bool exists;
    int64_t size;
    bool has_wal, has_shm, has_journal; /* a journal of no bytes is none */
    struct dc_db_head head;             /* of a file that is not empty */
};

/*
 * DC_IO: the path can't be used; DC_STORE: what is there is no file, or no
 * database, or not all of one. On success release it.
 */
enum dc_status dc_place_look(const char *path, struct dc_place *p,
                             struct dc_err *err);
void dc_place_release(struct dc_place *p);

/* Nothing is left to undo or to take over. */
bool dc_place_is_at_rest(const struct dc_place *p);
/*
 * May the file be a run file, by its first bytes? A change that was interrupted
 * can hide that it is one.
 */
bool dc_place_may_be_ours(const struct dc_place *p);

#endif
