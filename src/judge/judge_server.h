/*
 * judge_server.h - a judge's model at a server, named URL#NAME where a GGUF
 * could stand: http://host:8000/v1#allenai/wildguard.
 *
 * The key for a server is known by the environment variable that holds it, and
 * which one is said by the user alone, for that server: a file that names a URL
 * may come from a stranger, and must not choose what is sent there.
 */
#ifndef DC_JUDGE_JUDGE_SERVER_H
#define DC_JUDGE_JUDGE_SERVER_H

#include "judge/judge.h"

/* Does it begin as a URL? */
bool dc_judge_is_server(const char *model);
/* DC_USAGE: it begins as a URL, but there is no model's name behind it. */
enum dc_status dc_judge_server_check(const char *model, struct dc_err *err);
/* Where the model's name begins in URL#NAME, which was checked. */
const char *dc_judge_server_model(const char *model);
/* What stands before the '#'; caller frees. */
char *dc_judge_server_url(const char *model);

/*
 * The variable with the key for url; NULL: none. typed: the URL stands in the
 * user's own --judge, so that a key without a URL is meant for it.
 */
const char *dc_judge_server_key(const struct dc_judge_cfg *cfg, const char *url,
                                bool typed);

#endif
