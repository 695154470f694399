"""Who may read and mine a page, as far as it says: paywall, licence, reservation of text and data mining."""

from typing import Any

from streams.clean import sanitise
from streams.clean.fields.head import Head
from streams.events import Access

LONGEST_LICENSE = 500  # characters
_NOT_FREE = frozenset(("locked", "paid", "premium", "subscriber", "subscription", "metered", "registration"))


def read(head: Head, headers: dict[str, str]) -> tuple[Access, str]:
    """Give the page's own word on access, and where it stands.

    Sources: schema.org isAccessibleForFree and hasPart (Google's paywall mark-up), article:content_tier; rel=license
    and schema.org license; the TDM Reservation Protocol (W3C community group, 2024) and the robots value `noai`.
    """
    told: list[str] = []
    free = _free(head, told)
    license_ = _license(head, told)
    opt_out = _opt_out(head, headers, told)
    return Access(free=free, license=license_, tdm_opt_out=opt_out), ", ".join(told)


def _free(head: Head, told: list[str]) -> bool | None:
    for node in [*head.articles, *head.pages]:
        parts = node.get("hasPart")
        inner = [part for part in (parts if isinstance(parts, list) else [parts])[:10] if isinstance(part, dict)]
        said = [value for part in [node, *inner] if (value := _truth(part.get("isAccessibleForFree"))) is not None]
        if said:
            told.append("json-ld isAccessibleForFree")
            return all(said)
    if tier := head.meta("article:content_tier"):
        told.append("article:content_tier")
        return tier.lower() not in _NOT_FREE
    return None


def _truth(value: Any) -> bool | None:
    if value is None:
        return None
    return str(value).strip().lower().rsplit("/", 1)[-1] in {"true", "1", "yes"}


def _license(head: Head, told: list[str]) -> str | None:
    candidates: list[tuple[Any, str]] = [(head.license, "rel=license")]
    for node in [*head.articles, *head.pages]:
        value = node.get("license")
        candidates.append(
            (value.get("url") or value.get("@id") if isinstance(value, dict) else value, "json-ld license")
        )
    candidates.append((head.meta("dcterms.license", "dc.rights.license", "license"), "meta license"))
    for value, source in candidates:
        if isinstance(value, str) and (said := sanitise.line(value[: LONGEST_LICENSE * 2])[:LONGEST_LICENSE]):
            told.append(source)
            return said
    return None


def _opt_out(head: Head, headers: dict[str, str], told: list[str]) -> bool | None:
    reservation = head.meta("tdm-reservation") or headers.get("tdm-reservation")
    if reservation is not None:
        told.append("tdm-reservation")
        return reservation.strip() == "1"
    robots = ",".join([*head.metas.get("robots", []), headers.get("x-robots-tag", "")]).lower()
    if any(word.strip() == "noai" for part in robots.split(",") for word in part.split(":")):
        told.append("robots noai")
        return True
    return None
