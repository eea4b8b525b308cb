/*
 * text_file.c - the bytes of a data file, read whole and checked as text.
 *
 * What is not UTF-8, or holds a NUL, ends the reading with its line, because
 * every later part counts on text.
 */
#include "data/text_file.h"

#include "base/file_in.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/dataset.h"
#include "data/jsonl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { PIECE = 1 << 20, SHOWN_PATH = 300 };

#define BOM "\xEF\xBB\xBF"

static const char wanted[] = "a CSV or JSONL file";

static enum dc_status too_large(struct dc_err *err)
{
    return dc_fail(err, DC_DATA, "larger than %d bytes; split the file",
                   DC_DATA_MAX_FILE);
}

static enum dc_status read_pieces(FILE *f, struct dc_buf *out,
                                  struct dc_err *err)
{
    enum dc_status st = DC_OK;
    char *piece = dc_xmalloc(PIECE);
    for (size_t n; !st && (n = fread(piece, 1, PIECE, f)) > 0;) {
        if (n > dc_buf_room(out))
            st = too_large(err);
        else
            dc_buf_add(out, piece, n);
    }
    if (!st && ferror(f))
        st = dc_fail(err, DC_IO, "can't be read: %s", strerror(errno));
    free(piece);
    return st;
}

enum dc_status dc_text_read(const char *path, struct dc_buf *out,
                            struct dc_err *err)
{
    struct stat sb;
    if (stat(path, &sb) != 0)
        return dc_fail(err, DC_IO, "can't be read: %s; name %s",
                       strerror(errno), wanted);
    if (S_ISDIR(sb.st_mode))
        return dc_fail(err, DC_IO, "is a folder; name %s", wanted);
    if (!S_ISREG(sb.st_mode)) /* a pipe could block for ever */
        return dc_fail(err, DC_IO,
                       "is no regular file; write the data to a file first");
    FILE *f = NULL;
    enum dc_status st = dc_file_open(path, wanted, &f, err);
    if (st)
        return st;
    if (sb.st_size > DC_DATA_MAX_FILE)
        st = too_large(err);
    else
        st = read_pieces(f, out, err);
    fclose(f);
    return st;
}

/* ---- is it text? ---- */

/* Where an offset lies: line and byte of the line, both from 1. */
struct place {
    size_t line, byte;
};

static struct place place_of(const char *s, size_t off)
{
    struct place p = {1, off + 1};
    for (size_t i = 0; i < off; i++) {
        if (s[i] == '\n') {
            p.line++;
            p.byte = off - i;
        }
    }
    return p;
}

static size_t blank_start(const char *s)
{
    size_t at = strncmp(s, BOM, 3) ? 0 : 3;
    return at + strspn(s + at, " \t\r\n");
}

enum dc_status dc_text_check(const char *s, size_t n, struct dc_err *err)
{
    size_t bad;
    const char *kind = dc_file_kind(s, n);
    if (kind)
        return dc_fail(err, DC_DATA, "is %s; name %s%s", kind, wanted,
                       dc_file_kind_advice(kind));
    if (!dc_utf8_valid(s, n, &bad)) {
        struct place p = place_of(s, bad);
        return dc_fail(err, DC_DATA,
                       "line %zu, byte %zu: not valid UTF-8 (0x%02X); convert "
                       "the file, for example with iconv -f LATIN1 -t UTF-8",
                       p.line, p.byte, (unsigned)(unsigned char)s[bad]);
    }
    const char *nul = memchr(s, '\0', n);
    if (nul) {
        struct place p = place_of(s, (size_t)(nul - s));
        return dc_fail(err, DC_DATA,
                       "line %zu, byte %zu: a NUL byte, which no text holds; "
                       "take it out",
                       p.line, p.byte);
    }
    if (blank_start(s) == n)
        return dc_fail(err, DC_DATA,
                       "the file is empty; expected CSV with a header, or one "
                       "JSON object a line");
    return DC_OK;
}

bool dc_text_is_jsonl(const char *path, const char *s, size_t n)
{
    static const char *const ext[] = {".jsonl", ".ndjson", ".json"};
    const char *dot = strrchr(path, '.');
    if (dc_jsonl_begins(s, n))
        return true;
    for (size_t i = 0; dot && i < DC_COUNT(ext); i++)
        if (!strcasecmp(dot, ext[i]))
            return true;
    return false;
}

enum dc_status dc_text_name_file(const char *path, enum dc_status st,
                                 struct dc_err *err)
{
    size_t n = strlen(path), from = n > SHOWN_PATH ? n - SHOWN_PATH : 0;
    while (from && ((unsigned char)path[from] & 0xC0) == 0x80)
        from++;
    return dc_err_prefix(err, st, "%s%s", from ? "\xE2\x80\xA6" : "",
                         path + from);
}
