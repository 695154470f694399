"""Pages that tests make up, in the shapes that crawlers send."""

import json
import random
from typing import Any

WORDS = [
    "harbour",
    "council",
    "engineer",
    "pier",
    "winter",
    "storm",
    "mayor",
    "quay",
    "herring",
    "season",
    "lighthouse",
    "signature",
    "ferry",
    "island",
    "baker",
    "museum",
    "bridge",
    "river",
    "teacher",
    "budget",
    "railway",
    "tunnel",
    "orchard",
    "mountain",
    "village",
    "doctor",
    "library",
    "theatre",
    "market",
    "factory",
    "stadium",
    "glacier",
    "reactor",
    "satellite",
    "comet",
    "vineyard",
    "brewery",
    "chapel",
    "airport",
    "canal",
    "forest",
    "meadow",
    "pilot",
    "judge",
    "senator",
    "violin",
]


def page(number: int, **fields: Any) -> bytes:
    """A raw event: a short plain-text story, another one for each number."""
    choose = random.Random(number)
    told = [" ".join(choose.choices(WORDS, k=14)).capitalize() for _ in range(6)]
    body = "\n\n".join(f"{sentence}, item {number * 7 + place} of the day." for place, sentence in enumerate(told))
    body += " The work will cost 4.2 million crowns, the mayor said."
    event = {
        "url": f"https://harbour.example/{number}",
        "body": f"Pier number {number} to be rebuilt\n\n{body}",
        "content_type": "text/plain; charset=utf-8",
        "fetched_at": "2025-06-12T09:00:00Z",
    }
    return json.dumps({**event, **fields}).encode()


AGGREGATED = """Ferry line to the islands opens again
The ferry to the outer islands sails again from Monday, the harbour office in Norvik has said.
It had been in dock for seven weeks after a crack was found in the bow door.
'We thank the islanders for their patience,' said Ingrid Dahle, who runs the line.
Hashtags
#Norvik#Ferries
Try Our AI Features
Explore what the reader can do for you:
Comments
No comments yet...
Related Articles


Norvik Post
38 minutes ago
- Norvik Post
Bow door passed the test in heavy seas
The repaired bow door held in waves of three metres, a report says. A second test will follow in autumn.


Island Herald
2 hours ago
- Island Herald
Shops run low on flour after weeks without a ferry
Two of the five shops on Storholm have no flour left. The first load is due on Monday.
"""


def aggregated(number: int = 0) -> bytes:
    """A raw event: an aggregator's page with two related stories."""
    event = {
        "url": f"https://reader.example/{number}",
        "body": AGGREGATED.replace("seven weeks", f"{number + 7} weeks"),
        "content_type": "text/plain; charset=utf-8",
        "fetched_at": "2025-06-12T09:00:00Z",
        "source": {"name": "Reader", "domain": "reader.example"},
    }
    return json.dumps(event).encode()
