/*
 * server_opts.h - the options by which a user says at which servers a model is
 * asked, and how.
 *
 * A key is known by the name of the environment variable that holds it, here
 * and everywhere: no option takes one, and no message shows one.
 */
#ifndef DC_CLI_SERVER_OPTS_H
#define DC_CLI_SERVER_OPTS_H

#include "base/arena.h"
#include "cli/opts.h"
#include "cli/progress.h"
#include "infer/server.h"

#include <deepconf/status.h>
#include <stdbool.h>

struct dc_server_opts {
    struct dc_opt_list base_url, request_arg;
    const char *key_env, *in_flight, *api;
    int64_t timeout;
    bool in_flight_given, api_given, timeout_given;
    bool from_file; /* no option: a run file named base_url, and no key goes
                       there */
};

/* The rows of a table of options; fields: the name of its struct, server: that
 * of the struct dc_server_opts in it; from: where a URL is from that is not
 * given. */
/* clang-format off */
#define DC_SERVER_OPTIONS_PROBE(fields, server, from)                          \
    {.kind = DC_OPT_LIST, .name = "base-url", .arg = "URL",                    \
     .help = "a server with OpenAI's interface, as in "                        \
             "http://localhost:8000/v1; may be given again, for servers of "   \
             "one model that share the work",                                  \
     .off = offsetof(fields, server.base_url),                                 \
     .shown = from},                                                           \
    {.kind = DC_OPT_TEXT, .name = "api-key-env", .arg = "NAME",                \
     .help = "the environment variable that holds the key for it",             \
     .off = offsetof(fields, server.key_env),                                  \
     .shown = "OPENAI_API_KEY, if it is set"},                                 \
    {.kind = DC_OPT_LIST, .name = "request-arg", .arg = "KEY=JSON",            \
     .help = "put into every request, as in "                                  \
             "chat_template_kwargs.reasoning_effort='\"low\"'; may be given "  \
             "again", .off = offsetof(fields, server.request_arg),             \
     .shown = ""},                                                             \
    {.kind = DC_OPT_TEXT, .name = "api", .arg = "chat|completions",            \
     .help = "completions: the prompt is sent as it is, without a chat",       \
     .off = offsetof(fields, server.api),                                      \
     .given = offsetof(fields, server.api_given)},                             \
    {.kind = DC_OPT_INT, .name = "timeout", .arg = "S",                        \
     .help = "seconds without a token, after which a request is lost and "     \
             "made again; ten times as long for an answer in one piece", .off = offsetof(fields, server.timeout),            \
     .min = 1, .max = 86400, .given = offsetof(fields, server.timeout_given)}
/* And what a probe has not: it asks one thing after the other. */
#define DC_SERVER_OPTIONS(fields, server)                                      \
    DC_SERVER_OPTIONS_PROBE(fields, server,                                    \
                            "OPENAI_BASE_URL, if --model is given and none "   \
                            "of this machine"),                                \
    {.kind = DC_OPT_TEXT, .name = "in-flight", .arg = "N|auto",                \
     .help = "requests at each URL at a time; auto: as many as it says, or "    \
             "as it takes well, 100 at most",                                  \
     .off = offsetof(fields, server.in_flight),                                \
     .given = offsetof(fields, server.in_flight_given)}
/* clang-format on */

struct dc_server_opts dc_server_opts_default(void);

/* What they add up to. */
struct dc_servers {
    bool asked;       /* false: no server is named, and cfg is of no use */
    const char *from; /* the variable that names the URL; NULL: an option */
    struct dc_server_cfg cfg;
    struct dc_request_args *args; /* of cfg; owned */
};

/*
 * may_env: without --base-url, OPENAI_BASE_URL names the server, if it is set.
 * DC_USAGE names the option or the variable. Strings live in arena and in o.
 * Call dc_servers_release() also after a failure.
 */
enum dc_status dc_server_opts_make(const struct dc_server_opts *o, bool may_env,
                                   struct dc_arena *arena,
                                   struct dc_servers *out, struct dc_err *err);
void dc_servers_release(struct dc_servers *s);

/*
 * On stderr: that the environment named the server, unless quiet; and that a
 * key is about to cross a network in the clear.
 */
void dc_servers_notes_print(const struct dc_servers *s, bool quiet);

/* A line of progress while servers are probed, which a signal ends: prog is to
 * live as long as cfg is in use for that. */
void dc_servers_watch(struct dc_server_cfg *cfg, struct dc_progress *prog);

/*
 * May the name of a key's variable be shown as it was typed? A key typed where
 * its variable's name belongs must not be: only what no key looks like is.
 */
bool dc_server_shows_name(const char *name);

/* Is it the path of a file, as far as its form or the disk can tell, or a name
 * of models.def? Otherwise only a server can know it. */
bool dc_server_model_is_local(const char *model);

#endif
