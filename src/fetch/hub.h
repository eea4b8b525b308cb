/*
 * hub.h - names, addresses and refusals of a hub of models.
 */
#ifndef DC_FETCH_HUB_H
#define DC_FETCH_HUB_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>

struct dc_hub {
    struct dc_buf base; /* without the slash at its end */
    const char *token;  /* to be sent there; NULL: none, or not over this */
    bool withheld;      /* there is a token, and it would go unencrypted */
};
/* By the environment (fetch.h). DC_USAGE: an address or a token that can't be
 * sent to or with. Borrows the token. */
enum dc_status dc_hub_open(struct dc_hub *h, struct dc_err *err);
void dc_hub_release(struct dc_hub *h);

/* A place on the hub; its parts are text of the user's, checked by dc_hub_at().
 */
struct dc_hub_place {
    bool data;          /* a data set, not a model */
    const char *repo;   /* OWNER/REPO */
    const char *commit; /* or a branch */
    const char *file;   /* with slashes between its folders */
};
/* Append where the file lies; where the hub tells of the repository. */
void dc_hub_file_url(const struct dc_hub *h, const struct dc_hub_place *p,
                     struct dc_buf *out);
void dc_hub_about_url(const struct dc_hub *h, const struct dc_hub_place *p,
                      struct dc_buf *out);

/*
 * What a status of HTTP means there, in place of err's words, with what to do.
 * Gives DC_BACKEND.
 */
enum dc_status dc_hub_refused(const struct dc_hub *h,
                              const struct dc_hub_place *p, int status,
                              struct dc_err *err);

/*
 * Append the licence that the hub names, or nothing. What can't be asked is no
 * failure: DC_BACKEND only where the hub refuses the repository.
 */
enum dc_status dc_hub_licence(const struct dc_hub *h,
                              const struct dc_hub_place *p, struct dc_buf *out,
                              struct dc_err *err);

#endif
