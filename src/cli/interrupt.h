/*
 * interrupt.h - Ctrl-C and SIGTERM as a flag that long work looks at, and a
 * guard for work that is too long between two looks.
 */
#ifndef DC_CLI_INTERRUPT_H
#define DC_CLI_INTERRUPT_H

#include <stdatomic.h>

/*
 * From now on the first signal sets the flag, and the second ends the program
 * on the spot with exit code 130. The flag stays valid.
 */
const atomic_bool *dc_interrupt_catch(void);

/*
 * The same, and a thread that ends the program with exit code 130 if it has not
 * ended half a second after the first signal, whatever it does then; it removes
 * what was made beside its place (beside.h). For work of which nothing is worth
 * keeping.
 */
const atomic_bool *dc_interrupt_guard(void);

#endif
