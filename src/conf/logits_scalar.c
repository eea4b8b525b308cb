/*
 * logits_scalar.c - the block kernels for every machine.
 */
#define KERNEL dc_logits_kernel_scalar
#define KERNEL_NAME "scalar"
#define KERNEL_TARGET
#define WIDTH 4
#include "conf/logits_kernel.h"
