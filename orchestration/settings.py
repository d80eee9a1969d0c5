"""One model of everything that can be configured, read from the environment (`OVERSIGHT_...`).

A folder of data holds the whole state of an installation. Nothing here prints or stores a credential: addresses of
notifications are kept secret, and boto3 and the portals' clients read their own environment.
"""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
LONDON = ZoneInfo("Europe/London")
"""Days are those of London: of releases, of what publishers state, of what lies in the future."""


class Settings(BaseSettings):
    """Where data live and how long to wait."""

    model_config = SettingsConfigDict(env_prefix="OVERSIGHT_", extra="forbid", hide_input_in_errors=True)

    data: Path = Field(default=PROJECT / "data", description="Folder that holds all state of this installation.")
    inbox: str = Field(default="", description="Folder or s3://bucket/prefix where files arrive; data/inbox if empty.")
    archive: str = Field(default="", description="Folder or s3://bucket/prefix of the archive; data/archive if empty.")
    settle_seconds: float = Field(default=1.0, ge=0, description="A file is taken once it has not changed for so long.")
    watch_seconds: float = Field(default=4.0, ge=0, description="How long one look of the sensor into the inbox lasts.")
    target: Literal["folder", "datapress", "ckan"] = Field(
        default="folder",
        description="Where releases are published: the folder data/datastore, the London Datastore or a CKAN site.",
    )
    address: str = Field(default="", description="Where the public finds that folder; feeds link to it.")
    datasets: dict[str, str] = Field(default={}, description="On a portal: the dataset of each product, as JSON.")
    organisation: str = Field(default="", description="On a CKAN site: where a dataset that is missing may be made.")
    notify: list[SecretStr] = Field(default=[], description="Whom to tell of releases: apprise addresses, as JSON.")
    alert: list[SecretStr] = Field(default=[], description="Whom to tell of a late release: the team, likewise.")
    lock_seconds: float = Field(default=120.0, ge=0, description="How long to wait for another writer of a database.")

    @property
    def inbox_url(self) -> str:
        """Folder or s3 address where files arrive."""
        return self.inbox or str(self.data / "inbox")

    @property
    def archive_url(self) -> str:
        """Folder or s3 address of the archive."""
        return self.archive or str(self.data / "archive")

    @property
    def landing(self) -> Path:
        """Database of receipts, coverage and landed rows."""
        return self.data / "landing.duckdb"

    @property
    def build(self) -> Path:
        """Database that dbt builds in; nobody else reads it."""
        return self.data / "build" / "oversight.duckdb"

    @property
    def snapshot(self) -> Path:
        """Database that analysts open; replaced whole after each good build."""
        return self.data / "analysts" / "oversight.duckdb"

    @property
    def releases(self) -> Path:
        """Folder of sealed bundles."""
        return self.data / "releases"

    @property
    def datastore(self) -> Path:
        """Folder that stands for the Datastore."""
        return self.data / "datastore"

    @property
    def previews(self) -> Path:
        """Folder of copies for those with pre-release access."""
        return self.data / "previews"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own state: runs, events, schedules."""
        return self.data / "dagster"
