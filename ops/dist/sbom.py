"""The bill of materials of a release: CycloneDX 1.6 in JSON, from the lock (https://cyclonedx.org)."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, XsUri
from cyclonedx.model import ExternalReference, ExternalReferenceType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from ops.dist.licences import licence
from ops.dist.lock import Locked, locked
from ops.embedded import web_assets


def bill_of_materials(lock: Path, wheel: Path) -> str:
    """Returns the bill of materials of `wheel` with the packages of `lock` and the web assets, as JSON.

    The same files give the same text.
    """
    content = sha256(wheel.read_bytes()).hexdigest()
    root = Component(
        name="casemail",
        version=version("casemail"),
        type=ComponentType.APPLICATION,
        bom_ref="casemail",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content)],
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    # the time would change with each call
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"casemail:{content}:{sha256(lock.read_bytes()).hexdigest()}"))
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.metadata.component = root
    parts = [*map(_package, locked(lock)), *map(_web_asset, web_assets.ASSETS)]
    bom.components.update(parts)
    bom.register_dependency(root, parts)
    return str(JsonV1Dot6(bom).output_as_string(indent=1)) + "\n"


def _package(package: Locked) -> Component:
    """Returns the component of a package, with the hashes of its files: one of them is installed."""
    url = PackageURL("pypi", name=package.name, version=package.version)
    files = [
        ExternalReference(
            type=ExternalReferenceType.DISTRIBUTION,
            url=XsUri(f"{url}#{content}"),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content)],
        )
        for content in package.hashes
    ]
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=str(url),
        external_references=files,
        licenses=[LicenseFactory().make_from_string(licence(package.name))],
    )


def _web_asset(coordinate: str) -> Component:
    group, artifact, release = coordinate.split(":")
    url = PackageURL("maven", namespace=group, name=artifact, version=release)
    return Component(name=artifact, version=release, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url))
