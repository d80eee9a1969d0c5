"""How long the code location takes to load, and whether it loads Great Expectations (it must not: three seconds)."""

import subprocess
import sys
import time

LOAD = "import sys, orchestration.definitions; sys.exit(10 if 'great_expectations' in sys.modules else 0)"


def measure(rounds: int = 3) -> tuple[float, bool]:
    """Return the least seconds of a fresh process that loads the definitions, and whether it loaded the gate."""
    times, codes = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        codes.append(subprocess.run([sys.executable, "-c", LOAD], check=False).returncode)
        times.append(time.perf_counter() - started)
    assert set(codes) <= {0, 10}, "the code location does not load"
    return min(times), 10 in codes
