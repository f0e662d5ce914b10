"""Synthetic pictures signed by whoever made them."""

import os
from pathlib import Path

from au_tf.errors import InputError
from au_tf.files import write_whole
from au_tf.pictures.provenance.credentials import signable, signed
from au_tf.pictures.provenance.verify import verify


def sign(path: str | os.PathLike[str], certificate: str | os.PathLike[str], key: str | os.PathLike[str]) -> Path:
    """Signs what a synthetic picture says of itself, in place, as content credentials (C2PA 2).

    The statement is the one that `verify` reads: digital source type, Action Units, generator. C2PA asks for a
    certificate with the use e-mail protection or document signing, and for the chain of those who issued it.

    Args:
      path: PNG or JPEG, as au_tf has made it.
      certificate: PEM with the signer's certificate and those above it.
      key: PEM with the private key of the first one, PKCS #8, without a password.

    Returns:
      `path`.

    Raises:
      InputError: if the picture says nothing, has changed since it was made or is of another kind, the certificate or
        key does not do, or the extra `c2pa` is not installed.
    """
    place = Path(path)
    kind = signable(place)
    if kind is None:
        raise InputError(place, "file", "another kind", "a PNG or JPEG, which can be signed")
    told = verify(place)
    if told.statement is None or not told.intact:
        raise InputError(place, "statement", told.missing, "one that is intact, which is what is signed")
    write_whole(place, signed(place, kind, told.statement, _read(certificate, "certificate"), _read(key, "key")))
    return place


def _read(path: str | os.PathLike[str], field: str) -> bytes:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(path, field, error.strerror or error, "a PEM file") from error
    if b"-----BEGIN" not in data:
        raise InputError(path, field, "no PEM", "a PEM file")
    return data
