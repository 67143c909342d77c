"""The pages of the reference, made from the program itself."""

from __future__ import annotations

import json
import re
import subprocess

import badwire as package
import markdown
import schema_pages


def asked(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def scenario(badwire: str) -> str:
    return schema_pages.page(
        "A scenario's keys",
        "Made from the schema that `badwire schema` prints. [Editors](../editor.md) complete and explain these keys.",
        json.loads(asked(badwire, "schema")),
    )


def results(badwire: str) -> str:
    schema = json.loads((markdown.ROOT / "reports/results.schema.json").read_text(encoding="utf-8"))
    return schema_pages.page("results.json", schema["description"], schema)


def below(badwire: str, *words: str) -> list[tuple[str, ...]]:
    """The command, and all below it."""
    names = re.search(r"^Subcommands:\n((?:  .*\n?)+)", asked(badwire, *words, "--help"), re.MULTILINE)
    found = re.findall(r"^  (\S+)", names[1], re.MULTILINE) if names else []
    return [words, *(one for name in found for one in below(badwire, *words, name))]


def commands(badwire: str) -> str:
    lines = ["# The command line", "", "What `--help` says of each command.", ""]
    for words in below(badwire):
        lines += ["## " + " ".join(("badwire", *words)), "", "```text", asked(badwire, *words, "--help").rstrip(), "```", ""]
    return "\n".join(lines)


def programs(badwire: str) -> str:
    lines = ["# The programs' options", "", "What `badwire exec PROGRAM --help` says of each program.", ""]
    for name in re.findall(r"^\S* +(\S+) ", asked(badwire, "list", "programs"), re.MULTILINE):
        lines += [f"## {name}", "", "```text", asked(badwire, "exec", name, "--help").rstrip(), "```", ""]
    return "\n".join(lines)


def metrics(badwire: str) -> str:
    lines = ["# Metrics", "",
             "What badwire's programs count and measure, as `badwire list metrics` lists it: `--metrics FILE` writes those of a "
             "program, results.json has them, and an expectation names one as `PROCESS.NAME`. A command of yours writes its own "
             "into the file that `BADWIRE_METRICS` names.", "", "| metric | |", "|---|---|"]  # fmt: skip
    for line in asked(badwire, "list", "metrics").splitlines():
        name, words = line.split(None, 1)
        lines.append(f"| `{name}` | {schema_pages.cell(words)} |")
    return "\n".join(lines) + "\n"


def python(badwire: str) -> str:
    lines = ["# The Python package", "", "Examples of all of it: [badwire from Python](../python.md).", ""]
    shown = (name for name in package.__all__ if not name.startswith("_"))
    for name in sorted(shown, key=str.lower):
        kind = "class" if isinstance(getattr(package, name), type) else "function"
        lines += [f"## {name}", "", "```{eval-rst}", f".. auto{kind}:: badwire.{name}", "```", ""]
    return "\n".join(lines)


def operations(paths: dict) -> list[str]:
    lines = []
    for path, methods in paths.items():
        for method, about in methods.items():
            if method == "parameters":
                continue
            answers = ", ".join(code for code in about["responses"])
            lines.append(f"| `{method.upper()} {path}` | {about['summary']} | {answers} |")
    return ["| request | what it does | answers |", "|---|---|---|", *lines, ""]


def control(badwire: str) -> str:
    api = json.loads((markdown.ROOT / "sim/control/openapi.json").read_text(encoding="utf-8"))
    text = json.dumps(api["components"]["schemas"]).replace("#/components/schemas/", "#/definitions/")
    schema = {"definitions": json.loads(text)}
    first = [schema_pages.cell(api["info"]["description"]), "", *operations(api["paths"])]
    return schema_pages.page("The control of a relay", "\n".join(first), schema)


def pages(badwire: str) -> dict[str, str]:
    made = (scenario, results, commands, programs, metrics, python, control)
    return {f"{page.__name__}.md": page(badwire) for page in made}
