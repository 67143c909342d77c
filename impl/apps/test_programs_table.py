"""The table in docs/programs.md that says where each program stands: its files, its wire formats,
its scenarios. The sources and the scenarios say the same.

usage: test_programs_table.py [--write]     with --write the table is written anew
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "programs.md"
BEGIN, END = "<!-- table: test_programs_table.py --write -->\n", "<!-- end of table -->\n"
ENTRY = re.compile(r'\{"([a-z-]+)",\s*"((?:\d|Q)[^"]*)",')
INCLUDE = re.compile(r'^#include "(impl/(?:apps/shared|talk|wire)/\w+)\.hpp"', re.M)
NO_FORMAT = {"text", "words"}  # files of impl/wire that every program may use


def is_program(path):
    return not re.search(r"_(test|bench|fuzz)$", path.stem)


def programs():
    """{file: [(program, section)]} of impl/apps."""
    files = sorted(path for path in (ROOT / "impl/apps").glob("*.cpp") if is_program(path))
    return {path.stem: ENTRY.findall(path.read_text(encoding="utf-8")) for path in files}


def wire_files(stem):
    """What of impl/wire the program's file includes, itself or through files that programs share."""
    seen, waiting = set(), [f"impl/apps/{stem}"]
    while waiting:
        name = waiting.pop()
        for path in (ROOT / f"{name}.cpp", ROOT / f"{name}.hpp"):
            if path.exists():
                new = set(INCLUDE.findall(path.read_text(encoding="utf-8"))) - seen
                seen |= new
                waiting.extend(new)
    names = {name.split("/")[-1] for name in seen if name.startswith("impl/wire/")}
    return sorted(names - NO_FORMAT)


def scenarios():
    """{scenario: the programs it runs}."""
    found = {}
    for path in sorted((ROOT / "scenarios").rglob("*.json")):
        processes = json.loads(path.read_text(encoding="utf-8")).get("processes", {})
        name = path.relative_to(ROOT / "scenarios").with_suffix("").as_posix()
        found[name] = {each.get("program") for each in processes.values()} - {None}
    del found["scenario.schema"]
    return found


def by_folder(names):
    folders = {}
    for name in sorted(names):
        folder, _, file = name.rpartition("/")
        folders.setdefault(folder, []).append(file)
    return "; ".join(f"{folder}: {', '.join(files)}" for folder, files in folders.items())


def table():
    rows = []
    for stem, entries in programs().items():
        names = {name for name, _ in entries}
        ran_by = [name for name, ran in scenarios().items() if ran & names]
        section = min(section for _, section in entries)
        rows.append((section, stem, wire_files(stem), by_folder(ran_by)))
    lines = ["| course | impl/apps | impl/wire | scenarios |", "|---|---|---|---|"]
    for section, stem, wires, ran_by in sorted(rows):
        lines.append(f"| {section} | `{stem}` | {', '.join(wires) or 'plain text'} | {ran_by} |")
    return "\n".join(lines) + "\n"


def split_page():
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    there, after = rest.split(END)
    return before, there, after


def test_the_table_says_what_the_files_say():
    assert split_page()[1] == table(), f"write it anew: python3 {__file__} --write"


def test_every_program_has_a_scenario_and_a_row_of_the_first_table():
    ran = set().union(*scenarios().values())
    page = split_page()[0]
    for stem, entries in programs().items():
        assert entries, f"impl/apps/{stem}.cpp: no entry found there"
        for name, _ in entries:
            assert name in ran, f"no scenario runs {name}"
            assert f"`{name}`" in page, f"{PAGE.name} does not name {name}"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    before, _, after = split_page()
    PAGE.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
