"""C2PA's content credentials of pictures: who signed what they say of themselves."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from au_tf.errors import InputError
from au_tf.optional import optional
from au_tf.pictures.provenance.statement import SOURCES, Statement

c2pa = optional("c2pa")
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""Of files whose XMP statement stays intact when a manifest is put beside it, by their first bytes."""
_ALGORITHMS = (b"es256", b"ps256", b"ed25519", b"es384", b"es512", b"ps384", b"ps512")
"""What C2PA signs by; which of them is the key's own matter."""
_UNTRUSTED = "signingCredential.untrusted"


@dataclass(frozen=True)
class Signature:
    """What the content credentials of a picture say."""

    signer: str
    """Whom the certificate names."""
    valid: bool
    """Whether neither picture nor credentials have changed since they were signed."""
    trusted: bool
    """Whether the certificate is on a list of those that C2PA trusts."""

    def __str__(self) -> str:
        return f"signed by {self.signer or 'nobody that is named'}" + (
            "" if self.trusted else ", who is on no list of C2PA's"
        )


def read_signature(place: Path) -> Signature | None:
    """The content credentials of a PNG or JPEG; None if it has none, is of another kind or `c2pa` is not installed."""
    kind = signable(place)
    if kind is None:
        return None
    try:
        with place.open("rb") as file, c2pa.Reader(kind, file) as reader:
            found = json.loads(reader.json())
    except ModuleNotFoundError:
        return None
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ or "ManifestNotFound" in str(error):
            return None
        # Credentials that cannot even be taken apart are no valid ones.
        return Signature("", False, False)
    codes = [status["code"] for status in found.get("validation_status", [])]
    info = found["manifests"][found["active_manifest"]].get("signature_info", {})
    return Signature(info.get("common_name", ""), not set(codes) - {_UNTRUSTED}, _UNTRUSTED not in codes)


def signable(place: Path) -> str | None:
    """The MIME type of a picture that can be signed, or None.

    Raises:
      InputError: if it cannot be read.
    """
    try:
        with place.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise InputError(place, "file", error.strerror or error, "a PNG or JPEG") from error
    return next((kind for start, kind in _KINDS.items() if head.startswith(start)), None)


def signed(place: Path, kind: str, statement: Statement, certificate: bytes, key: bytes) -> bytes:
    """A picture with credentials.

    Args:
      place: its file.
      kind: its MIME type.
      statement: what it says of itself.
      certificate: PEM, the signer's and those above it.
      key: PEM of the private key.

    Raises:
      InputError: if certificate and key do not do, or the extra `c2pa` is not installed.
    """
    try:
        errors = (c2pa.C2paError,)
    except ModuleNotFoundError as error:
        raise InputError(None, "c2pa", "nothing", "pip install au_tf[c2pa], which signs") from error
    described, picture, reason = json.dumps(_manifest(statement, place.name)), place.read_bytes(), ""
    for algorithm in _ALGORITHMS:
        try:
            info = c2pa.C2paSignerInfo(alg=algorithm, sign_cert=certificate, private_key=key, ta_url=None)
            signer, out = c2pa.Signer.from_info(info), io.BytesIO()
            c2pa.Builder(described).sign(signer, kind, io.BytesIO(picture), out)
            return out.getvalue()
        except errors as error:
            reason = reason or " ".join(str(error).split())[:120]
    raise InputError(
        None, "certificate and key", reason, "a chain and its key by which C2PA signs (docs/provenance.md)"
    )


def _manifest(statement: Statement, title: str) -> dict[str, Any]:
    """C2PA's manifest of a picture (specification 2.1, 18.16: actions)."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCES + statement.source,
        "softwareAgent": {"name": statement.software},
        "parameters": {"asked": statement.asked, "generator": statement.generator},
    }
    name, version = statement.software.rsplit(" ", 1)
    return {
        "claim_generator_info": [{"name": name, "version": version}],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
