"""The C++ half of the package. JSON texts in and out; use the package's own functions."""

version: str

def programs() -> list[str]: ...
def schema() -> str: ...
def executable() -> str: ...
def set_executable(file: str) -> None: ...
def check(file: str, text: str | None) -> None: ...
def run(
    file: str,
    text: str | None,
    network: str,
    seed: int | None,
    repeat: int | None,
    jobs: int,
    out: str,
    strict: bool,
    only: str,
    stop: Stop,
) -> str: ...
def search(
    file: str,
    text: str | None,
    only: str,
    jobs: int,
    out: str,
    seeds: int,
    first: int,
    interleavings: int,
) -> str: ...
def shrink(
    file: str, text: str | None, only: str, seed: int, interleaving: int | None
) -> str: ...
def certify(
    file: str,
    text: str | None,
    only: str,
    jobs: int,
    seed: int,
    interleaving: int | None,
    faults: str,
    at_most: int,
    first: int,
) -> str: ...
def explain(
    file: str,
    text: str | None,
    only: str,
    jobs: int,
    out: str,
    seed: int,
    interleaving: int | None,
) -> str: ...
def mutate(scenarios: list[tuple[str, str | None]], seeds: int, jobs: int) -> str: ...

class Stop:
    """Ends the runs that it was given to."""

    def __init__(self) -> None: ...
    def set(self) -> None: ...

class Relay:
    def __init__(
        self,
        listen: tuple[str, int],
        to: tuple[str, int],
        link: str,
        wires: str,
        seed: int,
        name: str,
        trace: str,
        capture: str,
        idle_after: str | None,
        precise: bool,
        control: tuple[str, int] | None,
        token: str,
    ) -> None: ...
    def address(self) -> tuple[str, int]: ...
    def control(self) -> tuple[str, int] | None: ...
    def state(self) -> str: ...
    def impairments(self) -> str: ...
    def change(self, keys: str) -> str: ...
    def replace(self, link: str) -> str: ...
    def cut(self, cut: bool) -> None: ...
    def enable(self, enabled: bool) -> None: ...
    def reset(self) -> str: ...
    def close(self) -> None: ...

class LinkModel:
    def __init__(self, link: str, seed: int, name: str) -> None: ...
    def decide(
        self, direction: str, payload: bytes, at_s: float, flow: str
    ) -> tuple[bool, str, float, float, int, int, int, str, bytes]: ...
