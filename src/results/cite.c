/*
 * cite.c - cite.h, from data/papers.bib and the table cites.def.
 */
#include "results/cite.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PART = 64, MAX_AUTHORS = 4, MAX_TEXT = 1 << 14 };

extern const char dc_papers_bib[];

static const struct dc_cites cites[] = {
#define DC_CITES(what, name, key) {what, name, key},
#include "results/cites.def"
};

const struct dc_cites *dc_cites_all(size_t *n)
{
    *n = DC_COUNT(cites);
    return cites;
}

/* ---- entries ---- */

bool dc_paper_next(const char **at, struct dc_paper *out)
{
    const char *from = strstr(*at ? *at : dc_papers_bib, "\n@");
    const char *end = from ? strstr(from, "\n}\n") : NULL;
    if (!end)
        return false;
    end += strlen("\n}\n");
    *out = (struct dc_paper){from + 1, (size_t)(end - from - 1)};
    *at = end - 1;
    return true;
}

/* What stands between `before` and the end of its line, in an entry. */
static bool put_line(const struct dc_paper *p, const char *before,
                     struct dc_buf *out)
{
    const char *at = strstr(p->entry, before);
    if (!at || at >= p->entry + p->n)
        return false;
    at += strlen(before);
    for (size_t n = strcspn(at, "\n"); n > 0; n--, at++)
        if (!strchr("{}", *at) && !(n == 1 && *at == ','))
            dc_buf_addc(out, *at);
    return true;
}

bool dc_paper_field(const struct dc_paper *p, const char *field,
                    struct dc_buf *out)
{
    char before[64];
    if (!strcmp(field, "key"))
        return put_line(p, "{", out);
    snprintf(before, sizeof before, "\n  %s = {", field);
    return put_line(p, before, out);
}

bool dc_paper_of(const char *what, const char *name, struct dc_paper *out)
{
    char head[128];
    for (size_t i = 0; i < DC_COUNT(cites); i++) {
        if (strcmp(cites[i].what, what) != 0 ||
            strcmp(cites[i].name, name) != 0)
            continue;
        int n = snprintf(head, sizeof head, "{%s,\n", cites[i].key);
        for (const char *at = NULL; dc_paper_next(&at, out);)
            if (!strncmp(strchr(out->entry, '{'), head, (size_t)n))
                return true;
    }
    return false;
}

/* ---- a paper in words ---- */

/* "Fu, Yichao and Wang, Xuewei": "Fu, Wang"; of many the first alone. */
static void put_authors(const char *authors, struct dc_buf *out)
{
    size_t n = 1;
    for (const char *at = authors; (at = strstr(at, " and ")) != NULL; at++)
        n++;
    bool others = strstr(authors, " and others") != NULL || n > MAX_AUTHORS;
    for (const char *at = authors; at;) {
        const char *next = strstr(at, " and ");
        size_t k = strcspn(at, ",");
        if (next && k > (size_t)(next - at))
            k = (size_t)(next - at);
        dc_buf_addf(out, "%s%.*s", at > authors ? ", " : "", (int)k, at);
        at = next && !others ? next + strlen(" and ") : NULL;
    }
    dc_buf_adds(out, others ? " et al." : ".");
}

/* Behind what was said, if the entry has this field. */
static void put_more(const struct dc_paper *p, const char *field,
                     const char *before, struct dc_buf *out)
{
    struct dc_buf text;
    dc_buf_init(&text, MAX_TEXT);
    if (dc_paper_field(p, field, &text))
        dc_buf_addf(out, "%s%s", before, text.data);
    dc_buf_release(&text);
}

static void put_words(const struct dc_paper *p, struct dc_buf *out)
{
    struct dc_buf authors;
    dc_buf_init(&authors, MAX_TEXT);
    dc_paper_field(p, "author", &authors);
    put_authors(authors.data, out);
    put_more(p, "title", " ", out);
    put_more(p, "journal", ". ", out);
    put_more(p, "booktitle", ". ", out);
    put_more(p, "year", ", ", out);
    put_more(p, "eprint", ", arXiv ", out);
    dc_buf_addc(out, '.');
    dc_buf_release(&authors);
}

/* ---- what a run rests on ---- */

struct part {
    const char *what;
    char *name;        /* owned; of a registry */
    const char *shown; /* as the run has it; borrowed */
    bool published;
    struct dc_paper paper; /* if it is */
};

struct parts {
    struct part part[MAX_PART];
    size_t n;
};

/* shown: "unanimous(3)", "wildguard=m.gguf": its name ends before "(" or "=".
 */
static void add(struct parts *p, const char *what, const char *shown)
{
    if (!shown || p->n == MAX_PART)
        return;
    struct part *x = &p->part[p->n++];
    *x = (struct part){.what = what, .shown = shown};
    x->name = dc_xstrndup(shown, strcspn(shown, "(="));
    x->published = dc_paper_of(what, x->name, &x->paper);
}

static void release(struct parts *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->part[i].name);
}

static const char *value(const struct dc_run_view *run, const char *key)
{
    return dc_kv_value(run->is.kv, run->is.n_kv, key);
}

static enum dc_status find(struct dc_run_view *run, struct parts *p,
                           struct dc_err *err)
{
    *p = (struct parts){.n = 0};
    enum dc_status st = dc_run_view_judges(run, err);
    if (st)
        return st;
    add(p, "policy", run->is.policy);
    add(p, "measure", run->is.measure);
    add(p, "vote", run->is.vote);
    add(p, "data set", value(run, "data.benchmark"));
    add(p, "judge", run->is.judge);
    for (size_t i = 0; i < run->n_judge; i++)
        if (!run->judge[i].own)
            add(p, "judge", run->judge[i].label);
    return DC_OK;
}

static const char *version_of(const struct dc_run_view *run)
{
    const char *v = value(run, "deepconf.version");
    return v ? v : DC_VERSION;
}

/* A data set without a preset is named by its file and its hash. */
static void say_data(const struct dc_run_view *run, struct dc_doc *d)
{
    const char *name = value(run, "data.name");
    const char *sha256 = value(run, "data.sha256");
    dc_doc_itemf(d, "data set", "%s%s%s: as its authors ask to be cited",
                 dc_doc_code(d, name ? name : "not recorded"),
                 sha256 ? ", sha256 " : "", sha256 ? sha256 : "");
}

static void say_part(const struct dc_run_view *run, const struct part *x,
                     struct dc_doc *d)
{
    struct dc_buf text;
    if (!x->published && !strcmp(x->what, "data set")) {
        say_data(run, d);
        return;
    }
    dc_buf_init(&text, MAX_TEXT);
    if (x->published)
        put_words(&x->paper, &text);
    else if (strcmp(x->what, "judge") != 0)
        dc_buf_adds(&text, "no paper of its own: docs/METHODS.md of deepconf");
    else if (!strcmp(x->name, "keywords") || !strcmp(x->name, "phrases10"))
        dc_buf_adds(&text, "no paper of its own: docs/JUDGES.md of deepconf");
    else
        dc_buf_adds(&text, "no paper is known here; a model that it asks is "
                           "cited as its makers ask");
    dc_doc_itemf(d, x->what, "%s: %s", dc_doc_code(d, x->shown), text.data);
    dc_buf_release(&text);
}

enum dc_status dc_cite_doc(struct dc_run_view *run, struct dc_doc *d,
                           struct dc_err *err)
{
    struct parts p;
    const char *model = value(run, "model.name");
    const char *sha256 = value(run, "model.sha256");
    enum dc_status st = find(run, &p, err);
    if (st)
        return st;
    dc_doc_itemf(d, "program", "The deepconf authors. deepconf, version %s.",
                 version_of(run));
    dc_doc_itemf(d, "model", "%s%s%s: as its makers ask to be cited",
                 dc_doc_code(d, model ? model : "not recorded"),
                 sha256 && sha256[0] ? ", sha256 " : "", sha256 ? sha256 : "");
    for (size_t i = 0; i < p.n; i++)
        say_part(run, &p.part[i], d);
    release(&p);
    return DC_OK;
}

/* ---- BibTeX ---- */

/* A version is text of the file's: what could end the entry is left out. */
static void put_program(const char *version, struct dc_buf *out)
{
    dc_buf_adds(out,
                "@software{deepconf,\n  author = {{The deepconf authors}},\n"
                "  title = {{deepconf}},\n  version = {");
    for (; *version; version++)
        if (strchr("0123456789abcdefghijklmnopqrstuvwxyz.-+", *version))
            dc_buf_addc(out, *version);
    dc_buf_adds(out, "},\n  year = {2026}\n}\n");
}

enum dc_status dc_cite_bibtex(struct dc_run_view *run, struct dc_buf *out,
                              struct dc_err *err)
{
    struct parts p;
    enum dc_status st = find(run, &p, err);
    if (st)
        return st;
    put_program(version_of(run), out);
    for (size_t i = 0; i < p.n; i++) {
        const struct dc_paper *x = &p.part[i].paper;
        size_t first = 0;
        while (p.part[first].paper.entry != x->entry)
            first++;
        if (p.part[i].published && first == i)
            dc_buf_addf(out, "\n%.*s", (int)x->n, x->entry);
    }
    release(&p);
    return DC_OK;
}
