"""What is no argument is refused, and the message says what was expected."""

from __future__ import annotations

import pathlib

import numpy
import pytest

import badwire

NAN = float("nan")


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"seed": "1"}, TypeError, r"seed: expected a whole number from 0 to 2\*\*64 - 1, found '1' \(str\)"),
        ({"seed": -1}, ValueError, r"seed: expected a whole number from 0 to 2\*\*64 - 1, found -1"),
        ({"seed": 2**64}, ValueError, "seed: expected"),
        ({"seed": 1.0}, TypeError, "seed: expected a whole number"),
        ({"repeat": True}, TypeError, r"repeat: expected a whole number .* found True \(bool\)"),
        ({"repeat": 0}, ValueError, "repeat: expected a whole number from 1"),
        ({"jobs": 0}, ValueError, "jobs: expected a whole number from 1 to 1024, found 0"),
        ({"jobs": None}, TypeError, "jobs: expected a whole number"),
        ({"network": "wifi"}, ValueError, 'network: expected "direct", "relay" or "virtual", found .wifi'),
        ({"network": 3}, TypeError, "network: expected"),
        ({"out": 3}, TypeError, "out: expected a path"),
        ({"out": ""}, ValueError, "out: expected a path"),
        ({"out": b"folder"}, TypeError, "out: expected a path"),
        ({"strict": 1}, TypeError, "strict: expected True or False, found 1"),
        ({"only": "loss=1"}, TypeError, "only: expected a dict"),
    ],
)
def test_run_says_what_it_expected(waiting_experiment, arguments, kind, message):
    with pytest.raises(kind, match=message):
        badwire.run(waiting_experiment, **arguments)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"loss": NAN}, ValueError, "scenario: /links/wan/loss: expected a finite number, found nan"),
        ({"loss": {1}}, TypeError, r"scenario: /links/wan/loss: expected a dict, list, .* found \{1\} \(set\)"),
        ({(1, 2): 3}, TypeError, r"scenario: /links/wan: expected keys that are texts, found \(1, 2\)"),
        ({"up": {"delay": [0, pathlib.Path("x")]}}, TypeError, "/links/wan/up/delay/1: expected"),
    ],
)
def test_what_json_does_not_have_is_named_by_its_place(lossy_ftp, change, kind, message):
    lossy_ftp["links"]["wan"] = change
    for attempt in (badwire.check, badwire.run, badwire.search):
        with pytest.raises(kind, match=message):
            attempt(lossy_ftp)


def test_a_scenario_that_holds_itself_is_refused(lossy_ftp):
    lossy_ftp["links"]["wan"]["up"] = lossy_ftp["links"]
    with pytest.raises(ValueError, match="holds itself"):
        badwire.check(lossy_ftp)


def test_numbers_of_numpy_are_numbers(lossy_ftp):
    lossy_ftp["links"]["wan"]["loss"] = numpy.float32(0.25)
    lossy_ftp["links"]["wan"]["mtu"] = numpy.int64(1500)
    results = badwire.run(lossy_ftp, network="virtual", seed=numpy.int64(4), repeat=numpy.uint8(1))

    assert results[0].seed == 4
    with pytest.raises(TypeError, match="seed"):
        badwire.run(lossy_ftp, seed=numpy.bool_(True))


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"loss": NAN}, ValueError, "loss: expected a finite number, found nan"),
        ({"up": {"loss": NAN}}, ValueError, "up: /loss: expected a finite number, found nan"),
        ({"link": 3}, TypeError, "link: expected a dict"),
        ({"seed": "1"}, TypeError, "seed: expected a whole number"),
        ({"name": 7}, TypeError, "name: expected a text"),
        ({"to": 5000}, ValueError, "to: expected"),
        ({"to": ("127.0.0.1", True)}, ValueError, "to: expected"),
    ],
)
def test_a_relay_says_what_it_expected(arguments, kind, message):
    with pytest.raises(kind, match=message):
        badwire.Relay(**{"to": ("127.0.0.1", 9), **arguments})


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"at_s": NAN}, ValueError, "at_s: expected a number of seconds from 0"),
        ({"at_s": "1"}, TypeError, "at_s: expected a number of seconds"),
        ({"payload": "text"}, TypeError, "payload: expected bytes"),
        ({"flow": 1}, TypeError, "flow: expected a text"),
        ({"direction": "left"}, ValueError, 'direction: expected "up" or "down"'),
    ],
)
def test_a_link_model_says_what_it_expected(arguments, kind, message):
    with pytest.raises(kind, match=message):
        badwire.LinkModel().decide(**{"payload": b"", **arguments})


def test_other_functions_do_so_too(waiting_experiment):
    with pytest.raises(TypeError, match="path: expected a path, found 3"):
        badwire.load(3)
    with pytest.raises(TypeError, match="scenario: expected a path or a dict, found None"):
        badwire.check(None)
    with pytest.raises(ValueError, match='what: expected "runs", "waiting", "load" or "theory"'):
        badwire.run(waiting_experiment).to_frame("links")
    with pytest.raises(TypeError, match="document: expected a dict"):
        badwire.Results([])
