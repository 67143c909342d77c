"""Put any socket program on a bad wire.

    import badwire

    results = badwire.run("scenarios/demo/lossy_ftp.json", network="virtual", seed=7)
    assert results.passed, results

    with badwire.Relay(to=("127.0.0.1", 5000), loss=0.05, delay="20ms") as relay:
        ...  # send to relay.address instead of to port 5000
        print(relay.counters()["up"]["dropped"])

Times are milliseconds (``_ms``) in numbers, and texts such as ``"20ms"`` or ``"1.5s"`` in scenarios
and links.
"""

import os as _os
import pathlib as _pathlib

from badwire import _badwire
from badwire.errors import HarnessError, ScenarioError
from badwire.lab import (
    Certificate,
    Failures,
    Fault,
    FaultMap,
    Mutant,
    MutationScore,
    PacketLoss,
    Search,
    Shrunk,
    certify,
    explain,
    mutate,
    search,
    shrink,
)
from badwire.link_model import Fate, LinkModel, Packet
from badwire.multicast import MulticastRelay
from badwire.net import Net
from badwire.relay import Relay
from badwire.results import (
    Counters,
    Expectation,
    Link,
    Process,
    Results,
    Run,
    Waiting,
)
from badwire.running import arun, check, load, programs, run, schema
from badwire.scenario import Scenario
from badwire.theory import Theory
from badwire.world import World
from badwire.sweep import Sweep, sweep
from badwire.world import World

__version__: str = _badwire.version

__all__ = [
    "Certificate",
    "Counters",
    "Expectation",
    "Failures",
    "Fate",
    "Fault",
    "FaultMap",
    "HarnessError",
    "Link",
    "LinkModel",
    "MulticastRelay",
    "Mutant",
    "MutationScore",
    "Net",
    "Packet",
    "PacketLoss",
    "Process",
    "Relay",
    "Results",
    "Run",
    "Scenario",
    "ScenarioError",
    "Search",
    "Shrunk",
    "Sweep",
    "Theory",
    "Waiting",
    "World",
    "__version__",
    "arun",
    "certify",
    "check",
    "explain",
    "load",
    "mutate",
    "programs",
    "run",
    "schema",
    "search",
    "shrink",
    "sweep",
]

# Real networks start programs through the badwire command, which is inside the package.
_packaged = _pathlib.Path(__file__).parent / "bin" / "badwire"
if _os.access(_packaged, _os.X_OK):
    _badwire.set_executable(str(_packaged))
