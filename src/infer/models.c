/*
 * models.c - from a --model argument to a file.
 *
 * The registry is a table (models.def), so that the names, sizes and checksums
 * are written once. A file in the cache can have
 * been altered since it was put there: what a name stands for is compared by
 * its SHA-256 whenever it is opened, which a run records in any case.
 */
#include "infer/models.h"

#include "base/file_in.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What to do where a name's file is not what it should be; takes the name. */
#define FETCH "`deepconf model fetch %s` fetches it"

static const struct dc_model_row rows[] = {
#define DC_MODEL(name, file, bytes, sha256, licence, source)                   \
    {name, file, bytes, sha256, licence, source},
#include "infer/models.def"
};

static const struct dc_model_part parts[] = {
#define DC_MODEL_PART(name, package, version, member, sha256)                  \
    {name, package, version, member, sha256},
#include "infer/models.def"
};

const struct dc_model_part *dc_model_parts(const struct dc_model_row *m,
                                           size_t *n)
{
    size_t from = 0;
    while (from < DC_COUNT(parts) && strcmp(parts[from].model, m->name) != 0)
        from++;
    *n = 0;
    while (from + *n < DC_COUNT(parts) &&
           !strcmp(parts[from + *n].model, m->name))
        ++*n;
    return parts + from;
}

const struct dc_model_row *dc_models(size_t *n)
{
    *n = DC_COUNT(rows);
    return rows;
}

const struct dc_model_row *dc_model_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

bool dc_model_is_path(const char *s)
{
    static const char ext[] = ".gguf";
    size_t n = strlen(s), n_ext = sizeof ext - 1;
    return strchr(s, '/') || (n > n_ext && strcmp(s + n - n_ext, ext) == 0);
}

enum dc_status dc_cache_dir(struct dc_buf *out, struct dc_err *err)
{
    const char *own = getenv("DEEPCONF_CACHE");
    if (own && own[0]) {
        dc_buf_adds(out, own);
        return DC_OK;
    }
    const char *xdg = getenv("XDG_CACHE_HOME");
    if (xdg && xdg[0] == '/') {
        dc_buf_addf(out, "%s/deepconf", xdg);
        return DC_OK;
    }
    const char *home = getenv("HOME");
    if (home && home[0]) {
        dc_buf_addf(out, "%s/.cache/deepconf", home);
        return DC_OK;
    }
    return dc_fail(err, DC_IO,
                   "no cache folder: HOME, XDG_CACHE_HOME and DEEPCONF_CACHE "
                   "are all unset; set DEEPCONF_CACHE, or name the model by "
                   "its path");
}

enum dc_status dc_model_path(const struct dc_model_row *m, struct dc_buf *out,
                             struct dc_err *err)
{
    enum dc_status st = dc_cache_dir(out, err);
    if (!st)
        dc_buf_addf(out, "/models/%s", m->file);
    return st;
}

/* ---- places on a hub ---- */

#define NAME_CHARS                                                             \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* [n] of these characters, not beginning with a dot: a folder's name. */
static bool is_name(const char *s, size_t n)
{
    return n > 0 && s[0] != '.' && strspn(s, NAME_CHARS) >= n;
}

/* Names with slashes between them. */
static bool is_names(const char *s, size_t n)
{
    for (;;) {
        const char *slash = memchr(s, '/', n);
        size_t k = slash ? (size_t)(slash - s) : n;
        if (!is_name(s, k))
            return false;
        if (!slash)
            return true;
        s += k + 1;
        n -= k + 1;
    }
}

bool dc_model_place_parse(const char *s, struct dc_model_place *out)
{
    size_t n_repo = strcspn(s, "@:"), n = strlen(s);
    const char *at = s + n_repo, *slash = memchr(s, '/', n_repo);
    size_t n_commit = 0;
    if (!slash || memchr(slash + 1, '/', n_repo - (size_t)(slash + 1 - s)))
        return false;
    if (*at == '@') {
        n_commit = strcspn(at + 1, ":");
        if (!is_names(at + 1, n_commit))
            return false;
    }
    const char *commit = at + 1, *file = *at == '@' ? commit + n_commit : at;
    if (*file++ != ':')
        return false;
    size_t n_file = n - (size_t)(file - s);
    if (!is_names(s, n_repo) || !is_names(file, n_file) || n_file < 6 ||
        strcmp(s + n - 5, ".gguf") != 0 || n_repo >= sizeof out->repo ||
        n_commit >= sizeof out->commit || n_file >= sizeof out->file)
        return false;
    snprintf(out->repo, sizeof out->repo, "%.*s", (int)n_repo, s);
    snprintf(out->commit, sizeof out->commit, "%.*s", (int)n_commit, commit);
    snprintf(out->file, sizeof out->file, "%s", file);
    return access(s, F_OK) != 0;
}

enum dc_status dc_model_place_path(const struct dc_model_place *p,
                                   struct dc_buf *out, struct dc_err *err)
{
    enum dc_status st = dc_cache_dir(out, err);
    if (!st)
        dc_buf_addf(out, "/models/hub/%s%s%s/%s", p->repo,
                    p->commit[0] ? "@" : "", p->commit, p->file);
    return st;
}

static enum dc_status place_resolve(const char *s,
                                    const struct dc_model_place *p,
                                    struct dc_buf *out, struct dc_err *err)
{
    size_t before = out->n;
    enum dc_status st = dc_model_place_path(p, out, err);
    if (!st && access(out->data + before, F_OK) != 0) {
        st = dc_fail(err, DC_BACKEND, "model %s: %s: %s; " FETCH, s,
                     out->data + before, strerror(errno), s);
        dc_buf_cut(out, before);
    }
    return st;
}

/* ---- names ---- */

static enum dc_status no_such_name(const char *name, struct dc_err *err)
{
    struct dc_buf names;
    dc_buf_init(&names, DC_ERR_MSG);
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        dc_buf_addf(&names, "%s%s", i ? ", " : "", rows[i].name);
    enum dc_status st =
        dc_fail(err, DC_USAGE,
                "no model is called \"%.200s\"; the names are %s. A path to a "
                "GGUF file holds a '/' or ends in .gguf, and one of a hub is "
                "OWNER/REPO:FILE.gguf",
                name, names.data);
    dc_buf_release(&names);
    return st;
}

/* Is the file at `path` there and as large as the row says? */
static enum dc_status check_file(const struct dc_model_row *m, const char *path,
                                 struct dc_err *err)
{
    struct stat sb;
    if (stat(path, &sb) != 0)
        return dc_fail(err, DC_BACKEND, "model %s: %s: %s; " FETCH, m->name,
                       path, strerror(errno), m->name);
    if (!S_ISREG(sb.st_mode) || (uint64_t)sb.st_size != m->bytes)
        return dc_fail(err, DC_BACKEND,
                       "model %s: %s has %" PRIu64 " bytes, expected %" PRIu64
                       "; " FETCH,
                       m->name, path, (uint64_t)sb.st_size, m->bytes, m->name);
    return DC_OK;
}

enum dc_status dc_model_check(const char *path, struct dc_err *err)
{
    static const char magic[] = "GGUF", want[] = "a GGUF file";
    char head[DC_FILE_HEAD];
    FILE *f = NULL;
    enum dc_status st = dc_file_open(path, want, &f, err);
    if (st)
        return dc_err_prefix(err, DC_BACKEND, "%s", path);
    size_t n = fread(head, 1, sizeof head, f);
    int why = ferror(f) ? errno : 0;
    fclose(f);
    const char *kind = dc_file_kind(head, n);
    if (why)
        st = dc_fail(err, DC_IO, "can't be read: %s", strerror(why));
    else if (n == 0)
        st = dc_fail(err, DC_BACKEND, "is empty; name %s", want);
    else if (n < sizeof head || memcmp(head, magic, sizeof magic - 1) != 0)
        st = dc_fail(
            err, DC_BACKEND, "is %s; name %s",
            kind && strncmp(kind, "a GGUF", 6) != 0 ? kind : "no model", want);
    return st ? dc_err_prefix(err, st, "%s", path) : DC_OK;
}

const char *dc_model_sha256(const char *name_or_path)
{
    const struct dc_model_row *m = NULL;
    if (!dc_model_is_path(name_or_path))
        m = dc_model_find(name_or_path);
    return m ? m->sha256 : NULL;
}

enum dc_status dc_model_hash(const char *path, const char *want,
                             char out[DC_SHA256_HEX], struct dc_err *err)
{
    enum dc_status st = dc_model_check(path, err);
    if (!st)
        st = dc_sha256_file(path, out, err);
    if (st || !want || !strcmp(want, out))
        return st;
    const char *name = "";
    for (size_t i = 0; i < DC_COUNT(rows); i++)
        if (!strcmp(rows[i].sha256, want))
            name = rows[i].name;
    return dc_fail(err, DC_BACKEND,
                   "model %s: %s has the SHA-256 %s, expected %s: it is not "
                   "the model of that name; " FETCH
                   " again. To use it as it is, name it by its path",
                   name, path, out, want, name);
}

enum dc_status dc_model_resolve(const char *name_or_path, struct dc_buf *out,
                                struct dc_err *err)
{
    struct dc_model_place place;
    if (dc_model_place_parse(name_or_path, &place))
        return place_resolve(name_or_path, &place, out, err);
    if (dc_model_is_path(name_or_path)) {
        dc_buf_adds(out, name_or_path);
        return DC_OK;
    }
    const struct dc_model_row *m = dc_model_find(name_or_path);
    if (!m)
        return no_such_name(name_or_path, err);
    size_t before = out->n;
    enum dc_status st = dc_model_path(m, out, err);
    if (!st)
        st = check_file(m, out->data + before, err);
    if (st)
        dc_buf_cut(out, before);
    return st;
}
