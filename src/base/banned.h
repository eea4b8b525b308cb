/*
 * banned.h - functions that no source of deepconf may call.
 *
 * They write past the end of an array, keep hidden state, or cannot tell a
 * number from a mistake. The build puts this header before every source file
 * (-include base/banned.h), so that a call is a compile error that names the
 * function. The headers that declare them are included first; a later
 * #include of one of them is then empty. Feature macros such as
 * _POSIX_C_SOURCE must stand on the command line, not in the file.
 *
 *   strcpy strcat sprintf vsprintf   struct dc_buf, snprintf
 *   gets                             fgets, getline
 *   strtok                           strchr, strcspn
 *   atoi atof                        strtol, strtod with the end checked
 */
#ifndef DC_BASE_BANNED_H
#define DC_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DC_BANNED(func) sorry_##func##_is_a_banned_function

#undef strcpy
#define strcpy(dst, src) DC_BANNED(strcpy)
#undef strcat
#define strcat(dst, src) DC_BANNED(strcat)
#undef sprintf
#define sprintf(...) DC_BANNED(sprintf)
#undef vsprintf
#define vsprintf(dst, fmt, ap) DC_BANNED(vsprintf)
#undef gets
#define gets(dst) DC_BANNED(gets)
#undef strtok
#define strtok(s, delim) DC_BANNED(strtok)
#undef atoi
#define atoi(s) DC_BANNED(atoi)
#undef atof
#define atof(s) DC_BANNED(atof)

#endif
