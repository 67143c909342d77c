// pickle.hpp: the course's own object on the wire: a Python pickle of one employee.Employee.
//
// Unpickling runs what the pickle says, so Python's own reader must not see a stranger's bytes.
// This reader knows the opcodes that such an object needs (protocols 2 to 5), builds nothing but
// this one object, and refuses any other class, callable or opcode by name. It uses no recursion,
// and memory in proportion to its input of at most 4096 bytes.
// Source: CPython, Lib/pickletools.py.
#pragma once

#include <string>
#include <string_view>

#include "impl/wire/employee.hpp"

namespace badwire::wire {

/// Protocol 4. Python's pickle.loads makes an employee.Employee of it.
std::string pickle(const employee& who);

/// Throws net::failure that says what is wrong or refused.
employee unpickle(std::string_view bytes);

} // namespace badwire::wire
