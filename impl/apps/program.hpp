// program.hpp: what the harness needs of the programs.
#pragma once

#include "impl/apps/shared/program.hpp"
