"""A practice Datastore: the part of DataPress's API that a publisher uses, over real HTTP, with its quirks.

Shapes and quirks are those of DataPress 4.1 as data.london.gov.uk runs it: its documentation, its official client and
recorded answers. What neither of them tells is marked `guess`. `python -m tests.datastore COMMAND...` runs a command
with such a server beside it.
"""

import hashlib
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import jsonpatch
import requests
from flask import Flask, Response, jsonify, render_template_string, request

from tests.serving import PracticePortal, RefusedError, serving

KEY = "0f8b6c1e-5f57-4c52-9b5a-6f3d2f6c7a11"
CHUNK = 5 << 20
IMMUTABLE = ("id", "readonly", "site", "canonical")
IMMUTABLE_RESOURCE = ("origin", "format", "hash", "size", "url")  # `url` is a guess
FORMATS = {"jpg": "image", "jpeg": "image", "htm": "html"}


@dataclass
class Upload:
    """A file that is being sent in parts."""

    dataset: str
    asked: dict[str, Any]
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Datastore(PracticePortal):
    """The state of the server: datasets, the bytes of their resources, and uploads under way."""

    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    content: dict[tuple[str, str], bytes] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(46_656))

    def application(self) -> Flask:
        app, api = Flask("practice-datastore"), Api(self)
        app.url_map.strict_slashes = False
        both: dict[str, tuple[str, Any]] = {
            "/whoami": ("GET", api.whoami),
            "/dataset/<dataset>": ("GET", api.show),
            "/dataset/<dataset>/": ("PATCH", api.patch),
            "/dataset/<dataset>/resources": ("POST", api.post),
            "/dataset/<dataset>/resources/<resource>": ("POST", api.post),
            "/dataset/<dataset>/upload": ("POST", api.upload),
            "/upload/<identity>/chunk": ("POST", api.chunk),
            "/upload/<identity>/complete": ("POST", api.complete),
            "/datasets/export.json": ("GET", api.export),
            "/action/resource_search": ("GET", api.deprecated),
        }
        for prefix in ("/api", "/api/v3"):
            for path, (method, answer) in both.items():
                app.add_url_rule(f"{prefix}{path.rstrip('/')}", f"{method} {prefix}{path}", answer, methods=[method])
        app.add_url_rule("/download/<dataset>/<resource>/<path:name>", "download", api.download)
        app.add_url_rule("/dataset/<slug>", "page", api.page)
        return app

    def refuse(self, status: int, message: str) -> Response:
        return _refuse(status, message)

    def add_dataset(self, title: str, sharing: str = "public") -> str:
        """Create an empty dataset, as a person does in the browser, and return its id."""
        number = next(self.numbers)
        identity = _letters(number * 1_296, 5)
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        self.datasets[identity] = {
            "id": identity, "site": "london", "team": "4mxpm", "title": title,
            "canonical": f"/dataset/{slug}-{identity}", "description": "<p></p>", "masthead": "mopac",
            "sharing": sharing, "collaborators": [], "readusers": [], "readteams": [], "tags": [], "topics": [],
            "resources": {}, "links": {}, "nextReviewDate": None, "licence": None, "contact": None,
            "createdAt": _now(), "updatedAt": _now(), "archivedAt": None, "custom": {},
        }  # fmt: skip
        return identity

    def store(self, dataset: str, content: bytes, filename: str, hashed: str, asked: dict[str, Any]) -> str:
        """Put a file into a dataset: a new resource, or the bytes of one that is named; return its id."""
        held = self.datasets[dataset]
        resource = asked.get("resource_id") or _letters(next(self.numbers), 3)
        moment = _now()
        held["resources"].setdefault(
            resource,
            {
                "title": asked.get("title") or filename,
                "order": asked.get("order", 0),
                "timeframe": None,
                "description": "",
            },
        )
        entry = held["resources"][resource]
        entry |= {key: asked[key] for key in ("title", "description", "timeframe", "order") if key in asked}
        ending = filename.rpartition(".")[2].lower()
        entry |= {
            "hash": hashed,
            "size": len(content),
            "format": FORMATS.get(ending, ending),
            "origin": f"london/dataset/{dataset}/{moment[:19]}/{filename}",
            "url": f"{self.address}/download/{dataset}/{resource}/{filename}",
        }
        self.content[dataset, resource] = content
        held["updatedAt"] = moment
        return resource


def _letters(number: int, length: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    for _ in range(length):
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Api:
    """What the server answers, over a state."""

    def __init__(self, store: Datastore) -> None:
        self.store = store

    # --- datasets ---

    def whoami(self) -> Response:
        """The user of the key; for a key that nobody has, null."""
        user = {"id": 1, "title": "Oversight", "email": "oversight@example.org", "admin": False, "memberships": []}
        return jsonify(user if _keyed() else None)

    def show(self, dataset: str) -> Response:
        """A dataset, bare."""
        return jsonify(self._readable(dataset))

    def patch(self, dataset: str) -> Response:
        """A JSON Patch, whole or not at all; what cannot be changed is kept, and nothing is said."""
        held = self._editable(dataset)
        try:
            changed = jsonpatch.apply_patch(held, request.get_json(force=True))
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            return _refuse(400, f"the patch does not apply: {error}")  # guess
        if not str(changed.get("title", "")).strip():
            message = "There are validation errors.\n* title: This field is required"
            answer = jsonify({"statusCode": 400, "message": message})
            answer.status_code = 400
            return answer
        changed |= {key: held[key] for key in IMMUTABLE if key in held}
        for resource, entry in changed["resources"].items():
            if resource in held["resources"]:
                entry |= {key: held["resources"][resource][key] for key in IMMUTABLE_RESOURCE}
        self.store.datasets[dataset] = changed
        return jsonify({"dataset": changed})

    # --- files ---

    def post(self, dataset: str, resource: str | None = None) -> Response:
        """A whole file: each makes a resource, even of a name that is there, unless one is named."""
        held = self._editable(dataset)
        if "file" not in request.files:
            return _refuse(400, "file is required")
        if resource and resource not in held["resources"]:
            return _refuse(404, "Resource not found")
        content = request.files["file"].read()
        asked = {"resource_id": resource} if resource else {"title": request.form.get("title")}
        name = request.files["file"].filename or "file"
        made = self.store.store(dataset, content, name, hashlib.md5(content).hexdigest(), asked)
        return jsonify(self.store.datasets[dataset] | {"readonly": {"resource_id": made}})

    def upload(self, dataset: str) -> Response:
        """The beginning of an upload in parts."""
        held, asked = self._editable(dataset), request.get_json(force=True)
        if asked.get("resource_id") and asked["resource_id"] not in held["resources"]:
            return _refuse(404, "Resource not found")
        identity = f"{len(self.store.uploads):08x}-0000-4000-8000-000000000000"
        self.store.uploads[identity] = Upload(dataset, asked)
        start = f"{self.store.address}/api/v3/upload/{identity}"
        return jsonify({"urlChunk": f"{start}/chunk", "urlComplete": f"{start}/complete"})

    def chunk(self, identity: str) -> Response:
        """One part, counted from zero."""
        if identity not in self.store.uploads:
            return _refuse(404, "Upload not found")  # guess
        part = request.files["file"].read()
        if len(part) > CHUNK:
            return _refuse(413, "chunk too large")  # guess
        self.store.uploads[identity].parts[int(request.form["part"])] = part
        return jsonify({})

    def complete(self, identity: str) -> Response:
        """The end of an upload: its hash is one over those of its parts."""
        if identity not in self.store.uploads:
            return _refuse(404, "Upload not found")  # guess
        sent = self.store.uploads[identity]
        self._editable(sent.dataset)
        parts = [sent.parts[number] for number in range(sent.asked["parts"]) if number in sent.parts]
        if len(parts) != sent.asked["parts"] or not parts:
            return _refuse(400, "parts are missing")  # guess
        digests = b"".join(hashlib.md5(part).digest() for part in parts)
        hashed = f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
        made = self.store.store(sent.dataset, b"".join(parts), sent.asked["filename"], hashed, sent.asked)
        held = self.store.datasets[sent.dataset]
        return jsonify({"dataset": held, "resource_id": made, "new_key": held["resources"][made]["origin"]})

    def download(self, dataset: str, resource: str, name: str) -> Response:
        """The bytes of a resource."""
        if resource not in self._readable(dataset)["resources"]:
            return _refuse(404, "File not found")
        return Response(self.store.content[dataset, resource], mimetype="application/octet-stream")

    # --- what the public sees, and what is no longer there ---

    def export(self) -> Response:
        """Every public dataset."""
        shown = [held for held in self.store.datasets.values() if held["sharing"] == "public"]
        return jsonify([held | {"resources": list(held["resources"].values())} for held in shown])

    def deprecated(self) -> Response:
        """A route of before."""
        message = "Please use the new API endpoints at /api/v3/datasets/export.json and /api/v3/dataset/:id."
        answer = jsonify({"error": {"message": message, "__type": "Deprecated Route"}})
        answer.status_code = 410
        return answer

    def page(self, slug: str) -> Response:
        """The page of a dataset."""
        held = self._readable(slug.rpartition("-")[2])
        ordered = sorted(held["resources"].values(), key=lambda each: each["order"])
        return Response(render_template_string(PAGE, dataset=held, resources=ordered))

    def _readable(self, dataset: str) -> dict[str, Any]:
        if dataset not in self.store.datasets:
            raise RefusedError(404, "Dataset not found")
        if self.store.datasets[dataset]["sharing"] != "public" and not _keyed():
            raise RefusedError(403, "Insufficient permissions")
        return self.store.datasets[dataset]

    def _editable(self, dataset: str) -> dict[str, Any]:
        if dataset not in self.store.datasets:
            raise RefusedError(404, "Dataset not found")
        if not _keyed():
            raise RefusedError(403, "Insufficient permissions")
        return self.store.datasets[dataset]


def _keyed() -> bool:
    return request.headers.get("Authorization", "").removeprefix("Bearer ") == KEY


def _refuse(status: int, message: str) -> Response:
    answer = jsonify({"error": message})
    answer.status_code = status
    return answer


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ dataset.title }}</title></head>
<body style="overflow-wrap: anywhere"><h1>{{ dataset.title }}</h1>{{ dataset.description|safe }}
<p>Updated {{ dataset.updatedAt }}. Licence: {{ (dataset.licence or {}).title }}.
Contact: {{ (dataset.contact or {}).title }}.</p>
<ol>{% for each in resources %}
<li><a href="{{ each.url }}">{{ each.title }}</a> ({{ each.format }}, {{ each.size }} bytes)<br>
{{ each.description }}</li>
{% endfor %}</ol></body></html>"""


def main(command: list[str]) -> int:
    """Run a command that publishes to a practice Datastore, and save what the public would see of each dataset."""
    from orchestration.publication.products import PRODUCTS
    from orchestration.settings import Settings

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it tells of every request
    store = Datastore()
    with serving(store) as address:
        datasets = {name: store.add_dataset(product.title) for name, product in PRODUCTS.items()}
        surroundings = {
            "OVERSIGHT_TARGET": "datapress",
            "OVERSIGHT_DATASETS": json.dumps(datasets),
            "DATAPRESS_URL": address,
            "DATAPRESS_API_KEY": KEY,
        }
        code = subprocess.run(command, env=os.environ | surroundings, check=False).returncode
        folder = Settings().data / "practice"
        folder.mkdir(parents=True, exist_ok=True)
        for name, identity in datasets.items():
            page = requests.get(f"{address}{store.datasets[identity]['canonical']}", timeout=10)
            (folder / f"{name}.html").write_text(page.text, encoding="utf-8")
    print(f"{len(store.requests)} requests; what the public would see: {folder.resolve()}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
