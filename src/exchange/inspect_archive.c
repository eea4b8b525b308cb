/*
 * inspect_archive.c - the members of an .eval (inspect_log.h).
 *
 * A sample in pieces is a folder: sample.json, metadata.json, and the lists
 * messages/, events/, calls/ and attachments/, each cut into members that are
 * named by the number of their first item.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "exchange/inspect_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char samples[] = "samples/", shell[] = "/sample.json";

static bool ends_in(const char *s, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n >= m && !memcmp(s + n - m, end, m);
}

/* Is s [n] "..._epoch_N"? */
static bool has_epoch(const char *s, size_t n)
{
    size_t digits = 0;
    while (digits < n && s[n - 1 - digits] >= '0' && s[n - 1 - digits] <= '9')
        digits++;
    return digits > 0 && ends_in(s, n - digits, "_epoch_");
}

/* ---- members by name ---- */

static const char *name_at(const struct dc_inspect_log *log, size_t i)
{
    return dc_archive_name(log->archive, log->by_name[i]);
}

struct named {
    const char *name;
    size_t member;
};

static int by_name(const void *x, const void *y)
{
    const struct named *a = x, *b = y;
    int c = strcmp(a->name, b->name);
    return c ? c : (a->member > b->member) - (a->member < b->member);
}

static void sort_names(struct dc_inspect_log *log)
{
    size_t n = dc_archive_count(log->archive);
    struct named *v = dc_xcalloc(n, sizeof *v);
    log->by_name = dc_xcalloc(n, sizeof *log->by_name);
    for (size_t i = 0; i < n; i++)
        v[i] = (struct named){dc_archive_name(log->archive, i), i};
    qsort(v, n, sizeof *v, by_name);
    for (size_t i = 0; i < n; i++)
        log->by_name[i] = v[i].member;
    free(v);
}

/* The first place in by_name whose name is not less. */
static size_t lower(const struct dc_inspect_log *log, const char *name)
{
    size_t lo = 0, hi = dc_archive_count(log->archive);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(name_at(log, mid), name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The member of that name, the last if there are several, as zip has it. */
static bool find(const struct dc_inspect_log *log, const char *name,
                 size_t *member)
{
    bool found = false;
    for (size_t i = lower(log, name);
         i < dc_archive_count(log->archive) && !strcmp(name_at(log, i), name);
         i++) {
        *member = log->by_name[i];
        found = true;
    }
    return found;
}

/* ---- reading ---- */

enum dc_status dc_inspect_enter(struct dc_inspect_log *log, size_t member,
                                struct dc_err *err)
{
    size_t room = log->json->room;
    enum dc_status st = dc_archive_enter(log->archive, member, err);
    dc_ji_init(log->json, dc_archive_read, log->archive);
    log->json->room = room;
    return st;
}

/* The one value of a member; the caller decrefs. */
static enum dc_status read_member(struct dc_inspect_log *log, size_t member,
                                  json_t **out, struct dc_err *err)
{
    enum dc_status st = dc_inspect_enter(log, member, err);
    *out = NULL;
    if (!st)
        st = dc_ji_value(log->json, out, err);
    if (!st)
        st = dc_ji_end(log->json, err);
    if (log->json->failed)
        st = dc_archive_fail(log->archive, err);
    if (!st)
        return DC_OK;
    json_decref(*out);
    *out = NULL;
    return dc_err_prefix(err, st, "%.100s",
                         dc_archive_name(log->archive, member));
}

/* ---- the head ---- */

static enum dc_status read_head(struct dc_inspect_log *log, const char *name,
                                bool *there, struct dc_err *err)
{
    size_t member;
    json_t *o = NULL, *v;
    const char *key;
    *there = find(log, name, &member);
    enum dc_status st = *there ? read_member(log, member, &o, err) : DC_OK;
    json_object_foreach(o, key, v)
    {
        dc_inspect_head(log, key, json_incref(v));
    }
    json_decref(o);
    return st;
}

/* header.json; of a log that was not ended, and of the first version of the
 * format, other members that say as much. */
static enum dc_status find_head(struct dc_inspect_log *log, struct dc_err *err)
{
    bool there = false, start = false, results = false;
    enum dc_status st = read_head(log, "header.json", &there, err);
    if (st || there)
        return st;
    st = read_head(log, "_journal/start.json", &there, err);
    if (!st && !there)
        st = read_head(log, "start.json", &start, err);
    if (!st && start)
        st = read_head(log, "results.json", &results, err);
    if (!st && !log->status)
        log->status = "started";
    return st;
}

/* ---- samples ---- */

static bool is_known(const char *name)
{
    static const char *const known[] = {"header.json",     "summaries.json",
                                        "reductions.json", "start.json",
                                        "results.json",    "summary.json"};
    for (size_t i = 0; i < DC_COUNT(known); i++)
        if (!strcmp(name, known[i]))
            return true;
    return !strncmp(name, "_journal/", 9) || !strncmp(name, "summaries/", 10);
}

/* Is it a piece of a sample whose sample.json is there? *lost: of one whose
 * sample.json is not. */
static bool is_piece(struct dc_inspect_log *log, const char *name, bool *lost)
{
    const char *at = name + sizeof samples - 1;
    bool found = false;
    struct dc_buf of; /* a name may have thousands of folders */
    dc_buf_init(&of, SIZE_MAX);
    while (!found && (at = strchr(at, '/'))) {
        size_t member, n = (size_t)(at++ - name);
        if (!has_epoch(name, n))
            continue;
        dc_buf_clear(&of);
        dc_buf_add(&of, name, n);
        dc_buf_adds(&of, shell);
        found = find(log, of.data, &member);
        *lost |= !found;
    }
    dc_buf_release(&of);
    return found;
}

/* Members that were left out are named, so that nothing is missing unseen. */
static void left_out(struct dc_inspect_log *log, const char *name)
{
    dc_import_note_first(log->in,
                         "members of the archive that are not of a log: left "
                         "out",
                         name);
}

static enum dc_status take_member(struct dc_inspect_log *log, size_t i,
                                  struct dc_err *err)
{
    const char *name = dc_archive_name(log->archive, i);
    struct dc_inspect_sample s = {.place = i};
    size_t n = strlen(name);
    bool lost = false;
    if (n == 0 || name[n - 1] == '/' || is_known(name))
        return DC_OK;
    if (strncmp(name, samples, sizeof samples - 1) != 0) {
        left_out(log, name);
        return DC_OK;
    }
    bool whole = ends_in(name, n, ".json") && has_epoch(name, n - 5);
    if (!whole && ends_in(name, n, shell) &&
        has_epoch(name, n - (sizeof shell - 1)))
        s.folder = dc_arena_strndup(&log->arena, name, n - sizeof shell + 2);
    if (!whole && !s.folder && is_piece(log, name, &lost))
        return DC_OK;
    if (!whole && !s.folder && lost)
        return dc_fail(err, DC_DATA,
                       "%.100s: is a piece of a sample, and the sample.json "
                       "of its folder is missing; `inspect log dump` makes a "
                       ".json of a whole log",
                       name);
    if (!ends_in(name, n, ".json")) {
        left_out(log, name);
        return DC_OK;
    }
    return dc_inspect_look(log, s, err);
}

enum dc_status dc_inspect_open_archive(struct dc_inspect_log *log,
                                       struct dc_err *err)
{
    static const struct dc_archive_words words = {
        .want = "the log",
        .hint = "; `inspect log dump` makes a .json of it",
    };
    const char *path = log->in->cfg->path;
    struct stat sb;
    enum dc_status st = dc_archive_open(path, &words, &log->archive, err);
    if (st)
        return st;
    log->json = dc_xcalloc(1, sizeof *log->json);
    log->json->room =
        dc_json_room(stat(path, &sb) == 0 ? (uint64_t)sb.st_size : 0);
    sort_names(log);
    st = find_head(log, err);
    for (size_t i = 0; i < dc_archive_count(log->archive) && !st; i++)
        st = take_member(log, i, err);
    return st;
}

/* ---- pieces ---- */

enum dc_status dc_inspect_metadata(struct dc_inspect_log *log,
                                   const struct dc_inspect_sample *s, json_t *o,
                                   struct dc_err *err)
{
    size_t member;
    json_t *v = NULL;
    const char *name =
        dc_arena_printf(&log->arena, "%smetadata.json", s->folder);
    if (!find(log, name, &member))
        return DC_OK;
    enum dc_status st = read_member(log, member, &v, err);
    if (!st)
        dc_json_put(o, "metadata", v);
    return st;
}

/* An item by its number, or a member by that of its first item. */
struct item {
    uint64_t number;
    size_t is; /* index of the name; number of the member */
};

struct items {
    struct item *v; /* [n], sorted */
    size_t n;
};

static int by_number(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    return (a->number > b->number) - (a->number < b->number);
}

/* A whole number, and the bytes behind it. */
static bool number_at(const char *s, const char *end, uint64_t *out)
{
    char *stop;
    *out = strtoull(s, &stop, 10);
    return stop != s && !strcmp(stop, end);
}

static void sort(struct items *x)
{
    if (x->n > 1)
        qsort(x->v, x->n, sizeof *x->v, by_number);
}

/* The members of a list, by their first items; caller frees v. */
static struct items find_chunks(const struct dc_inspect_log *log,
                                const char *folder)
{
    size_t from = lower(log, folder), to = from, skip = strlen(folder);
    size_t all = dc_archive_count(log->archive);
    while (to < all && !strncmp(name_at(log, to), folder, skip))
        to++;
    struct items x = {dc_xcalloc(to - from, sizeof *x.v), 0};
    for (size_t k = from; k < to; k++)
        if (number_at(name_at(log, k) + skip, ".json", &x.v[x.n].number))
            x.v[x.n++].is = log->by_name[k];
    sort(&x);
    return x;
}

/* Items out of chunks, both sorted: a chunk is read once at most. */
static enum dc_status take_items(struct dc_inspect_log *log,
                                 const struct items *chunks,
                                 const struct items *items,
                                 const char *const *name, json_t *out,
                                 struct dc_err *err)
{
    const struct item *chunk = chunks->v, *item = items->v;
    enum dc_status st = DC_OK;
    json_t *list = NULL;
    size_t c = 0;
    for (size_t i = 0; i < items->n && !st; i++) {
        size_t was = c;
        while (c + 1 < chunks->n && chunk[c + 1].number <= item[i].number)
            c++;
        if (c != was || !list) {
            json_decref(list);
            st = read_member(log, chunk[c].is, &list, err);
        }
        const json_t *v = item[i].number < chunk[c].number
                              ? NULL
                              : json_array_get(list, (size_t)(item[i].number -
                                                              chunk[c].number));
        if (v)
            dc_json_put(out, name[item[i].is], json_incref((json_t *)v));
    }
    json_decref(list);
    return st;
}

enum dc_status dc_inspect_pieces(struct dc_inspect_log *log,
                                 const struct dc_inspect_sample *s,
                                 const char *const *name, size_t n,
                                 json_t **out, struct dc_err *err)
{
    struct items want = {dc_xcalloc(n, sizeof *want.v), 0};
    struct items have = find_chunks(
        log, dc_arena_printf(&log->arena, "%sattachments/", s->folder));
    for (size_t i = 0; i < n; i++)
        if (number_at(name[i], "", &want.v[want.n].number))
            want.v[want.n++].is = i;
    sort(&want);
    *out = json_object();
    enum dc_status st = DC_OK;
    if (have.n > 0)
        st = take_items(log, &have, &want, name, *out, err);
    free(want.v);
    free(have.v);
    return st;
}
