/*
 * archive_in.c - reads an archive's directory itself and has libarchive unpack
 * one member at a time (archive_in.h).
 *
 * libarchive reads a zip from front to back, and gives no name at all where the
 * locale lacks its characters. So the directory at the archive's end is read
 * here, and a member is handed to libarchive as a zip of its own: a header with
 * the directory's sizes and checksum, then the member's bytes.
 *
 * The directory's layout: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3 (Zip64).
 */
#include "base/archive_in.h"

#include "base/file_in.h"
#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    END_SIZE = 22, /* of the record at the end, without its comment */
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    ENTRY_SIZE = 46,
    LOCAL_SIZE = 30,
    COMMENT_MAX = 65535,
    ENCRYPTED = 1 << 0,
    SIZES_LATER = 1 << 3,
    CHUNK = 1 << 16,
    HEAD_MAX = LOCAL_SIZE + 1 + 20
};

static const uint32_t full = UINT32_MAX; /* the number stands elsewhere */

struct member {
    char *name; /* owned */
    uint64_t at, packed, size;
    uint32_t crc;
    uint16_t flags, method;
};

struct dc_archive {
    FILE *f;
    uint64_t n_file; /* bytes */
    struct member *member;
    size_t n, cap;
    size_t prefix; /* bytes of the folder that all are in */
    /* of the member at hand */
    struct archive *h; /* NULL: none */
    unsigned char head[HEAD_MAX];
    size_t n_head;
    uint64_t left; /* packed bytes still to hand over */
    char chunk[CHUNK];
    char why[120]; /* what libarchive can't know; "": ask it */
    const char *hint;
};

static uint16_t get16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static void put32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

static enum dc_status broken(const struct dc_archive *a, struct dc_err *err,
                             const char *why)
{
    return dc_fail(err, DC_DATA, "the archive can't be read: %.*s%s",
                   (int)strcspn(why, "\n"), why, a->hint);
}

static enum dc_status damaged(const struct dc_archive *a, struct dc_err *err)
{
    return broken(a, err, "its directory is damaged");
}

enum dc_status dc_archive_fail(const struct dc_archive *a, struct dc_err *err)
{
    const char *why = a->why[0] ? a->why : NULL;
    if (a->h && archive_errno(a->h) == ENOMEM)
        dc_out_of_memory();
    if (!why && a->h)
        why = archive_error_string(a->h);
    return broken(a, err, why ? why : "it is damaged");
}

/* n bytes from a place; false: the file ends there, or can't be read. */
static bool get(struct dc_archive *a, uint64_t at, void *buf, size_t n)
{
    return at <= a->n_file && n <= a->n_file - at &&
           fseeko(a->f, (off_t)at, SEEK_SET) == 0 &&
           fread(buf, 1, n, a->f) == n;
}

/* ---- the directory ---- */

struct place {
    uint64_t at, size, n; /* of the directory: where, bytes, entries */
};

/* The record at the archive's end: the last one whose comment fits. */
static bool find_end(struct dc_archive *a, uint64_t *at)
{
    size_t n = a->n_file < END_SIZE + COMMENT_MAX ? (size_t)a->n_file
                                                  : END_SIZE + COMMENT_MAX;
    unsigned char *tail = dc_xmalloc(n);
    bool found = false;
    if (n >= END_SIZE && get(a, a->n_file - n, tail, n))
        for (size_t i = n - END_SIZE + 1; i-- > 0 && !found;)
            if (!memcmp(tail + i, "PK\5\6", 4) &&
                get16(tail + i + 20) <= n - END_SIZE - i) {
                *at = a->n_file - n + i;
                found = true;
            }
    free(tail);
    return found;
}

static bool find_place64(struct dc_archive *a, uint64_t end, struct place *p)
{
    unsigned char locator[LOCATOR_SIZE], b[END64_SIZE];
    if (end < LOCATOR_SIZE ||
        !get(a, end - LOCATOR_SIZE, locator, sizeof locator) ||
        memcmp(locator, "PK\6\7", 4) != 0 ||
        !get(a, get64(locator + 8), b, sizeof b) || memcmp(b, "PK\6\6", 4) != 0)
        return false;
    *p = (struct place){get64(b + 48), get64(b + 40), get64(b + 32)};
    return true;
}

static enum dc_status find_place(struct dc_archive *a, struct place *p,
                                 struct dc_err *err)
{
    unsigned char b[END_SIZE];
    uint64_t end;
    if (!find_end(a, &end) || !get(a, end, b, sizeof b))
        return broken(a, err,
                      "it has no directory at its end: it was cut short, "
                      "or is still being written");
    *p = (struct place){get32(b + 16), get32(b + 12), get16(b + 10)};
    bool large = p->at == full || p->size == full || p->n == UINT16_MAX;
    if (large && !find_place64(a, end, p) && (p->at == full || p->size == full))
        return damaged(a, err);
    if (p->at > end || p->size > end - p->at)
        return damaged(a, err);
    return DC_OK;
}

/* Numbers that did not fit stand in the extra field of Zip64, in this order. */
static bool take_large(struct member *m, const unsigned char *x, size_t n)
{
    uint64_t *want[] = {&m->size, &m->packed, &m->at};
    while (n >= 4 && get16(x) != 1 && get16(x + 2) <= n - 4) {
        size_t skip = 4 + (size_t)get16(x + 2);
        x += skip;
        n -= skip;
    }
    size_t room = n >= 4 && get16(x) == 1 ? get16(x + 2) : 0;
    room = n >= 4 && room > n - 4 ? n - 4 : room;
    x += room ? 4 : 0;
    for (size_t i = 0; i < 3; i++) {
        if (*want[i] != full)
            continue;
        if (room < 8)
            return false;
        *want[i] = get64(x);
        x += 8;
        room -= 8;
    }
    return true;
}

static void add(struct dc_archive *a, const struct member *m,
                const unsigned char *name, size_t n)
{
    if (a->n == a->cap) {
        a->cap = a->cap ? 2 * a->cap : 256;
        a->member = dc_xrealloc(a->member, a->cap, sizeof *a->member);
    }
    char *copy = dc_xstrndup((const char *)name, n);
    for (size_t i = 0; i < n; i++)
        copy[i] = copy[i] == '\\' ? '/' : copy[i] ? copy[i] : '?';
    a->member[a->n] = *m;
    a->member[a->n++].name = copy;
}

static enum dc_status read_entries(struct dc_archive *a, const struct place *p,
                                   const unsigned char *b, struct dc_err *err)
{
    size_t left = (size_t)p->size;
    while (left >= ENTRY_SIZE && !memcmp(b, "PK\1\2", 4)) {
        size_t n_name = get16(b + 28), n_extra = get16(b + 30);
        size_t n = ENTRY_SIZE + n_name + n_extra + get16(b + 32);
        struct member m = {
            .at = get32(b + 42),
            .packed = get32(b + 20),
            .size = get32(b + 24),
            .crc = get32(b + 16),
            .flags = get16(b + 8),
            .method = get16(b + 10),
        };
        if (n > left || !take_large(&m, b + ENTRY_SIZE + n_name, n_extra))
            return damaged(a, err);
        add(a, &m, b + ENTRY_SIZE, n_name);
        b += n;
        left -= n;
    }
    return left == 0 && a->n == p->n ? DC_OK : damaged(a, err);
}

static int by_place(const void *x, const void *y)
{
    const struct member *const *a = x, *const *b = y;
    return ((*a)->at > (*b)->at) - ((*a)->at < (*b)->at);
}

/* Members that share bytes make an archive unpack to far more than its size
 * allows, and no program writes them. */
static enum dc_status check_overlap(const struct dc_archive *a, uint64_t end,
                                    struct dc_err *err)
{
    const struct member **m = dc_xcalloc(a->n, sizeof *m);
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < a->n; i++)
        m[i] = &a->member[i];
    qsort(m, a->n, sizeof *m, by_place);
    for (size_t i = 0; i < a->n && !st; i++) {
        uint64_t limit = i + 1 < a->n ? m[i + 1]->at : end;
        if (limit > end || m[i]->at > limit || limit - m[i]->at < LOCAL_SIZE ||
            m[i]->packed > limit - m[i]->at - LOCAL_SIZE)
            st = dc_fail(err, DC_DATA,
                         "the archive can't be read: \"%.60s\" reaches into "
                         "what follows it",
                         m[i]->name);
    }
    free(m);
    return st;
}

/* Who packs a folder instead of what is in it has its name before all. */
static void find_prefix(struct dc_archive *a)
{
    const char *first = a->n ? a->member[0].name : "";
    size_t n = strcspn(first, "/");
    if (!first[n] || !strncmp(first, "samples/", 8) ||
        !strncmp(first, "_journal/", 9) || !strncmp(first, "summaries/", 10))
        return;
    for (size_t i = 0; i < a->n; i++)
        if (strncmp(a->member[i].name, first, n + 1) != 0)
            return;
    a->prefix = n + 1;
}

static enum dc_status read_directory(struct dc_archive *a, struct dc_err *err)
{
    struct place p = {0, 0, 0};
    enum dc_status st = find_place(a, &p, err);
    if (st)
        return st;
    unsigned char *b = dc_xmalloc((size_t)p.size); /* part of the file */
    st = get(a, p.at, b, (size_t)p.size) ? read_entries(a, &p, b, err)
                                         : damaged(a, err);
    free(b);
    if (!st)
        st = check_overlap(a, p.at, err);
    if (!st)
        find_prefix(a);
    return st;
}

enum dc_status dc_archive_open(const char *path,
                               const struct dc_archive_words *words,
                               struct dc_archive **out, struct dc_err *err)
{
    struct dc_archive *a = dc_xcalloc(1, sizeof *a);
    a->hint = words->hint;
    enum dc_status st = dc_file_open(path, words->want, &a->f, err);
    off_t n = st || fseeko(a->f, 0, SEEK_END) ? -1 : ftello(a->f);
    if (!st && n < 0)
        st = dc_fail(err, DC_IO, "can't be read: %s", strerror(errno));
    a->n_file = n < 0 ? 0 : (uint64_t)n;
    if (!st)
        st = read_directory(a, err);
    if (st)
        dc_archive_close(a);
    *out = st ? NULL : a;
    return st;
}

static void leave(struct dc_archive *a)
{
    if (a->h)
        archive_read_free(a->h);
    a->h = NULL;
    a->why[0] = '\0';
}

void dc_archive_close(struct dc_archive *a)
{
    if (!a)
        return;
    leave(a);
    if (a->f)
        fclose(a->f);
    for (size_t i = 0; i < a->n; i++)
        free(a->member[i].name);
    free(a->member);
    free(a);
}

size_t dc_archive_count(const struct dc_archive *a)
{
    return a->n;
}

const char *dc_archive_name(const struct dc_archive *a, size_t i)
{
    return a->member[i].name + a->prefix;
}

/* ---- a member ---- */

/* The header of a zip with this member alone, its sizes known. */
static void make_head(struct dc_archive *a, const struct member *m)
{
    unsigned char *h = a->head;
    bool large = m->packed >= full || m->size >= full;
    memset(h, 0, sizeof a->head);
    memcpy(h, "PK\3\4\55", 5);
    h[6] = (unsigned char)(m->flags & ~SIZES_LATER);
    h[8] = (unsigned char)m->method;
    h[9] = (unsigned char)(m->method >> 8);
    put32(h + 14, m->crc);
    put32(h + 18, large ? full : (uint32_t)m->packed);
    put32(h + 22, large ? full : (uint32_t)m->size);
    h[26] = 1;
    h[28] = large ? 20 : 0;
    h[30] = 'm';
    a->n_head = LOCAL_SIZE + 1;
    if (!large)
        return;
    h[31] = 1;
    h[33] = 16;
    put32(h + 35, (uint32_t)m->size);
    put32(h + 39, (uint32_t)(m->size >> 32));
    put32(h + 43, (uint32_t)m->packed);
    put32(h + 47, (uint32_t)(m->packed >> 32));
    a->n_head += 20;
}

static la_ssize_t give(struct archive *h, void *arg, const void **buf)
{
    struct dc_archive *a = arg;
    if (a->n_head > 0) {
        la_ssize_t n = (la_ssize_t)a->n_head;
        *buf = a->head;
        a->n_head = 0;
        return n;
    }
    size_t n = a->left < CHUNK ? (size_t)a->left : CHUNK;
    size_t got = n ? fread(a->chunk, 1, n, a->f) : 0;
    if (got < n) {
        archive_set_error(h, EIO, "the file can't be read on");
        return -1;
    }
    a->left -= got;
    *buf = a->chunk;
    return (la_ssize_t)got;
}

/* To where the member's packed bytes begin. */
static bool seek(struct dc_archive *a, const struct member *m)
{
    unsigned char b[LOCAL_SIZE];
    if (!get(a, m->at, b, sizeof b) || memcmp(b, "PK\3\4", 4) != 0)
        return false;
    uint64_t at = m->at + LOCAL_SIZE + get16(b + 26) + get16(b + 28);
    return at <= a->n_file && m->packed <= a->n_file - at &&
           fseeko(a->f, (off_t)at, SEEK_SET) == 0;
}

enum dc_status dc_archive_enter(struct dc_archive *a, size_t i,
                                struct dc_err *err)
{
    const struct member *m = &a->member[i];
    struct archive_entry *e = NULL;
    leave(a);
    if (m->flags & ENCRYPTED)
        return broken(a, err, "it is encrypted");
    if (!seek(a, m))
        return broken(a, err, "it is damaged");
    make_head(a, m);
    a->left = m->packed;
    a->h = archive_read_new();
    if (!a->h)
        dc_out_of_memory();
    archive_read_support_format_zip_streamable(a->h);
    if (archive_read_open(a->h, a, NULL, give, NULL) != ARCHIVE_OK ||
        archive_read_next_header(a->h, &e) != ARCHIVE_OK)
        return dc_archive_fail(a, err);
    return DC_OK;
}

long dc_archive_read(void *arg, char *buf, size_t n)
{
    struct dc_archive *a = arg;
    long got = (long)archive_read_data(a->h, buf, n);
    if (got == 0 && a->left > 0) {
        snprintf(a->why, sizeof a->why, "%" PRIu64 " bytes are left over",
                 a->left);
        return -1;
    }
    return got;
}
