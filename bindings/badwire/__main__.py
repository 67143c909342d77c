"""``python -m badwire`` is the badwire command."""

import os
import sys

from badwire import HarnessError, _badwire


def main() -> None:
    """Becomes the badwire command; if that is missing, says so and exits with 4."""
    if any(word.partition("=")[0] == "--scheduler" for word in sys.argv[2:]):
        from badwire import cluster

        cluster.main(sys.argv[1:])
    try:
        executable = _badwire.executable()
        sys.stdout.flush()
        os.execv(executable, ["badwire", *sys.argv[1:]])
    except (HarnessError, OSError) as error:
        print(f"badwire: {error}", file=sys.stderr)
        raise SystemExit(4) from None


if __name__ == "__main__":
    main()
