/*
 * test_file_in.c - one message for each way in which a file that a user names
 * can be wrong, and the kinds that are told apart.
 */
#include "base/file_in.h"
#include "base/json.h"
#include "base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test_file_in-XXXXXX";

static int set_up(void **state)
{
    int fd = mkstemp(path);
    (void)state;
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void fails(const char *file, enum dc_status want, const char *says)
{
    struct dc_err err = {.status = DC_OK};
    struct dc_buf b;
    dc_buf_init(&b, 20);
    assert_int_equal(dc_file_text(file, "a list", &b, &err), want);
    assert_string_equal(err.msg, says);
    dc_buf_release(&b);
}

static void what_cannot_be_read(void **state)
{
    (void)state;
    fails("/no/such", DC_IO,
          "can't be read: No such file or directory; name a list");
    fails("/tmp", DC_IO, "is a folder; name a list");
    fails("/proc/self/mem", DC_IO, "can't be read: Input/output error");
    fails("/dev/null", DC_IO, "is a device; name a list");
}

static void in_place(int rc)
{
    assert_int_equal(rc, 0);
}

/* Nobody writes into the pipe, and nobody listens at the socket. */
static void what_would_never_end(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)state;
    in_place(unlink(path));
    in_place(mkfifo(path, 0600));
    fails(path, DC_IO,
          "is a named pipe, no regular file; write what it gives to a file "
          "first, and name that");
    in_place(unlink(path));
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    in_place(bind(fd, (const struct sockaddr *)&at, sizeof at));
    fails(path, DC_IO, "is a socket; name a list");
    close(fd);
    in_place(unlink(path));
    put("a", 1);
}

/* A stream waits for the first byte, also when the writer comes later. */
static void a_pipe_as_a_stream(void **state)
{
    char text[8] = "";
    FILE *f = NULL;
    (void)state;
    in_place(unlink(path));
    in_place(mkfifo(path, 0600));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = open(path, O_WRONLY);
        _exit(write(fd, "abc\n", 4) == 4 ? 0 : 1);
    }
    assert_int_equal(dc_file_stream(path, "a list", &f, NULL), DC_OK);
    assert_non_null(fgets(text, sizeof text, f));
    assert_string_equal(text, "abc\n");
    assert_null(fgets(text, sizeof text, f));
    fclose(f);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    in_place(unlink(path));
    put("a", 1);
    assert_int_equal(dc_file_stream("/dev/null", "a list", &f, NULL), DC_OK);
    assert_int_equal(getc(f), EOF);
    fclose(f);
    assert_int_equal(dc_file_stream("/tmp", "a list", &f, NULL), DC_IO);
    assert_null(f);
}

static void on_signal(int sig)
{
    (void)sig;
}

static void a_signal_ends_the_wait(void **state)
{
    struct sigaction sa = {.sa_handler = on_signal}, old;
    struct itimerval soon = {.it_value = {.tv_usec = 1000},
                             .it_interval = {.tv_usec = 1000}};
    struct itimerval never = {.it_value = {.tv_sec = 0}};
    struct dc_err err = {.status = DC_OK};
    FILE *f = NULL;
    (void)state;
    in_place(unlink(path));
    in_place(mkfifo(path, 0600));
    sigemptyset(&sa.sa_mask);
    in_place(sigaction(SIGALRM, &sa, &old));
    in_place(setitimer(ITIMER_REAL, &soon, NULL));
    assert_int_equal(dc_file_stream(path, "a list", &f, &err), DC_INTERRUPTED);
    in_place(setitimer(ITIMER_REAL, &never, NULL));
    in_place(sigaction(SIGALRM, &old, NULL));
    assert_null(f);
    assert_string_equal(err.msg, "interrupted");
    in_place(unlink(path));
    put("a", 1);
}

static void what_is_no_text(void **state)
{
    (void)state;
    put("a\nb\xFF\n", 5);
    fails(path, DC_DATA, "line 2: is no text in UTF-8; name a list");
    put("a\n\nb\0c", 6);
    fails(path, DC_DATA,
          "line 3: holds a NUL byte, so it is no text; name a list");
    put("PK\3\4rest", 8);
    fails(path, DC_DATA, "is a zip archive; name a list");
    put("a\0b\0", 4);
    fails(path, DC_DATA,
          "is text in UTF-16; name a list; to convert it: iconv -f UTF-16 "
          "-t UTF-8");
    put("123456789012345678901", 21);
    fails(path, DC_DATA, "is larger than 20 bytes; name a list");
}

static void what_is_right(void **state)
{
    struct dc_buf b;
    (void)state;
    put("na\xC3\xAFve\n", 7);
    dc_buf_init(&b, 7);
    assert_int_equal(dc_file_text(path, "a list", &b, NULL), DC_OK);
    assert_string_equal(b.data, "na\xC3\xAFve\n");
    dc_buf_release(&b);
    put("\0\xFF", 2);
    dc_buf_init(&b, 7);
    assert_int_equal(dc_file_read(path, "bytes", &b, NULL), DC_OK);
    assert_int_equal(b.n, 2);
    dc_buf_release(&b);
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *head, *kind;
        size_t n;
    } row[] = {
        {"SQLite format 3\0", "an SQLite database", 16},
        {"GGUF\3\0\0\0", "a GGUF model", 8},
        {"\x1F\x8B\x08", "compressed by gzip", 3},
        {"\xFF\xFEx\0", "text in UTF-16", 4},
        {"\0x\0y", "text in UTF-16", 4},
        {"{\"a\"", NULL, 4},
        {"", NULL, 0},
        {"\0\0\0\0", NULL, 4},
        {"P", NULL, 1},
        {"\xEF\xBB\xBF{", NULL, 4},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        const char *kind = dc_file_kind(row[i].head, row[i].n);
        if (row[i].kind)
            assert_string_equal(kind, row[i].kind);
        else
            assert_null(kind);
    }
}

static void json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } row[] = {
        {"{\"a\":\n[1,", "line 2: not JSON: it ends in the middle of a value, "
                         "as if it had been cut short"},
        {"{\"a\": 1,\n\"a\": 2}", "line 2: not JSON: duplicate object key"},
        {"\n\nhello", "line 3: not JSON: '[' or '{' expected"},
        {" ", "line 1: not JSON: "},
    };
    json_t *o = NULL;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_err err = {.status = DC_OK};
        put(row[i].text, strlen(row[i].text));
        assert_int_equal(dc_json_read(path, "JSON", 100, &o, &err), DC_DATA);
        assert_null(o);
        assert_memory_equal(err.msg, row[i].says, strlen(row[i].says));
    }
    put("\xEF\xBB\xBF[1]", 6);
    assert_int_equal(dc_json_read(path, "JSON", 100, &o, NULL), DC_OK);
    assert_int_equal(json_array_size(o), 1);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read),
        cmocka_unit_test(what_would_never_end),
        cmocka_unit_test(a_pipe_as_a_stream),
        cmocka_unit_test(a_signal_ends_the_wait),
        cmocka_unit_test(what_is_no_text),
        cmocka_unit_test(what_is_right),
        cmocka_unit_test(kinds),
        cmocka_unit_test(json),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
