/*
 * grid.h - one text for many: "unanimous({3,4,5})" and "esc({2..6})" stand for
 * a text for each value between the braces.
 */
#ifndef DC_REPLAY_GRID_H
#define DC_REPLAY_GRID_H

#include "base/arena.h"

#include <deepconf/status.h>
#include <stddef.h>

enum { DC_GRID_MAX = 256 };

struct dc_grid {
    const char *item[DC_GRID_MAX]; /* [n], in the arena */
    size_t n;
};

/*
 * Add what `text` stands for. In braces: values with commas between them, or
 * FROM..TO or FROM..TO..STEP in numbers. DC_USAGE: a brace that does not close,
 * more than DC_GRID_MAX texts.
 */
enum dc_status dc_grid_add(struct dc_grid *g, struct dc_arena *a,
                           const char *text, struct dc_err *err);

#endif
