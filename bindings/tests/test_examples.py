"""Every example draws its figure, in a small size."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(file.stem for file in EXAMPLES.glob("*.py") if file.name != "figures.py")


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_draws_its_figure(name, tmp_path):
    image = pytest.importorskip("matplotlib.image")
    figure = tmp_path / f"{name}.png"

    ended = subprocess.run([sys.executable, EXAMPLES / f"{name}.py", "--small", "--out", figure],
                           cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"{figure}\n"
    pixels = image.imread(figure)
    assert pixels.shape[0] > 300 and pixels.shape[1] > 500
    colours = {tuple(colour) for row in pixels[::3] for colour in (row[::3, :3] * 255).round().astype(int).tolist()}
    assert any(red + 60 < blue for red, _, blue in colours), "nothing is drawn in the first colour"


def test_a_figure_of_runs_that_did_not_pass_is_refused():
    sys.path.insert(0, str(EXAMPLES))
    pytest.importorskip("matplotlib")
    from figures import judged

    rows = [{"verdict": "pass", "message": ""}, {"verdict": "inconclusive", "message": "too late"}]
    with pytest.raises(SystemExit, match="1 of 2 runs; the first: inconclusive: too late"):
        judged(rows, "pass", "fail")


def test_the_waiting_of_a_pool_is_that_of_the_textbook():
    sys.path.insert(0, str(EXAMPLES))
    pytest.importorskip("matplotlib")
    from pool_sizes import OFFERED, SERVICE_MS, mmc_waiting_ms

    # Erlang's C for c = 4, a = 3: sum form of Kleinrock, Queueing Systems 1, equation (3.40).
    below = sum(OFFERED**k / factorial for k, factorial in enumerate((1, 1, 2, 6)))
    last = OFFERED**4 / 24 * 4 / (4 - OFFERED)
    assert mmc_waiting_ms(4) == pytest.approx(last / (below + last) * SERVICE_MS / (4 - OFFERED))
