"""Web archives and feeds, written by hand: small, and as wrong as a test wants them."""

PAGE = (
    "<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>The council of {title} said on Tuesday "
    "that the talks would go on next week, despite the objections of its members. A vote is due in June.</p></article>"
    "</body></html>"
)


def page(title: str) -> bytes:
    return PAGE.format(title=title).encode()


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    named = {"Content-Type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
    lines = "".join(f"{name}: {said}\r\n" for name, said in named.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def record(url: str, block: bytes, kind: str = "response", **headers: object) -> bytes:
    named: dict[str, object] = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:8b6e0b9c-0d3a-4a7e-9c5f-1f2e3d4c5b6a>",
        "WARC-Date": "2025-06-07T12:00:00Z",
        "WARC-Target-URI": url,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": len(block),
    }
    named |= {name.replace("_", "-"): said for name, said in headers.items()}
    lines = "".join(f"{name}: {said}\r\n" for name, said in named.items())
    return f"WARC/1.1\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Wick Gazette</title><link>https://gazette.example/</link><language>en-GB</language>
<item><title>Pier &amp;amp; harbour to be rebuilt</title><link>/news/pier</link><dc:creator>Anna Reid</dc:creator>
  <pubDate>Sat, 07 Jun 2025 11:22:00 +0100</pubDate><media:title>A picture of the pier</media:title>
  <description>The council voted.</description>
  <content:encoded><![CDATA[<p>The council voted on Friday to rebuild the pier of Wick.</p><p>Work begins in May.</p>]]>
  </content:encoded></item>
<item><title>A teaser</title><link>https://gazette.example/news/2</link>
  <description>Read all about it …</description></item>
<item><title>A story in its description</title><guid>https://gazette.example/news/3</guid>
  <author>jane@gazette.example (Jane Doe)</author><description>LONG</description></item>
</channel></rss>
""".replace("LONG", "&lt;p&gt;The herring fleet returned to port on Monday with more fish than in any year. " * 6)

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Bote</title>
<link rel="self" href="https://bote.example/feed"/><link href="https://bote.example/"/>
<entry><title type="html">Rat &lt;b&gt;tagt&lt;/b&gt;</title><link rel="alternate" href="https://bote.example/1"/>
  <published>2025-06-07T11:22:00+02:00</published><author><name>Erika Muster</name></author>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Der Rat tagt &amp; berät.</p></div></content>
  </entry>
<entry><title>5 &lt; 6</title><id>urn:x</id><content>Kurz: 5 &lt; 6.</content></entry>
<entry><title>Nur ein Verweis</title><link href="https://bote.example/3"/><summary>Mehr dazu</summary></entry>
</feed>
"""
