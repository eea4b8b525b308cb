/*
 * label_file.h - the file that `deepconf label` adds to: a label is on the disk
 * before the next one is asked for.
 */
#ifndef DC_LABEL_LABEL_FILE_H
#define DC_LABEL_LABEL_FILE_H

#include "base/buf.h"
#include "data/hand_labels.h"

#include <deepconf/status.h>
#include <stdbool.h>

struct dc_label_file {
    const char *path; /* borrowed */
    int fd;           /* -1: the file is not there yet */
    struct dc_hand_labels had;
    bool mended; /* half a line at its end was cut off */
};

/*
 * Open what is there and lock it; nothing is made yet. DC_DATA: no labels;
 * DC_USAGE: another process adds to it; DC_IO. Close also after a failure.
 */
enum dc_status dc_label_file_open(const char *path, struct dc_label_file *f,
                                  struct dc_err *err);
/*
 * Add text [n], whole lines, and wait until it is on the disk; the file is made
 * if it is not there. DC_IO: nothing of it is in the file.
 */
enum dc_status dc_label_file_add(struct dc_label_file *f, const char *text,
                                 size_t n, struct dc_err *err);
void dc_label_file_close(struct dc_label_file *f);

#endif
