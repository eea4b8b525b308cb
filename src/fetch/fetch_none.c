/*
 * fetch_none.c - in place of what fetches, in a build without libcurl: refused
 * with the reason.
 */
#include "fetch/fetch.h"
#include "net/http.h"

#include <string.h>

void dc_fetched_init(struct dc_fetched *f)
{
    *f = (struct dc_fetched){.bytes = 0};
    dc_buf_init(&f->path, 1);
    dc_buf_init(&f->licence, 1);
}

void dc_fetched_release(struct dc_fetched *f)
{
    dc_buf_release(&f->licence);
    dc_buf_release(&f->path);
}

static enum dc_status refuse(const char *name, struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "%.200s: this deepconf was built without libcurl "
                   "(-DDEEPCONF_SERVERS=OFF) and fetches nothing: build it "
                   "with it, or name a file by its path",
                   name);
}

enum dc_status dc_fetch_model(const char *name, const char *sha256,
                              const struct dc_fetch_watch *w,
                              struct dc_fetched *out, struct dc_err *err)
{
    (void)sha256, (void)w, (void)out;
    return refuse(name, err);
}

enum dc_status dc_fetch_data(const struct dc_data_row *row,
                             const struct dc_fetch_watch *w,
                             struct dc_fetched *out, struct dc_err *err)
{
    (void)w, (void)out;
    return refuse(row->name, err);
}
