/*
 * fetch.c - which file a name means, and where it goes (fetch.h).
 */
#include "fetch/fetch.h"

#include "base/path.h"
#include "base/utf8.h"
#include "fetch/fetch_priv.h"
#include "fetch/kept.h"
#include "fetch/transfer.h"
#include "net/http.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 1 << 16, MAX_URL = 8000, SAID = 1000 };

/* ---- what all share ---- */

void dc_fetched_init(struct dc_fetched *f)
{
    *f = (struct dc_fetched){.bytes = 0};
    dc_buf_init(&f->path, MAX_PATH);
    dc_buf_init(&f->licence, 4096);
}

void dc_fetched_release(struct dc_fetched *f)
{
    dc_buf_release(&f->licence);
    dc_buf_release(&f->path);
}

void dc_fetch_progress(void *told, uint64_t n, uint64_t n_all)
{
    const struct dc_fetch_told *t = told;
    t->w->progress(t->w->arg, t->what, n, n_all);
}

void dc_fetch_checking(void *told)
{
    const struct dc_fetch_told *t = told;
    t->w->checking(t->w->arg, t->what);
}

void dc_fetch_say(const struct dc_fetch_watch *w, const char *fmt, ...)
{
    char line[SAID];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    w->say(w->arg, line);
}

static void take(struct dc_fetched *out, const struct dc_downloaded *got,
                 const char *asked)
{
    memcpy(out->commit, got->commit, sizeof out->commit);
    memcpy(out->sha256, got->sha256, sizeof out->sha256);
    out->bytes = got->bytes;
    out->checked = asked ? asked : got->by_server ? "the hub's" : NULL;
}

/* ---- from a hub ---- */

enum dc_status dc_fetch_from_hub(const struct dc_hub_place *p,
                                 const char *sha256,
                                 const struct dc_fetch_watch *w,
                                 struct dc_fetched *out, struct dc_err *err)
{
    struct dc_hub hub;
    struct dc_buf url;
    struct dc_downloaded got = {.bytes = 0};
    struct dc_fetch_told told = {.w = w, .what = dc_path_name(p->file)};
    enum dc_status st = dc_hub_open(&hub, err);
    if (st)
        return st;
    dc_buf_init(&url, 1 << 14);
    dc_hub_file_url(&hub, p, &url);
    if (out->licence.n == 0)
        st = dc_hub_licence(&hub, p, &out->licence, err);
    if (!st)
        dc_fetch_say(w, "%s%s: licence %s", p->data ? "data set " : "", p->repo,
                     out->licence.n ? out->licence.data : "not said");
    struct dc_download d = {
        .url = url.data,
        .token = hub.token,
        .path = out->path.data,
        .sha256 = sha256,
        .progress = dc_fetch_progress,
        .checking = dc_fetch_checking,
        .arg = &told,
    };
    if (!st)
        st = dc_download(&d, &got, err);
    if (st && got.status)
        st = dc_hub_refused(&hub, p, got.status, err);
    if (!st)
        take(out, &got, sha256 ? "the expected one" : NULL);
    dc_buf_release(&url);
    dc_hub_release(&hub);
    return st;
}

/* ---- from a URL ---- */

enum dc_status dc_fetch_url(const char *url, const char *sha256,
                            const struct dc_fetch_watch *w,
                            struct dc_fetched *out, struct dc_err *err)
{
    struct dc_downloaded got;
    struct dc_fetch_told told = {.w = w, .what = dc_path_name(out->path.data)};
    struct dc_download d = {
        .url = url,
        .path = out->path.data,
        .sha256 = sha256,
        .progress = dc_fetch_progress,
        .checking = dc_fetch_checking,
        .arg = &told,
    };
    enum dc_status st = dc_download(&d, &got, err);
    if (!st)
        take(out, &got, sha256 ? "the expected one" : NULL);
    return st;
}

/* A part of a URL as a name of a file: what else stands there is "_". */
static void put_name(struct dc_buf *out, const char *s, size_t n)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    for (size_t i = 0; i < n; i++)
        dc_buf_addc(out, strchr(plain, s[i]) && !(i == 0 && s[i] == '.') ? s[i]
                                                                         : '_');
}

/* The path of a model from a URL: models/url/HOST/HASH/NAME, where the hash is
 * of the URL without its query, as two folders may have files of one name. */
static enum dc_status url_path(const char *url, struct dc_buf *out,
                               struct dc_err *err)
{
    size_t n_all = strcspn(url, "?#");
    char hash[DC_SHA256_HEX];
    enum dc_status st = DC_OK;
    if (strlen(url) > MAX_URL)
        st = dc_fail(err, DC_USAGE, "a URL of %zu bytes is too long",
                     strlen(url));
    if (!st)
        st = dc_http_check_url(url, err);
    if (!st)
        st = dc_cache_dir(out, err);
    if (st)
        return st;
    const char *host = strstr(url, "://") + 3, *end = url + n_all;
    const char *name = end;
    while (name > host && name[-1] != '/')
        name--;
    if (name == host || name == end || end - name > 200)
        return dc_fail(err, DC_USAGE,
                       "the URL ends in no name of a file: expected "
                       "https://HOST/.../NAME.gguf");
    dc_buf_adds(out, "/models/url/");
    put_name(out, host, strcspn(host, "/?"));
    dc_sha256_hex(url, n_all, hash);
    dc_buf_addf(out, "/%.12s/", hash);
    put_name(out, name, (size_t)(end - name));
    if (end - name < 6 || strncmp(end - 5, ".gguf", 5) != 0)
        return dc_fail(err, DC_USAGE,
                       "the URL does not end in .gguf: expected the address of "
                       "a GGUF file, as in https://HOST/.../NAME.gguf");
    return DC_OK;
}

/* ---- models ---- */

static bool is_url(const char *s)
{
    return strstr(s, "://") != NULL;
}

static bool is_there(const char *path, uint64_t *bytes)
{
    struct stat sb;
    bool there = stat(path, &sb) == 0 && S_ISREG(sb.st_mode);
    *bytes = there ? (uint64_t)sb.st_size : 0;
    return there;
}

static enum dc_status fetch_hub_model(const struct dc_model_place *m,
                                      const char *sha256,
                                      const struct dc_fetch_watch *w,
                                      struct dc_fetched *out,
                                      struct dc_err *err)
{
    const struct dc_hub_place p = {
        .repo = m->repo,
        .commit = m->commit[0] ? m->commit : "main",
        .file = m->file,
    };
    return dc_fetch_from_hub(&p, sha256, w, out, err);
}

/* A server that has no such file may answer with a page instead. */
static enum dc_status check_model(const struct dc_fetched *f,
                                  struct dc_err *err)
{
    enum dc_status st = dc_model_check(f->path.data, err);
    if (!st || f->was_there)
        return st;
    unlink(f->path.data);
    return dc_err_prefix(err, DC_DATA,
                         "what came is no model, and was removed");
}

/* The path of what `name` means; *place is of a hub's. */
static enum dc_status model_path(const char *name, struct dc_model_place *place,
                                 struct dc_buf *out, struct dc_err *err)
{
    const struct dc_model_row *m = dc_model_find(name);
    if (m)
        return dc_model_path(m, out, err);
    if (is_url(name))
        return url_path(name, out, err);
    if (dc_model_place_parse(name, place))
        return dc_model_place_path(place, out, err);
    if (!dc_model_is_path(name)) /* says which names there are */
        return dc_model_resolve(name, out, err);
    return dc_fail(err, DC_USAGE,
                   "\"%.200s\" is a path: expected a name of `deepconf list "
                   "models`, OWNER/REPO:FILE.gguf of a hub, or the URL of a "
                   "GGUF file",
                   name);
}

/* Is it there, and what it should be? */
static enum dc_status look(const struct dc_model_row *m, const char *sha256,
                           struct dc_fetched *out, struct dc_err *err)
{
    const char *want = m ? m->sha256 : sha256;
    if (!is_there(out->path.data, &out->bytes) || (m && out->bytes != m->bytes))
        return DC_OK;
    enum dc_status st = dc_sha256_file(out->path.data, out->sha256, err);
    if (st)
        return st;
    out->was_there = !want || !strcmp(want, out->sha256);
    if (out->was_there || m) /* a damaged one of the registry's: anew */
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "%.400s is there already, and has the SHA-256 %s, expected "
                   "%s: remove it (`deepconf model rm`) to fetch it again",
                   out->path.data, out->sha256, want);
}

enum dc_status dc_fetch_model(const char *name, const char *sha256,
                              const struct dc_fetch_watch *w,
                              struct dc_fetched *out, struct dc_err *err)
{
    const struct dc_model_row *m = dc_model_find(name);
    struct dc_model_place place;
    enum dc_status st = model_path(name, &place, &out->path, err);
    if (!st && m && sha256 && strcmp(sha256, m->sha256) != 0)
        st = dc_fail(err, DC_USAGE,
                     "--sha256: the model %s has the SHA-256 %s, by which it "
                     "is held in any case: leave the option out",
                     m->name, m->sha256);
    if (!st)
        st = look(m, sha256, out, err);
    if (st || out->was_there)
        return st;
    struct dc_wheels wheels = {.model = m};
    if (m)
        wheels.part = dc_model_parts(m, &wheels.n);
    if (m)
        st = dc_fetch_wheels(&wheels, w, out, err);
    else if (is_url(name))
        st = dc_fetch_url(name, sha256, w, out, err);
    else
        st = fetch_hub_model(&place, sha256, w, out, err);
    if (!st)
        st = check_model(out, err);
    if (st || m)
        return st;
    const struct dc_kept_note note = {
        .from = is_url(name) ? dc_path_name(out->path.data) : name,
        .licence = out->licence.data ? out->licence.data : "",
        .sha256 = out->sha256,
        .commit = out->commit,
    };
    return dc_kept_note(out->path.data, &note, err);
}
