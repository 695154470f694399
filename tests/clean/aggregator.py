"""Pages in an aggregator's layout, made from words and forms that a test chooses."""

from typing import Any

TITLE = "Talks on the harbour go on"
STORY = [
    "The minister said on Tuesday that the talks on the harbour would go on next week.",
    "Several members of the council had asked for more time, and got it.",
]
OTHERS = [
    (
        "Reuters",
        "Dolphins seen off the coast",
        "A school of dolphins was seen off the coast on Monday, fishermen said.",
    ),
    ("The Star", "Bakery wins a prize", "A bakery that opened two years ago won the prize for the best bread."),
    ("Daily Post", "Bridge to be closed", "The old bridge will be closed for repairs until the end of the month."),
]
ENGLISH = {
    "hashtags": "Hashtags",
    "promo": ["Try Our AI Features", "Explore what Daily8 AI can do for you:"],
    "comments": "Comments",
    "none": "No comments yet...",
    "related": "Related Articles",
    "ages": ["38 minutes ago", "an hour ago", "01-06-2025"],
}


def page(words: dict[str, Any] = ENGLISH, **options: Any) -> str:
    """Write a page; options: story, tags, threads, bullet, category, tight, others, before, after."""
    lines = [*options.get("before", [""]), TITLE, *options.get("story", STORY)]
    tags = options.get("tags", "#Harbour #G7")
    if tags is not None:
        lines += [words["hashtags"], tags]
    lines += ["", *words["promo"], words["comments"]]
    threads = options.get("threads")
    lines += [part for thread in threads for part in thread] if threads else [words["none"]]
    lines.append(words["related"])
    bullet = options.get("bullet", "- ")
    for (source, title, text), age in zip(options.get("others", OTHERS), words["ages"], strict=False):
        lines += [] if options.get("tight") else ["", ""]
        lines += [source, age]
        if category := options.get("category"):
            lines.append(bullet + category)
        lines += [bullet + source, title]
        if text:
            lines.append(text)
    return "\n".join([*lines, *options.get("after", [])])
