/*
 * import_file.c - a file as JSON values, and JSONL line by line.
 */
#include "base/mem.h"
#include "exchange/import_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static long read_file(void *arg, char *buf, size_t n)
{
    FILE *f = arg;
    size_t got = fread(buf, 1, n, f);
    return got == 0 && ferror(f) ? -1 : (long)got;
}

enum dc_status dc_import_open(const char *path, struct dc_import_file *f,
                              struct dc_err *err)
{
    struct stat sb;
    *f = (struct dc_import_file){.f = fopen(path, "rb")};
    if (!f->f)
        return dc_fail(err, DC_IO, "can't be read: %s", strerror(errno));
    if (fstat(fileno(f->f), &sb) == 0 && S_ISDIR(sb.st_mode))
        return dc_fail(err, DC_IO, "is a folder: name a file in it");
    f->json = dc_xcalloc(1, sizeof *f->json);
    dc_ji_init(f->json, read_file, f->f);
    return DC_OK;
}

void dc_import_close(struct dc_import_file *f)
{
    if (f->f)
        fclose(f->f);
    free(f->json);
    *f = (struct dc_import_file){.f = NULL};
}

enum dc_status dc_import_line(struct dc_import_file *f, json_t **out,
                              size_t *line, struct dc_err *err)
{
    int c = dc_ji_peek(f->json);
    *out = NULL;
    *line = f->json->line;
    if (c < 0)
        return f->json->failed
                   ? dc_fail(err, DC_IO, "line %zu: the file can't be read on",
                             *line)
                   : DC_OK;
    if (c != '{')
        return dc_fail(err, DC_DATA,
                       "line %zu: expected a JSON object on the line, got "
                       "something else; jq -c '.[]' writes the elements of an "
                       "array as lines",
                       *line);
    return dc_ji_value(f->json, out, err);
}
