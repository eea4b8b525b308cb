/*
 * export_set.c - looks into the folder's record, and changes files and record
 * in an order that a kill may end anywhere (export_set.h).
 *
 *   {"deepconf_export": 1, "exports": [
 *       {"format": "garak", "files": {"deepconf.report.jsonl": "SHA-256"}}]}
 */
#include "exchange/export_set.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_MAX = 1 << 20 };

static char *place(const struct dc_export_set *s, const char *name)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "%s/%s", s->folder, name);
    return dc_buf_detach(&b);
}

/* ---- the record ---- */

/* A name in the folder itself: a record may have come from anywhere. */
static bool is_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/');
}

static bool is_record(const json_t *root)
{
    const char *name;
    json_t *x, *sha, *files;
    size_t i;
    if (json_integer_value(json_object_get(root, "deepconf_export")) != 1 ||
        !json_is_array(json_object_get(root, "exports")))
        return false;
    json_array_foreach(json_object_get(root, "exports"), i, x)
    {
        files = json_object_get(x, "files");
        if (!json_is_object(files))
            return false;
        json_object_foreach(files, name, sha)
        {
            if (!is_name(name) || !json_is_string(sha))
                return false;
        }
    }
    return true;
}

static enum dc_status read_record(struct dc_export_set *s, const char *path,
                                  struct dc_err *err)
{
    struct stat is;
    if (lstat(path, &is) != 0 && errno == ENOENT) {
        s->record = json_pack("{s:i,s:[]}", "deepconf_export", 1, "exports");
        return DC_OK;
    }
    enum dc_status st = DC_OK;
    if (S_ISREG(is.st_mode))
        st = dc_json_read(path, "the record of earlier exports", RECORD_MAX,
                          &s->record, err);
    if (!st && is_record(s->record))
        return DC_OK;
    if (st == DC_IO)
        return st;
    return dc_fail(err, DC_DATA,
                   "%.500s: expected a plain file in which deepconf noted the "
                   "files that it exported to this folder; nothing was "
                   "written; name another folder",
                   path);
}

enum dc_status dc_export_set_open(struct dc_export_set *s, const char *folder,
                                  const char *format, struct dc_err *err)
{
    *s = (struct dc_export_set){.folder = folder, .format = format};
    char *path = place(s, DC_EXPORT_RECORD);
    enum dc_status st = read_record(s, path, err);
    free(path);
    if (st) {
        json_decref(s->record);
        s->record = NULL;
        return st;
    }
    s->files = json_object();
    return DC_OK;
}

static enum dc_status write_record(const struct dc_export_set *s,
                                   json_t *exports, struct dc_err *err)
{
    struct dc_file_out to;
    struct dc_buf b;
    char *path = place(s, DC_EXPORT_RECORD);
    dc_buf_init(&b, SIZE_MAX);
    dc_json_print(
        json_pack("{s:i,s:O}", "deepconf_export", 1, "exports", exports), &b);
    enum dc_status st = dc_file_out_open_own(&to, path, err);
    if (!st) {
        errno = 0;
        if (fwrite(b.data, 1, b.n, to.f) != b.n)
            st = dc_file_out_fail(&to, err);
        st = dc_file_out_close(&to, st, err);
    }
    dc_buf_release(&b);
    free(path);
    return st;
}

/* ---- may it be replaced? ---- */

/* Has a file this content, by one of the exports? */
static bool is_noted(const struct dc_export_set *s, const char *name,
                     const char *sha)
{
    json_t *x;
    size_t i;
    json_array_foreach(json_object_get(s->record, "exports"), i, x)
    {
        const json_t *was = json_object_get(json_object_get(x, "files"), name);
        if (was && !strcmp(json_string_value(was), sha))
            return true;
    }
    return false;
}

static enum dc_status check_file(const struct dc_export_set *s,
                                 const char *name, struct dc_err *err)
{
    char sha[DC_SHA256_HEX];
    struct stat is;
    char *path = place(s, name);
    enum dc_status st = DC_OK;
    bool there = lstat(path, &is) == 0 || errno != ENOENT;
    bool plain = there && S_ISREG(is.st_mode);
    if (plain)
        st = dc_sha256_file(path, sha, err);
    if (!st && there && !(plain && is_noted(s, name, sha)))
        st = dc_fail(err, DC_USAGE,
                     "%.500s is there, and is not as an export by deepconf "
                     "left it: it would be lost, so nothing was written; "
                     "name another folder with --out, or move the file away",
                     path);
    free(path);
    return st;
}

static bool shares_name(const json_t *a, const json_t *b)
{
    const char *name;
    json_t *x;
    json_object_foreach((json_t *)a, name, x)
    {
        (void)x;
        if (json_object_get(b, name))
            return true;
    }
    return false;
}

/* The exports that the new one replaces, or else those that it does not;
 * references of their own. */
static json_t *split(const struct dc_export_set *s, bool replaced)
{
    json_t *out = json_array(), *x;
    size_t i;
    json_array_foreach(json_object_get(s->record, "exports"), i, x)
    {
        if (shares_name(s->files, json_object_get(x, "files")) == replaced)
            json_array_append(out, x);
    }
    return out;
}

static enum dc_status check_replaced(const struct dc_export_set *s,
                                     struct dc_err *err)
{
    json_t *old = split(s, true), *x, *sha;
    enum dc_status st = DC_OK;
    const char *name;
    size_t i;
    json_array_foreach(old, i, x)
    {
        json_object_foreach(json_object_get(x, "files"), name, sha)
        {
            (void)sha;
            if (!st)
                st = check_file(s, name, err);
        }
    }
    json_decref(old);
    return st;
}

enum dc_status dc_export_set_add(struct dc_export_set *s,
                                 struct dc_file_out *to, const char *name,
                                 struct dc_err *err)
{
    s->file[s->n].name = dc_xstrdup(name);
    s->file[s->n++].to = to;
    json_object_set_new(s->files, name, json_string(""));
    enum dc_status st = check_file(s, name, err);
    return st ? st : check_replaced(s, err);
}

/* ---- the end ---- */

static enum dc_status hash_new(struct dc_export_set *s, struct dc_err *err)
{
    char sha[DC_SHA256_HEX];
    for (size_t i = 0; i < s->n; i++) {
        enum dc_status st = dc_sha256_file(s->file[i].to->part.path, sha, err);
        if (st)
            return st;
        json_object_set_new(s->files, s->file[i].name, json_string(sha));
    }
    return DC_OK;
}

/* Remove what the replaced exports have and the new one has not. */
static enum dc_status remove_old(const struct dc_export_set *s,
                                 const json_t *old, struct dc_err *err)
{
    const char *name;
    json_t *x, *sha;
    size_t i;
    enum dc_status st = DC_OK;
    json_array_foreach(old, i, x)
    {
        json_object_foreach(json_object_get(x, "files"), name, sha)
        {
            (void)sha;
            if (json_object_get(s->files, name))
                continue;
            char *path = place(s, name);
            if (unlink(path) != 0 && errno != ENOENT && !st)
                st = dc_fail(err, DC_IO, "%.500s: can't be removed: %s", path,
                             strerror(errno));
            free(path);
        }
    }
    return st;
}

static enum dc_status change_places(struct dc_export_set *s, json_t *old,
                                    json_t *kept, struct dc_err *err)
{
    json_t *both = json_copy(kept);
    json_array_extend(both, old);
    enum dc_status st = write_record(s, both, err);
    json_decref(both);
    for (size_t i = 0; i < s->n && !st; i++)
        st = dc_file_out_name(s->file[i].to, err);
    if (!st)
        st = remove_old(s, old, err);
    return st ? st : write_record(s, kept, err);
}

static enum dc_status commit(struct dc_export_set *s, struct dc_err *err)
{
    enum dc_status st = hash_new(s, err);
    if (!st)
        st = check_replaced(s, err); /* the export may have taken long */
    for (size_t i = 0; i < s->n && !st; i++)
        st = check_file(s, s->file[i].name, err);
    if (st)
        return st;
    json_t *old = split(s, true), *kept = split(s, false);
    json_array_append_new(
        kept, json_pack("{s:s,s:O}", "format", s->format, "files", s->files));
    dc_beside_settle_begin();
    st = change_places(s, old, kept, err);
    dc_beside_settle_end();
    json_decref(old);
    json_decref(kept);
    return st;
}

enum dc_status dc_export_set_close(struct dc_export_set *s, enum dc_status st,
                                   struct dc_err *err)
{
    if (!s->record)
        return st;
    if (!st)
        st = commit(s, err);
    for (size_t i = 0; i < s->n; i++) {
        dc_beside_remove(&s->file[i].to->part);
        dc_file_out_forget(s->file[i].to);
        free(s->file[i].name);
    }
    json_decref(s->record);
    json_decref(s->files);
    *s = (struct dc_export_set){.folder = NULL};
    return st;
}
