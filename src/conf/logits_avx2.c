/*
 * logits_avx2.c - the block kernels for x86-64 with AVX2; elsewhere nothing.
 */
#if defined(__x86_64__)
#define KERNEL dc_logits_kernel_avx2
#define KERNEL_NAME "avx2"
#define KERNEL_TARGET __attribute__((target("avx2")))
#define WIDTH 8
#include "conf/logits_kernel.h"
#else
#include "conf/logits_priv.h" /* ISO C wants a declaration in every file */
#endif
