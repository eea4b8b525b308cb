/*
 * experiment_yaml.c - a document of libyaml's as pairs of a section's keys and
 * values; what is no such pair is refused by its line (experiment_yaml.h).
 */
#include "data/experiment_yaml.h"

#include "base/file_in.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { SHOW_COLS = 60, MAX_FILE = 1 << 22 };

struct reading {
    struct dc_exp *e;
    yaml_document_t *doc;
};

static struct dc_exp_pair *add(struct dc_exp *e)
{
    if (e->n == e->cap) {
        e->cap = e->cap ? 2 * e->cap : 32;
        e->pair = dc_xrealloc(e->pair, e->cap, sizeof *e->pair);
    }
    e->pair[e->n] = (struct dc_exp_pair){.n = 0};
    return &e->pair[e->n++];
}

static bool same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

struct dc_exp_pair *dc_exp_find(const struct dc_exp *e, const char *section,
                                const char *key)
{
    for (size_t i = 0; i < e->n; i++)
        if (same(e->pair[i].section, section) && same(e->pair[i].key, key))
            return &e->pair[i];
    return NULL;
}

struct dc_exp_pair *dc_exp_set(struct dc_exp *e, const char *section,
                               const char *key, const char *value)
{
    struct dc_exp_pair *p = dc_exp_find(e, section, key);
    if (!p) {
        p = add(e);
        p->section = dc_arena_strdup(&e->arena, section);
        p->key = dc_arena_strdup(&e->arena, key);
    }
    p->line = 0;
    p->n = 1;
    p->value = dc_arena_array(&e->arena, 1, sizeof *p->value);
    p->value[0] = dc_arena_strdup(&e->arena, value);
    return p;
}

void dc_exp_put(struct dc_exp *e, const struct dc_exp_pair *p)
{
    struct dc_exp_pair *to = dc_exp_find(e, p->section, p->key);
    *(to ? to : add(e)) = *p;
}

/* ---- nodes ---- */

static size_t line_of(const yaml_node_t *n)
{
    return n->start_mark.line + 1;
}

static bool is_empty(const yaml_node_t *n)
{
    return n->type == YAML_SCALAR_NODE && n->data.scalar.length == 0;
}

static enum dc_status expected(const yaml_node_t *n, const char *what,
                               struct dc_err *err)
{
    return dc_fail(err, DC_DATA, "line %zu: expected %s", line_of(n), what);
}

static enum dc_status scalar(struct reading *r, const yaml_node_t *n,
                             const char **out, struct dc_err *err)
{
    if (n->type != YAML_SCALAR_NODE ||
        memchr(n->data.scalar.value, '\0', n->data.scalar.length))
        return expected(n, "a word, a number or a text", err);
    *out = dc_arena_strndup(&r->e->arena, (const char *)n->data.scalar.value,
                            n->data.scalar.length);
    return DC_OK;
}

static enum dc_status values(struct reading *r, const yaml_node_t *n,
                             struct dc_exp_pair *p, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    size_t m = 1;
    if (n->type == YAML_SEQUENCE_NODE)
        m = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    p->value = dc_arena_array(&r->e->arena, m, sizeof *p->value);
    p->n = m;
    if (n->type != YAML_SEQUENCE_NODE)
        return scalar(r, n, &p->value[0], err);
    for (size_t i = 0; i < m && !st; i++)
        st = scalar(
            r, yaml_document_get_node(r->doc, n->data.sequence.items.start[i]),
            &p->value[i], err);
    return st;
}

static enum dc_status twice(const yaml_node_t *n, const char *key,
                            const struct dc_exp_pair *p, struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_utf8_display(&b, key, strlen(key), SHOW_COLS);
    enum dc_status st =
        dc_fail(err, DC_DATA, "line %zu: \"%s\" stands on line %zu already",
                line_of(n), b.data, p->line);
    dc_buf_release(&b);
    return st;
}

/* "name: x" at the left edge: an unknown section, or a key outside of any. */
static enum dc_status no_section(const char *name, const yaml_node_t *n,
                                 struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_utf8_display(&b, name, strlen(name), SHOW_COLS);
    enum dc_status st =
        dc_fail(err, DC_DATA,
                "line %zu: \"%s\" stands where a section does; expected a "
                "section (about, run, judge, sweep, report, matrix, stages, "
                "budget or compare) and under it, indented, keys such as "
                "\"seed: 1\"",
                line_of(n), b.data);
    dc_buf_release(&b);
    return st;
}

static enum dc_status section(struct reading *r, const char *name,
                              const yaml_node_t *n, struct dc_err *err)
{
    if (is_empty(n))
        return DC_OK;
    if (n->type != YAML_MAPPING_NODE)
        return no_section(name, n, err);
    for (const yaml_node_pair_t *x = n->data.mapping.pairs.start;
         x < n->data.mapping.pairs.top; x++) {
        const yaml_node_t *k = yaml_document_get_node(r->doc, x->key);
        const char *key = NULL;
        enum dc_status st = scalar(r, k, &key, err);
        if (st)
            return st;
        const struct dc_exp_pair *old = dc_exp_find(r->e, name, key);
        if (old)
            return twice(k, key, old, err);
        struct dc_exp_pair *p = add(r->e);
        p->section = name;
        p->key = key;
        p->line = line_of(k);
        st = values(r, yaml_document_get_node(r->doc, x->value), p, err);
        if (st)
            return st;
    }
    return DC_OK;
}

/* ---- a matrix and stages ---- */

/* The entries of a mapping: their keys' texts and nodes, and their values. */
struct entries {
    const char **name; /* [n] */
    const yaml_node_t **at, **value;
    size_t n;
};

static enum dc_status entries_of(struct reading *r, const yaml_node_t *n,
                                 const char *want, struct entries *out,
                                 struct dc_err *err)
{
    struct dc_arena *a = &r->e->arena;
    *out = (struct entries){.n = 0};
    if (n->type != YAML_MAPPING_NODE)
        return expected(n, want, err);
    const yaml_node_pair_t *x = n->data.mapping.pairs.start;
    size_t m = (size_t)(n->data.mapping.pairs.top - x);
    out->name = dc_arena_array(a, m, sizeof *out->name);
    out->at = dc_arena_array(a, m, sizeof(yaml_node_t *));
    out->value = dc_arena_array(a, m, sizeof(yaml_node_t *));
    for (size_t i = 0; i < m; i++) {
        out->at[i] = yaml_document_get_node(r->doc, x[i].key);
        out->value[i] = yaml_document_get_node(r->doc, x[i].value);
        enum dc_status st = scalar(r, out->at[i], &out->name[i], err);
        if (st)
            return st;
        for (size_t k = 0; k < i; k++)
            if (!strcmp(out->name[k], out->name[i]))
                return twice(out->at[i], out->name[i],
                             &(struct dc_exp_pair){.line = line_of(out->at[k])},
                             err);
        out->n++;
    }
    return DC_OK;
}

/* "KEY" and "SECTION.KEY", as --set has them. */
static void split_key(struct reading *r, const char *name,
                      struct dc_exp_pair *p)
{
    const char *dot = strchr(name, '.');
    p->section =
        dot ? dc_arena_strndup(&r->e->arena, name, (size_t)(dot - name))
            : "run";
    p->key = dot ? dot + 1 : name;
}

/* is_stage: the key "when" is its conditions. */
static enum dc_status point(struct reading *r, const yaml_node_t *n,
                            bool is_stage, struct dc_exp_point *out,
                            struct dc_err *err)
{
    struct entries in = {.n = 0};
    enum dc_status st =
        is_empty(n) ? DC_OK
                    : entries_of(r, n, "keys such as \"seed: 1\"", &in, err);
    out->pair = dc_arena_array(&r->e->arena, in.n, sizeof *out->pair);
    for (size_t i = 0; i < in.n && !st; i++) {
        bool when = is_stage && !strcmp(in.name[i], "when");
        struct dc_exp_pair *p = when ? &out->when : &out->pair[out->n++];
        *p = (struct dc_exp_pair){.line = line_of(in.at[i])};
        if (when)
            p->key = "when";
        else
            split_key(r, in.name[i], p);
        st = values(r, in.value[i], p, err);
    }
    return st;
}

static enum dc_status points(struct reading *r, const yaml_node_t *n,
                             bool is_stage, struct dc_exp_axis *out,
                             struct dc_err *err)
{
    struct entries in;
    enum dc_status st =
        entries_of(r, n,
                   is_stage ? "stages, each a name with its keys under it"
                            : "names of values, each with its keys under it",
                   &in, err);
    if (!st && in.n == 0)
        st = expected(n, "at least one name with its keys under it", err);
    if (st)
        return st;
    out->point = dc_arena_array(&r->e->arena, in.n, sizeof *out->point);
    for (size_t i = 0; i < in.n && !st; i++) {
        struct dc_exp_point *p = &out->point[out->n++];
        *p = (struct dc_exp_point){.name = in.name[i],
                                   .line = line_of(in.at[i])};
        st = point(r, in.value[i], is_stage, p, err);
    }
    return st;
}

static enum dc_status stages(struct reading *r, const yaml_node_t *n,
                             struct dc_err *err)
{
    struct dc_exp_axis all = {.n = 0};
    enum dc_status st = points(r, n, true, &all, err);
    r->e->stage = all.point;
    r->e->n_stage = all.n;
    return st;
}

static enum dc_status matrix(struct reading *r, const yaml_node_t *n,
                             struct dc_err *err)
{
    struct entries in;
    enum dc_status st = entries_of(
        r, n, "what differs, such as \"data:\", with its values under it", &in,
        err);
    if (st)
        return st;
    r->e->axis = dc_arena_array(&r->e->arena, in.n, sizeof *r->e->axis);
    for (size_t i = 0; i < in.n && !st; i++) {
        struct dc_exp_axis *a = &r->e->axis[r->e->n_axis++];
        *a =
            (struct dc_exp_axis){.name = in.name[i], .line = line_of(in.at[i])};
        st = points(r, in.value[i], false, a, err);
    }
    return st;
}

/* ---- all of it ---- */

/* A part of the file under its name, which no other has. */
static enum dc_status part(struct reading *r, const char *name,
                           const yaml_node_t *k, const yaml_node_t *v,
                           struct dc_err *err)
{
    const struct dc_exp_pair *old = dc_exp_find(r->e, name, NULL);
    if (old)
        return twice(k, name, old, err);
    if (!strcmp(name, "about"))
        return scalar(r, v, &r->e->about, err);
    struct dc_exp_pair *p = add(r->e);
    p->section = name;
    p->line = line_of(k);
    if (!strcmp(name, "matrix"))
        return matrix(r, v, err);
    if (!strcmp(name, "stages"))
        return stages(r, v, err);
    return section(r, name, v, err);
}

static enum dc_status root(struct reading *r, struct dc_err *err)
{
    const yaml_node_t *n = yaml_document_get_root_node(r->doc);
    if (!n)
        return dc_fail(err, DC_DATA,
                       "is empty: expected sections such as "
                       "\"run:\"");
    if (n->type != YAML_MAPPING_NODE)
        return expected(n, "sections such as \"run:\"", err);
    for (const yaml_node_pair_t *x = n->data.mapping.pairs.start;
         x < n->data.mapping.pairs.top; x++) {
        const yaml_node_t *k = yaml_document_get_node(r->doc, x->key);
        const yaml_node_t *v = yaml_document_get_node(r->doc, x->value);
        const char *name = NULL;
        enum dc_status st = scalar(r, k, &name, err);
        if (!st)
            st = part(r, name, k, v, err);
        if (st)
            return st;
    }
    return DC_OK;
}

/* ---- the file ---- */

static size_t line_at(const struct dc_buf *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at && i < text->n; i++)
        line += text->data[i] == '\n';
    return line;
}

static enum dc_status no_yaml(const yaml_parser_t *p, const struct dc_buf *text,
                              struct dc_err *err)
{
    const char *what = p->problem;
    size_t line = p->problem_mark.line + 1;
    if (!what || p->error == YAML_MEMORY_ERROR) /* without words */
        dc_out_of_memory();
    if (p->error == YAML_READER_ERROR) /* it knows no line */
        return dc_fail(err, DC_DATA,
                       "line %zu: a control character (0x%02X), which no YAML "
                       "holds; take it out",
                       line_at(text, p->problem_offset),
                       (unsigned)p->problem_value);
    if (p->problem_mark.index < text->n &&
        text->data[p->problem_mark.index] == '\t')
        return dc_fail(err, DC_DATA,
                       "line %zu: a tab; YAML indents with spaces", line);
    if (!p->context)
        return dc_fail(err, DC_DATA, "line %zu: %s; expected YAML", line, what);
    return dc_fail(err, DC_DATA,
                   "line %zu: %s from line %zu on: %s; expected YAML", line,
                   p->context, p->context_mark.line + 1, what);
}

/* Behind the first document; what stands there would be passed over. */
static enum dc_status no_more(yaml_parser_t *parser, const struct dc_buf *text,
                              struct dc_err *err)
{
    yaml_document_t doc;
    if (!yaml_parser_load(parser, &doc))
        return no_yaml(parser, text, err);
    const yaml_node_t *n = yaml_document_get_root_node(&doc);
    enum dc_status st =
        n ? dc_fail(err, DC_DATA,
                    "line %zu: a second document, behind a line of \"---\"; "
                    "expected one experiment in a file",
                    line_of(n))
          : DC_OK;
    yaml_document_delete(&doc);
    return st;
}

enum dc_status dc_exp_read(const char *path, struct dc_exp *out,
                           struct dc_err *err)
{
    yaml_parser_t parser;
    yaml_document_t doc;
    struct dc_buf text;
    *out = (struct dc_exp){.about = ""};
    dc_arena_init(&out->arena);
    dc_buf_init(&text, MAX_FILE);
    enum dc_status st = dc_file_text(
        path, "a YAML file with sections such as \"run:\"", &text, err);
    if (st) {
        dc_buf_release(&text);
        return st;
    }
    if (!yaml_parser_initialize(&parser))
        dc_out_of_memory();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.data,
                                 text.n);
    if (yaml_parser_load(&parser, &doc)) {
        struct reading r = {out, &doc};
        st = root(&r, err);
        yaml_document_delete(&doc);
        if (!st)
            st = no_more(&parser, &text, err);
    } else {
        st = no_yaml(&parser, &text, err);
    }
    yaml_parser_delete(&parser);
    dc_buf_release(&text);
    return st;
}

void dc_exp_release(struct dc_exp *e)
{
    free(e->pair);
    dc_arena_release(&e->arena);
    *e = (struct dc_exp){.n = 0};
}
