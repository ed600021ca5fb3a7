#!/usr/bin/env python3
"""Writes the software bill of materials of the image, CycloneDX 1.6 in JSON: the Debian packages whose files it holds
or was compiled from, each with its source package and what licences debsbom can read; LibTorch; and the product itself.

    deploy/write_sbom.py FOLDER --version=VERSION

FOLDER is what deploy/collect_runtime.sh made. The result is FOLDER/root/usr/share/sbom/ebm.cdx.json.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from urllib.parse import quote

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

PLACE = "usr/share/sbom/ebm.cdx.json"


def debian_packages(root: pathlib.Path) -> dict:
    """What debsbom says about the packages of this root, whose records are files of their own."""
    with tempfile.TemporaryDirectory() as folder:
        scanned = pathlib.Path(folder)
        records = sorted((root / "var/lib/dpkg/status.d").iterdir())
        status = scanned / "var/lib/dpkg/status"
        status.parent.mkdir(parents=True)
        status.write_text("\n".join(record.read_text() for record in records))
        architecture = next(line.split()[1] for line in status.read_text().splitlines()
                            if line.startswith("Architecture: ") and not line.endswith(" all"))
        (scanned / "usr/share").mkdir(parents=True)
        (scanned / "usr/share/doc").symlink_to((root / "usr/share/doc").resolve())
        out = scanned / "sbom.cdx.json"
        debsbom = pathlib.Path(sys.executable).with_name("debsbom")
        subprocess.run([debsbom, "generate", "--sbom-type=cdx", f"--root={scanned}", f"--out={out}",
                        f"--distro-arch={architecture}", "--cdx-schema-version=1.6", "--with-licenses"], check=True)
        return json.loads(out.read_text())


def with_product(bom: dict, version: str, torch: str) -> dict:
    """The same, as the parts of the product."""
    product, library = f"pkg:generic/ebm@{quote(version)}", f"pkg:pypi/torch@{quote(torch)}"
    licence = [{"license": {"id": "Apache-2.0"}}]
    distribution = bom["metadata"]["component"]
    bom["metadata"]["component"] = {
        "type": "container", "bom-ref": product, "name": "ebm", "version": version, "purl": product,
        "licenses": licence,
    }
    bom["components"].append({
        "type": "library", "bom-ref": library, "name": "torch", "version": torch, "purl": library,
        "description": "LibTorch: libtorch_cpu.so, libc10.so and libgomp, with what is compiled into them",
        "licenses": [{"license": {"id": "BSD-3-Clause"}}],
    })
    for entry in bom["dependencies"]:
        if entry["ref"] == distribution["bom-ref"]:
            entry["ref"] = product
            entry["dependsOn"] = sorted([*entry.get("dependsOn", []), library])
    bom["dependencies"].append({"ref": library})
    return bom


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    root = arguments.folder / "root"
    torch = (arguments.folder / "TORCH_VERSION").read_text().strip()
    text = json.dumps(with_product(debian_packages(root), arguments.version, torch), indent=1)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"the list does not satisfy its schema: {error}")
    (root / PLACE).parent.mkdir(parents=True, exist_ok=True)
    (root / PLACE).write_text(text + "\n")


if __name__ == "__main__":
    main()
