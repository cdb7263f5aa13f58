"""A feed's bytes as text: unpacked, and decoded by what they are, which is not always what they say."""

from __future__ import annotations

import codecs
import re
import zlib

from brief_pipeline.errors import FeedUnreadable

MAX_UNPACKED_BYTES = 64 * 1024 * 1024  # the largest real feed met had 5 MB; a gzip bomb has gigabytes
MAX_GZIP_MEMBERS = 100  # each takes a copy of what follows it

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),  # no mark, but these bytes say it too (XML 1.0, appendix F)
    (b"\x00<\x00?", "utf-16-be"),
)
# Encodings a declaration may ask for: text, one or two bytes a character. UTF-16 is absent: bytes in which the declaration
# could be read as ASCII are not UTF-16. As on the web, Latin-1 means windows-1252 and GB2312 means its superset.
_TEXT_ENCODING = re.compile(
    r"(windows|cp|iso|latin|koi8|gb|big5|shift|sjis|euc|mac|us-ascii|ascii|tis)[\w.-]*", re.IGNORECASE
)
_WIDER_ENCODING = {"iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_STRAY_BYTES = "brief_pipeline.windows-1252"  # the name of a way to go on after a decoding error
_CHUNK_BYTES = 1024 * 1024  # decoded at a time
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.-]+)[\"']", re.IGNORECASE)


def unpack(body: bytes, repairs: list[str]) -> bytes:
    """The bytes as they were before gzip, where a server sends them gzipped without saying so.

    Raises FeedUnreadable where they do not unpack, or unpack to more than MAX_UNPACKED_BYTES (a bomb).
    """
    if body[:2] == b"\x1f\x8b":
        body = _gunzip(body)
        repairs.append("unpacked gzip")
    if not body[:1024].strip() and not body.strip():
        raise FeedUnreadable("empty: there is no text in it")
    return body


def _gunzip(packed: bytes) -> bytes:
    """The members of a gzip file, joined (RFC 1952, 2.2: a file may have several). What follows the last one is ignored."""
    unpacked = bytearray()
    for _ in range(MAX_GZIP_MEMBERS):
        if packed[:2] != b"\x1f\x8b":
            break
        unpacker = zlib.decompressobj(wbits=31)
        try:
            unpacked += unpacker.decompress(packed, MAX_UNPACKED_BYTES + 1 - len(unpacked))
        except zlib.error as broken:
            raise FeedUnreadable("gzip that does not unpack: the download is broken, the next one may be whole") from broken
        if len(unpacked) > MAX_UNPACKED_BYTES:
            raise FeedUnreadable(f"gzip that unpacks to more than {MAX_UNPACKED_BYTES} bytes: no feed is that large")
        if not unpacker.eof:
            raise FeedUnreadable("gzip that does not unpack: it ends too soon, the next download may be whole")
        packed = unpacker.unused_data
    else:
        raise FeedUnreadable(f"gzip of more than {MAX_GZIP_MEMBERS} parts: no feed is packed like that")
    return bytes(unpacked)


def decode(body: bytes, repairs: list[str]) -> str:
    """The text, by its byte order mark, else as UTF-8 if it is valid UTF-8, else as it declares itself.

    Valid UTF-8 beyond ASCII is never an accident, so it overrules the declaration.
    """
    encoding, errors = _find_encoding(body, repairs)
    return body.decode(encoding, errors).lstrip("\ufeff")


def recode(body: bytes, repairs: list[str]) -> bytes:
    """The text of `decode` in UTF-8, never held as one string, of which a single emoji makes four bytes a character."""
    encoding, errors = _find_encoding(body, repairs)
    if (encoding, errors) == ("utf-8", "strict"):
        return body
    recoded = bytearray()
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, len(body), _CHUNK_BYTES):
        chunk = decoder.decode(body[start : start + _CHUNK_BYTES], final=start + _CHUNK_BYTES >= len(body))
        recoded += chunk.encode("utf-8", "replace")
    return bytes(recoded)


def _find_encoding(body: bytes, repairs: list[str]) -> tuple[str, str]:
    """(encoding, what to do with bytes that are none of it)."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return encoding, "replace"
    match = _DECLARED.search(body[:400])
    declared = match[1].decode().lower() if match else "utf-8"
    if declared.startswith("iso-2022"):  # seven-bit: looks like ASCII
        return (declared, "replace") if _is_known(declared) else ("utf-8", _STRAY_BYTES)
    if _is_text_of(body, "utf-8"):
        if declared not in ("utf-8", "utf8") and not body.isascii():
            repairs.append(f"declares {declared} but is UTF-8")
        return "utf-8", "strict"
    wider = _WIDER_ENCODING.get(declared, declared)
    if _TEXT_ENCODING.fullmatch(declared) and _is_known(wider) and _is_text_of(body, wider):
        return wider, "strict"
    repairs.append(f"declares {declared} but is not: read as UTF-8 mixed with windows-1252")
    return "utf-8", _STRAY_BYTES


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def _is_text_of(body: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(body), _CHUNK_BYTES):
            decoder.decode(body[start : start + _CHUNK_BYTES], final=start + _CHUNK_BYTES >= len(body))
    except UnicodeDecodeError:
        return False
    return True


def _read_stray_bytes(error: UnicodeError) -> tuple[str, int]:
    """The bytes that are no UTF-8 as windows-1252, so that one of them does not spoil a feed.

    bs4's UnicodeDammit.detwingle, made for this, takes an é before a letter for the start of a character and loses both.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(_STRAY_BYTES, _read_stray_bytes)
