/*
 * main.c - the program; everything else is in the library, where tests reach
 * it.
 */
#include "cli/cli.h"
#include "cli/spin.h"

int main(int argc, char **argv)
{
    dc_spin_less(argc, argv);
    return dc_cli_main(argc, argv);
}
