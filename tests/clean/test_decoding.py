"""Bytes to text."""

import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.clean.decoding import decode
from streams.errors import ErrorCode, Refused
from streams.events import RawPage

LIMIT = 1 << 20
RUSSIAN = (
    "<p>Министр заявил во вторник, что переговоры в Женеве продолжатся на следующей неделе, несмотря на возражения.</p>"
)
GERMAN = (
    "<p>Der Minister sagte, dass die Gespräche in Zürich nächste Woche fortgeführt würden, trotz größerer Bedenken.</p>"
)


def page(data: bytes, content_type: str | None = "text/html") -> RawPage:
    return RawPage(url="https://a.example/", body_b64=base64.b64encode(data).decode(), content_type=content_type)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (RUSSIAN.encode(), RUSSIAN),
        (b"\xef\xbb\xbf" + RUSSIAN.encode(), RUSSIAN),
        (RUSSIAN.encode("utf-16"), RUSSIAN),
        (GERMAN.encode("utf-16-le"), GERMAN),
        (b"<meta charset=windows-1251>" + RUSSIAN.encode("cp1251"), "<meta charset=windows-1251>" + RUSSIAN),
        (b"<meta charset=utf-8>" + (RUSSIAN * 5).encode("cp1251"), "<meta charset=utf-8>" + RUSSIAN * 5),
        (b"<meta charset=iso-8859-1>" + GERMAN.encode(), "<meta charset=iso-8859-1>" + GERMAN),
        (b"<meta charset=gb2312>" + "部长星期二表示".encode("gb18030"), "<meta charset=gb2312>部长星期二表示"),
        (gzip.compress(GERMAN.encode()), GERMAN),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16 bare", "meta", "wrong meta", "latin-1 that is utf-8", "gb2312", "gzip"],
)
def test_character_sets(data: bytes, text: str) -> None:
    assert decode(page(data), LIMIT).text == text


def test_the_header_tells() -> None:
    assert decode(page(GERMAN.encode("cp1252"), "text/html; charset=ISO-8859-1"), LIMIT).text == GERMAN


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Überschrift\nDer Rat hat am Dienstag beschlossen, die Brücke zu schließen.", "cp1252"),
        ("Le conseil a voté mardi à Genève la réforme des retraites, après des débats très animés.", "cp1252"),
        ("The council’s vote — “a good day” — cost £2.4m.", "cp1252"),
        ("A café by the sea is to close after ninety years, its owner said on Tuesday.", "cp1252"),
        (
            "Vláda ve středu schválila návrh zákona, který má začít platit příští rok. Někteří poslanci řekli ne.",
            "cp1250",
        ),
        ("Совет проголосовал во вторник за закрытие моста через реку.", "cp1251"),
        ("警察は月曜日に三人の男を逮捕したと発表した。", "cp932"),
    ],
)
def test_short_texts_of_a_set_that_nothing_declares(text: str, charset: str) -> None:
    assert decode(page(text.encode(charset), "text/plain"), LIMIT).text == text


def test_a_few_broken_bytes_do_not_change_the_set() -> None:
    data = (GERMAN * 20).encode().replace(b"Minister", b"Min\xed\xa0\x80ister", 1)
    decoded = decode(page(data), LIMIT)
    assert decoded.charset == "utf-8"
    assert "Gespräche" in decoded.text


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (page(b"%PDF-1.7 ..."), ErrorCode.NOT_ARTICLE),
        (page(bytes(range(256)) * 20), ErrorCode.NOT_ARTICLE),
        (page(b"\x1f\x8b\x08broken"), ErrorCode.NOT_ARTICLE),
        (page(b"x" * (LIMIT + 1)), ErrorCode.TOO_LARGE),
        (page(gzip.compress(bytes(50 * LIMIT))), ErrorCode.TOO_LARGE),
        (RawPage(url="https://a.example/", body="ü" * LIMIT), ErrorCode.TOO_LARGE),
        (RawPage(url="https://a.example/", body_b64="a"), ErrorCode.SCHEMA),
    ],
    ids=["pdf", "binary", "broken gzip", "large", "bomb", "large text", "no base64"],
)
def test_refusals(raw: RawPage, code: ErrorCode) -> None:
    with pytest.raises(Refused) as refused:
        decode(raw, LIMIT)
    assert refused.value.code == code


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b\x08", b"<html>", b"<meta charset=utf-7>", b"\xff\xfe"])
)
def test_any_bytes_are_text_or_refused(data: bytes, start: bytes) -> None:
    try:
        decoded = decode(page(start + data), LIMIT)
    except Refused:
        return
    assert isinstance(decoded.text, str)


def test_a_compressed_page_is_not_unpacked_beyond_the_limit() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    data = b"".join([bomb.compress(bytes(1 << 20)) for _ in range(64)]) + bomb.flush()
    with pytest.raises(Refused):
        decode(page(data), LIMIT)
