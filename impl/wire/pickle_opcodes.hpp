// pickle_opcodes.hpp: the opcodes of Python's pickle, all with their names for messages.
// Source: CPython, Lib/pickle.py.
#pragma once

#include <array>
#include <string_view>

namespace badwire::wire::opcode {

inline constexpr char mark = '(';
inline constexpr char stop = '.';
inline constexpr char binint = 'J';
inline constexpr char binint1 = 'K';
inline constexpr char binint2 = 'M';
inline constexpr char binfloat = 'G';
inline constexpr char binunicode = 'X';
inline constexpr char build = 'b';
inline constexpr char global = 'c';
inline constexpr char binget = 'h';
inline constexpr char long_binget = 'j';
inline constexpr char binput = 'q';
inline constexpr char long_binput = 'r';
inline constexpr char setitem = 's';
inline constexpr char setitems = 'u';
inline constexpr char empty_dict = '}';
inline constexpr char empty_tuple = ')';
inline constexpr char proto = '\x80';
inline constexpr char newobj = '\x81';
inline constexpr char long1 = '\x8a';
inline constexpr char short_binunicode = '\x8c';
inline constexpr char binunicode8 = '\x8d';
inline constexpr char stack_global = '\x93';
inline constexpr char memoize = '\x94';
inline constexpr char frame = '\x95';

struct named {
    char code;
    std::string_view name;
};

inline constexpr std::array names = {
    named{'(', "MARK"},
    named{'.', "STOP"},
    named{'0', "POP"},
    named{'1', "POP_MARK"},
    named{'2', "DUP"},
    named{'F', "FLOAT"},
    named{'I', "INT"},
    named{'J', "BININT"},
    named{'K', "BININT1"},
    named{'L', "LONG"},
    named{'M', "BININT2"},
    named{'N', "NONE"},
    named{'P', "PERSID"},
    named{'Q', "BINPERSID"},
    named{'R', "REDUCE"},
    named{'S', "STRING"},
    named{'T', "BINSTRING"},
    named{'U', "SHORT_BINSTRING"},
    named{'V', "UNICODE"},
    named{'X', "BINUNICODE"},
    named{'a', "APPEND"},
    named{'b', "BUILD"},
    named{'c', "GLOBAL"},
    named{'d', "DICT"},
    named{'}', "EMPTY_DICT"},
    named{'e', "APPENDS"},
    named{'g', "GET"},
    named{'h', "BINGET"},
    named{'i', "INST"},
    named{'j', "LONG_BINGET"},
    named{'l', "LIST"},
    named{']', "EMPTY_LIST"},
    named{'o', "OBJ"},
    named{'p', "PUT"},
    named{'q', "BINPUT"},
    named{'r', "LONG_BINPUT"},
    named{'s', "SETITEM"},
    named{'t', "TUPLE"},
    named{')', "EMPTY_TUPLE"},
    named{'u', "SETITEMS"},
    named{'G', "BINFLOAT"},
    named{'\x80', "PROTO"},
    named{'\x81', "NEWOBJ"},
    named{'\x82', "EXT1"},
    named{'\x83', "EXT2"},
    named{'\x84', "EXT4"},
    named{'\x85', "TUPLE1"},
    named{'\x86', "TUPLE2"},
    named{'\x87', "TUPLE3"},
    named{'\x88', "NEWTRUE"},
    named{'\x89', "NEWFALSE"},
    named{'\x8a', "LONG1"},
    named{'\x8b', "LONG4"},
    named{'B', "BINBYTES"},
    named{'C', "SHORT_BINBYTES"},
    named{'\x8c', "SHORT_BINUNICODE"},
    named{'\x8d', "BINUNICODE8"},
    named{'\x8e', "BINBYTES8"},
    named{'\x8f', "EMPTY_SET"},
    named{'\x90', "ADDITEMS"},
    named{'\x91', "FROZENSET"},
    named{'\x92', "NEWOBJ_EX"},
    named{'\x93', "STACK_GLOBAL"},
    named{'\x94', "MEMOIZE"},
    named{'\x95', "FRAME"},
    named{'\x96', "BYTEARRAY8"},
    named{'\x97', "NEXT_BUFFER"},
    named{'\x98', "READONLY_BUFFER"},
};

constexpr std::string_view name_of(char code)
{
    for (const named& each : names)
        if (each.code == code) return each.name;
    return "unknown";
}

} // namespace badwire::wire::opcode
