/*
 * logits_scalar.c - the block kernel for every machine.
 */
#define KERNEL dc_logits_kernel_scalar
#define KERNEL_TARGET
#include "conf/logits_kernel.h"
