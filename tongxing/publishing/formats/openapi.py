"""The OpenAPI 3.1 document of the open data, made from the very dataclasses that write it."""

from typing import Any

from pydantic import TypeAdapter

import tongxing
from tongxing.publishing.formats import document

REF = "#/components/schemas/{model}"
CODE = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}, "description": "programme code"}
NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}, "description": "edition"}
LANGUAGE = {
    "name": "language",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": list(document.DJANGO.values())},
    "description": "of titles in CSV and Excel; JSON has all three languages under every prefix",
}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY = {"type": "string", "format": "binary"}


def described() -> dict[str, Any]:
    """The OpenAPI document."""
    schema = TypeAdapter(document.Document).json_schema(ref_template=REF, mode="serialization")
    schemas = schema.pop("$defs")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tongxing open data",
            "version": f"{tongxing.__version__}, shape {document.SHAPE}",
            "description": "Approved editions of factsheets. What is below the threshold is withheld in every format.",
            "license": {"name": "Free to reuse with source and date"},
        },
        "paths": _paths(),
        "components": {"schemas": {**schemas, "Document": schema}},
    }


def _paths() -> dict[str, Any]:
    one = {
        "json": ("An edition as JSON", "application/json", {"$ref": REF.format(model="Document")}),
        "csv": ("An edition as CSV, one line a number", "text/csv", {"type": "string"}),
        "xlsx": ("An edition as Excel, exactly what the page shows", EXCEL, BINARY),
    }
    paths: dict[str, Any] = {}
    for suffix, (summary, kind, schema) in one.items():
        paths[f"/{{language}}/p/{{code}}/{{number}}/factsheet.{suffix}"] = _get(summary, kind, schema, CODE, NUMBER)
        paths[f"/{{language}}/p/{{code}}/factsheet.{suffix}"] = {
            "get": {
                "summary": f"{summary}: the latest",
                "parameters": [LANGUAGE, CODE],
                "responses": {"302": {"description": "to the edition's own address"}, "404": {"description": "none"}},
            }
        }
    words = "The frozen content of an edition, byte for byte what its SHA-256 was taken of"
    paths["/{language}/p/{code}/{number}/content.json"] = _get(words, "application/json", {}, CODE, NUMBER)
    feed = "application/atom+xml", {"type": "string"}
    paths["/{language}/p/feed.atom"] = _get("Approved editions of all programmes", *feed)
    paths["/{language}/p/{code}/feed.atom"] = _get("Approved editions of one programme", *feed, CODE)
    return paths


def _get(summary: str, kind: str, schema: dict[str, Any], *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "parameters": [LANGUAGE, *parameters],
            "responses": {
                "200": {"description": summary, "content": {kind: {"schema": schema}}},
                "304": {"description": "unchanged"},
                "404": {"description": "no such programme or edition"},
            },
        }
    }
