/*
 * interrupt.h - Ctrl-C and SIGTERM as a count that long work looks at, and a
 * guard for work that is too long between two looks.
 */
#ifndef DC_CLI_INTERRUPT_H
#define DC_CLI_INTERRUPT_H

#include <stdatomic.h>

/*
 * From now on signals are counted, and the second ends the program on the spot
 * with exit code 130. The count stays valid.
 */
const atomic_int *dc_interrupt_catch(void);

/*
 * The work is given n signals, not one, before the next one ends the program:
 * work that first lets end what it has begun, and only then what has not.
 */
void dc_interrupt_give(int n);

/*
 * As dc_interrupt_catch(), and a thread that ends the program with exit code
 * 130 if it has not ended half a second after the first signal, whatever it
 * does then; it removes what was made beside its place (beside.h). For work of
 * which nothing is worth keeping.
 */
const atomic_int *dc_interrupt_guard(void);

#endif
