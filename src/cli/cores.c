/*
 * cores.c - the cores that are ours, not all that the machine has.
 *
 * On Linux the affinity mask is read from /proc/self/status (sched_getaffinity
 * is no POSIX), and a container's quota from the cgroup's cpu.max, "QUOTA
 * PERIOD" in microseconds or "max PERIOD". Elsewhere: the cores online.
 */
#include "cli/cores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cores in the mask "Cpus_allowed:\tff,ffffffff"; 0: not known. */
static unsigned from_affinity(void)
{
    static const char key[] = "Cpus_allowed:";
    char line[4096];
    unsigned n = 0;
    FILE *f = fopen("/proc/self/status", "r");
    if (!f)
        return 0;
    while (n == 0 && fgets(line, sizeof line, f)) {
        if (strncmp(line, key, sizeof key - 1) != 0)
            continue;
        for (const char *c = line + sizeof key - 1; *c && *c != '\n'; c++) {
            char digit[2] = {*c, '\0'};
            for (unsigned long v = strtoul(digit, NULL, 16); v; v &= v - 1)
                n++;
        }
    }
    fclose(f);
    return n;
}

/* Cores' worth of time a container gives, rounded up; 0: no limit known. */
static unsigned from_quota(void)
{
    char line[64];
    unsigned n = 0;
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (!f)
        return 0;
    if (fgets(line, sizeof line, f)) {
        char *end;
        unsigned long quota = strtoul(line, &end, 10);
        unsigned long period = strtoul(end, NULL, 10);
        if (quota > 0 && period > 0 && quota / period < 65536)
            n = (unsigned)((quota + period - 1) / period);
    }
    fclose(f);
    return n;
}

unsigned dc_cores(void)
{
    unsigned n = from_affinity(), quota = from_quota();
#ifdef _SC_NPROCESSORS_ONLN
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (n == 0 && online > 0)
        n = (unsigned)online;
#endif
    if (n == 0)
        n = 1;
    return quota > 0 && quota < n ? quota : n;
}
