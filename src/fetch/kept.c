/*
 * kept.c - kept.h. The folder models of the cache has the registry's files,
 * hub/OWNER/REPO/FILE and url/HOST/HASH/FILE; FILE.about.json is what was noted
 * of one when it was fetched, FILE.part what has come of one.
 */
#include "fetch/kept.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/write_file.h"
#include "infer/models.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 8, MAX_NOTE = 1 << 16, MAX_PATH = 1 << 20 };

#define ABOUT ".about.json"
#define PART ".part"

/* ---- notes ---- */

enum dc_status dc_kept_note(const char *path, const struct dc_kept_note *n,
                            struct dc_err *err)
{
    struct dc_buf text;
    char *about = dc_path_with(path, ABOUT);
    json_t *o = json_object();
    dc_json_put(o, "format", json_string("deepconf-model 1"));
    dc_json_put(o, "from", dc_json_text(n->from));
    dc_json_put(o, "licence", dc_json_text(n->licence[0] ? n->licence : NULL));
    dc_json_put(o, "sha256", dc_json_text(n->sha256));
    dc_json_put(o, "commit", dc_json_text(n->commit[0] ? n->commit : NULL));
    dc_buf_init(&text, MAX_NOTE);
    dc_json_print(o, &text);
    enum dc_status st = dc_write_file(about, text.data, text.n, err);
    dc_buf_release(&text);
    free(about);
    return st;
}

static const char *noted(struct dc_kept_list *l, const json_t *o,
                         const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? dc_arena_strdup(&l->arena, s) : NULL;
}

static void read_note(struct dc_kept_list *l, struct dc_kept *k)
{
    char *about = dc_path_with(k->path, ABOUT);
    json_t *o = NULL;
    if (!dc_json_read(about, "a note on a model", MAX_NOTE, &o, NULL)) {
        k->licence = noted(l, o, "licence");
        k->sha256 = noted(l, o, "sha256");
        k->commit = noted(l, o, "commit");
    }
    json_decref(o);
    free(about);
}

/* ---- the list ---- */

static struct dc_kept *add(struct dc_kept_list *l, const char *name,
                           const char *path)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 16;
        l->item = dc_xrealloc(l->item, l->cap, sizeof *l->item);
    }
    l->item[l->n] = (struct dc_kept){
        .name = dc_arena_strdup(&l->arena, name),
        .path = dc_arena_strdup(&l->arena, path),
    };
    return &l->item[l->n++];
}

static bool is_file(const char *path, uint64_t *bytes)
{
    struct stat sb;
    bool there = lstat(path, &sb) == 0 && S_ISREG(sb.st_mode);
    *bytes = there ? (uint64_t)sb.st_size : 0;
    return there;
}

static bool has_part(const char *path)
{
    uint64_t bytes;
    char *part = dc_path_with(path, PART);
    bool there = is_file(part, &bytes);
    free(part);
    return there;
}

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && !strcmp(s + n - m, end);
}

/* hub: "OWNER/REPO/FILE" is called OWNER/REPO:FILE, unless a name of the
 * path's can't be. */
static void add_found(struct dc_kept_list *l, const char *path,
                      const char *under_hub)
{
    char *name = dc_xstrdup(under_hub ? under_hub : path);
    char *slash = under_hub ? strchr(name, '/') : NULL;
    struct dc_model_place place;
    slash = slash ? strchr(slash + 1, '/') : NULL;
    if (slash)
        *slash = ':';
    bool named = slash && dc_model_place_parse(name, &place);
    struct dc_kept *k = add(l, named ? name : path, path);
    k->there = is_file(path, &k->bytes);
    k->part = has_part(path);
    read_note(l, k);
    free(name);
}

static void take_file(struct dc_kept_list *l, char *path, size_t hub)
{
    uint64_t bytes;
    if (ends_in(path, ".gguf" PART)) {
        path[strlen(path) - strlen(PART)] = '\0';
        if (is_file(path, &bytes)) /* it is listed as itself */
            return;
    }
    if (ends_in(path, ".gguf"))
        add_found(l, path, hub ? path + hub : NULL);
}

/* All below the folder in *path, which has `hub` bytes before the names of a
 * hub; 0: there are none. */
static void walk(struct dc_kept_list *l, struct dc_buf *path, size_t hub,
                 unsigned depth)
{
    size_t before = path->n;
    DIR *d = opendir(path->data);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        struct stat sb;
        if (e->d_name[0] == '.')
            continue;
        dc_buf_addf(path, "/%s", e->d_name);
        bool folder = lstat(path->data, &sb) == 0 && S_ISDIR(sb.st_mode);
        if (!folder)
            take_file(l, path->data, hub);
        else if (depth < MAX_DEPTH)
            walk(l, path, hub, depth + 1);
        dc_buf_cut(path, before);
    }
    if (d)
        closedir(d);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct dc_kept *)a)->name,
                  ((const struct dc_kept *)b)->name);
}

static void add_row(struct dc_kept_list *l, const struct dc_model_row *m,
                    const char *path)
{
    uint64_t bytes;
    struct dc_kept *k = add(l, m->name, path);
    k->there = is_file(path, &bytes) && bytes == m->bytes;
    k->bytes = m->bytes;
    k->licence = m->licence;
    k->sha256 = m->sha256;
}

enum dc_status dc_kept_list(struct dc_kept_list *l, struct dc_err *err)
{
    size_t n;
    const struct dc_model_row *row = dc_models(&n);
    struct dc_buf path;
    *l = (struct dc_kept_list){.n = 0};
    dc_arena_init(&l->arena);
    dc_buf_init(&path, MAX_PATH);
    enum dc_status st = dc_cache_dir(&path, err);
    if (!st) {
        dc_buf_adds(&path, "/models/");
        size_t root = path.n;
        for (size_t i = 0; i < n; i++) {
            dc_buf_cut(&path, root);
            dc_buf_adds(&path, row[i].file);
            add_row(l, &row[i], path.data);
        }
        dc_buf_cut(&path, root);
        dc_buf_adds(&path, "hub");
        walk(l, &path, path.n + 1, 0);
        dc_buf_cut(&path, root);
        dc_buf_adds(&path, "url");
        walk(l, &path, 0, 0);
        if (l->n > n)
            qsort(l->item + n, l->n - n, sizeof *l->item, by_name);
    }
    dc_buf_release(&path);
    if (st)
        dc_kept_list_release(l);
    return st;
}

void dc_kept_list_release(struct dc_kept_list *l)
{
    dc_arena_release(&l->arena);
    free(l->item);
    *l = (struct dc_kept_list){.n = 0};
}

/* ---- removing ---- */

static enum dc_status remove_one(const struct dc_kept *k, uint64_t *freed,
                                 struct dc_err *err)
{
    static const char *const end[] = {"", PART, PART ".of", ABOUT};
    enum dc_status st = DC_OK;
    bool any = false;
    *freed = 0;
    for (size_t i = 0; i < DC_COUNT(end) && !st; i++) {
        uint64_t bytes;
        char *path = dc_path_with(k->path, end[i]);
        bool there = is_file(path, &bytes);
        if (there && unlink(path) != 0)
            st = dc_fail(err, DC_IO, "%.400s: can't be removed: %s", path,
                         strerror(errno));
        any = any || there;
        *freed += there ? bytes : 0;
        free(path);
    }
    if (!st && !any)
        st = dc_fail(err, DC_USAGE, "model %s is not there: %s", k->name,
                     k->path);
    return st;
}

enum dc_status dc_kept_remove(const char *name, uint64_t *freed,
                              struct dc_err *err)
{
    struct dc_kept_list l;
    const struct dc_kept *k = NULL;
    enum dc_status st = dc_kept_list(&l, err);
    if (st)
        return st;
    for (size_t i = 0; i < l.n && !k; i++)
        if (!strcmp(l.item[i].name, name) || !strcmp(l.item[i].path, name))
            k = &l.item[i];
    st = k ? remove_one(k, freed, err)
           : dc_fail(err, DC_USAGE,
                     "there is no model \"%.200s\" in the cache; `deepconf "
                     "model list` says what there is (no other file is "
                     "removed)",
                     name);
    dc_kept_list_release(&l);
    return st;
}
