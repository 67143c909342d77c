"""toxiproxy's own client for Node.js does all that it can with a relay."""

import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
MODULES = HERE.parent / "ci" / "toxiproxy_client" / "node_modules"


@pytest.mark.skipif(not shutil.which("node") or not MODULES.exists(),
                    reason="ci/toxiproxy_client/install has not been run, or could not be")
def test_toxiproxys_client_works_unchanged(badwire):
    relay = badwire.start("relay", "--control", "127.0.0.1:0")
    url = relay.stdout.readline().removeprefix("control on ").strip()
    try:
        ran = subprocess.run(["node", HERE / "toxiproxy_client_test.cjs"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400,
                             env={**os.environ, "BADWIRE_CONTROL": url, "NODE_PATH": str(MODULES)})
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"it does not end; so far it said:\n{(late.stdout or b'').decode()}")
    relay.terminate()
    assert relay.wait(20) == 0
    assert ran.returncode == 0, ran.stdout
    assert "# pass 15" in ran.stdout or "ℹ pass 15" in ran.stdout, ran.stdout
