# Every public header compiles by itself, as C11, C17 and C++17, with every
# compiler that is here, and C++ links.
. "$CLI_TESTS/library.bash"
install_library "$PWD/prefix"
found_in "$PWD/prefix"
inc=prefix/include

# alone HEADER COMPILER STANDARD
alone() {
    local lang=c
    case $3 in c++*) lang=c++ ;; esac
    # shellcheck disable=SC2086 # words on purpose
    echo "#include <deepconf/$1>" |
        "$2" -std="$3" -x $lang $WARN -I$inc -fsyntax-only -
}
# each HEADER: false if some compiler complains.
each() {
    local c std
    for std in c11 c17; do
        for c in $(compilers cc gcc clang); do
            alone "$1" "$c" $std || return 1
        done
    done
    for c in $(compilers c++ g++ clang++); do
        alone "$1" "$c" c++17 || return 1
    done
}
for path in "$inc"/deepconf/*.h; do
    each "$(basename "$path")" || die "$path doesn't compile alone"
done

# C++ finds every function under its C name.
{
    for path in "$inc"/deepconf/*.h; do
        echo "#include <deepconf/$(basename "$path")>"
    done
    echo 'typedef void (*function)();'
    echo 'extern const function all[];'
    echo 'const function all[] = {'
    nm -D --defined-only "$LD_LIBRARY_PATH/libdeepconf.so" |
        sed 's/.* \(dc_.*\)/reinterpret_cast<function>(\1),/'
    echo '}; int main() { return !all[0]; }'
} >all.cpp
# shellcheck disable=SC2046 # words on purpose
c++ -std=c++17 all.cpp $(pkg-config --cflags --libs deepconf) -o all
./all

# The check can fail: a header that leans on another, one that is C alone, and
# one that is C++ alone.
echo 'size_t dc_x(void);' >$inc/deepconf/leans.h
echo 'int dc_x(int class);' >$inc/deepconf/only_c.h
echo 'struct dc_x { int a = 1; };' >$inc/deepconf/only_cxx.h
alone only_c.h cc c17
alone only_cxx.h c++ c++17
for bad in leans.h only_c.h only_cxx.h; do
    if each $bad >log 2>&1; then die "$bad passes"; fi
done
