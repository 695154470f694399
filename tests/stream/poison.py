"""Records that no article can be made of, and the code that each ends with under NEWSFLOW_MAX_BODY_BYTES=100000."""

import base64
import json


def _raw(**fields: str) -> bytes:
    return json.dumps({"url": "https://harbour.example/x", **fields}).encode()


POISON: dict[bytes | None, str] = {
    None: "decode_json",
    b"no json at all": "decode_json",
    b"\xff\xfe\x00": "decode_json",
    b'{"url": "https://harbour.example/x", "body": "\\ud800"}': "decode_json",
    b'{"url": "https://harbour.example/x", "headers": {"deep": ' + b"[" * 100_000: "decode_json",
    b"[]": "schema",
    _raw(): "schema",
    _raw(body="both", body_b64="Ym90aA=="): "schema",
    b'{"url": 5, "body": "text"}': "schema",
    _raw(body="text", takedown="perhaps"): "schema",
    b'{"url": "https://harbour.example/x", "http_status": "404", "body_b64": 5}': "schema",
    b'{"body": "neither url nor source"}': "schema",
    b"null": "schema",
    b'"a string"': "schema",
    b'{"url": "https://harbour.example/x", "body": " ", "http_status": "' + b"9" * 5000 + b'"}': "no_text",
    b'{"url": "https://harbour.example/x", "body": " ", "http_status": ' + b"9" * 5000 + b"}": "schema",
    b'{"url": "https://harbour.example/x", "body": "a", "http_status": 1e999}': "schema",
    b'{"url": "https://harbour.example/x", "body": "cut o': "decode_json",
    b'{"url": "https://harbour.example/x", "body": "a\x00b"}': "decode_json",
    b"\xef\xbb\xbf" + _raw(body="a byte order mark"): "decode_json",
    _raw(fetched_at="yesterday", body=" "): "no_text",
    _raw(body_b64="no base64!"): "schema",
    _raw(body_b64=""): "no_text",
    _raw(body="\u200b\u2060\ufeff"): "no_text",
    _raw(body_b64=base64.b64encode(b"\x1f\x8b\x08 no gzip").decode()): "not_article",
    _raw(body_b64=base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(99)).decode()): "not_article",
    _raw(body=" \n "): "no_text",
    _raw(body_b64=base64.b64encode(b"%PDF-1.7 \x00").decode()): "not_article",
    _raw(body="word " * 30_000): "too_large",
}


def large(size: int) -> bytes:
    """Write a raw event whose decoded page has so many bytes."""
    body = base64.b64encode(b"<p>The harbour" + b" " * (size - 14)).decode()
    return json.dumps({"url": "https://harbour.example/large", "body_b64": body}).encode()
