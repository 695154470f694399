"""The flow: raw pages in, enriched articles out. Each stage's work stands in its own folder, in `stage.py`.

    RAW ─► clean ─► CLEAN ─► dedupe ─► UNIQUE ─► tag ─► TAGGED ─► summarise ─► ENRICHED
                               └─► DUPLICATE        any stage ─► DEAD_LETTER

What may happen to a record on its way is in `streams/transport/`.
"""

from streams.clean.stage import clean
from streams.clean.stage import warm as warm_clean
from streams.dedupe.stage import dedupe
from streams.flow import Flow, Stage
from streams.summarise.stage import language_model, summarise, without_model
from streams.summarise.stage import warm as warm_summarise
from streams.tag.stage import by_rules, tag
from streams.tag.stage import warm as warm_tag
from streams.topics import CLEAN, DEDUPE_STATE, DUPLICATE, ENRICHED, RAW, TAGGED, UNIQUE

flow = Flow(
    Stage(
        clean,
        RAW >> CLEAN,
        requires=("body", "body_b64"),
        settings=("max_body_bytes",),
        isolated=True,
        warm=warm_clean,
    ),
    Stage(
        dedupe,
        CLEAN >> UNIQUE | DUPLICATE,
        requires=("article_id", "title", "paragraphs", "text_sha256"),
        settings=("dedupe_near_hours", "dedupe_hold", "dedupe_same_source"),
        state=DEDUPE_STATE,
    ),
    Stage(
        tag,
        UNIQUE >> TAGGED,
        requires=("title", "paragraphs", "language", "page_hashtags"),
        settings=("entity_model",),
        isolated=by_rules,
        warm=warm_tag,
    ),
    Stage(
        summarise,
        TAGGED >> ENRICHED,
        requires=("title", "paragraphs", "language"),
        isolated=without_model,
        backend=language_model,
        warm=warm_summarise,
    ),
)
