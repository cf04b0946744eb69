"""`tongxing advisories` and `tongxing sbom`: what this program is made of, and whether any of it is known to be unsafe."""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

import tongxing
from tongxing.config import advisories as known

NODE_LOCK = known.HOUSE / "package-lock.json"


def given() -> Path | None:
    """The copy of advisories that the operator has named."""
    place = os.environ.get("TONGXING_ADVISORIES", "")
    return Path(place) if place else None


def advisories(
    copy: Annotated[
        Path | None, typer.Argument(help="Folder or zip in the format OSV; default: TONGXING_ADVISORIES.")
    ] = None,
) -> None:
    """Compare the locked libraries with a dated copy of advisories. Ends with 1 when one is unsafe, 2 when not checked."""
    verdict = known.check(copy or given(), known.used(), datetime.now(UTC).date())
    typer.echo(f"{verdict.state}: {verdict.words}")
    for one in verdict.affected:
        typer.echo(f"  {one.name} {one.version}: {one.advisory} {one.words}".rstrip())
    if verdict.state != "ok":
        raise typer.Exit(1 if verdict.affected else 2)


def sbom() -> None:
    """The list of all parts (CycloneDX 1.6, JSON) as locked: libraries of the server, and what the browser is given."""
    typer.echo(json.dumps(parts(), indent=2))


def parts() -> dict[str, Any]:
    """The list of parts. The same locks give the same list, with the same serial number."""
    found = [_part(f"pkg:pypi/{name}@{version}", name, version) for name, version in sorted(known.used().items())]
    found += [_part(f"pkg:npm/{name}@{version}", name, version) for name, version in _of_the_browser()]
    number = uuid.uuid5(uuid.NAMESPACE_URL, " ".join([tongxing.__version__, *(one["purl"] for one in found)]))
    own = {"type": "application", "name": "tongxing", "version": tongxing.__version__}
    head: dict[str, Any] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{number}"}
    return head | {"version": 1, "metadata": {"component": own}, "components": found}


def _part(purl: str, name: str, version: str) -> dict[str, str]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _of_the_browser() -> list[tuple[str, str]]:
    if not NODE_LOCK.exists():
        return []
    packages = json.loads(NODE_LOCK.read_text(encoding="utf-8"))["packages"]
    here = {path.rpartition("node_modules/")[2]: one for path, one in packages.items() if path and not one.get("dev")}
    return sorted((name.replace("@", "%40", 1), one["version"]) for name, one in here.items())
