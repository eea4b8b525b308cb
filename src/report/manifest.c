/*
 * manifest.c - report.json, written and read (manifest.h).
 */
#include "report/manifest.h"

#include "base/file_in.h"
#include "base/json.h"
#include "base/mem.h"
#include "report/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of sixteen runs with plots it has less than a quarter of this. */
enum { MAX_FILE = 1 << 21 };

#define MARK "<!-- deepconf report: "
#define MARK_END " -->"

enum { MARK_MAX = 1 << 16 };

static json_t *runs_json(const struct dc_manifest *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->n_run; i++) {
        json_t *o = json_object();
        dc_json_put(o, "name", dc_json_text(m->run[i].name));
        dc_json_put(o, "id", dc_json_text(m->run[i].id));
        dc_json_put(o, "judge", dc_json_text(m->run[i].judge));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *files_json(const struct dc_manifest *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->n; i++) {
        json_t *o = json_object();
        dc_json_put(o, "path", dc_json_text(m->file[i].path));
        dc_json_put(o, "bytes", json_integer((json_int_t)m->file[i].n));
        dc_json_put(o, "sha256", dc_json_text(m->file[i].sha256));
        json_array_append_new(list, o);
    }
    return list;
}

void dc_manifest_text(const struct dc_manifest *m, struct dc_buf *out)
{
    json_t *o = json_object(), *options = json_object();
    dc_json_put(o, "deepconf_report", json_integer(DC_MANIFEST_FORMAT));
    dc_json_put(o, "deepconf", dc_json_text(m->version));
    if (m->unfinished)
        dc_json_put(o, "unfinished", json_true());
    dc_json_put(o, "gnuplot", dc_json_text(m->gnuplot));
    dc_json_put(o, "runs", runs_json(m));
    dc_json_put(options, "correct_with_sha256", dc_json_text(m->correct_with));
    dc_json_put(options, "page_tokens_mib", json_integer(m->page_mb));
    if (m->names > 0)
        dc_json_put(options, "names", json_integer(m->names));
    if (m->settings > 0)
        dc_json_put(options, "settings", json_integer(m->settings));
    dc_json_put(o, "options", options);
    dc_json_put(o, "files", files_json(m));
    dc_json_print(o, out);
}

/* No text of a run can end the comment: '>' is written as its code. */
void dc_manifest_mark(const struct dc_manifest *m, struct dc_buf *out)
{
    json_t *o = json_object();
    dc_json_put(o, "deepconf_report", json_integer(DC_MANIFEST_FORMAT));
    dc_json_put(o, "deepconf", dc_json_text(m->version));
    dc_json_put(o, "runs", runs_json(m));
    if (m->settings > 0)
        dc_json_put(o, "options", json_pack("{s:i}", "settings", m->settings));
    char *text = json_dumps(o, JSON_COMPACT);
    dc_buf_adds(out, MARK);
    for (const char *p = text; *p; p++)
        if (*p == '>')
            dc_buf_adds(out, "\\u003e");
        else
            dc_buf_addc(out, *p);
    dc_buf_adds(out, MARK_END "\n");
    free(text);
    json_decref(o);
}

/* ---- reading ---- */

static const char *text(struct dc_arena *a, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? dc_arena_strdup(a, s) : NULL;
}

static bool read_runs(struct dc_manifest *m, const json_t *list)
{
    size_t n = json_array_size(list);
    m->run = dc_arena_array(&m->arena, n + 1, sizeof *m->run);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        struct dc_manifest_run *r = &m->run[m->n_run++];
        r->name = text(&m->arena, o, "name");
        r->id = text(&m->arena, o, "id");
        r->judge = text(&m->arena, o, "judge");
        if (!r->name || !r->id)
            return false;
    }
    return n > 0;
}

static bool read_files(struct dc_manifest *m, const json_t *list)
{
    size_t n = json_array_size(list);
    m->file = dc_arena_array(&m->arena, n + 1, sizeof *m->file);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        struct dc_out_file *f = &m->file[m->n++];
        const char *sha = text(&m->arena, o, "sha256");
        f->path = text(&m->arena, o, "path");
        f->n = (uint64_t)json_integer_value(json_object_get(o, "bytes"));
        if (!f->path || !sha || strlen(sha) != sizeof f->sha256 - 1)
            return false;
        memcpy(f->sha256, sha, sizeof f->sha256);
    }
    return true;
}

static bool read_all(struct dc_manifest *m, const json_t *o)
{
    const json_t *options = json_object_get(o, "options");
    m->version = text(&m->arena, o, "deepconf");
    m->unfinished = json_is_true(json_object_get(o, "unfinished"));
    m->gnuplot = text(&m->arena, o, "gnuplot");
    m->correct_with = text(&m->arena, options, "correct_with_sha256");
    json_int_t mb =
        json_integer_value(json_object_get(options, "page_tokens_mib"));
    m->page_mb = (uint32_t)mb;
    m->names = json_integer_value(json_object_get(options, "names")) > 0;
    m->settings = json_integer_value(json_object_get(options, "settings")) > 0;
    return mb >= 0 && mb <= DC_REPORT_MAX_PAGE_MB && m->version &&
           read_runs(m, json_object_get(o, "runs")) &&
           read_files(m, json_object_get(o, "files"));
}

static const char want[] = "the folder that `deepconf report --out` wrote";

static enum dc_status parse(FILE *f, json_t **o, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, MAX_FILE);
    enum dc_status st = dc_file_text_of(f, want, &b, err);
    if (!st)
        st = dc_json_parse(b.data, b.n, o, err);
    dc_buf_release(&b);
    return st;
}

/* The JSON of the manifest at path, in folder dir. */
static enum dc_status load(const char *dir, const char *path, json_t **o,
                           struct dc_err *err)
{
    size_t n = 0;
    mode_t mode = 0;
    FILE *f = NULL;
    int top = dc_inside_top(dir);
    *o = NULL;
    if (top < 0 && errno == ENOTDIR)
        return dc_fail(err, DC_IO, "%.400s: is no folder; name %s", dir, want);
    if (top < 0)
        return dc_fail(err, DC_IO, "%.400s: can't be read: %s; name %s", dir,
                       strerror(errno), want);
    enum dc_status st = DC_OK;
    if (!dc_inside_look(top, DC_MANIFEST, &n, &mode))
        st = dc_fail(err, DC_DATA,
                     "%.400s: is no report, for it has no " DC_MANIFEST
                     "; name %s",
                     dir, want);
    else if (S_ISREG(mode))
        st = dc_inside_open(top, DC_MANIFEST, &f, err);
    else
        st = dc_fail(err, DC_IO, "%.400s: is %s; name %s", path,
                     dc_file_what(mode), want);
    close(top);
    if (!f)
        return st;
    st = dc_err_prefix(err, parse(f, o, err), "%.400s", path);
    fclose(f);
    return st;
}

static enum dc_status read_manifest(const char *path, const json_t *o,
                                    struct dc_manifest *out, struct dc_err *err)
{
    json_int_t format =
        json_integer_value(json_object_get(o, "deepconf_report"));
    if (format == 0)
        return dc_fail(err, DC_DATA,
                       "%.400s: is not the manifest of a report; name %s", path,
                       want);
    if (format != DC_MANIFEST_FORMAT)
        return dc_fail(err, DC_DATA,
                       "%.400s: the manifest has format %lld, and this program "
                       "knows %d: make the report again",
                       path, (long long)format, DC_MANIFEST_FORMAT);
    if (!read_all(out, o))
        return dc_fail(err, DC_DATA,
                       "%.400s: the manifest is damaged: its version, runs, "
                       "options or files are not as `deepconf report` writes "
                       "them; make the report again",
                       path);
    return DC_OK;
}

enum dc_status dc_manifest_read(const char *dir, struct dc_manifest *out,
                                struct dc_err *err)
{
    json_t *o;
    *out = (struct dc_manifest){.n = 0};
    dc_arena_init(&out->arena);
    const char *path = dc_arena_printf(&out->arena, "%s/" DC_MANIFEST, dir);
    enum dc_status st = load(dir, path, &o, err);
    if (!st)
        st = read_manifest(path, o, out, err);
    json_decref(o);
    if (st)
        dc_manifest_release(out);
    return st;
}

/* The next line that is no longer than a mark may be; longer ones are passed
 * over. */
static bool next_line(FILE *f, char line[MARK_MAX])
{
    bool whole = true;
    while (fgets(line, MARK_MAX, f)) {
        bool ends = strchr(line, '\n') != NULL || feof(f);
        if (whole && ends)
            return true;
        whole = ends; /* what follows is the rest of it */
    }
    return false;
}

/* The JSON of the last mark in the file; NULL: there is none. */
static json_t *find_mark(FILE *f)
{
    char *line = dc_xmalloc(MARK_MAX);
    json_t *o = NULL;
    while (next_line(f, line)) {
        const char *end = strstr(line, MARK_END);
        size_t from = strlen(MARK);
        if (!end || strncmp(line, MARK, from) != 0)
            continue;
        json_decref(o);
        o = dc_json_loadb(line + from, (size_t)(end - line) - from,
                          JSON_REJECT_DUPLICATES, NULL);
    }
    free(line);
    return o;
}

enum dc_status dc_manifest_read_mark(const char *path, struct dc_manifest *out,
                                     struct dc_err *err)
{
    enum dc_status st = DC_OK;
    *out = (struct dc_manifest){.n = 0};
    dc_arena_init(&out->arena);
    FILE *f = NULL;
    st = dc_file_open(path, want, &f, err);
    if (st)
        return dc_err_prefix(err, st, "%.400s", path);
    json_t *o = find_mark(f);
    fclose(f);
    json_int_t format =
        json_integer_value(json_object_get(o, "deepconf_report"));
    if (!o)
        st = dc_fail(err, DC_DATA,
                     "%.400s: has no line \"" MARK "...\" that names its "
                     "runs; name a page that `deepconf report` wrote, or the "
                     "folder of a report",
                     path);
    else if (format != DC_MANIFEST_FORMAT || !read_all(out, o))
        st = dc_fail(err, DC_DATA,
                     "%.400s: the line \"" MARK "...\" is damaged, or of "
                     "another deepconf (format %lld, this program knows %d): "
                     "make the page again",
                     path, (long long)format, DC_MANIFEST_FORMAT);
    json_decref(o);
    if (st)
        dc_manifest_release(out);
    return st;
}

void dc_manifest_release(struct dc_manifest *m)
{
    dc_arena_release(&m->arena);
}

void dc_manifest_empty(struct dc_manifest *m)
{
    *m = (struct dc_manifest){.n = 0};
    dc_arena_init(&m->arena);
}
