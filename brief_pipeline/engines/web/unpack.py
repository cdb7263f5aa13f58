"""A body in blocks, unpacked, with bounded memory whatever it claims and however it was packed."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterable, Iterator

import httpx

from brief_pipeline.engines.web.asking import Unanswered
from brief_pipeline.engines.web.deadline import seconds_left
from brief_pipeline.errors import TooLarge, Unreachable

ACCEPTED_ENCODINGS = "gzip, deflate"  # others, where installed, unpack to a million times their size
UNASKED_ENCODINGS = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
MOST_ENCODINGS = 3  # two in a row are a mistake that servers make; a thousand would be an attack
BLOCK_BYTES = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
SLOWEST_BYTES_PER_SECOND = 1024  # a server that drips never runs into a time-out, and would hold the day up for weeks


def read_blocks(response: httpx.Response, most_bytes: int, patience_seconds: float) -> Iterator[bytes]:
    """The body as it comes, unpacked, in blocks of at most 64 KiB.

    Raises TooLarge past `most_bytes` (packed or unpacked), or at once when more is stated; Unanswered for a server that
    after `patience_seconds` has sent less than 1 KiB a second, or whose packed bytes are broken or end midway; Unreachable
    for a packing that was not asked for.
    """
    if (stated_length(response) or 0) > most_bytes:
        raise _too_large(most_bytes)
    blocks = _limited(_not_too_slowly(response.iter_raw(), patience_seconds), most_bytes)
    for encoding in reversed(encodings_of(response)):
        blocks = _limited(_inflate(blocks, encoding), most_bytes)  # each layer: what unpacks to nothing costs time as well
    return blocks


def stated_length(response: httpx.Response) -> int | None:
    """The Content-Length, where there is one. It counts packed bytes."""
    stated = re.fullmatch(r"0*([0-9]{1,18})", response.headers.get("Content-Length", ""))
    return int(stated[1]) if stated else None


def encodings_of(response: httpx.Response) -> list[str]:
    """How a body is packed, in the order it was done (RFC 9110, 8.4), without words that name no packing (utf-8 ...)."""
    named = [name.strip().lower() for name in response.headers.get("Content-Encoding", "").split(",")]
    packings = [name.removeprefix("x-") for name in named if name in ("gzip", "x-gzip", "deflate")]
    strange = UNASKED_ENCODINGS.intersection(named)
    if strange or len(packings) > MOST_ENCODINGS:
        how = f"with {min(strange)}, which was not asked for" if strange else f"{len(packings)} times over"
        raise Unreachable(f"the server packs the body {how}")
    return packings


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(f"larger than {most_bytes / 2**20:.3g} MiB; the limits are web.*_bytes in brief.toml")


def _limited(blocks: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """The blocks, as long as they are not too many; unpacking a bomb ends with the deadline, too."""
    total = 0
    for block in blocks:
        total += len(block)
        if total > most_bytes:
            raise _too_large(most_bytes)
        seconds_left()
        yield block


def _not_too_slowly(blocks: Iterable[bytes], patience_seconds: float) -> Iterator[bytes]:
    total, started = 0, time.monotonic()
    for block in blocks:
        total, seconds = total + len(block), time.monotonic() - started
        if seconds > patience_seconds and total < seconds * SLOWEST_BYTES_PER_SECOND:
            raise Unanswered(f"too slow: {total} bytes in {seconds:.0f} s")
        yield block


def _inflate(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Undoes gzip (RFC 1952, also several members in a row) or deflate (RFC 1950, or bare RFC 1951, which many send)."""
    inflater, packed = None, b""
    for block in blocks:
        packed += block
        while len(packed) >= len(GZIP_MAGIC):  # so many bytes tell one dialect, or one member, from the other
            if inflater is None or (inflater.eof and packed.startswith(GZIP_MAGIC)):
                inflater = _new_inflater(encoding, packed)
            elif inflater.eof:  # padding, as tar and some servers add
                packed = b""
                continue
            yield from _drain(inflater, packed)
            packed = inflater.unused_data
    is_whole = inflater.eof if inflater else not packed  # nothing at all is an empty body
    if not is_whole:
        raise Unanswered("no whole answer (the packed bytes end midway)")


def _new_inflater(encoding: str, packed: bytes) -> zlib._Decompress:
    if encoding == "gzip":
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    has_header = packed[0] & 0x0F == zlib.DEFLATED and int.from_bytes(packed[:2], "big") % 31 == 0  # RFC 1950, 2.2
    return zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _drain(inflater: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What packed bytes unpack to, block by block, so that memory is bounded at any ratio."""
    while not inflater.eof:
        try:
            unpacked = inflater.decompress(packed, BLOCK_BYTES)
        except zlib.error as broken:
            raise Unanswered(f"no whole answer (the packed bytes are broken: {broken})") from broken
        packed = inflater.unconsumed_tail
        if unpacked:
            yield unpacked
        if not packed and len(unpacked) < BLOCK_BYTES:
            return
