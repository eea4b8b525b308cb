/*
 * server.c - server.h.
 */
#include "infer/server.h"

struct dc_server_cfg dc_server_cfg_default(void)
{
    return (struct dc_server_cfg){
        .connect_s = 15, .silence_s = 300, .retries = 8};
}
