/*
 * dataset.c - a file becomes prompts; everything about it is checked here.
 *
 * Nothing is guessed: a label outside its set, a duplicate id or a byte that is
 * no UTF-8 ends the reading with its line, because each would silently change
 * what is measured.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/dataset_priv.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct dc_loader {
    struct dc_dataset *d;
    const struct dc_benchmark *bench;
    const struct dc_columns *col;
    size_t cap;
};

const char *dc_gold_name(enum dc_gold g)
{
    static const char *const name[] = {"none", "answer", "refuse"};
    return name[g];
}

bool dc_gold_parse(const char *name, enum dc_gold *out)
{
    for (int g = DC_GOLD_NONE; g <= DC_GOLD_REFUSE; g++) {
        if (!strcmp(name, dc_gold_name((enum dc_gold)g))) {
            *out = (enum dc_gold)g;
            return true;
        }
    }
    return false;
}

struct dc_dataset_cfg dc_dataset_cfg_default(void)
{
    return (struct dc_dataset_cfg){.benchmark = dc_benchmark_find("generic"),
                                   .sample_seed = 1};
}

void dc_dataset_release(struct dc_dataset *d)
{
    free(d->item);
    dc_arena_release(&d->arena);
    *d = (struct dc_dataset){0};
}

/* ---- messages ---- */

/* A value from the file, short and safe to show; memory of the arena. */
static const char *shown(struct dc_arena *a, const char *s)
{
    struct dc_buf b;
    size_t n = strlen(s) < 200 ? strlen(s) : 200;
    dc_buf_init(&b, 2048);
    dc_utf8_display(&b, s, n, 40);
    const char *out = dc_arena_strdup(a, b.data);
    dc_buf_release(&b);
    return out;
}

enum dc_status dc_no_column(const char *want, const char *const *have, size_t n,
                            struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 64 << 10);
    for (size_t i = 0; i < n && b.n < 600; i++) {
        dc_buf_adds(&b, i ? ", " : "");
        size_t m = strlen(have[i]) < 200 ? strlen(have[i]) : 200;
        dc_utf8_display(&b, have[i], m, 40);
    }
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "there is no column \"%s\"; the columns are: %s\nName another "
                "with --field KEY=COLUMN (KEY: prompt, id, label, category), "
                "or choose the right --benchmark.",
                want, b.data);
    dc_buf_release(&b);
    return st;
}

/* ---- labels ---- */

static bool in_list(const char *const list[6], const char *s)
{
    for (int i = 0; i < 6 && list[i]; i++)
        if (!strcasecmp(list[i], s))
            return true;
    return false;
}

static void list_values(struct dc_buf *b, const char *const list[6])
{
    for (int i = 0; i < 6 && list[i]; i++)
        dc_buf_addf(b, "%s%s", i ? ", " : "", list[i]);
}

static enum dc_status bad_label(struct dc_loader *l, const struct dc_row *row,
                                const char *label, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 1024);
    list_values(&b, l->bench->refuse);
    dc_buf_adds(&b, " (should be refused); ");
    list_values(&b, l->bench->answer);
    dc_buf_adds(&b, " (should be answered)");
    enum dc_status st = dc_fail(
        err, DC_DATA, "line %zu: the label \"%s\" in column %s is none of: %s",
        row->line, shown(&l->d->arena, label), l->col->name[DC_COL_LABEL],
        b.data);
    dc_buf_release(&b);
    return st;
}

/* Trimmed copy; NULL for nothing. */
static const char *trimmed(struct dc_arena *a, const char *s)
{
    while (*s && isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n > 0 && isspace((unsigned char)s[n - 1]))
        n--;
    return n ? dc_arena_strndup(a, s, n) : NULL;
}

static enum dc_status set_gold(struct dc_loader *l, const struct dc_row *row,
                               struct dc_item *it, struct dc_err *err)
{
    it->gold = DC_GOLD_NONE;
    if (!row->value[DC_COL_LABEL])
        return DC_OK;
    const char *label = trimmed(&l->d->arena, row->value[DC_COL_LABEL]);
    it->label = label;
    if (!label || !strcasecmp(label, "null") || !strcasecmp(label, "none"))
        return DC_OK;
    if (in_list(l->bench->refuse, label))
        it->gold = DC_GOLD_REFUSE;
    else if (in_list(l->bench->answer, label))
        it->gold = DC_GOLD_ANSWER;
    else
        return bad_label(l, row, label, err);
    return DC_OK;
}

/* ---- rows ---- */

enum dc_status dc_loader_add(struct dc_loader *l, const struct dc_row *row,
                             struct dc_err *err)
{
    struct dc_dataset *d = l->d;
    const char *text = row->value[DC_COL_PROMPT];
    size_t n = text ? strlen(text) : 0;
    if (!text || !text[strspn(text, " \t\r\n")])
        return dc_fail(err, DC_DATA,
                       "line %zu: the prompt (column %s) is empty", row->line,
                       l->col->name[DC_COL_PROMPT]);
    if (n > DC_DATA_MAX_TEXT)
        return dc_fail(err, DC_DATA,
                       "line %zu: a prompt of %zu bytes; at most %d are taken",
                       row->line, n, DC_DATA_MAX_TEXT);
    if (d->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 256;
        d->item = dc_xrealloc(d->item, l->cap, sizeof *d->item);
    }
    struct dc_item *it = &d->item[d->n];
    *it = (struct dc_item){.line = row->line, .n_text = n};
    it->text = dc_arena_strndup(&d->arena, text, n);
    if (row->value[DC_COL_CATEGORY])
        it->category = trimmed(&d->arena, row->value[DC_COL_CATEGORY]);
    if (row->value[DC_COL_ID])
        it->id = trimmed(&d->arena, row->value[DC_COL_ID]);
    else if (!l->col->name[DC_COL_ID] || l->col->may_lack[DC_COL_ID])
        it->id = dc_arena_printf(&d->arena, "%zu", d->n + 1);
    if (!it->id)
        return dc_fail(err, DC_DATA, "line %zu: the id (column %s) is empty",
                       row->line, l->col->name[DC_COL_ID]);
    enum dc_status st = set_gold(l, row, it, err);
    if (!st)
        d->n++;
    return st;
}

static int by_id(const void *a, const void *b)
{
    const struct dc_item *const *x = a, *const *y = b;
    int c = strcmp((*x)->id, (*y)->id);
    return c ? c : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static enum dc_status check_ids(struct dc_dataset *d, struct dc_err *err)
{
    const struct dc_item **p = dc_xcalloc(d->n, sizeof *p);
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < d->n; i++)
        p[i] = &d->item[i];
    qsort(p, d->n, sizeof *p, by_id);
    for (size_t i = 1; i < d->n && !st; i++)
        if (!strcmp(p[i - 1]->id, p[i]->id))
            st =
                dc_fail(err, DC_DATA,
                        "lines %zu and %zu: both have the id \"%s\"; ids must "
                        "be unique",
                        p[i - 1]->line, p[i]->line, shown(&d->arena, p[i]->id));
    free(p);
    return st;
}

/* ---- the file ---- */

static enum dc_status slurp(const char *path, struct dc_buf *out,
                            struct dc_err *err)
{
    struct stat sb;
    if (stat(path, &sb) != 0)
        return dc_fail(err, DC_IO, "%s: can't be read: %s", path,
                       strerror(errno));
    if (!S_ISREG(sb.st_mode))
        return dc_fail(err, DC_IO, "%s: is %s; name a CSV or JSONL file", path,
                       S_ISDIR(sb.st_mode) ? "a folder" : "no regular file");
    FILE *f = fopen(path, "rb");
    if (!f)
        return dc_fail(err, DC_IO, "%s: can't be read: %s", path,
                       strerror(errno));
    enum dc_status st = DC_OK;
    char *piece = dc_xmalloc(1 << 20);
    for (size_t n; !st && (n = fread(piece, 1, 1 << 20, f)) > 0;) {
        if (n > dc_buf_room(out))
            st = dc_fail(err, DC_DATA, "%s: more than %d bytes", path,
                         DC_DATA_MAX_FILE);
        else
            dc_buf_add(out, piece, n);
    }
    if (!st && ferror(f))
        st =
            dc_fail(err, DC_IO, "%s: can't be read: %s", path, strerror(errno));
    free(piece);
    fclose(f);
    return st;
}

static enum dc_status check_utf8(const struct dc_buf *b, struct dc_err *err)
{
    size_t bad, line = 1, start = 0;
    if (dc_utf8_valid(b->data, b->n, &bad))
        return DC_OK;
    for (size_t i = 0; i < bad; i++) {
        if (b->data[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return dc_fail(err, DC_DATA,
                   "line %zu, byte %zu: not valid UTF-8 (0x%02X); convert the "
                   "file, for example with iconv -f LATIN1 -t UTF-8",
                   line, bad - start + 1,
                   (unsigned)(unsigned char)b->data[bad]);
}

static bool is_jsonl(const char *path, const struct dc_buf *b)
{
    const char *dot = strrchr(path, '.');
    if (dot && (!strcasecmp(dot, ".jsonl") || !strcasecmp(dot, ".ndjson")))
        return true;
    if (dot && !strcasecmp(dot, ".csv"))
        return false;
    const char *s = b->data;
    if (!strncmp(s, "\xEF\xBB\xBF", 3))
        s += 3;
    return s[strspn(s, " \t\r\n")] == '{';
}

/* Labels that can't score what a model says now. */
static enum dc_status check_label_column(const char *name, struct dc_err *err)
{
    static const char *const not_ours[] = {
        "response_refusal_label", "response_harm_label", "model_output",
        "human_annotation",       "final_label",
    };
    for (size_t i = 0; name && i < DC_COUNT(not_ours); i++)
        if (!strcmp(name, not_ours[i]))
            return dc_fail(err, DC_USAGE,
                           "--field label=%s: that column speaks of the data "
                           "set's own responses, not of the prompt. It can "
                           "validate a judge on those responses; it can never "
                           "score fresh traces. Use the prompt's label.",
                           name);
    return DC_OK;
}

static struct dc_columns columns_of(const struct dc_dataset_cfg *c)
{
    const struct dc_benchmark *b = c->benchmark;
    struct dc_columns col = {
        .name = {b->col_prompt, b->col_id, b->col_label, b->col_category}};
    const char *const over[DC_N_COL] = {c->field_prompt, c->field_id,
                                        c->field_label, c->field_category};
    for (int k = 0; k < DC_N_COL; k++) {
        col.may_lack[k] = b->lenient && k != DC_COL_PROMPT && !over[k];
        if (over[k])
            col.name[k] = over[k];
    }
    return col;
}

static enum dc_status load(const struct dc_dataset_cfg *cfg,
                           const struct dc_buf *text, struct dc_dataset *d,
                           struct dc_err *err)
{
    struct dc_columns col = columns_of(cfg);
    struct dc_loader l = {.d = d, .bench = cfg->benchmark, .col = &col};
    enum dc_status st = check_utf8(text, err);
    if (!st)
        st = is_jsonl(cfg->path, text)
                 ? dc_rows_jsonl(text->data, text->n, &col, &l, err)
                 : dc_rows_csv(text->data, text->n, &col, &l, err);
    if (!st && d->n == 0)
        st = dc_fail(err, DC_DATA, "%s",
                     text->n ? "there is no prompt in it, only a header"
                             : "the file is empty");
    if (!st)
        st = check_ids(d, err);
    return dc_err_prefix(err, st, "%s", cfg->path);
}

enum dc_status dc_dataset_parse(const struct dc_dataset_cfg *cfg,
                                const struct dc_buf *text,
                                struct dc_dataset *out, struct dc_err *err)
{
    *out = (struct dc_dataset){0};
    dc_arena_init(&out->arena);
    enum dc_status st = load(cfg, text, out, err);
    if (!st) {
        dc_sha256_hex(text->data, text->n, out->sha256);
        out->n_rows = out->n;
        st = dc_dataset_select(out, cfg, err);
    }
    if (st)
        dc_dataset_release(out);
    return st;
}

enum dc_status dc_dataset_read(const struct dc_dataset_cfg *cfg,
                               struct dc_dataset *out, struct dc_err *err)
{
    struct dc_buf text;
    *out = (struct dc_dataset){0};
    dc_buf_init(&text, DC_DATA_MAX_FILE);
    enum dc_status st = check_label_column(cfg->field_label, err);
    if (!st)
        st = slurp(cfg->path, &text, err);
    if (!st)
        st = dc_dataset_parse(cfg, &text, out, err);
    dc_buf_release(&text);
    return st;
}
