/*
 * main.c - the program; everything else is in the library, where tests reach
 * it.
 */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return dc_cli_main(argc, argv);
}
