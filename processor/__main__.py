"""The `untuned` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; errors are one clear line on stderr, exit codes 0 done, 1 fell short, 2 usage."""
    from processor import cli
    from processor.core import errors

    try:
        sys.exit(cli.untuned(standalone_mode=True))
    except errors.UsageError as error:
        sys.stderr.write(f"untuned: {error}\n")
        sys.exit(2)
    except errors.UntunedError as error:
        sys.stderr.write(f"untuned: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
