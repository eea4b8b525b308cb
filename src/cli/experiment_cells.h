/*
 * experiment_cells.h - the cells of an experiment file: each combination of
 * what its matrix and the lists in its section `run` vary, for each stage, as
 * an experiment of its own whose files are named by what differs.
 */
#ifndef DC_CLI_EXPERIMENT_CELLS_H
#define DC_CLI_EXPERIMENT_CELLS_H

#include "cli/experiment.h"

struct dc_exp_cell {
    struct dc_exp_work work;
    size_t stage;       /* of the file's; 0 without */
    const char **label; /* [n_label] of what differs, the stage's name first */
    size_t n_label;
    const char *run; /* such of them as the run file is named by */
};

struct dc_exp_cells {
    struct dc_arena arena;
    struct dc_exp_cell
        *cell; /* [n], heap, in the order in which they are done */
    size_t n;
    bool suite; /* false: a plain file, whose one cell is the file itself */
};

enum { DC_EXP_CELLS = 1000 };

/*
 * of: the file with what --set replaces; borrowed as long as the cells live.
 * DC_DATA names the line: a name that is no part of a file's name, a section
 * that is not in the file, a key that can't vary; more than DC_EXP_CELLS
 * cells, or two of one name. Release also after a failure.
 */
enum dc_status dc_exp_cells_make(const struct dc_exp_work *of,
                                 struct dc_exp_cells *out, struct dc_err *err);
/* The judge that its figures are by, as typed: that of its report, or of its
 * sweep; NULL: the run's own. */
const char *dc_exp_cell_judge(const struct dc_exp_cell *c);
void dc_exp_cells_release(struct dc_exp_cells *c);

#endif
