"""The bytes of a transcript as text: unpacked, refused if they are another kind of file, and decoded by what they are."""

from __future__ import annotations

import codecs
import re
import zlib

from charset_normalizer import from_bytes

from brief_pipeline.errors import TranscriptUnreadable

MAX_UNPACKED_BYTES = 64 * 1024 * 1024  # a transcript of a day of talk has 5 MB; a gzip bomb has gigabytes
SIGNATURES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP or Word file",
    b"{\\rtf": "an RTF file",
    b"ID3": "an MP3 file",
    b"\xd0\xcf\x11\xe0": "an old Word file",
    b"[Script Info]": "SubStation subtitles",
}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAX_BROKEN_SHARE = 0.02  # of the characters beyond ASCII: UTF-8 with a byte broken here and there is still UTF-8


def unpack(body: bytes) -> bytes:
    """The bytes as they were before gzip, where a server sends them gzipped without saying so."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, MAX_UNPACKED_BYTES)
    except zlib.error as broken:
        raise TranscriptUnreadable("gzip that does not unpack: the download is broken") from broken
    if unpacker.unconsumed_tail:
        raise TranscriptUnreadable(f"gzip that unpacks to more than {MAX_UNPACKED_BYTES} bytes: no transcript is that large")
    if not unpacker.eof:
        raise TranscriptUnreadable("gzip that ends too soon: the download is broken")
    return unpacked


def refuse_other_files(body: bytes) -> None:
    """Nothing, or TranscriptUnreadable with the name of what the bytes are instead of text."""
    if not body.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise TranscriptUnreadable("the file is empty")
    for signature, name in SIGNATURES.items():
        if body.lstrip(b"\xef\xbb\xbf").startswith(signature):
            raise TranscriptUnreadable(f"{name}, not a transcript of a kind we can read")
    head = body[:4096]
    if sum(1 for byte in head if byte < 0x20 and byte not in b"\x00\t\n\x0b\x0c\r\x1b") * 20 > len(
        head
    ) and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TranscriptUnreadable("binary data, not text")


def decode_text(body: bytes, declared_type: str | None = None) -> str:
    """The text of a file, with line ends as "\\n" and without NULs.

    Tried in order: byte order mark, UTF-16 without one, UTF-8 (a few broken bytes are allowed), the charset that the type
    or the file declares, Windows-1252 where bytes beyond ASCII stand alone between letters, a guess from the bytes.

    >>> decode_text("Zoë\\r\\nça".encode("cp1252")), decode_text("Hi\\rho".encode("utf-16"))
    ('Zoë\\nça', 'Hi\\nho')
    """
    text = _decode(body, declared_type).replace("\x00", "").lstrip("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x0c", "\n").replace("\x0b", "\n")


def _decode(body: bytes, declared_type: str | None) -> str:
    for mark, name in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    nul_share = body.count(0) / max(1, len(body))
    if nul_share > 0.25:
        return body.decode("utf-16-be" if body[0::2].count(0) > body[1::2].count(0) else "utf-16-le", errors="replace")
    text = body.decode("utf-8", errors="replace")
    beyond_ascii = sum(1 for character in text if character > "\x7f")
    if text.count("\ufffd") - body.count(b"\xef\xbf\xbd") <= max(
        1 if text.endswith("\ufffd") else 0, MAX_BROKEN_SHARE * beyond_ascii
    ):
        return text
    declared = re.search(
        rb"charset=[\"']?([\w-]+)|<\?xml[^>]*encoding=[\"']([\w-]+)", (declared_type or "").encode() + b" " + body[:1024]
    )
    for name in [(declared[1] or declared[2]).decode()] if declared else []:
        try:
            return body.decode(name)
        except (LookupError, UnicodeError):
            break  # a wrong statement, as many are
    return _guess(body)


def _guess(body: bytes) -> str:
    """Text of an 8-bit or East Asian encoding. In Western text such bytes are few and alone: guessers get those wrong."""
    runs = re.findall(rb"[\x80-\xff]+", body)
    alone = sum(1 for run in runs if len(run) == 1)
    if alone * 2 >= len(runs):
        return body.decode("cp1252", errors="replace")
    if all(len(run) % 2 == 0 for run in runs):  # GB 2312 is all pairs; Korean too, but its pairs begin below 0xC9
        leads = [lead for run in runs for lead in run[0::2]]
        if sum(1 for lead in leads if lead > 0xC8) * 8 > len(leads) and 0xB0 <= sorted(leads)[len(leads) // 2] <= 0xD7:
            return body.decode("gb18030", errors="replace")
    guess = from_bytes(body).best()
    return str(guess) if guess else body.decode("cp1252", errors="replace")
