/*
 * out_notebooks.c - viewer.ipynb, executed already and to be looked at with
 * nothing installed, and reproducible.ipynb, code that reaches the numbers of
 * the report again.
 *
 * The viewer's outputs are what its code would show: the pictures of the set.
 * The other one is data/notebook/reproducible.py with the run's names put in.
 */
#include "base/base64.h"
#include "base/hash.h"
#include "base/json_out.h"
#include "doc/md.h"
#include "report/chapter.h"
#include "report/notebook.h"
#include "report/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char dc_notebook_reproducible[];
extern const size_t dc_notebook_reproducible_size;

/* ---- the viewer ---- */

static void add_text(json_t *nb, const struct dc_facts *f)
{
    static const struct {
        const char *title;
        void (*write)(const struct dc_chapter *c);
    } part[] = {
        {NULL, dc_chapter_answer},
        {NULL, dc_chapter_state},
        {"Doubts and alarms", dc_chapter_doubts},
        {"Decisions and rates", dc_chapter_rates},
        {"What confidence tells", dc_chapter_measures},
        {"Stopping policies", dc_chapter_sweep},
        {"What it cost", dc_chapter_cost},
    };
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        struct dc_buf b;
        const struct dc_chapter c = {f, NULL, dc_doc_create()};
        dc_buf_init(&b, SIZE_MAX);
        if (i == 0)
            dc_buf_addf(&b,
                        "# %s\n\nTo look at: nothing has to be executed or "
                        "installed.\n\n",
                        f->name);
        if (part[i].title)
            dc_doc_chapter(c.d, part[i].title);
        part[i].write(&c);
        dc_doc_markdown(c.d, DC_CHAPTER_LEVEL, &b);
        dc_md_tidy(&b);
        dc_notebook_text(nb, b.data, b.n);
        dc_buf_release(&b);
        dc_doc_free(c.d);
    }
}

static enum dc_status add_picture(json_t *nb, struct dc_out_dir *o,
                                  const char *name, struct dc_err *err)
{
    char file[160], code[512], words[200];
    struct dc_buf b, text;
    snprintf(file, sizeof file, "plots/%s.png", name);
    snprintf(code, sizeof code,
             "from IPython.display import Image, display\n\n"
             "display(Image(filename=\"%s\"))\n",
             file);
    snprintf(words, sizeof words, "<the picture %s>", file);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_init(&text, SIZE_MAX);
    enum dc_status st = dc_out_read(o, file, &b, err);
    dc_base64(&text, b.data, b.n);
    json_t *data = json_object();
    dc_json_put(data, "image/png", json_string(text.data));
    dc_json_put(data, "text/plain", json_string(words));
    dc_notebook_code(nb, code, strlen(code), data);
    dc_buf_release(&b);
    dc_buf_release(&text);
    return st;
}

static enum dc_status write_viewer(const struct dc_facts *f,
                                   struct dc_out_dir *o, struct dc_err *err)
{
    json_t *nb = dc_notebook_new();
    enum dc_status st = DC_OK;
    add_text(nb, f);
    for (size_t i = 0; i < o->n && !st; i++) {
        const char *name = dc_out_plot(o, &o->file[i], ".png");
        if (name)
            st = add_picture(nb, o, name, err);
    }
    if (st) {
        json_decref(nb);
        return st;
    }
    return dc_out_json(o, "viewer.ipynb", nb, err);
}

/* ---- the reproducible one ---- */

/* Four hexadecimal digits behind "\\u"; false if s begins otherwise. */
static bool is_unit(const char *s, unsigned *out)
{
    char digits[5] = {0};
    if (s[0] != '\\' || s[1] != 'u')
        return false;
    snprintf(digits, sizeof digits, "%.4s", s + 2);
    *out = (unsigned)strtoul(digits, NULL, 16);
    return strlen(digits) == 4;
}

/*
 * A Python literal: JSON's string but for what JSON writes as a pair of
 * surrogates, which Python would keep as two halves.
 */
static const char *literal(struct dc_arena *a, const char *text)
{
    struct dc_buf json, out;
    unsigned high, low;
    dc_buf_init(&json, SIZE_MAX);
    dc_buf_init(&out, SIZE_MAX);
    dc_json_quote(&json, text, strlen(text), "");
    for (const char *s = json.data; *s;) {
        if (is_unit(s, &high) && high >= 0xD800 && high < 0xDC00 &&
            is_unit(s + 6, &low)) {
            dc_buf_addf(&out, "\\U%08x",
                        0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            s += 12;
            continue;
        }
        if (*s == '\\') /* with what it escapes */
            dc_buf_addc(&out, *s++);
        dc_buf_addc(&out, *s++);
    }
    const char *python = dc_arena_strdup(a, out.data);
    dc_buf_release(&json);
    dc_buf_release(&out);
    return python;
}

struct hole {
    const char *name, *with;
};

/* Replace {{NAME}}; a name that is not in the list stays. */
static void fill(struct dc_buf *b, const char *s, const struct hole *hole,
                 size_t n)
{
    while (*s) {
        const char *open = strstr(s, "{{");
        size_t i = 0;
        if (!open) {
            dc_buf_adds(b, s);
            return;
        }
        dc_buf_add(b, s, (size_t)(open - s));
        s = open + 2;
        while (i < n && (strncmp(s, hole[i].name, strlen(hole[i].name)) != 0 ||
                         strncmp(s + strlen(hole[i].name), "}}", 2) != 0))
            i++;
        dc_buf_adds(b, i < n ? hole[i].with : "{{");
        s += i < n ? strlen(hole[i].name) + 2 : 0;
    }
}

static enum dc_status write_reproducible(const struct dc_facts *f,
                                         struct dc_out_dir *o,
                                         struct dc_err *err)
{
    struct dc_arena a = {NULL, 0};
    struct dc_buf b;
    struct dc_measure_spec m;
    const char *own = dc_summary_config(&f->summary, "stop.measure", "");
    const char *run = dc_arena_printf(&a, "%s.db", f->name);
    bool is_own =
        !strcmp(dc_summary_config(&f->summary, "judge", ""), f->summary.judge);
    const struct hole hole[] = {
        {"name", f->name},
        {"run", literal(&a, run)},
        {"judge", literal(&a, f->summary.judge)},
        {"own", is_own ? "True" : "False"},
        {"measure", literal(&a, own)},
        {"direction",
         dc_measure_parse(own, &m, NULL) == DC_OK && m.row->direction < 0
             ? "-1"
             : "1"},
    };
    dc_buf_init(&b, SIZE_MAX);
    fill(&b, dc_notebook_reproducible, hole, sizeof hole / sizeof hole[0]);
    json_t *nb = dc_notebook_new();
    dc_notebook_percent(nb, b.data, b.n);
    dc_buf_release(&b);
    dc_arena_release(&a);
    return dc_out_json(o, "reproducible.ipynb", nb, err);
}

static enum dc_status write_notebooks(const struct dc_facts *f,
                                      struct dc_out_dir *o, struct dc_err *err)
{
    enum dc_status st = write_viewer(f, o, err);
    return st ? st : write_reproducible(f, o, err);
}

const struct dc_output dc_output_notebooks = {
    .files = "viewer.ipynb, reproducible.ipynb",
    .what = "notebooks: one to look at, one that computes the numbers again",
    .write = write_notebooks,
};
