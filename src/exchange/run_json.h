/*
 * run_json.h - the words of our own JSONL that writer and reader share.
 */
#ifndef DC_EXCHANGE_RUN_JSON_H
#define DC_EXCHANGE_RUN_JSON_H

#define DC_RUN_JSON_MARK "deepconf_run" /* key of the first line */
#define DC_RUN_JSON_COPY "import.copy." /* how a copy came to be */

enum { DC_RUN_JSON_VERSION = 1 };

#endif
