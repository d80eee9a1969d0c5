"""Where releases are published: a target takes a sealed bundle, checks what arrived, then shows it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestration.publication.bundle import Bundle, BundleError, read_bundle
from orchestration.publication.names import parse_release
from orchestration.publication.page import render_catalogue


class PublicationError(Exception):
    """A release that cannot be published as it stands."""


@dataclass(frozen=True)
class Published:
    """What came of publishing: `new` is false where the very same release was there already."""

    product: str
    release: str
    seal: str
    location: str
    new: bool


class Target(Protocol):
    """A place where releases are published."""

    def publish(self, bundle: Bundle) -> Published:
        """Publish a bundle; a failure leaves the last release up, and the same call can be made again."""

    def latest(self, product: str) -> Path | None:
        """Return the bundle of the release that the public sees of a product, if there is one."""


class FolderTarget:
    """A folder that a web server shows: `<product>/<release>/`, `<product>/latest` and a catalogue."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def publish(self, bundle: Bundle) -> Published:
        """Copy a bundle in, compare the copy with its seal, and only then give it its name and show it."""
        place = self._root / bundle.product / bundle.release
        new = not place.exists()
        if new:
            self._copy(bundle, place)
        elif self._read(place).seal != bundle.seal:
            raise PublicationError(
                f"{bundle.product} {bundle.release} is published with other content; a published release is"
                " immutable, publish a correction under the next number"
            )
        self._write_catalogue()
        self._show_newest(bundle.product)  # last, so that a failure at any point leaves `latest` as it was
        return Published(bundle.product, bundle.release, bundle.seal, str(place), new)

    def latest(self, product: str) -> Path | None:
        """Return the folder of the release that `latest` points to."""
        link = self._root / product / "latest"
        return link.resolve(strict=True) if link.is_symlink() else None

    def _copy(self, bundle: Bundle, place: Path) -> None:
        unfinished = place.with_name(f".{bundle.release}.tmp")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        shutil.copytree(bundle.path, unfinished)
        if self._read(unfinished).seal != bundle.seal:
            raise PublicationError(f"what arrived in {unfinished} is not the bundle of seal {bundle.seal}")
        unfinished.replace(place)

    def _show_newest(self, product: str) -> None:
        """Point `latest` at the newest release; publishing an older quarter again does not move it."""
        folder = self._root / product
        newest = max(self._releases(folder), key=lambda place: parse_release(place.name)).name
        link = folder / "latest"
        if link.is_symlink() and link.readlink() == Path(newest):
            return
        fresh = folder / ".latest.tmp"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(newest)
        fresh.replace(link)

    def _write_catalogue(self) -> None:
        products = sorted(path for path in self._root.iterdir() if path.is_dir())
        bundles = [self._read(place) for product in products for place in self._releases(product)]
        page = self._root / "index.html"
        content = render_catalogue(bundles).encode()
        if page.exists() and page.read_bytes() == content:
            return
        fresh = self._root / ".index.html.tmp"
        fresh.write_bytes(content)
        fresh.replace(page)

    @staticmethod
    def _releases(folder: Path) -> Iterator[Path]:
        """The finished releases of a product; unfinished ones have a dot name and `latest` is a link."""
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
                yield path

    @staticmethod
    def _read(place: Path) -> Bundle:
        try:
            return read_bundle(place)
        except BundleError as error:
            raise PublicationError(f"a published release is damaged: {error}") from error
