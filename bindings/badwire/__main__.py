"""``python -m badwire`` is the badwire command."""

import os
import sys

from badwire import HarnessError, _badwire


def main() -> None:
    """Becomes the badwire command; says what is missing and exits 4 where there is none."""
    try:
        executable = _badwire.executable()
        sys.stdout.flush()
        os.execv(executable, ["badwire", *sys.argv[1:]])
    except (HarnessError, OSError) as error:
        print(f"badwire: {error}", file=sys.stderr)
        raise SystemExit(4) from None


if __name__ == "__main__":
    main()
