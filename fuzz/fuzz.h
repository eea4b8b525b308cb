/*
 * fuzz.h - what the fuzz targets share. Each is one source and three programs:
 * under libFuzzer (clang -fsanitize=fuzzer), as a plain program over files
 * (-DDC_FUZZ_MAIN), and inside the test of its name. What must hold is checked
 * by abort().
 *
 * A target defines FUZZ_NAME before it includes this.
 */
#ifndef DC_FUZZ_H
#define DC_FUZZ_H

#include "base/buf.h"
#include "base/utf8.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, FUZZ_NAME ": %s\n", what);
    abort();
}

/* A message in valid UTF-8, with no control character but those of `but`. */
static inline void must_be_shown(const struct dc_err *err, const char *but)
{
    const char *s = err->msg;
    must(*s != '\0', "an error without a message");
    must(dc_utf8_valid(s, strlen(s), NULL), "a message that is no UTF-8");
    for (; *s; s++)
        must(((unsigned char)*s >= 0x20 && *s != 0x7F) || strchr(but, *s),
             "a control character in a message");
}

#ifdef DC_FUZZ_MAIN
/* At most max bytes of a file through the target; false: it can't be read. */
static bool fuzz_file(const char *path, size_t max)
{
    FILE *f = fopen(path, "rb");
    struct dc_buf b;
    char piece[4096];
    size_t n, room;
    if (!f) {
        perror(path);
        return false;
    }
    dc_buf_init(&b, max);
    do {
        room = dc_buf_room(&b);
        n = fread(piece, 1, room < sizeof piece ? room : sizeof piece, f);
        dc_buf_add(&b, piece, n);
    } while (n > 0);
    bool ok = !ferror(f);
    fclose(f);
    LLVMFuzzerTestOneInput((const uint8_t *)b.data, b.n);
    dc_buf_release(&b);
    return ok;
}

/* The files that a program was called with; false: one can't be read. */
static bool fuzz_files(int argc, char **argv, size_t max)
{
    bool ok = true;
    for (int i = 1; i < argc; i++)
        ok = fuzz_file(argv[i], max) && ok;
    return ok;
}
#endif

#endif
