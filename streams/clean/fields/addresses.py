"""Where a story lives and on whose site: canonical address and the site's name."""

from urllib.parse import urljoin, urlsplit

from streams.clean import sanitise
from streams.clean.fields.head import Head

LONGEST = 2000  # characters of an address; browsers stop about there
LONGEST_NAME = 100  # characters of a site's name


def web_address(value: object, base: str | None) -> str | None:
    """Give an absolute http(s) address, or nothing."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        return None
    try:
        joined = urljoin(base or "", sanitise.line(value))
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in {"http", "https"} and parts.hostname and " " not in joined else None


def canonical(head: Head, url: str | None) -> tuple[str, str] | None:
    """Give the address that the page calls its own, and who says so; a link to the front page is a mistake."""
    base = head.base if head.base and head.base.startswith("http") else url
    for value, source in ((head.canonical, "link rel=canonical"), (head.meta("og:url"), "og:url")):
        address = web_address(value, base)
        if address and not (urlsplit(address).path in {"", "/"} and url and urlsplit(url).path not in {"", "/"}):
            return address, source
    return None


def site(head: Head) -> tuple[str, str] | None:
    """Give the name of the site, and where it stands."""
    if name := head.meta("og:site_name"):
        return name[:LONGEST_NAME], "og:site_name"
    publishers = [_node(head, node.get("publisher")) for node in head.articles]
    for node in [*publishers, *head.sites]:
        if isinstance(name := node.get("name"), str) and (name := sanitise.line(name)):
            return name[:LONGEST_NAME], "json-ld"
    name = head.meta("application-name", "publisher", "dc.publisher", "citation_journal_title")
    return (name[:LONGEST_NAME], "meta") if name else None


def _node(head: Head, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        return {}
    return head.nodes.get(str(value.get("@id")), value)
