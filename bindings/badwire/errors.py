"""What can go wrong, in the words of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from badwire.results import Results


class ScenarioError(ValueError):
    """Mistakes in a scenario or in a link; nothing was started.

    ``str(error)`` has a line for every mistake, ``FILE:LINE:COLUMN: POINTER: WHAT``, as ``badwire
    run`` prints them; the attributes are those of the first.

    Attributes:
        file: The scenario's file; ``scenario`` where it was a dict, ``link`` for a Relay's link.
        pointer: Where the mistake is, a JSON pointer (RFC 6901); empty for the whole.
        what: What was expected there.
        text: Every mistake, a line each.
    """

    def __init__(self, file: str, pointer: str, what: str, text: str) -> None:
        super().__init__(file, pointer, what, text)
        self.file = file
        self.pointer = pointer
        self.what = what
        self.text = text

    def __str__(self) -> str:
        return self.text


class HarnessError(RuntimeError):
    """The harness itself failed: no verdict on any program (the command line's exit code 4).

    Attributes:
        results: All runs, also those that ended well; None where no run was begun.
    """

    def __init__(self, message: str, results: Results | None = None) -> None:
        super().__init__(message, results)
        self.results = results

    def __str__(self) -> str:
        return str(self.args[0])
