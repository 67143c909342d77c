"""Runs the examples of pages: what a page shows is what happens.

usage: examples.py BUILD PAGE…     BUILD is a build tree with badwire and its Python module, as build/ci

All blocks of a page run in one empty folder, from top to bottom, as a reader would do it. What happens to a block says
its language:

    console   each line behind "$ " is a command for bash; the lines below it, if any, are what it must print. A line
              "…" stands for any lines, "…" in a line for anything in it. A command that ends with "&" goes on until
              the end of the page; it must print what stands below it.
    sh        all of it is one script for bash
    python    all of it is one program; it must write nothing to standard error
    json      a scenario, which must be good
    text      is not run; nor are directives of the site, such as {toctree}

and the comments right above it:

    <!-- file: NAME -->         it is a file of the folder
    <!-- within: TEXT -->       json: each line, or all of it, is put where TEXT says HERE (MEMBERS: what is between its
                                braces); that must be a good scenario
    <!-- goes on -->            python: the python blocks before it come first
    <!-- exits: CODE -->        console, sh, python: with this code, instead of 0
    <!-- part of: FILE -->      it stands in this file of the project, which is tested elsewhere; "// …" is any lines
    <!-- not run: REASON -->    it is not run

Anywhere on a page, <!-- setup: COMMAND --> runs a command that readers need not see ($ROOT is the project), and
<!-- ports: 4000 5000 --> has other ports, which are free, take the place of these."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import markdown

COMMENT = re.compile(r"^<!-- (file|within|goes on|exits|part of|not run|setup|ports)(?:: (.*))? -->$")
SECONDS_MAX = 120


class Wrong(Exception):
    """An example that does not do what the page says."""


@dataclasses.dataclass
class Step:
    """A block, or a comment that stands by itself (language: setup, ports)."""

    line: int
    language: str
    text: str
    said: dict[str, str] = dataclasses.field(default_factory=dict)


def steps(page: str) -> list[Step]:
    found: list[Step] = []
    blocks = {one.line: one for one in markdown.fences(page)}
    said: dict[str, str] = {}
    for number, line in [*markdown.prose(page), *((one, "") for one in blocks)]:
        comment = COMMENT.match(line)
        if comment and comment[1] in ("setup", "ports"):
            found.append(Step(number, comment[1], comment[2] or ""))
        elif comment:
            found.append(Step(number, "comment", comment[1], {comment[1]: comment[2] or ""}))
        elif number in blocks:
            found.append(Step(number, blocks[number].language, blocks[number].text))
    found.sort(key=lambda step: step.line)
    made: list[Step] = []
    for step in found:
        if step.language == "comment":
            said |= step.said | {"": str(step.line)}
            continue
        if step.language not in ("setup", "ports"):
            step.said, said = said, {}
        made.append(step)
    if said:
        raise Wrong(f"line {said['']}: no block follows this comment")
    return made


def matches(expected: list[str], printed: list[str]) -> bool:
    """Line by line; "…" is any lines, or anything in a line."""
    if not expected:
        return not printed
    if expected[0].strip() == "…":
        return any(matches(expected[1:], printed[skipped:]) for skipped in range(len(printed) + 1))
    if not printed:
        return False
    pattern = ".*".join(map(re.escape, expected[0].split("…")))
    return bool(re.fullmatch(pattern, printed[0])) and matches(expected[1:], printed[1:])


def lines_of(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with what it must print."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0] + "\n" + line, [])
        elif found:
            found[-1][1].append(line.rstrip())
        else:
            raise Wrong('a console block begins with a command: "$ …"')
    return [(command, lines_of("\n".join(expected))) for command, expected in found]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Session:
    """One reader of one page, with a folder."""

    def __init__(self, build: pathlib.Path, folder: pathlib.Path) -> None:
        self.folder = folder / "page"
        self.folder.mkdir()
        self.python_before = ""
        self.ports: dict[str, str] = {}
        self.running: list[subprocess.Popen] = []
        self.env = self.environment(build.resolve(), folder / "bin")

    def environment(self, build: pathlib.Path, programs: pathlib.Path) -> dict[str, str]:
        programs.mkdir()
        (programs / "badwire").symlink_to(build / "badwire")
        (programs / "python3").symlink_to("/usr/bin/python3")
        (programs / "pytest").write_text('#!/bin/sh\nexec /usr/bin/python3 -m pytest -p no:cacheprovider -p badwire.pytest_plugin "$@"\n')
        (programs / "pytest").chmod(0o755)
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
        return kept | {
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(build / "python"),
            "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1", "MPLBACKEND": "agg",
            "COLUMNS": "100", "ROOT": str(markdown.ROOT),
        }  # fmt: skip

    def started(self, words: list[str], **more) -> subprocess.Popen:
        made = subprocess.Popen(words, cwd=self.folder, env=self.env, text=True, stdin=subprocess.DEVNULL,
                                start_new_session=True, **more)  # fmt: skip
        self.running.append(made)
        return made

    def ran(self, words: list[str], code: int, errors=subprocess.STDOUT) -> tuple[str, str]:
        process = self.started(words, stdout=subprocess.PIPE, stderr=errors)
        try:
            out, err = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise Wrong(f"it has not ended after {SECONDS_MAX} s") from None
        if process.returncode != code:
            raise Wrong(f"exit code {process.returncode} instead of {code}; it printed\n{out}{err or ''}")
        return out, err or ""

    def renamed(self, text: str, back: bool = False) -> str:
        for shown, free in self.ports.items():
            text = re.sub(rf"\b{free if back else shown}\b", shown if back else free, text)
        return text

    def console(self, step: Step) -> None:
        code = int(step.said.get("exits", 0))
        for command, expected in commands(step.text):
            try:
                if command.endswith("&"):
                    self.goes_on(command.removesuffix("&"), expected)
                    continue
                out = self.renamed(self.ran(["bash", "-c", self.renamed(command)], code)[0], back=True)
                if expected and not matches(expected, lines_of(out)):
                    raise Wrong("expected\n" + "\n".join(expected) + "\nbut it printed\n" + out)
            except Wrong as wrong:
                raise Wrong(f"$ {command}\n{wrong}") from None

    def goes_on(self, command: str, expected: list[str]) -> None:
        output = self.folder.parent / f"output-{len(self.running)}"
        with output.open("w") as into:
            process = self.started(["bash", "-c", f"exec {self.renamed(command)}"], stdout=into, stderr=subprocess.STDOUT)
        end = time.monotonic() + SECONDS_MAX
        while not matches(expected, lines_of(self.renamed(output.read_text(), back=True))):
            if process.poll() is not None or time.monotonic() > end:
                raise Wrong("expected\n" + "\n".join(expected) + "\nbut it printed\n" + output.read_text())
            time.sleep(0.05)

    def sh(self, step: Step) -> None:
        self.ran(["bash", "-euc", self.renamed(step.text)], int(step.said.get("exits", 0)))

    def python(self, step: Step) -> None:
        if "goes on" in step.said:
            step.text = self.python_before + "\n" + step.text
        self.python_before = step.text
        program = self.renamed(step.text)
        errors = self.ran(["/usr/bin/python3", "-c", program], int(step.said.get("exits", 0)), subprocess.PIPE)[1]
        if errors and "exits" not in step.said:
            raise Wrong(f"it wrote to standard error:\n{errors}")

    def json(self, step: Step) -> None:
        texts = [step.text]
        if "within" in step.said:
            texts = [put_into(step.said["within"], step.text)]
            if not is_json(texts[0]):
                texts = [put_into(step.said["within"], line) for line in step.text.splitlines()]
        for text in texts:
            try:
                is_scenario = "processes" in json.loads(text)
            except ValueError as error:
                raise Wrong(f"this is no JSON: {error}\n{text}") from None
            if is_scenario:
                self.check(text, step.said.get("file"))
            elif "file" not in step.said:
                raise Wrong("neither a scenario, nor a <!-- file --> nor <!-- within --> one")

    def check(self, text: str, name: str | None) -> None:
        file = self.folder / (name or "example-of-the-page.json")
        file.write_text(text)
        try:
            self.ran(["badwire", "check", str(file)], 0)
        finally:
            if not name:
                file.unlink()

    def take(self, step: Step) -> None:
        if "not run" in step.said:
            if not step.said["not run"]:
                raise Wrong("<!-- not run --> without a reason")
            return
        if "part of" in step.said:
            return part_of(step)
        if "file" in step.said:
            file = self.folder / step.said["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.renamed(step.text))
            if step.language != "json":
                return
        if step.language == "setup":
            self.ran(["bash", "-euc", self.renamed(step.text)], 0)
        elif step.language == "ports":
            shown = step.text.split()
            self.ports = dict(zip(shown, map(str, free_ports(len(shown)))))
        elif step.language in ("console", "sh", "python", "json"):
            getattr(self, step.language)(step)
        elif step.language != "text" and not step.language.startswith("{"):
            raise Wrong(f'a block of "{step.language}" must be a <!-- file -->, <!-- part of --> one, or <!-- not run -->')

    def end(self) -> None:
        for process in self.running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def put_into(whole: str, text: str) -> str:
    return whole.replace("HERE", text).replace("MEMBERS", text.strip().removeprefix("{").removesuffix("}"))


def part_of(step: Step) -> None:
    """The lines must stand in the file, in this order; a line "// …" or "# …" is any lines."""

    def bare(text: str) -> str:
        return "\n".join(line.strip() for line in text.strip().splitlines())

    file = markdown.ROOT / step.said["part of"]
    if not file.is_file():
        raise Wrong(f"there is no {file}")
    rest = bare(file.read_text(encoding="utf-8"))
    for piece in re.split(r"^(?://|#) …$", bare(step.text), flags=re.MULTILINE):
        before, found, rest = rest.partition(piece.strip())
        if not found:
            raise Wrong(f"these lines do not stand in {file}, or not here:\n{piece.strip()}")


def mistakes(build: pathlib.Path, page: str) -> list[str]:
    """What is wrong with the page's examples; after a wrong one the others are run all the same."""
    found = []
    with tempfile.TemporaryDirectory(prefix="badwire-page-") as folder:
        session = Session(build, pathlib.Path(folder))
        try:
            for step in steps(page):
                try:
                    session.take(step)
                except Wrong as wrong:
                    found.append(f"line {step.line}, {step.language or 'a block without a language'}: {wrong}")
        except Wrong as wrong:
            found.append(str(wrong))
        finally:
            session.end()
    return found


def main(build: str, pages: list[str]) -> int:
    failed = False
    for page in pages:
        for wrong in mistakes(pathlib.Path(build), pathlib.Path(page).read_text(encoding="utf-8")):
            failed = True
            print(f"{page}, {wrong}\n", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
