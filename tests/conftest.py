"""What tests of every kind share: settings of a throw-away installation, and no network."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from orchestration.settings import Settings

os.environ.update(GX_ANALYTICS_ENABLED="false", DAGSTER_DISABLE_TELEMETRY="yes", DO_NOT_TRACK="1")
for name in [name for name in os.environ if name.startswith("OVERSIGHT_") and name != "OVERSIGHT_EXTRACTS"]:
    del os.environ[name]
# How long an example takes says more of the machine than of the rule.
hypothesis.settings.register_profile("oversight", deadline=None)
hypothesis.settings.load_profile("oversight")


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Refuse every connection that leaves the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            assert address[0] in ("127.0.0.1", "::1", "localhost"), f"a test reached for {address[0]}"
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep temporary files apart from those that others left on the machine: the doctor looks at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("scratch")))
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation in a fresh folder; files settle at once."""
    return Settings(data=tmp_path / "data", settle_seconds=0, watch_seconds=0, lock_seconds=10)
