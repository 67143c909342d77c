#include "impl/base/command_line.hpp"

#include <gtest/gtest.h>

using namespace badwire;
using namespace std::chrono_literals;

namespace {

struct values {
    std::string to, colour = "red";
    std::uint16_t port = 80;
    std::optional<std::int64_t> count;
    std::chrono::nanoseconds wait = 1s;
    bool once = false;
    std::vector<std::string> files;
    std::string done; // by which command
};

// badwire send --to TEXT … FILE…, badwire look up, badwire look down
std::string parse(std::initializer_list<std::string> words, values& into)
{
    command_line badwire("badwire", "What it is for");
    badwire.version("badwire 1.2");
    command_line& send = badwire.command("send", "Sends");
    send.text("--to", into.to, "Where to", 5).required();
    send.number("--port", into.port, 1, 65535, "Which port");
    send.number("--count", into.count, -5, 5, "How many");
    send.duration("--wait", into.wait, "How long");
    send.one_of(
        "--colour", {"red", "green"}, [&](const std::string& word) { into.colour = word; },
        "Which colour");
    send.flag("--once", into.once, "Only once");
    send.texts("FILE", into.files, "What to send");
    send.does([&] { return into.done = "send", 3; });
    command_line& look = badwire.command("look", "Looks");
    for (const std::string where : {"up", "down"})
        look.command(where, "Looks there").does([&into, where] { return into.done = where, 0; });
    try {
        return std::to_string(badwire.parse(std::vector<std::string>(words)));
    } catch (const usage& text) {
        return (text.exit_code == 0 ? "help: " : "") + std::string(text.what());
    }
}

std::string mistake_in(std::initializer_list<std::string> words)
{
    values given;
    return parse(words, given);
}

} // namespace

TEST(CommandLine, ReadsWhatIsTypedAndDoesWhatTheCommandDoes)
{
    values given;
    EXPECT_EQ(parse({"send", "--to", "x", "a", "--port=7", "--count", "-2", "--wait", "20ms", "b",
                     "--colour", "green", "--once"},
                    given),
              "3");
    EXPECT_EQ(given.to, "x");
    EXPECT_EQ(given.port, 7);
    EXPECT_EQ(given.count, -2);
    EXPECT_EQ(given.wait, 20ms);
    EXPECT_EQ(given.colour, "green");
    EXPECT_TRUE(given.once);
    EXPECT_EQ(given.files, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(given.done, "send");
    EXPECT_EQ(parse({"look", "down"}, given), "0");
    EXPECT_EQ(given.done, "down");
}

TEST(CommandLine, WhatIsNotGivenKeepsItsValue)
{
    values given;
    EXPECT_EQ(parse({"send", "--to", "x"}, given), "3");
    EXPECT_EQ(given.port, 80);
    EXPECT_EQ(given.count, std::nullopt);
    EXPECT_EQ(given.wait, 1s);
    EXPECT_EQ(given.colour, "red");
}

TEST(CommandLine, AMistakeIsOneSentenceWithTheOptionAndWhatWasExpected)
{
    const auto told = [](const std::string& what) {
        return "badwire send: " + what + "\nRun \"badwire send --help\" for more.";
    };
    for (const char* wrong : {"99999", "0", "-1", "x", "1.5", "7 "})
        EXPECT_EQ(mistake_in({"send", "--to", "x", std::string("--port=") + wrong}),
                  told(std::string("--port: expected a whole number from 1 to 65535, found \"") +
                       wrong + "\""));
    EXPECT_EQ(mistake_in({"send", "--to", "x", "--wait", "5"}),
              told("--wait: expected a duration such as \"200ms\" or \"1.5s\", found \"5\""));
    EXPECT_EQ(mistake_in({"send", "--to", "x", "--colour", "blue"}),
              told("--colour: expected red or green, found \"blue\""));
    EXPECT_EQ(mistake_in({"send", "--to", "longer"}),
              told("--to: expected at most 5 bytes, found 6"));
    EXPECT_EQ(mistake_in({"send"}), told("--to is required"));
    EXPECT_EQ(mistake_in({"send", "--to"}), told("--to needs a value"));
    EXPECT_EQ(mistake_in({"send", "--to=x", "--port="}), told("--port needs a value"));
    EXPECT_EQ(mistake_in({"send", "--to", "x", "--to", "y"}), told("--to is given more than once"));
    EXPECT_EQ(mistake_in({"send", "--to", "x", "--once=maybe"}), told("--once takes no value"));
    EXPECT_EQ(mistake_in({"send", "--prot", "7", "--to", "x"}),
              told("there is no option --prot; did you mean \"--port\"?"));
    EXPECT_EQ(mistake_in({"send", "--tu=x"}),
              told("there is no option --tu; did you mean \"--to\"?"));
}

TEST(CommandLine, ACommandIsSuggestedAndAskedFor)
{
    EXPECT_EQ(mistake_in({"sned", "--to", "x"}),
              "badwire: there is no command \"sned\"; did you mean \"send\"?\n"
              "Run \"badwire --help\" for more.");
    EXPECT_EQ(mistake_in({"look", "dwon"}),
              "badwire look: there is no command \"dwon\"; did you mean \"down\"?\n"
              "Run \"badwire look --help\" for more.");
    EXPECT_EQ(mistake_in({"look", "up", "now"}),
              "badwire look up: \"now\" is one argument too many\n"
              "Run \"badwire look up --help\" for more.");
    EXPECT_EQ(mistake_in({}), "badwire: a command is missing\nRun \"badwire --help\" for more.");
    EXPECT_EQ(mistake_in({"look"}),
              "badwire look: a command is missing\nRun \"badwire look --help\" for more.");
}

TEST(CommandLine, HelpAndVersionAreNoMistakes)
{
    EXPECT_EQ(mistake_in({"--version"}), "help: badwire 1.2");
    const std::string help = mistake_in({"send", "--help"});
    EXPECT_EQ(help.find("help: Sends"), 0u) << help;
    for (const char* part : {"FILE", "--to", "--port N=80", "--wait DURATION=1s", "red|green"})
        EXPECT_NE(help.find(part), help.npos) << part << " in " << help;
}

TEST(CommandLine, DescribesItselfAsData)
{
    values into;
    command_line badwire("badwire", "What it is for");
    command_line& send = badwire.command("send", "Sends");
    send.number("--port", into.port, 1, 65535, "Which port").required();
    send.flag("--once", into.once, "Only once");
    send.one_of(
        "--colour", {"red", "green"}, [](const std::string&) {}, "Which colour");
    send.texts("FILE", into.files, "What to send");
    send.explain("More of it.");
    send.take_options_anywhere();
    badwire.command("secret", "For nobody").hide();

    const command_description made = badwire.described();

    ASSERT_EQ(made.below.size(), 1u) << "what is hidden is left out";
    try {
        badwire.parse(std::vector<std::string>{"nothing"});
        FAIL();
    } catch (const usage& refused) {
        EXPECT_EQ(std::string(refused.what()).find("secret"), std::string::npos) << refused.what();
    }
    const command_description& shown = made.below[0];
    EXPECT_EQ(shown.name, "send");
    EXPECT_EQ(shown.explanation, "More of it.");
    EXPECT_TRUE(shown.takes_options_anywhere);
    ASSERT_EQ(shown.options.size(), 4u);
    EXPECT_EQ(shown.options[0].names, (std::vector<std::string>{"-h", "--help"}));
    EXPECT_EQ(shown.options[1].takes, "N");
    EXPECT_EQ(shown.options[1].otherwise, "80");
    EXPECT_TRUE(shown.options[1].required);
    EXPECT_EQ(shown.options[2].takes, "") << "a flag takes nothing";
    EXPECT_EQ(shown.options[3].takes, "red|green");
    ASSERT_EQ(shown.arguments.size(), 1u);
    EXPECT_EQ(shown.arguments[0].names, std::vector<std::string>{"FILE"});
    EXPECT_TRUE(shown.arguments[0].many);
}
