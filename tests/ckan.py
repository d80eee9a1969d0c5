"""A practice CKAN site: the actions that a publisher uses, over real HTTP, with their quirks.

Shapes and quirks are those of CKAN's own source: the envelope of every answer, lists that a revision merges, a hash
that is whatever was sent, file names that are munged, and the name of a dataset, which is given once.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, request

from tests.serving import PracticePortal, RefusedError

KEY = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.practice"
ORGANISATION = "mopac"
TYPES = {
    400: "Integrity Error", 403: "Authorization Error", 404: "Not Found Error", 409: "Validation Error",
    500: "Internal Server Error",
}  # fmt: skip
IMMUTABLE = ("id", "name", "type", "metadata_modified")

Record = dict[str, Any]


@dataclass
class Ckan(PracticePortal):
    """The state of the site: datasets by id, and the bytes of their resources."""

    datasets: dict[str, Record] = field(default_factory=dict)
    content: dict[str, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(0x5EED << 96))

    def application(self) -> Flask:
        app, actions = Flask("practice-ckan"), Actions(self)
        app.add_url_rule("/api/action/<name>", "action", actions.answer, methods=["POST"])
        app.add_url_rule("/dataset/<dataset>/resource/<resource>/download", "download", actions.download)
        app.add_url_rule("/dataset/<dataset>/resource/<resource>/download/<name>", "download", actions.download)
        return app

    def refuse(self, status: int, message: str) -> Response:
        """Return a refusal in the envelope, its type told by its status; what comes before CKAN answers in text."""
        if status not in TYPES:
            return Response(f"<html>{message}</html>", status)
        told = {"__type": TYPES[status], **({"name": [message]} if status == 409 else {"message": message})}
        answer = jsonify({"help": f"{self.address}{request.path}", "success": False, "error": told})
        answer.status_code = status
        return answer

    def number(self) -> str:
        return str(UUID(int=next(self.numbers)))

    def add_dataset(self, name: str, **facts: Any) -> str:
        """Create an empty dataset, and return its id."""
        identity = self.number()
        self.datasets[identity] = {
            "id": identity, "name": name, "title": name, "notes": "", "license_id": "notspecified", "private": False,
            "maintainer": "", "maintainer_email": "", "owner_org": ORGANISATION, "type": "dataset", "state": "active",
            "tags": [], "extras": [], "resources": [], **facts,
        }  # fmt: skip
        self.touch(self.datasets[identity])
        return identity

    def touch(self, dataset: Record) -> None:
        """Note that a dataset was changed; its resources are counted, and each knows its dataset."""
        dataset["metadata_modified"] = datetime.now(UTC).replace(tzinfo=None).isoformat()
        for position, resource in enumerate(dataset["resources"]):
            resource |= {"position": position, "package_id": dataset["id"]}


class Actions:
    """What the site answers, over a state."""

    def __init__(self, site: Ckan) -> None:
        self.site = site

    def answer(self, name: str) -> Response:
        """Any action: arguments by JSON, or flat beside a file."""
        action = getattr(self, name, None)
        if not re.fullmatch(r"(package|resource)_[a-z]+", name) or action is None:
            return Response(json.dumps(f"Bad request - Action name not known: {name}"), 400)
        asked = request.form.to_dict() if request.files else request.get_json(force=True)
        result = action(**asked)
        return jsonify({"help": f"{self.site.address}{request.path}", "success": True, "result": result})

    def package_show(self, id: str) -> Record:
        return self._readable(id)

    def package_create(self, name: str, owner_org: str = "", **facts: Any) -> Record:
        if not _keyed() or owner_org != ORGANISATION:
            raise RefusedError(403, f"Access denied: User not authorized to add dataset to {owner_org}")
        if any(each["name"] == name for each in self.site.datasets.values()):
            raise RefusedError(409, "That URL is already in use.")
        return self.site.datasets[self.site.add_dataset(name, **facts)]

    def package_revise(self, match: Record, filter: list[str], update: Record) -> Record:
        """Changes that are made all or none; lists are merged item by item unless they were filtered out."""
        held = self._editable(match["id"])
        if unlike := [key for key, value in match.items() if held.get(key) != value]:
            raise RefusedError(409, f"match: {unlike}")
        revised = {key: value for key, value in held.items() if f"-{key}" not in filter}
        for key, value in update.items():
            if isinstance(revised.get(key), list):
                old = revised[key]
                merged = [a | b if isinstance(a, dict) else b for a, b in zip(old, value, strict=False)]
                revised[key] = merged + old[len(value) :] + value[len(old) :]
            else:
                revised[key] = value
        known = {each["id"] for each in held["resources"]}
        if unknown := [each for each in revised["resources"] if each.get("id") not in known]:
            raise RefusedError(409, f"resources: {unknown}")
        held |= {key: value for key, value in revised.items() if key not in IMMUTABLE}
        self.site.touch(held)
        return {"package": held}

    def resource_create(self, package_id: str, **facts: str) -> Record:
        """A file: each makes a resource, even of a name that is there."""
        held = self._editable(package_id)
        made = {"id": self.site.number(), "hash": "", "description": "", "mimetype": None}
        held["resources"].append(made)
        return self._store(held, made, facts)

    def resource_patch(self, id: str, **facts: str) -> Record:
        held, resource = self._holder(id)
        return self._store(held, resource, facts)

    def resource_delete(self, id: str) -> None:
        held, resource = self._holder(id)
        held["resources"].remove(resource)
        self.site.touch(held)

    def download(self, dataset: str, resource: str, name: str = "") -> Response:
        """The bytes of a resource, whatever the name after them."""
        held = self._readable(dataset)
        if resource not in {each["id"] for each in held["resources"]}:
            raise RefusedError(404, "Resource not found")
        return Response(self.site.content[resource], mimetype="application/octet-stream")

    def _store(self, held: Record, resource: Record, facts: Record) -> Record:
        sent = request.files["upload"]
        content = sent.read()
        name = re.sub(r"[^a-z0-9_.-]", "", (sent.filename or "file").lower())
        resource |= facts | {
            "url": f"{self.site.address}/dataset/{held['id']}/resource/{resource['id']}/download/{name}",
            "url_type": "upload",
            "size": len(content),
            "last_modified": datetime.now(UTC).isoformat(),
        }
        self.site.content[resource["id"]] = content
        self.site.touch(held)
        return resource

    def _readable(self, name: str) -> Record:
        found = [each for each in self.site.datasets.values() if name in (each["id"], each["name"])]
        if not found:
            raise RefusedError(404, "Not found")
        if found[0]["private"] and not _keyed():
            raise RefusedError(403, f"Access denied: User not authorized to read package {found[0]['id']}")
        return found[0]

    def _editable(self, name: str) -> Record:
        held = self._readable(name)
        if not _keyed():
            raise RefusedError(403, f"Access denied: User not authorized to edit package {held['id']}")
        return held

    def _holder(self, resource: str) -> tuple[Record, Record]:
        for held in self.site.datasets.values():
            for each in held["resources"]:
                if each["id"] == resource:
                    return self._editable(held["id"]), each
        raise RefusedError(404, "Resource was not found.")


def _keyed() -> bool:
    return request.headers.get("Authorization", "") == KEY
