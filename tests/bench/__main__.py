"""`python -m tests.bench` measures everything; with names of parts, those alone."""

import sys


def main() -> None:
    """Without the compiled part of botocore, which Lambda does not have."""
    sys.modules["awscrt"] = None  # type: ignore[assignment]
    from tests.bench import report

    report.run(sys.argv[1:])


if __name__ == "__main__":
    main()
