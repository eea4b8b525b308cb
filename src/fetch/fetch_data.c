/*
 * fetch_data.c - a data set of a benchmark, fetched (data_sets.c has where
 * from).
 */
#include "fetch/fetch_priv.h"

#include <string.h>
#include <sys/stat.h>

/* One that is there: is it the one that is published? */
static enum dc_status look(const struct dc_data_row *row,
                           struct dc_fetched *out, struct dc_err *err)
{
    struct stat sb;
    enum dc_status st = dc_sha256_file(out->path.data, out->sha256, err);
    if (st)
        return st;
    out->bytes = stat(out->path.data, &sb) == 0 ? (uint64_t)sb.st_size : 0;
    out->was_there = true;
    if (!row->sha256 || !strcmp(row->sha256, out->sha256))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%.400s is there already, and is another file than the one "
                   "that is published: its SHA-256 is %s, expected %s. Move it "
                   "away to fetch that one",
                   out->path.data, out->sha256, row->sha256);
}

enum dc_status dc_fetch_data(const struct dc_data_row *row,
                             const struct dc_fetch_watch *w,
                             struct dc_fetched *out, struct dc_err *err)
{
    const struct dc_hub_place p = {
        .data = true,
        .repo = row->hub,
        .commit = row->commit,
        .file = row->file,
    };
    bool there = dc_data_row_path(row, &out->path);
    dc_buf_adds(&out->licence, row->licence);
    if (out->path.n == 0)
        return dc_cache_dir(&out->path, err);
    if (there)
        return look(row, out, err);
    if (row->hub)
        return dc_fetch_from_hub(&p, row->sha256, w, out, err);
    dc_fetch_say(w, "data set %s: licence %s", row->name, row->licence);
    return dc_fetch_url(row->file, row->sha256, w, out, err);
}
