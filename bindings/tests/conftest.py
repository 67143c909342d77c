"""Scenarios that the tests share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def waiting_experiment() -> dict[str, Any]:
    """The course's scenario: a client asks for 100 and, half a second later, another one for 5."""
    return {
        "title": "The second client waits for the first",
        "network": "virtual",
        "processes": {
            "server": {"program": "iterative-server", "args": ["--work", "200ms"]},
            "first": {"program": "sum-client", "args": ["--count", "100"], "to": "server"},
            "second": {
                "program": "sum-client",
                "args": ["--count", "5"],
                "to": "server",
                "after": "first",
                "delay": "500ms",
            },
        },
        "expect": [{"exit": {"first": 0, "second": 0}}],
    }


@pytest.fixture
def lossy_ftp() -> dict[str, Any]:
    return {
        "title": "A file over a link that loses",
        "network": ["relay", "virtual"],
        "files": {"payload.bin": {"random": "16KiB"}},
        "links": {"wan": {"loss": 0.05, "delay": "1ms"}},
        "processes": {
            "server": {"program": "udp-ftp-server", "args": ["--once"]},
            "client": {
                "program": "udp-ftp-client",
                "args": ["payload.bin", "--mode", "stop-and-wait"],
                "to": "server",
                "over": "wan",
            },
        },
        "expect": [
            {"exit": {"client": 0, "server": 0}},
            {"same_file": ["payload.bin", "server/received/payload.bin"]},
            {"metric": "client.retransmissions", "at_least": 1},
        ],
    }
