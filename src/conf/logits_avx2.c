/*
 * logits_avx2.c - the block kernel for x86-64 with AVX2.
 */
#if defined(__x86_64__)
#include <immintrin.h>

#define KERNEL dc_logits_kernel_avx2
#define KERNEL_TARGET __attribute__((target("avx2")))
#define LARGER(a, b) _mm256_max_ps((a), (b))
#include "conf/logits_kernel.h"
#else
typedef int dc_logits_avx2_is_for_x86_64; /* ISO C wants a declaration */
#endif
