/*
 * spin.h - threads of libllama that wait for each other without holding the
 * cores for long.
 *
 * GNU OpenMP's threads spin some hundred microseconds at every barrier before
 * they sleep, of which libllama has thousands a second. Alone on the machine
 * that is quick; beside any other program a run took 15 times as long by the
 * clock. GOMP_SPINCOUNT is read when the library is loaded, before main(), so
 * that a program which wants another default has to start itself again.
 */
#ifndef DC_CLI_SPIN_H
#define DC_CLI_SPIN_H

/*
 * Start this program again with a short GOMP_SPINCOUNT, if argv asks for a
 * command that computes with a model and neither GOMP_SPINCOUNT nor
 * OMP_WAIT_POLICY is set. Returns if not, and where that can't be done.
 */
void dc_spin_less(int argc, char **argv);

#endif
