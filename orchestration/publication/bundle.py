"""The bundle: a release as a folder of files, written once and sealed by hash.

The same draft released at the same instant gives the same bytes, the gate's evidence excepted.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import ToldError
from orchestration.publication import csvw
from orchestration.publication.annual import FIGURES, REPORT, annual_figures, render_annual
from orchestration.publication.checklist import Written, go_through
from orchestration.publication.dashboard import make_dashboard
from orchestration.publication.names import parse_release
from orchestration.publication.page import LICENCE, render_release
from orchestration.publication.tables import write_csv, write_parquet
from orchestration.publication.workbook import MEDIATYPE, write_workbook

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft

MANIFEST = "release.json"
CHECKLIST = "checklist.json"
"""Its place is the folder of the evidence."""
_DASHBOARD = "dashboard.html"
_DESCRIPTOR = "datapackage.json"
_CSV = {
    "type": "table",
    "format": "csv",
    "mediatype": "text/csv",
    "encoding": "utf-8",
    "dialect": {"csv": {"lineTerminator": "\n"}},
}
_FILES = {
    ".parquet": {"type": "file", "format": "parquet", "mediatype": "application/vnd.apache.parquet"},
    ".html": {"type": "file", "format": "html", "mediatype": "text/html"},
    ".ods": {"type": "file", "format": "ods", "mediatype": MEDIATYPE},
    ".json": {"type": "file", "format": "json", "mediatype": "application/csvm+json"},
}


class BundleError(ToldError):
    """A bundle that cannot be written, or whose files are not those that were sealed."""


@dataclass(frozen=True)
class BundleFile:
    """A file of a bundle; `name` is its path inside the bundle."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Bundle:
    """A sealed release on disk, whose every byte has been checked.

    `correction` says why it replaces another, `follows` with which release its differences compare it.
    """

    path: Path
    product: str
    title: str
    summary: str
    release: str
    quarter: str
    as_of: date
    released_at: datetime
    synthetic: bool
    correction: str
    follows: str
    project: str
    files: tuple[BundleFile, ...]
    seal: str

    @property
    def verdict(self) -> dict[str, Any]:
        """The gate's verdict, as it was filed with the evidence."""
        return dict(json.loads((self.path / "evidence" / "verdict.json").read_bytes()))

    @property
    def seen(self) -> list[dict[str, str]]:
        """The releases that the public had seen when it was drafted: `release`, `seal`."""
        return list(self._descriptor.get("seen", []))

    @property
    def earlier(self) -> list[dict[str, str]]:
        """The releases that its annual report was made from besides itself: `release`, `stage`, `reason`, `seal`."""
        return list(self._descriptor.get("earlier", []))

    @property
    def _descriptor(self) -> dict[str, Any]:
        return dict(json.loads((self.path / _DESCRIPTOR).read_bytes()))


def write_bundle(
    draft: "Draft",
    *,
    release: str,
    evidence: Path,
    verdict: Mapping[str, Any],
    folder: Path,
    released_at: datetime,
    correction: str = "",
    project: str = "",
) -> Bundle:
    """Write the bundle of a passed draft as `folder/<product>/<release>` and return it, read back.

    A release with a number of its own needs the reason why it corrects the one before it, in plain words. `project`
    is the hash of the dbt project that made the rows: with another one the release cannot be made again. What was
    written goes through the checklist before it is sealed; the list is filed with the evidence.

    Raises:
        BundleError: the draft is unfit, is written already, or an item of the checklist stays open.

    The folder gets its name in the last step, so that an unfinished bundle is never taken for a release.
    """
    _refuse_unfit(draft, release, verdict, released_at)
    final = folder / draft.product.name / release
    if final.exists():
        raise BundleError(f"{final} is already written; a release is immutable")
    unfinished = final.with_name(f".{release}.tmp")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(parents=True)

    columns = _write_tables(draft, unfinished)
    _write_companions(draft, columns, unfinished, release, released_at, correction)
    descriptor = _describe(draft, release, released_at, unfinished, columns) | {
        "correction": correction,
        "follows": draft.last.release if draft.last else "",
        "seen": [{"release": each.release, "seal": each.seal} for each in draft.seen],
        "project": project,
    }
    if "year" in draft.frames:
        descriptor["earlier"] = [
            {
                "release": each.bundle.release,
                "stage": str(each.stage),
                "reason": each.reason,
                "seal": each.bundle.seal,
            }
            for each in draft.earlier
        ]
    _write_json(unfinished / _DESCRIPTOR, descriptor)
    _validate_descriptor(unfinished / _DESCRIPTOR)
    page = render_release(
        draft,
        release=release,
        released_at=released_at,
        verdict=verdict,
        files=_list_files(unfinished),
        correction=correction,
    )
    (unfinished / "index.html").write_text(page, encoding="utf-8", newline="\n")
    shutil.copytree(evidence, unfinished / "evidence")
    items = go_through(Written(draft, release, correction, verdict, unfinished))
    _write_json(unfinished / "evidence" / CHECKLIST, {"items": [asdict(item) for item in items]})
    if open_items := [f"{item.name}: {item.found}" for item in items if not item.holds]:
        raise BundleError(f"the checklist stays open ({'; '.join(open_items)})")
    files = _list_files(unfinished)
    manifest = {
        **_identity(descriptor),
        "files": [asdict(file) for file in files],
        "seal": _seal(files),
    }
    _write_json(unfinished / MANIFEST, manifest)
    unfinished.replace(final)
    return read_bundle(final)


def read_bundle(path: Path) -> Bundle:
    """Read a bundle; check every file, the list of files against the seal, and the facts stated."""
    manifest = _read_manifest(path)
    files = tuple(BundleFile(**file) for file in manifest["files"])
    found = {file.name: file for file in _list_files(path) if file.name != MANIFEST}
    for file in files:
        if found.pop(file.name, None) != file:
            raise BundleError(f"{path / file.name} is missing or is not the file that was sealed")
    if found:
        raise BundleError(f"{path / min(found)} is not part of the sealed release")
    if _seal(files) != manifest["seal"]:
        raise BundleError(f"{path / MANIFEST}: the seal does not fit the list of files")
    identity = _identity(json.loads((path / _DESCRIPTOR).read_bytes()))
    if identity != {name: manifest.get(name) for name in identity}:
        raise BundleError(f"{path / MANIFEST} states other facts than the sealed {_DESCRIPTOR}")
    return Bundle(
        path=path,
        product=identity["product"],
        title=identity["title"],
        summary=identity["summary"],
        release=identity["release"],
        quarter=identity["quarter"],
        as_of=date.fromisoformat(identity["as_of"]),
        released_at=datetime.fromisoformat(identity["released_at"]),
        synthetic=identity["synthetic"],
        correction=identity["correction"],
        follows=identity["follows"],
        project=identity["project"],
        files=files,
        seal=manifest["seal"],
    )


def _refuse_unfit(draft: "Draft", release: str, verdict: Mapping[str, Any], released_at: datetime) -> None:
    """Refuse what no file may be written of; what files must hold is asked by the checklist."""
    if verdict.get("outcome") != "passed":
        raise BundleError(f"only a draft that passed the gate is released; this one: {verdict.get('outcome')}")
    if parse_release(release)[0] != draft.quarter:
        raise BundleError(f"release {release} is not of the drafted quarter {draft.quarter}")
    if released_at.tzinfo is None:
        raise BundleError("the instant of release needs a time zone")
    if draft.as_of is None:
        raise BundleError(f"{draft.product.name} has no rows up to {draft.quarter}")


def _write_tables(draft: "Draft", folder: Path) -> dict[str, dict[str, str]]:
    """Write the data files; return the columns of every CSV with their types, by file name."""
    product = draft.product.name
    types = dict(zip(draft.dictionary["column"], draft.dictionary["type"], strict=True))
    write_parquet(draft.frames["rows"], types, folder / f"{product}.parquet")
    frames = {
        product: draft.frames["rows"],
        "dictionary": draft.dictionary,
        "measures": draft.measures,
        "deliveries": draft.deliveries,
        "differences": draft.differences,
        "basis": draft.basis,
    }
    if "year" in draft.frames:
        frames[FIGURES] = annual_figures(draft)
    return {
        f"{name}.csv": write_csv(
            frame, types if name in (product, "differences", FIGURES) else {}, folder / f"{name}.csv"
        )
        for name, frame in frames.items()
    }


def _write_companions(
    draft: "Draft",
    columns: Mapping[str, Mapping[str, str]],
    folder: Path,
    release: str,
    released_at: datetime,
    correction: str,
) -> None:
    """Write what goes with the CSV file: its description for machines, the workbook and the dashboard for people."""
    name = f"{draft.product.name}.csv"
    _write_json(folder / f"{name}{csvw.SUFFIX}", csvw.describe_csv(draft, columns[name], released_at))
    workbook = folder / f"{draft.product.name}.ods"
    write_workbook(draft, workbook, release=release, released_at=released_at, correction=correction)
    dashboard = make_dashboard(draft, release=release, released_at=released_at, correction=correction)
    (folder / _DASHBOARD).write_text(dashboard, encoding="utf-8", newline="\n")
    if "year" in draft.frames:
        report = render_annual(draft, release=release, released_at=released_at, correction=correction)
        (folder / REPORT).write_text(report, encoding="utf-8", newline="\n")


def _describe(
    draft: "Draft",
    release: str,
    released_at: datetime,
    folder: Path,
    columns: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Describe the files of a folder as a Frictionless Data Package, with their sizes and hashes."""
    product = draft.product
    descriptions = dict(zip(draft.dictionary["column"], draft.dictionary["description"], strict=True))
    resources = []
    for file in _list_files(folder):
        resource = {
            "name": file.name.replace(".", "-"),
            "path": file.name,
            "bytes": file.bytes,
            "hash": f"sha256:{file.sha256}",
        }
        if file.name in columns:
            schema: dict[str, Any] = {
                "fields": [
                    {"name": column, "type": kind}
                    | ({"description": descriptions[column]} if column in descriptions else {})
                    for column, kind in columns[file.name].items()
                ],
                "missingValues": [""],
            }
            if file.name == f"{product.name}.csv":
                schema["primaryKey"] = list(product.key)
            resource |= _CSV | {"schema": schema}
        else:
            resource |= _FILES[Path(file.name).suffix]
        resources.append(resource)
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": product.name,
        "title": product.title,
        "description": product.summary,
        "version": release,
        "created": released_at.isoformat(),
        "licenses": [LICENCE],
        "quarter": draft.quarter,
        "as_of": str(draft.as_of),
        "synthetic": draft.synthetic,
        "resources": resources,
    }


def _validate_descriptor(path: Path) -> None:
    """Let frictionless check the descriptor, and the beginning of each CSV against its schema.

    Only the beginning: DuckDB wrote the rest from typed columns, and a whole product takes seconds to tens of
    seconds.
    """
    from frictionless import validate

    report = validate(str(path), type="package", limit_rows=1_000)
    if not report.valid:
        faults = "; ".join(str(note) for [note] in report.flatten(["note"]))
        raise BundleError(f"{path.name} does not describe the files: {faults}")


def _identity(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that release.json and the descriptor both state; the descriptor is under the seal."""
    return {
        "product": descriptor["name"],
        "title": descriptor["title"],
        "summary": descriptor["description"],
        "release": descriptor["version"],
        "quarter": descriptor["quarter"],
        "as_of": descriptor["as_of"],
        "released_at": descriptor["created"],
        "synthetic": descriptor["synthetic"],
        "correction": descriptor["correction"],
        "follows": descriptor["follows"],
        "project": descriptor["project"],
    }


def _list_files(folder: Path) -> list[BundleFile]:
    """The files of a folder and of those within it, with their hashes, in the order of their names."""
    files = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            files.append(BundleFile(name, hashlib.sha256(content).hexdigest(), len(content)))
    return sorted(files, key=lambda file: file.name)


def _seal(files: Iterable[BundleFile]) -> str:
    """One hash for all files, over lines as `sha256sum` writes them, sorted."""
    lines = sorted(f"{file.sha256}  {file.name}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BundleError(f"{path / MANIFEST} is missing: this is not a bundle") from error
    except ValueError as error:
        raise BundleError(f"{path / MANIFEST} cannot be read: {error}") from error
    if not isinstance(manifest, dict) or not {"files", "seal"} <= manifest.keys():
        raise BundleError(f"{path / MANIFEST} lists no sealed files")
    return manifest


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
