/*
 * fetch_cmd.c - fetch_cmd.h: what is fetched (src/fetch), with a line of
 * progress on standard error, and in words or JSON when it is there.
 */
#include "cli/fetch_cmd.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "cli/progress.h"
#include "fetch/fetch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REDRAW_MS 200.0

void dc_put_bytes(uint64_t n, struct dc_buf *out)
{
    if (n < 1000000)
        dc_buf_addf(out, "%.1f kB", (double)n / 1e3);
    else if (n < 1000000000)
        dc_buf_addf(out, "%.1f MB", (double)n / 1e6);
    else
        dc_buf_addf(out, "%.2f GB", (double)n / 1e9);
}

/* ---- progress ---- */

struct teller {
    struct dc_progress prog;
    const char *what; /* of the last line; borrowed from who calls */
    double from_ms, last_ms;
    uint64_t n_before; /* bytes that were there when this one began */
};

static void tell_line(void *arg, const char *line)
{
    struct teller *t = arg;
    dc_progress_say(&t->prog, line);
}

/* "smollm2.gguf: 12.0 of 98.4 MB, 12 %, 8.1 MB a second, 0:11 left" */
static void tell_bytes(void *arg, const char *what, uint64_t n, uint64_t n_all)
{
    struct teller *t = arg;
    struct dc_buf line;
    double now = dc_clock_ms();
    if (t->what != what) {
        t->what = what;
        t->from_ms = now;
        t->n_before = n;
        t->last_ms = now - REDRAW_MS;
    }
    if (now - t->last_ms < REDRAW_MS)
        return;
    t->last_ms = now;
    double s = (now - t->from_ms) / 1e3;
    double rate = s > 0.5 ? (double)(n - t->n_before) / s : 0;
    dc_buf_init(&line, 1 << 12);
    dc_buf_addf(&line, "%.200s: ", what);
    dc_put_bytes(n, &line);
    if (n_all) {
        dc_buf_adds(&line, " of ");
        dc_put_bytes(n_all, &line);
        dc_buf_addf(&line, ", %.0f %%", 100 * (double)n / (double)n_all);
    }
    if (rate > 0) {
        dc_buf_adds(&line, ", ");
        dc_put_bytes((uint64_t)rate, &line);
        dc_buf_adds(&line, " a second");
    }
    if (rate > 0 && n_all > n) {
        unsigned long left = (unsigned long)((double)(n_all - n) / rate) + 1;
        dc_buf_addf(&line, ", %lu:%02lu left", left / 60, left % 60);
    }
    dc_progress_note(&t->prog, line.data);
    dc_buf_release(&line);
}

static void tell_checking(void *arg, const char *what)
{
    struct teller *t = arg;
    struct dc_buf line;
    dc_buf_init(&line, 1 << 12);
    dc_buf_addf(&line, "%.200s: all there, checking it", what);
    dc_progress_note(&t->prog, line.data);
    dc_buf_release(&line);
}

/* ---- what is there now ---- */

static void say_fetched(struct dc_doc *d, const struct dc_fetched *f)
{
    struct dc_buf size;
    dc_buf_init(&size, 64);
    dc_put_bytes(f->bytes, &size);
    dc_doc_itemf(d, f->was_there ? "there already" : "fetched", "%s, %s",
                 dc_doc_code(d, f->path.data), size.data);
    if (f->licence.n)
        dc_doc_item(d, "licence", f->licence.data);
    if (f->commit[0])
        dc_doc_item(d, "commit", f->commit);
    if (f->was_there)
        dc_doc_item(d, "sha256", f->sha256);
    else if (f->checked)
        dc_doc_itemf(d, "sha256", "%s, which is %s", f->sha256, f->checked);
    else
        dc_doc_itemf(d, "sha256",
                     "%s (compared with nothing: hold it against what its "
                     "publisher says)",
                     f->sha256);
    dc_buf_release(&size);
}

static void json_fetched(struct dc_buf *out, const char *format,
                         const char *name, const struct dc_fetched *f)
{
    json_t *o = json_object();
    dc_json_put(o, "format", json_string(format));
    dc_json_put(o, "name", dc_json_text(name));
    dc_json_put(o, "path", dc_json_text(f->path.data));
    dc_json_put(o, "bytes", json_integer((json_int_t)f->bytes));
    dc_json_put(o, "sha256", json_string(f->sha256));
    dc_json_put(o, "sha256_compared", json_boolean(f->checked != NULL));
    dc_json_put(o, "licence",
                dc_json_text(f->licence.n ? f->licence.data : NULL));
    dc_json_put(o, "commit", dc_json_text(f->commit[0] ? f->commit : NULL));
    dc_json_put(o, "was_there", json_boolean(f->was_there));
    dc_json_print(o, out);
}

static enum dc_status check_hash(const char *s, struct dc_err *err)
{
    size_t n = strlen(s);
    if (n == 64 && strspn(s, "0123456789abcdef") == n)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--sha256: expected 64 digits of 0-9 and a-f, as sha256sum "
                   "prints them, got %zu characters",
                   n);
}

static struct dc_fetch_watch watch_of(struct teller *t, struct dc_cli *cli,
                                      bool quiet)
{
    *t = (struct teller){.what = NULL};
    dc_progress_init(&t->prog, &cli->log, quiet);
    return (struct dc_fetch_watch){
        .arg = t,
        .say = tell_line,
        .progress = tell_bytes,
        .checking = tell_checking,
    };
}

enum dc_status dc_fetch_cmd_model(struct dc_cli *cli,
                                  const struct dc_fetch_cmd *c,
                                  struct dc_err *err)
{
    struct teller t;
    struct dc_fetched f;
    const struct dc_fetch_watch w = watch_of(&t, cli, c->quiet);
    enum dc_status st = c->sha256 ? check_hash(c->sha256, err) : DC_OK;
    if (st)
        return st;
    dc_fetched_init(&f);
    st = dc_fetch_model(c->name, c->sha256, &w, &f, err);
    dc_progress_end(&t.prog, false);
    if (!st && c->json)
        json_fetched(&cli->out, "deepconf-model-fetch 1", c->name, &f);
    if (!st && !c->json) {
        bool url = strstr(c->name, "://") != NULL;
        say_fetched(cli->doc, &f);
        dc_doc_itemf(cli->doc, "to use it", "--model %s",
                     dc_doc_code(cli->doc, url ? f.path.data : c->name));
    }
    dc_fetched_release(&f);
    return st;
}

/* ---- data sets ---- */

/* Append a word of a shell's command. */
static void put_word(struct dc_buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/+,@";
    if (*s && strspn(s, plain) == strlen(s)) {
        dc_buf_adds(out, s);
        return;
    }
    dc_buf_addc(out, '\'');
    for (; *s; s++)
        if (*s == '\'')
            dc_buf_adds(out, "'\\''");
        else
            dc_buf_addc(out, *s);
    dc_buf_addc(out, '\'');
}

/* A run reads no Parquet; Python's pandas does. */
static void say_parquet(struct dc_doc *d, const char *path)
{
    static const char end[] = ".parquet";
    struct dc_buf line, to;
    dc_buf_init(&line, 1 << 20);
    dc_buf_init(&to, 1 << 17);
    dc_buf_addf(&to, "%.*s.jsonl", (int)(strlen(path) - (sizeof end - 1)),
                path);
    dc_buf_adds(&line, "python3 -c \"import sys, pandas; pandas.read_parquet("
                       "sys.argv[1]).to_json(sys.argv[2], orient='records', "
                       "lines=True)\" ");
    put_word(&line, path);
    dc_buf_addc(&line, ' ');
    put_word(&line, to.data);
    dc_doc_say(d, "It is a Parquet file, which a run does not read. This makes "
                  "the file of it that a run looks for (with Python's pandas "
                  "and pyarrow):");
    dc_doc_command(d, line.data);
    dc_buf_release(&to);
    dc_buf_release(&line);
}

static enum dc_status no_such_data(const char *name, struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    size_t n;
    const struct dc_data_row *row = dc_data_rows(&n);
    for (size_t i = 0; i < n; i++)
        dc_nearest_offer(&near, row[i].name);
    return dc_cli_no_such("data set", &near,
                          "`deepconf data list` has those that can be fetched",
                          err);
}

enum dc_status dc_fetch_cmd_data(struct dc_cli *cli,
                                 const struct dc_fetch_cmd *c,
                                 struct dc_err *err)
{
    struct teller t;
    struct dc_fetched f;
    const struct dc_fetch_watch w = watch_of(&t, cli, c->quiet);
    const struct dc_data_row *row = dc_data_row_find(c->name);
    if (!row)
        return no_such_data(c->name, err);
    dc_fetched_init(&f);
    enum dc_status st = dc_fetch_data(row, &w, &f, err);
    dc_progress_end(&t.prog, false);
    if (!st && c->json)
        json_fetched(&cli->out, "deepconf-data-fetch 1", c->name, &f);
    if (!st && !c->json) {
        say_fetched(cli->doc, &f);
        if (row->parquet)
            say_parquet(cli->doc, f.path.data);
        dc_doc_itemf(cli->doc, "to use it", "--benchmark %s", row->name);
    }
    dc_fetched_release(&f);
    return st;
}
