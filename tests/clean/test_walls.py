"""Error pages and walls are refused, stories about them are not."""

import pytest

from streams.clean import stage
from streams.errors import ErrorCode, Refused
from streams.events import RawPage

MENU = "".join(f"<li><a href='/{x}'>{x}</a></li>" for x in ("News", "Sport", "Culture", "Weather", "Travel", "Opinion"))
STORY = "The harbour of Elmsworth was closed on Tuesday after a crane fell into the basin at night, the port said."


def document(title: str, heading: str, *lines: str) -> str:
    text = f"<h1>{heading}</h1>{''.join(f'<p>{line}</p>' for line in lines)}"
    head = f"<title>{title}</title>"
    foot = "<footer><p>© 2025 The Gazette</p></footer>"
    return f"<!DOCTYPE html><html><head>{head}</head><body><ul>{MENU}</ul><main>{text}</main>{foot}</body></html>"


def ends(body: str) -> ErrorCode | None:
    try:
        stage.clean(RawPage(url="https://gazette.example/harbour", body=body))
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("title", "heading", "line"),
    [
        ("404 Not Found", "404 Not Found", "nginx/1.24.0"),
        ("Page not found - The Gazette", "Page not found", "The page may have moved. Try our search instead."),
        ("The Gazette", "Error 404", "Sorry, we could not find what you were looking for on this website today."),
        ("Access denied | The Gazette", "Access denied", "You don't have permission to access this page."),
        ("403 Forbidden", "Forbidden", "Your address was written down. Reference number 18.2f1d."),
        (
            "Just a moment...",
            "gazette.example",
            "Checking if the site connection is secure, which takes a few seconds.",
        ),
        (
            "Seite nicht gefunden | Der Anzeiger",
            "Seite nicht gefunden",
            "Leider gibt es diese Seite nicht oder nicht mehr.",
        ),
        ("Страница не найдена", "Ошибка 404", "Возможно, она была удалена или перенесена на другой адрес."),
        ("ページが見つかりません", "ページが見つかりません", "お探しのページは移動または削除された可能性があります。"),
        ("الصفحة غير موجودة", "الصفحة غير موجودة", "ربما تم حذف الصفحة التي تبحث عنها أو نقلها إلى عنوان آخر."),
    ],
)
def test_error_pages_are_no_articles(title: str, heading: str, line: str) -> None:
    assert ends(document(title, heading, line)) == ErrorCode.NOT_ARTICLE
    assert ends(f"{heading}\n{line}" if heading != "gazette.example" else f"{title}\n{line}") == ErrorCode.NOT_ARTICLE


@pytest.mark.parametrize(
    "lines",
    [
        ["Please enable JavaScript to view this page in your browser."],
        ["Subscribe to continue reading.", "Already a subscriber? Log in.", "$1 a week"],
        ["We use cookies and similar technologies to show you content that fits you.", "Accept all cookies"],
        ["Um weiterzulesen, melden Sie sich bitte mit Ihrem Abonnement an.", "Schon Abonnent? Hier anmelden."],
        ["続きを読むには会員登録が必要です。ログインしてください。"],
    ],
)
def test_walls_hold_no_text(lines: list[str]) -> None:
    assert ends(document("The harbour is closed | The Gazette", "The harbour is closed", *lines)) == ErrorCode.NO_TEXT


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("The harbour is closed", [STORY, "Subscribe to continue reading.", "Already a subscriber? Log in."]),
        ("The harbour is closed", [STORY, "We use cookies and similar technologies to show you what fits you."]),
        ("Access denied: how a harbour lost its keys", [STORY]),
        ("Page not found - how the web forgets its own past", [STORY] * 6),
        ("Not found", [STORY] * 8),
        ("Login fails at 404 town halls", [STORY]),
    ],
)
def test_stories_are_never_refused(title: str, lines: list[str]) -> None:
    assert ends(document(title, title, *lines)) is None
    assert ends("\n".join([title, *lines])) is None


def test_an_error_s_name_over_a_signed_story_is_its_title() -> None:
    markup = document("Not found", "Not found", "By <a rel=author href=/jane>Jane Doe</a>", STORY)
    meta = "<meta name=author content='Jane Doe'><meta property='article:published_time' content='2025-06-10'>"
    assert ends(markup.replace("<title>", meta + "<title>")) is None
