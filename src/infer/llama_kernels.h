/*
 * llama_kernels.h - the CPU kernels of a libllama that brings several.
 *
 * A libllama that was built for one machine has its kernels linked in, and both
 * functions have nothing to do. One for a package has a library of them for
 * each kind of CPU beside it (libggml-cpu-haswell.so and so on).
 */
#ifndef DC_INFER_LLAMA_KERNELS_H
#define DC_INFER_LLAMA_KERNELS_H

/* Load the best for this machine from the folder that ggml's own library lies
 * in, and from no other. A second call does nothing. */
void dc_llama_load_kernels(void);

/* Of which CPU the loaded ones are, such as "haswell": other kernels round
 * otherwise. NULL: linked in. Static. */
const char *dc_llama_kernels(void);

#endif
