// parity CASE: does something with sockets of this machine's loopback and prints what it saw, without a word
// on ports or real times. The test runs each case on real sockets and in virtual time; the two transcripts
// must be equal. Without a word: names all cases.
#include "harness/parity/case.hpp"

int main(int count, char** words)
{
    parity::case_table all;
    for (auto table : {parity::stream_cases(), parity::waiting_cases(), parity::process_cases(),
                       parity::option_cases(), parity::signal_cases(), parity::lock_cases(),
                       parity::corner_cases()})
        all.merge(table);
    if (count == 2 && all.contains(words[1])) {
        all.at(words[1])();
        return 0;
    }
    for (const auto& [name, ignored] : all) std::printf("%s\n", name.c_str());
    return count == 1 ? 0 : 2;
}
