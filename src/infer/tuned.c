/*
 * tuned.c - the settings that were measured best, one small file a model in the
 * subfolder tune/ of the cache folder (speed.h).
 *
 * They change no trace, so that a model is known well enough by name and size,
 * and what can't be read is as good as nothing.
 */
#include "base/json.h"
#include "base/path.h"
#include "base/write_file.h"
#include "infer/models.h"
#include "infer/speed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CPU_NAME = 160, MAX_SLOTS = 1024, MAX_THREADS = 4096 };

static void cpu_name(char name[CPU_NAME])
{
    static const char key[] = "model name";
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(name, CPU_NAME, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, sizeof key - 1) != 0)
            continue;
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(name, CPU_NAME, "%.*s", CPU_NAME - 1,
                 colon + 1 + (colon[1] == ' '));
        break;
    }
    if (f)
        fclose(f);
}

/* Append CACHE/tune, or the file of a model in it. */
static enum dc_status place(const char *model, bool folder, struct dc_buf *out,
                            struct dc_err *err)
{
    struct stat sb;
    enum dc_status st = dc_cache_dir(out, err);
    if (st)
        return st;
    dc_buf_adds(out, "/tune");
    if (folder)
        return DC_OK;
    if (stat(model, &sb) != 0)
        return dc_fail(err, DC_IO, "%s: %s", model, strerror(errno));
    dc_buf_addf(out, "/%s-%" PRId64 ".json", dc_path_name(model),
                (int64_t)sb.st_size);
    return DC_OK;
}

static bool says(json_t *o, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s && !strcmp(s, value);
}

static bool number(json_t *o, const char *key, json_int_t most, unsigned *out)
{
    json_int_t v = json_integer_value(json_object_get(o, key));
    if (v < 1 || v > most)
        return false;
    *out = (unsigned)v;
    return true;
}

static bool read_file(const char *path, unsigned n_cores, struct dc_tuned *out)
{
    char cpu[CPU_NAME];
    unsigned cores;
    json_t *o = json_load_file(path, 0, NULL);
    cpu_name(cpu);
    bool ok = o && says(o, "processor", cpu) &&
              says(o, "library", dc_backend_llama_version()) &&
              number(o, "cores", MAX_THREADS, &cores) && cores == n_cores &&
              number(o, "slots", MAX_SLOTS, &out->n_slots) &&
              number(o, "threads", MAX_THREADS, &out->n_threads);
    out->rate = json_number_value(json_object_get(o, "tokens_per_second"));
    json_decref(o);
    return ok;
}

bool dc_tuned_find(const char *model_path, unsigned n_cores,
                   struct dc_tuned *out)
{
    struct dc_buf path;
    dc_buf_init(&path, 1 << 16);
    bool ok = place(model_path, false, &path, NULL) == DC_OK &&
              read_file(path.data, n_cores, out);
    dc_buf_release(&path);
    return ok;
}

/* Folder and those above it, as far as they are not there. */
static enum dc_status make_folder(char *path, struct dc_err *err)
{
    for (char *p = path + 1;; p++) {
        char was = *p;
        if (was != '/' && was != '\0')
            continue;
        *p = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return dc_fail(err, DC_IO, "%s: %s", path, strerror(errno));
        *p = was;
        if (was == '\0')
            return DC_OK;
    }
}

enum dc_status dc_tuned_keep(const char *model_path, unsigned n_cores,
                             const struct dc_tuned *t, struct dc_err *err)
{
    struct dc_buf folder, path, text;
    char cpu[CPU_NAME];
    json_t *o = json_object();
    dc_buf_init(&folder, 1 << 16);
    dc_buf_init(&path, 1 << 16);
    dc_buf_init(&text, 1 << 16);
    cpu_name(cpu);
    dc_json_put(o, "processor", dc_json_text(cpu));
    dc_json_put(o, "cores", json_integer(n_cores));
    dc_json_put(o, "library", dc_json_text(dc_backend_llama_version()));
    dc_json_put(o, "slots", json_integer(t->n_slots));
    dc_json_put(o, "threads", json_integer(t->n_threads));
    dc_json_put(o, "tokens_per_second", json_real(t->rate));
    dc_json_print(o, &text);
    enum dc_status st = place(model_path, true, &folder, err);
    if (!st)
        st = place(model_path, false, &path, err);
    if (!st)
        st = make_folder(folder.data, err);
    if (!st)
        st = dc_write_file(path.data, text.data, text.n, err);
    dc_buf_release(&folder);
    dc_buf_release(&path);
    dc_buf_release(&text);
    return st;
}
