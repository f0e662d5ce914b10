"""Content credentials by a certificate made here, read back by C2PA's own library."""

import datetime
import io
import json

import numpy as np
import pytest
from PIL import Image

from au_tf.cli.main import main
from au_tf.errors import InputError
from au_tf.pictures.images import write_image
from au_tf.pictures.provenance.signing import sign
from au_tf.pictures.provenance.statement import COMPOSITE, Statement
from au_tf.pictures.provenance.verify import CHANGED, verify

c2pa = pytest.importorskip("c2pa", reason="the extra c2pa is not installed")
x509 = pytest.importorskip("cryptography.x509")
TOLD = Statement(COMPOSITE, "AU6=3,AU12=5", "ab" * 32)


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    """Files of a chain of two certificates, as C2PA's specification (14.5) asks for, and of the key of the first."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now, usage = datetime.datetime.now(datetime.UTC), x509.KeyUsage
    own, above = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    names = [
        x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "T"),
            ]
        )
        for name in ("me", "authority")
    ]
    identifier = x509.SubjectKeyIdentifier.from_public_key(above.public_key())

    def certificate(key, name, *extensions):
        made = x509.CertificateBuilder().subject_name(name).issuer_name(names[1]).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        made = made.not_valid_after(now + datetime.timedelta(days=9))
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        return made.sign(above, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    first = certificate(
        own,
        names[0],
        (x509.BasicConstraints(False, None), True),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
        (usage(True, False, False, False, False, False, False, False, False), True),
        (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
    )
    second = certificate(
        above,
        names[1],
        (x509.BasicConstraints(True, None), True),
        (identifier, False),
        (usage(False, False, False, False, False, True, True, False, False), True),
    )
    folder = tmp_path_factory.mktemp("signer")
    (folder / "chain.pem").write_bytes(first + second)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(own.private_bytes(*pem))
    return folder / "chain.pem", folder / "key.pem"


@pytest.fixture(params=["a.png", "a.jpg"])
def picture(request, tmp_path):
    write_image(tmp_path / request.param, np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8), TOLD)
    return tmp_path / request.param


def test_a_signed_picture_says_what_it_said_and_by_whom(picture, signer, capsys):
    assert verify(picture).signature is None
    assert main(["sign", str(picture), "--certificate", str(signer[0]), "--key", str(signer[1])]) == 0
    told = verify(picture)
    assert told.intact and told.statement == TOLD
    assert (told.signature.signer, told.signature.valid, told.signature.trusted) == ("me", True, False)
    with c2pa.Reader(
        {".png": "image/png", ".jpg": "image/jpeg"}[picture.suffix], io.BytesIO(picture.read_bytes())
    ) as reader:
        store = json.loads(reader.json())
    (assertion,) = store["manifests"][store["active_manifest"]]["assertions"]
    (action,) = assertion["data"]["actions"]
    assert action["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert action["parameters"] == {"asked": "AU6=3,AU12=5", "generator": "ab" * 32}
    capsys.readouterr()
    assert main(["verify", str(picture)]) == 0 and "; intact; signed by me" in capsys.readouterr().out


def test_credentials_of_another_picture_are_none(signer, tmp_path):
    places = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    for seed, place in enumerate(places):
        write_image(place, np.random.default_rng(seed).integers(0, 255, (40, 50, 3), np.uint8), TOLD)
    sign(places[0], *signer)
    data = places[0].read_bytes()
    # Of the file with credentials any byte of the picture proper, which is what the last ones are.
    places[0].write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    told = verify(places[0])
    assert told.status == CHANGED and not told.signature.valid


def test_what_has_changed_or_says_nothing_is_not_signed(picture, signer, tmp_path):
    Image.open(picture).resize((20, 20)).save(tmp_path / "small.png")
    with pytest.raises(InputError, match=r"small\.png: statement: found nothing in it says that it is synthetic"):
        sign(tmp_path / "small.png", *signer)
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    with pytest.raises(InputError, match=r"film\.mp4: file: found another kind, expected a PNG or JPEG"):
        sign(tmp_path / "film.mp4", *signer)


def test_a_key_that_is_none(picture, signer, tmp_path):
    (tmp_path / "key.pem").write_text("secret")
    before = picture.read_bytes()
    with pytest.raises(InputError, match=r"key\.pem: key: found no PEM"):
        sign(picture, signer[0], tmp_path / "key.pem")
    with pytest.raises(InputError, match="certificate and key"):
        sign(picture, signer[1], signer[0])
    assert picture.read_bytes() == before
