"""What a synthetic picture says of itself, as an XMP packet (ISO 16684-1) with the properties of IPTC."""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from au_tf import __version__

TRAINED = "trainedAlgorithmicMedia"
"""Of what a trained model made alone, such as a render."""
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
"""Of what a trained model put into a photo."""
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""IPTC's vocabulary of digital source types, to which these two belong."""
SPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "au_tf": "urn:au_tf:provenance:1.0:",
}
"""Namespaces of the properties, by their prefixes; the last is au_tf's own."""
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ID = "W5M0MpCehiHzreSzNTczkc9d"
"""By which XMP packets are found in files of any kind (ISO 16684-1, 7.3.2)."""
_LONGEST = 1 << 16


@dataclass(frozen=True)
class Statement:
    """What a synthetic picture, film or mesh says of itself."""

    source: str
    """`TRAINED` or `COMPOSITE`."""
    asked: str
    """Action Units that were asked for, such as "AU6=3,AU12=5"; of a film the strongest of each."""
    generator: str
    """SHA-256 of the generator's file."""
    software: str = f"au_tf {__version__}"
    """What made it."""

    def properties(self, content: str) -> dict[str, str]:
        """XMP properties by their names with prefixes; `content` is the digest of the file's content."""
        return {
            "Iptc4xmpExt:DigitalSourceType": SOURCES + self.source,
            "Iptc4xmpExt:AISystemUsed": self.software,
            "Iptc4xmpExt:AIPromptInformation": self.asked,
            "xmp:CreatorTool": self.software,
            "au_tf:Generator": self.generator,
            "au_tf:Content": content,
        }

    def packet(self, content: str) -> bytes:
        """The XMP packet, one line of UTF-8; the same statement gives the same bytes."""
        spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
        values = "".join(f" {name}={quoteattr(value)}" for name, value in self.properties(content).items())
        return (
            f'<?xpacket begin="\ufeff" id="{_ID}"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
            f'<rdf:Description rdf:about=""{spaces}{values}/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
        ).encode()

    @classmethod
    def of(cls, properties: dict[str, str]) -> Self | None:
        """The inverse of `properties`; None if they say nothing of a trained model, whoever wrote them."""
        source = properties.get("Iptc4xmpExt:DigitalSourceType", "").rpartition("/")[2]
        if source not in (TRAINED, COMPOSITE):
            return None
        software = properties.get("xmp:CreatorTool") or properties.get("Iptc4xmpExt:AISystemUsed", "")
        asked = properties.get("Iptc4xmpExt:AIPromptInformation", "")
        return cls(source, asked, properties.get("au_tf:Generator", ""), software)


class Read(NamedTuple):
    """What was found in a file."""

    statement: Statement
    """What it says."""
    content: str
    """The digest of the content that it was written for; empty if it names none."""


def read_packet(packet: bytes | str | None) -> Read | None:
    """Reads an XMP packet, whoever wrote it and however.

    Returns:
      What it says; None if it is no packet, damaged, longer than 64 kB, or says nothing of a trained model.
    """
    text = packet.decode(errors="replace") if isinstance(packet, bytes) else packet or ""
    # Libraries leave the marks of containers before it, and padding behind.
    match = re.search(r"<(?:\w+:)?(?:xmpmeta|RDF)\b.*</(?:\w+:)?(?:xmpmeta|RDF)>", text[:_LONGEST], re.DOTALL)
    # XMP has no use for declarations, which could blow up what is read.
    if match is None or "<!" in match[0]:
        return None
    try:
        tree = ElementTree.fromstring(match[0])
    except (ElementTree.ParseError, ValueError):
        return None
    names = {uri: prefix for prefix, uri in SPACES.items()}
    found: dict[str, str] = {}
    for about in tree.iter(f"{{{_RDF}}}Description"):
        given = [*about.items(), *((child.tag, (child.text or "").strip()) for child in about)]
        for name, value in given:
            uri, _, local = name[1:].partition("}")
            if uri in names:
                found[f"{names[uri]}:{local}"] = value
    return read_properties(found)


def read_properties(properties: Any) -> Read | None:
    """Reads properties by their names, as JSON has them; None as of `read_packet`."""
    if not isinstance(properties, dict) or not all(isinstance(each, str) for each in properties.values()):
        return None
    statement = Statement.of(properties)
    return None if statement is None else Read(statement, properties.get("au_tf:Content", ""))
