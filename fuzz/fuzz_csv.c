/*
 * fuzz_csv.c - any bytes through the CSV and JSONL readers and the data set
 * reader in both formats.
 *
 * What must hold: fields are C strings, lines never go back, a record that was
 * read survives being written and read again, items are whole and valid UTF-8,
 * and a message can be shown to a terminal as it is.
 */
#define FUZZ_NAME "fuzz_csv"

#include "base/mem.h"
#include "data/csv.h"
#include "data/dataset_priv.h"
#include "data/jsonl.h"
#include "fuzz.h"

/* What the inputs reached: a test asks whether both ways out were taken. */
static size_t fuzz_n_record, fuzz_n_item, fuzz_n_error;

static void must_be_safe(const struct dc_err *err)
{
    must_be_shown(err, "\n");
    fuzz_n_error++;
}

static void write_record(struct dc_buf *out, const struct dc_csv *c)
{
    for (size_t i = 0; i < c->n_field; i++) {
        dc_buf_adds(out, i ? ",\"" : "\"");
        for (const char *s = dc_csv_field(c, i); *s; s++) {
            if (*s == '"')
                dc_buf_addc(out, '"');
            dc_buf_addc(out, *s);
        }
        dc_buf_addc(out, '"');
    }
    dc_buf_addc(out, '\n');
}

/* Write the record of c with every field quoted, and read it again. */
static void check_again(const struct dc_csv *c)
{
    struct dc_buf text;
    struct dc_csv back;
    struct dc_err err;
    bool more;
    dc_buf_init(&text, 2 * c->text.n + 4 * DC_CSV_MAX_FIELDS);
    write_record(&text, c);
    dc_csv_init_rows(&back, ',', text.data, text.n);
    must(dc_csv_next(&back, &more, &err) == DC_OK && more,
         "a written record is not read");
    must(back.n_field == c->n_field, "a written record has other fields");
    for (size_t i = 0; i < c->n_field; i++)
        must(!strcmp(dc_csv_field(&back, i), dc_csv_field(c, i)),
             "a field changed in writing and reading");
    must(dc_csv_next(&back, &more, &err) == DC_OK && !more,
         "a written record is more than one");
    dc_csv_release(&back);
    dc_buf_release(&text);
}

static void fuzz_records(const char *text, size_t n)
{
    struct dc_csv c;
    struct dc_err err;
    enum dc_status st;
    bool more = true;
    size_t line = 0;
    dc_csv_init(&c, text, n);
    while (!(st = dc_csv_next(&c, &more, &err)) && more) {
        must(c.record_line > line, "a line went back");
        line = c.record_line;
        must(c.n_field >= 1, "a record of no fields");
        for (size_t i = 0; i < c.n_field; i++)
            must(strlen(dc_csv_field(&c, i)) == c.len[i],
                 "a field is no C string of its length");
        check_again(&c);
        fuzz_n_record++;
    }
    if (st)
        must_be_safe(&err);
    dc_csv_release(&c);
}

static void fuzz_objects(const char *text, size_t n)
{
    struct dc_jsonl j;
    struct dc_err err;
    enum dc_status st;
    bool more = true;
    size_t line = 0;
    const char *key[4];
    dc_jsonl_init(&j, text, n);
    while (!(st = dc_jsonl_next(&j, &more, &err)) && more) {
        must(j.record_line > line, "a line went back");
        line = j.record_line;
        size_t n_key = dc_jsonl_keys(&j, key, DC_COUNT(key));
        for (size_t i = 0; i < n_key; i++) {
            struct dc_jsonl_value v;
            if (dc_jsonl_get(&j, key[i], &v, &err)) {
                must_be_safe(&err);
                continue;
            }
            must(v.present, "a key of the object is not in it");
            must(!v.text || dc_utf8_valid(v.text, strlen(v.text), NULL),
                 "a value that is no UTF-8");
        }
    }
    if (st)
        must_be_safe(&err);
    dc_jsonl_release(&j);
}

static void fuzz_items(const uint8_t *data, size_t size, const char *path)
{
    struct dc_buf text;
    struct dc_dataset_cfg cfg = dc_dataset_cfg_default();
    struct dc_dataset d;
    struct dc_err err;
    cfg.path = path;
    dc_buf_init(&text, DC_DATA_MAX_FILE);
    if (size && size <= DC_DATA_MAX_FILE)
        dc_buf_add(&text, data, size);
    enum dc_status st = dc_dataset_parse(&cfg, &text, &d, &err);
    must(text.n == 0, "the text was not taken");
    if (st) {
        must_be_safe(&err);
        return;
    }
    must(d.n > 0 && d.n == d.n_rows, "a data set without prompts");
    for (size_t i = 0; i < d.n; i++) {
        const struct dc_item *it = &d.item[i];
        must(*it->id && *it->text, "an empty id or prompt");
        must(strlen(it->text) == it->n_text, "a prompt of another length");
        must(dc_utf8_valid(it->text, it->n_text, NULL) &&
                 dc_utf8_valid(it->id, strlen(it->id), NULL),
             "an item that is no UTF-8");
        must(i == 0 || it->line > d.item[i - 1].line, "items out of order");
        must(it->gold == DC_GOLD_NONE || it->label, "gold without a label");
    }
    fuzz_n_item += d.n;
    dc_dataset_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of this very size, so that a read past the end is seen. */
    char *exact = calloc(size ? size : 1, 1);
    must(exact != NULL, "no memory");
    if (size)
        memcpy(exact, data, size);
    fuzz_records(exact, size);
    fuzz_objects(exact, size);
    free(exact);
    fuzz_items(data, size, "fuzz.csv");
    fuzz_items(data, size, "fuzz.jsonl");
    return 0;
}

#ifdef DC_FUZZ_MAIN
int main(int argc, char **argv)
{
    bool ok = fuzz_files(argc, argv, DC_DATA_MAX_FILE);
    printf("%zu records, %zu items, %zu errors\n", fuzz_n_record, fuzz_n_item,
           fuzz_n_error);
    return ok ? 0 : 1;
}
#endif
