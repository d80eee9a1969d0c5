"""Where the publishers' own files are, for the tests that read them; nothing of them is kept here."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
EXTRACTS = Path(os.environ.get("OVERSIGHT_EXTRACTS") or CHECKOUT.parent / "shared" / "extracts")

requires_extracts = pytest.mark.skipif(
    not EXTRACTS.is_dir(), reason=f"there is no folder of publishers' files at {EXTRACTS} (OVERSIGHT_EXTRACTS)"
)
