/*
 * mock_server.h - tests/servers/mock.py as a child of a test.
 *
 * It ends with its standard input, so that it can't outlive the test however
 * that ends.
 */
#ifndef DC_TEST_MOCK_SERVER_H
#define DC_TEST_MOCK_SERVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct mock_server {
    pid_t pid;
    int to; /* its standard input */
    unsigned port;
};

/* Nothing of the tester's own proxies and certificates. */
static inline void mock_server_plain_environment(void)
{
    static const char *const name[] = {
        "http_proxy",     "https_proxy",   "HTTPS_PROXY", "all_proxy",
        "ALL_PROXY",      "no_proxy",      "NO_PROXY",    "HTTP_PROXY",
        "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        unsetenv(name[i]);
    signal(SIGPIPE, SIG_IGN); /* as the program does */
}

static inline void mock_server_child(const int in[2], const int out[2],
                                     const char *const *option)
{
    const char *python = getenv("DEEPCONF_PYTHON");
    const char *argv[16] = {python ? python : "python3",
                            DC_TEST_DATA "/../servers/mock.py"};
    for (size_t i = 0; option && option[i] && i < 13; i++)
        argv[2 + i] = option[i];
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    close(out[1]);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

/* False, with "SKIP: reason" printed: there is no python3. option: NULL-ended.
 */
static inline bool mock_server_start(struct mock_server *m,
                                     const char *const *option)
{
    int in[2], out[2];
    mock_server_plain_environment();
    if (pipe(in) || pipe(out))
        return false;
    m->pid = fork();
    if (m->pid == 0)
        mock_server_child(in, out, option);
    close(in[0]);
    close(out[1]);
    m->to = in[1];
    FILE *f = fdopen(out[0], "r");
    bool ok = f && fscanf(f, "port %u", &m->port) == 1;
    if (f)
        fclose(f);
    if (!ok)
        puts("SKIP: tests/servers/mock.py does not start by Python");
    return ok;
}

static inline void mock_server_stop(struct mock_server *m)
{
    close(m->to);
    while (waitpid(m->pid, NULL, 0) < 0)
        continue;
}

#endif
