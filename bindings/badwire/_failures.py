"""Why a run did not pass, for people: the reason, the last packets, and how to see it again."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import subprocess
from typing import Any

from badwire import _badwire
from badwire.results import Run

_PACKETS = 20
_HEADER = re.compile(r"^ +TIME +FROM, TO ")


def explain_failure(run: Run, folder: pathlib.Path) -> str:
    """Several lines about a run that did not pass; ``folder`` holds its packets.jsonl."""
    where = ", ".join([run.network, f"seed {run.seed}",
                       *(f"{name} {value}" for name, value in run.matrix.items())])
    lines = [f"{run.title} ({where}): {run.verdict}", run.message]
    lines += [f"  ✗ {one.what}: {one.detail}" for one in run.expectations if not one.met]
    packets = last_packets(run, folder)
    if packets:
        lines += ["the last packets:", *packets]
    if "replay" in run.json:
        lines.append(f"replay: {run.json['replay']}")
    return "\n".join(lines)


def last_packets(run: Run, folder: pathlib.Path) -> list[str]:
    """A line for each of the last packets that went over a link, oldest first; empty if none did.

    In virtual time the run is made again, with ``--trace-human``: the same packets go once more, and
    are named by their contents. On real networks they are those that the run has written down.
    """
    ladder = _ladder_of_replay(run) if run.network == "virtual" else []
    return ladder or _ladder_of_file(folder / "packets.jsonl")


def _ladder_of_replay(run: Run) -> list[str]:
    words = shlex.split(run.json.get("replay", ""))
    if not words:
        return []
    again = subprocess.run([_badwire.executable(), *words[1:], "--trace-human"], check=False,
                           capture_output=True, encoding="utf-8", errors="replace")
    lines = again.stdout.splitlines()
    header = next((at for at, line in enumerate(lines) if _HEADER.match(line)), len(lines))
    packets = [line for line in lines[header + 1:] if line.startswith(" ") or "──" in line]
    return [lines[header], *packets[-_PACKETS:]] if packets else []


def _ladder_of_file(file: pathlib.Path) -> list[str]:
    try:
        written = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    if not written:
        return []
    header = f"{'TIME':>14}  {'LINK':<18} {'PROCESS':<18} {'BYTES':>6}  WHAT BECAME OF IT"
    return [header, *(_packet(json.loads(line)) for line in written[-_PACKETS:])]


def _packet(packet: dict[str, Any]) -> str:
    fate = packet["fate"]
    if "rule" in packet:
        fate += f" by {packet['rule']}"
    if "delay_ns" in packet:
        fate += f" after {packet['delay_ns'] / 1e6:g} ms"
    if "words" in packet:  # a TCP segment
        fate = f"{packet['words']}: {fate}"
    return (f"{packet['time_ns'] / 1e9:>12.6f} s  {packet['link'] + ' ' + packet['direction']:<18} "
            f"{packet['flow']:<18} {packet['bytes']:>6}  {fate}")
