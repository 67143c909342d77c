"""Each rule of ci/tidy-tree finds what it should find, and nothing else."""

import pathlib
import subprocess

import pytest

TIDY_TREE = pathlib.Path(__file__).parent / "tidy-tree"
HEAD = "// x.hpp: what it is for.\n#pragma once\n\n"


@pytest.fixture
def findings(tmp_path):
    """Writes {name: text}, and returns the findings."""
    def of(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([TIDY_TREE, tmp_path], capture_output=True, text=True, check=False)
        assert not done.stderr
        *lines, _ = done.stdout.splitlines()
        assert done.returncode == (1 if lines else 0)
        return lines
    return of


def test_includes_go_down(findings):
    (finding,) = findings({"impl/base/a.cpp": '#include "impl/net/b.hpp"\n', "impl/net/b.hpp": HEAD})
    assert finding == 'impl/base/a.cpp:1: impl/base must not include "impl/net/b.hpp": impl/net is not below it [layers]'
    assert not findings({"impl/base/a.cpp": "", "impl/net/c.cpp": '#include "impl/base/d.hpp"\n', "impl/base/d.hpp": HEAD})


def test_an_include_names_its_path_and_a_file_stands_in_a_layer(findings):
    first, second = findings({"impl/net/a.cpp": '#include "b.hpp"\n', "sim/elsewhere/c.cpp": ""})
    assert "write the path from the root" in first
    assert second.startswith("sim/elsewhere/c.cpp:1: stands in no layer")


def test_wire_does_not_wait(findings):
    (finding,) = findings({"impl/wire/a.cpp": '#include "impl/net/sockets.hpp"\n', "impl/net/sockets.hpp": HEAD})
    assert "no I/O there" in finding


def test_headers(findings):
    found = findings({"impl/net/a.hpp": "int a;\n", "impl/net/a.cpp": '#include <map>\n#include "impl/net/a.hpp"\nint b = a;\n'})
    assert len(found) == 3 and all(line.endswith("[headers]") for line in found)


def test_libraries(findings):
    uses = "auto a = fmt::format(\"\");\n"
    (finding,) = findings({"impl/net/a.cpp": uses})
    assert finding == "impl/net/a.cpp:1: fmt:: needs an #include <fmt/…> [libraries]"
    assert not findings({"impl/net/a.cpp": '#include "impl/net/b.hpp"\n' + uses, "impl/net/b.hpp": HEAD + "#include <fmt/format.h>\n"})
    spawns = "#include <boost/asio/awaitable.hpp>\nint b = net::asio::co_spawn();\n"
    (finding,) = findings({"impl/net/a.cpp": spawns})
    assert "co_spawn needs an #include <boost/asio/co_spawn.hpp" in finding


def test_long_files(findings):
    assert not findings({"ci/a.py": "\n" * 400})
    (finding,) = findings({"ci/a.py": "\n" * 401})
    assert "401 lines" in finding


@pytest.mark.parametrize("name, begin, line, end", [
    ("impl/net/a.cpp", "void run(int first,\n         int second)\n{\n", "    x();\n", "}\n"),
    ("impl/net/a.cpp", "class a {\n    a(int b)\n        : b_(b)\n    {\n", "        if (b) {\n        }\n", "    }\n};\n"),
    ("ci/a.py", "def run():\n", "    x()\n", "\n\ny()\n"),
    ("reports/web/src/a.ts", "export function run() {\n", "  x(() => {\n  });\n", "}\n"),
])
def test_long_functions(findings, name, begin, line, end):
    room = 60 - begin.count("\n") - (0 if name.endswith(".py") else 1) + begin.startswith("class")
    times = room // line.count("\n")
    assert not findings({name: begin + line * times + end})
    (finding,) = findings({name: begin + line * (times + 1) + end})
    assert "a function of 6" in finding and finding.startswith(f"{name}:")


@pytest.mark.parametrize("declaration, definition", [
    ("void unneeded(int a);\n", "void unneeded(int a)\n{\n}\n"),
    ("struct x {\n    int unneeded() const;\n};\nextern x one;\n", "int x::unneeded() const { return one.a; }\n"),
    ("class unneeded {\n    unneeded();\n};\n", "unneeded::unneeded()\n    : a_(1)\n{\n}\n"),
    ("using unneeded = int; // unneeded\n", '// unneeded\nconst char* a = "unneeded";\n'),
    ("inline constexpr int unneeded = 1;\n", ""),
    ("struct x {\n    int unneeded = 0;\n};\nextern x one;\n", "int y = one.z;\n"),
])
def test_what_nothing_uses(findings, declaration, definition):
    files = {"impl/net/a.hpp": HEAD + declaration, "impl/net/a.cpp": '#include "impl/net/a.hpp"\n' + definition}
    (finding,) = findings(files)
    assert "nothing uses unneeded [unused]" in finding and finding.startswith("impl/net/a.hpp:")
    assert not findings({"impl/net/b.cpp": "void b()\n{\n    use(unneeded);\n}\n"})


def test_what_only_tests_use(findings):
    (finding,) = findings({"impl/net/a.hpp": HEAD + "void unneeded();\n", "impl/net/a_test.cpp": "int a = f(unneeded);\n"})
    assert "only tests use unneeded" in finding


@pytest.mark.parametrize("used", [
    "class b : public needed {\n};\n", "std::vector<needed> b;\n", "needed f();\n", "auto b = sizeof(needed);\n",
    "b::b()\n    : c_(needed())\n{\n}\n", "int b() { return needed(); }\n", "auto b = &needed;\n", "needed b{1};\n",
])
def test_uses(findings, used):
    assert not findings({"impl/net/a.hpp": HEAD + "class needed {};\n", "impl/net/b.cpp": used})


def test_test_names(findings):
    found = findings({"impl/net/a_test.cpp": "TEST(Socket, IsClosed)\nTEST(socket, IsClosed)\nTEST_F(Socket, is_closed)\n",
                      "ci/test_a.py": "def test_one_thing():\n    pass\n\n\ndef testAnother():\n    pass\n"})
    assert [line.split()[0] for line in found] == ["ci/test_a.py:5:", "impl/net/a_test.cpp:2:", "impl/net/a_test.cpp:3:"]


def test_test_helpers(findings):
    test = {"impl/net/a_test.cpp": '#include <gtest/gtest.h>\n\n#include "impl/net/a.hpp"\n', "impl/net/a.hpp": HEAD}
    (finding,) = findings(test)
    assert finding.startswith("impl/net/a.hpp:1: only tests include it")
    assert not findings({"impl/net/a.cpp": '#include "impl/net/a.hpp"\n'})
    (finding,) = findings({"impl/net/b.cpp": "#include <gmock/gmock.h>\n"})
    assert "only tests include GoogleTest" in finding
    (finding,) = findings({"impl/net/b.cpp": '#include "impl/net/b_for_tests.hpp"\n',
                           "impl/net/b_for_tests.hpp": HEAD + "#include <gtest/gtest.h>\n"})
    assert finding == 'impl/net/b.cpp:1: "impl/net/b_for_tests.hpp" is for tests [test-helpers]'
