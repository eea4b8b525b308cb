/*
 * store_priv.h - what store.c, writer.c and reader.c share.
 */
#ifndef DC_STORE_STORE_PRIV_H
#define DC_STORE_STORE_PRIV_H

#include "store/db.h"
#include "store/lock.h"
#include "store/store.h"

struct dc_store {
    struct dc_db *db;
    struct dc_lock lock; /* held when open for writing */
    int64_t version; /* schema of the file; older ones are read as they are */
};

#endif
