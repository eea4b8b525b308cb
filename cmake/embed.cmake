# cmake -DFROM=FILE -DTO=FILE.c -DNAME=symbol -P embed.cmake
# Writes a C file with the bytes of FROM as NAME[] and NAME_size.
file(READ ${FROM} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE ${TO} "#include <stddef.h>
extern const char ${NAME}[];
extern const size_t ${NAME}_size;
const char ${NAME}[] = {
${bytes}'\\0'};
const size_t ${NAME}_size = ${size};
")
