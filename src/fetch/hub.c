/*
 * hub.c - hub.h, by the addresses that huggingface.co and its mirrors have:
 * /OWNER/REPO/resolve/COMMIT/FILE, which redirects, and /api/models/OWNER/REPO.
 */
#include "fetch/hub.h"

#include "base/json.h"
#include "base/utf8.h"
#include "fetch/transfer.h"
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#define PUBLIC_HUB "https://huggingface.co"

enum { MAX_ABOUT = 16 << 20, MAX_URL = 1 << 14 };

static const char *from_env(const char *name)
{
    const char *s = getenv(name);
    return s && s[0] ? s : NULL;
}

enum dc_status dc_hub_open(struct dc_hub *h, struct dc_err *err)
{
    const char *variable = "DEEPCONF_HUB", *url = from_env(variable);
    if (!url)
        url = from_env(variable = "HF_ENDPOINT");
    *h = (struct dc_hub){.token = from_env("HF_TOKEN")};
    dc_buf_init(&h->base, 1 << 17);
    dc_buf_adds(&h->base, url ? url : PUBLIC_HUB);
    while (h->base.n > 0 && h->base.data[h->base.n - 1] == '/')
        dc_buf_cut(&h->base, h->base.n - 1);
    enum dc_status st = dc_http_check_url(h->base.data, err);
    if (st && url)
        st = dc_err_prefix(err, st, "%s", variable);
    if (!st && (h->base.n > MAX_URL / 4 || strchr(h->base.data, '?')))
        st = dc_fail(err, DC_USAGE,
                     "%s: expected the address of a hub alone, "
                     "as in " PUBLIC_HUB,
                     variable);
    if (!st && h->token)
        st = dc_err_prefix(err, dc_http_check_key(h->token, err), "HF_TOKEN");
    h->withheld = !st && h->token && dc_http_is_clear(h->base.data);
    if (h->withheld)
        h->token = NULL;
    if (st)
        dc_hub_release(h);
    return st;
}

void dc_hub_release(struct dc_hub *h)
{
    dc_buf_release(&h->base);
}

/* ---- addresses ---- */

/* Append a path, with what may not stand in a URL as %XX. */
static void put_path(struct dc_buf *out, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    for (; *path; path++)
        if (strchr(plain, *path))
            dc_buf_addc(out, *path);
        else
            dc_buf_addf(out, "%%%02X", (unsigned char)*path);
}

void dc_hub_file_url(const struct dc_hub *h, const struct dc_hub_place *p,
                     struct dc_buf *out)
{
    dc_buf_addf(out, "%s/%s", h->base.data, p->data ? "datasets/" : "");
    put_path(out, p->repo);
    dc_buf_adds(out, "/resolve/");
    put_path(out, p->commit);
    dc_buf_addc(out, '/');
    put_path(out, p->file);
}

void dc_hub_about_url(const struct dc_hub *h, const struct dc_hub_place *p,
                      struct dc_buf *out)
{
    dc_buf_addf(out, "%s/api/%s/", h->base.data,
                p->data ? "datasets" : "models");
    put_path(out, p->repo);
}

/* ---- what it refuses ---- */

static enum dc_status refused_token(const struct dc_hub *h, const char *page,
                                    int status, struct dc_err *err)
{
    if (h->withheld)
        return dc_fail(err, DC_BACKEND,
                       "%s: the hub wants to know who asks (HTTP status %d), "
                       "and HF_TOKEN is not sent to another machine over "
                       "http, unencrypted: give DEEPCONF_HUB an https address",
                       page, status);
    if (status == 403)
        return dc_fail(err, DC_BACKEND,
                       "%s: the hub gives it only to those who have accepted "
                       "its terms (HTTP status 403): open that page, log in, "
                       "accept them, and fetch again with HF_TOKEN set to a "
                       "token of that account%s",
                       page,
                       h->token ? " (the one that is set has no access, or "
                                  "may not read gated repositories)"
                                : "");
    if (h->token)
        return dc_fail(err, DC_BACKEND,
                       "%s: the hub does not accept the token in HF_TOKEN "
                       "(HTTP status 401): make another on its page of "
                       "settings, or unset the variable for what is public",
                       page);
    return dc_fail(err, DC_BACKEND,
                   "%s: the hub wants to know who asks (HTTP status 401): "
                   "either nothing is published there under this name, or its "
                   "terms are to be accepted: open that page, log in, accept "
                   "them, make a token in your settings and set HF_TOKEN to it",
                   page);
}

enum dc_status dc_hub_refused(const struct dc_hub *h,
                              const struct dc_hub_place *p, int status,
                              struct dc_err *err)
{
    struct dc_buf page, file;
    enum dc_status st;
    dc_buf_init(&page, 2 * MAX_URL);
    dc_buf_init(&file, 2 * MAX_URL);
    dc_buf_addf(&page, "%s/%s%s", h->base.data, p->data ? "datasets/" : "",
                p->repo);
    dc_utf8_display(&file, p->file, strlen(p->file), 200);
    if (status == 401 || status == 403)
        st = refused_token(h, page.data, status, err);
    else if (status == 404)
        st = dc_fail(err, DC_BACKEND,
                     "%s: there is no %s at %.100s (HTTP status 404): the "
                     "files that there are stand at %s/tree/%.100s",
                     page.data, file.data, p->commit, page.data, p->commit);
    else if (status == 429)
        st = dc_fail(err, DC_BACKEND,
                     "%s: the hub has had too many requests from here (HTTP "
                     "status 429): wait a few minutes%s",
                     page.data, h->token ? "" : ", or set HF_TOKEN");
    else
        st = dc_fail(err, DC_BACKEND,
                     "%s: the hub answers with HTTP status %d: try again later",
                     page.data, status);
    dc_buf_release(&file);
    dc_buf_release(&page);
    return st;
}

/* ---- the licence ---- */

static void put_licence(const json_t *about, struct dc_buf *out)
{
    const json_t *card = json_object_get(about, "cardData");
    const json_t *l = json_object_get(card, "license");
    const json_t *name = json_object_get(card, "license_name");
    if (json_is_array(l))
        l = json_array_get(l, 0);
    const char *s = json_string_value(l), *more = json_string_value(name);
    if (s)
        dc_utf8_display(out, s, strlen(s), 80);
    if (s && more) {
        dc_buf_adds(out, ": ");
        dc_utf8_display(out, more, strlen(more), 80);
    }
}

enum dc_status dc_hub_licence(const struct dc_hub *h,
                              const struct dc_hub_place *p, struct dc_buf *out,
                              struct dc_err *err)
{
    struct dc_buf url, text;
    struct dc_err why = {.msg = ""};
    json_t *about = NULL;
    int status = 0;
    dc_buf_init(&url, MAX_URL);
    dc_buf_init(&text, MAX_ABOUT);
    dc_hub_about_url(h, p, &url);
    enum dc_status st =
        dc_transfer_text(url.data, h->token, &text, NULL, &status, &why);
    if (!st)
        about = dc_json_loadb(text.data, text.n, 0, NULL);
    if (about)
        put_licence(about, out);
    json_decref(about);
    dc_buf_release(&text);
    dc_buf_release(&url);
    if (status == 401 || status == 403)
        return dc_hub_refused(h, p, status, err);
    /* Nobody is there: the file would not come either. */
    if (st && status == 0)
        return dc_fail(err, st, "%s", why.msg);
    return DC_OK;
}
