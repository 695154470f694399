"""A raw page is read liberally: strangers write it, and most of it can be done without.

The schema says what a crawler should write; this, what is taken from one that does not. A field whose value cannot be
read is as good as absent, and a number or a truth that is written as a string is read as what it says. Only what
decides is never guessed at: `body`, `body_b64`, and `takedown`, for a page that must go may not come back as an
article. A page that then lacks its address and its source is refused as before.
"""

from contextlib import suppress

import msgspec

from streams.events import RawPage

DECIDING = {"body", "body_b64", "takedown"}
_OPTIONAL = {field.name: field.type for field in msgspec.structs.fields(RawPage) if field.name not in DECIDING}
_decode = msgspec.json.Decoder(RawPage).decode


def raw_page(value: bytes) -> RawPage:
    """Read a raw page: at full speed where it keeps its schema, a second time where it does not.

    Raises:
        msgspec.DecodeError: it is no JSON, or (ValidationError) no raw page even without what cannot be read.
        UnicodeDecodeError: it is no UTF-8.
        RecursionError: it is nested too deep.
    """
    try:
        return _decode(value)
    except msgspec.ValidationError as strict:
        document = msgspec.json.decode(value)  # a validator stops at the first fault: behind it may be no JSON
        if not isinstance(document, dict):
            raise
        kept = {name: said for name, said in document.items() if name not in _OPTIONAL or _reads(name, said)}
        try:
            return msgspec.convert(kept, RawPage, strict=False)
        except msgspec.ValidationError:
            raise strict from None


def _reads(name: str, said: object) -> bool:
    with suppress(msgspec.ValidationError):
        msgspec.convert(said, _OPTIONAL[name], strict=False)
        return True
    return False
