"""What a CSV file is and holds, for machines: CSV on the Web (W3C), in a file beside it."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orchestration.publication.page import LICENCE, PUBLISHER

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft

SUFFIX = "-metadata.json"
"""What the name of a CSV file is followed by; readers look for it there."""


def describe_csv(draft: "Draft", columns: Mapping[str, str], released_at: datetime) -> dict[str, Any]:
    """Describe the CSV file of a product's rows; `columns` gives the Table Schema type of each."""
    product = draft.product
    descriptions = dict(zip(draft.dictionary["column"], draft.dictionary["description"], strict=True))
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{product.name}.csv",
        "dc:title": product.title,
        "dc:description": product.summary,
        "dc:publisher": PUBLISHER,
        "dc:license": {"@id": LICENCE["path"]},
        "dc:issued": {"@value": released_at.isoformat(), "@type": "xsd:dateTime"},
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\n"]},
        "tableSchema": {
            "null": [""],
            "columns": [
                {
                    "name": column,
                    "titles": column,
                    "dc:description": descriptions[column],
                    "datatype": "string" if kind == "any" else kind,
                }
                for column, kind in columns.items()
            ],
            "primaryKey": list(product.key),
        },
    }
