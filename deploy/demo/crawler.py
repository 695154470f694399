"""Writes made-up raw pages without end, one JSON object a line: `crawler.py | newsflow produce - --rate 5`.

Four languages; of 100 pages about 12 are copies of an earlier one under another address, 8 an aggregator's, 3 broken.
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

STORIES = {
    "en": (
        "Harbour of {place}: {n} boats wait for the ferry pier",
        "The council of {place} voted on Tuesday to rebuild the pier before the winter.",
        "Engineers had warned for {n} years that the piles were rotten below the waterline.",
        "The work will cost {n} million crowns, mayor {name} said.",
        "Fishermen fear that the quay stays closed during the herring season.",
        "Opponents of the plan collected {n}00 signatures in a week.",
        "A landing stage is to be built beside the old lighthouse of {place}.",
        "{name}, who runs the ferry line, asked the islanders for patience.",
        "In the storm of last autumn {n} boats were torn from their moorings.",
    ),
    "de": (
        "{place} plant {n} neue Wohnungen am alten Bahnhof",
        "Der Stadtrat von {place} hat am Dienstag den Plan für das Gelände beschlossen.",
        "Gebaut werden sollen {n} Wohnungen, ein Kindergarten und ein kleiner Park.",
        "Die Kosten schätzt Baustadträtin {name} auf {n} Millionen Euro.",
        "Anwohner fürchten mehr Verkehr in den engen Straßen rund um den Bahnhof.",
        "{name} vom Bürgerverein will gegen den Beschluss klagen.",
        "Im vergangenen Jahr kamen {n}00 neue Einwohner in die Stadt.",
        "Die Arbeiten sollen im Frühjahr beginnen und drei Jahre dauern.",
    ),
    "fr": (
        "À {place}, la bibliothèque rouvre après {n} mois de travaux",
        "La bibliothèque municipale de {place} accueille de nouveau ses lecteurs depuis mardi.",
        "Les travaux ont duré {n} mois et coûté {n} millions d'euros.",
        "« Nous avons retrouvé {n} livres que l'on croyait perdus », raconte {name}.",
        "Une salle de lecture a été ouverte sous les toits, avec vue sur la rivière.",
        "Le maire {name} espère attirer {n}00 visiteurs par semaine.",
        "Les habitants du quartier avaient longtemps demandé cette rénovation.",
    ),
    "es": (
        "El mercado de {place} celebra {n} años con una feria",
        "El mercado central de {place} abrió sus puertas hace {n} años junto al río.",
        "La alcaldesa {name} anunció una inversión de {n} millones de euros.",
        "Los vendedores piden que se arregle el techo antes de las lluvias de otoño.",
        "Según {name}, cada sábado llegan {n}00 visitantes de los pueblos vecinos.",
        "La feria tendrá música, pan recién hecho y un concurso de quesos.",
        "Los vecinos recuerdan la inundación que cerró el mercado durante un invierno.",
    ),
}
PLACES = ("Norvik", "Storholm", "Altenau", "Brissac", "Villaluz", "Kestrel Bay", "Lindhaven", "Monterrubio")
NAMES = ("Ingrid Dahle", "Karl Behrens", "Amélie Roux", "Lucía Ortega", "Tom Whitlock", "Nadia Petrov")
COPIED, AGGREGATED, BROKEN = 0.12, 0.08, 0.03
KEPT = 50  # earlier pages that copies are made of


def pages(seed: int) -> Iterator[str]:
    """Make pages, the same ones for the same seed but for the time on them."""
    choose = random.Random(seed)  # noqa: S311 - no secret
    earlier: list[str] = []
    number = 0
    while True:
        number += 1
        kind = choose.random()
        if kind < BROKEN:
            yield choose.choice(('{"url": "https://broken.example/', '{"source": {"name": "Empty"}, "body": "  "}'))
            continue
        if kind < BROKEN + COPIED and earlier:
            yield _page(f"https://copies.example/{seed}/{number}", choose.choice(earlier))
            continue
        language = choose.choices(list(STORIES), (5, 2, 2, 1))[0]
        text = _story(choose, language)
        if kind > 1 - AGGREGATED:
            related = "".join(_related(choose) for _ in range(2))
            text = f"{text}\nComments\nNo comments yet...\nRelated Articles\n\n\n{related}"
            yield _page(f"https://reader.example/{seed}/{number}", text)
            continue
        earlier = [*earlier[-KEPT:], text]
        yield _page(f"https://{language}.example/{seed}/{number}", text)


def _story(choose: random.Random, language: str) -> str:
    headline, *sentences = STORIES[language]
    told = choose.sample(sentences, k=len(sentences) - 1)
    return "\n\n".join(_filled(choose, sentence) for sentence in (headline, *told))


def _related(choose: random.Random) -> str:
    headline, *sentences = STORIES["en"]
    source = f"{choose.choice(PLACES)} Post"
    told = " ".join(_filled(choose, sentence) for sentence in choose.sample(sentences, k=3))
    return f"{source}\n{choose.randint(2, 50)} minutes ago\n- {source}\n{_filled(choose, headline)}\n{told}\n\n\n"


def _filled(choose: random.Random, sentence: str) -> str:
    return sentence.format(place=choose.choice(PLACES), name=choose.choice(NAMES), n=choose.randint(2, 900))


def _page(url: str, body: str) -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"url": url, "body": body, "content_type": "text/plain; charset=utf-8", "fetched_at": now})


if __name__ == "__main__":
    try:
        for page in pages(int(sys.argv[1]) if sys.argv[1:] else random.SystemRandom().randrange(2**32)):
            print(page, flush=True)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read has gone
