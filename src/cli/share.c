/*
 * share.c - found from where the program itself lies, by DC_SHARE_PATH, the way
 * from its folder to the shared one that the build was configured with.
 */
#include "cli/share.h"

#include "base/path.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

bool dc_share_dir(struct dc_buf *out)
{
    char exe[PATH_MAX];
    const char *way = DC_SHARE_PATH;
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return false;
    exe[n] = '\0';
    size_t folder = dc_path_folder(exe);
    for (; !strncmp(way, "../", 3) && folder > 1; way += 3) {
        exe[folder - 1] = '\0'; /* the slash behind it */
        folder = dc_path_folder(exe);
    }
    if (folder + strlen(way) + 1 > sizeof exe)
        return false;
    memcpy(exe + folder, way, strlen(way) + 1);
    if (access(exe, R_OK) != 0)
        return false;
    dc_buf_adds(out, exe);
    return true;
}
