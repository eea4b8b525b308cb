/*
 * interrupt.h - Ctrl-C and SIGTERM as a flag that long work looks at.
 */
#ifndef DC_CLI_INTERRUPT_H
#define DC_CLI_INTERRUPT_H

#include <stdatomic.h>

/*
 * From now on the first signal sets the flag, and the second ends the program
 * on the spot with exit code 130. The flag stays valid.
 */
const atomic_bool *dc_interrupt_catch(void);

#endif
