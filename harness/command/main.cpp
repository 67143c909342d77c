// The badwire command, with badwire's own programs.
#include "harness/command/badwire_main.hpp"

int main(int argc, char** argv) { return badwire::main(argc, argv); }
