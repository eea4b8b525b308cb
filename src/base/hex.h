/*
 * hex.h - a hexadecimal digit as a number.
 */
#ifndef DC_BASE_HEX_H
#define DC_BASE_HEX_H

/* 0 to 15 for a digit of either case; -1 for any other byte. */
static inline int dc_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

#endif
