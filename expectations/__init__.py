"""The gate before publication: what must hold of a product's rows, and the judge that decides.

Great Expectations takes seconds to import, so it is imported only while judging: importing this package
must stay cheap for everything that merely names a suite. Reading the rows, deciding when to judge and
acting on the verdict belong to the orchestration.
"""

from expectations.judge import CheckResult, Verdict, judge, read_verdict
from expectations.suites import Check, Suite, ValuesOf, Where, suite_for

__all__ = ["Check", "CheckResult", "Suite", "ValuesOf", "Verdict", "Where", "judge", "read_verdict", "suite_for"]
