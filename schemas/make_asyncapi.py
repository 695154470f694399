"""Makes asyncapi.yaml (AsyncAPI 3.0) from streams/topics.py and the schemas beside it: `make manifests`.

What newsflow does is told from newsflow's side, as AsyncAPI asks: it receives raw pages, it sends all the rest.
"""

from pathlib import Path
from typing import Any

import yaml

from streams import __version__
from streams.app import flow
from streams.cli.connection import short_name
from streams.cli.topics import configuration
from streams.settings import Settings
from streams.topics import ALL, CLEAN, DEAD_LETTER, DEDUPE_STATE, DUPLICATE, ENRICHED, RAW, TAGGED, UNIQUE, Topic

FILE = Path(__file__).parent / "asyncapi.yaml"
KAFKA_BINDING = (
    "0.5.0"  # of the bindings, which have versions of their own: the newest that AsyncAPI 3.0's schema knows
)
DEFAULTS = Settings.model_construct()  # the topics as they are made unless settings say otherwise

SUMMARIES = {
    RAW: "Pages as crawlers fetched them, and take-downs.",
    CLEAN: "The story of each page; one more for each related story that the page shows.",
    UNIQUE: "Stories that are new, and changed versions of known ones.",
    TAGGED: "The same with keywords, entities, topics and hashtags.",
    ENRICHED: "Finished articles. A record without a value is a tombstone: the article was taken down.",
    DUPLICATE: "Articles that repeat an earlier one, with the evidence.",
    DEAD_LETTER: "What no article could be made of: the original bytes, and why in the headers.",
    DEDUPE_STATE: "Internal: what dedupe remembers. No contract; its form may change in any version.",
}
KEYS = {
    RAW: "The URL in normal form, without one the source's name; a crawler may leave it out.",
    CLEAN: "The lane: the article's language, without one its source.",
    DUPLICATE: "article_id of the duplicate.",
    DEAD_LETTER: "As on the record that failed.",
}

TEXT = {"type": "string"}
HASH = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
NUMBER = {"type": "string", "pattern": "^[0-9]+$"}
POSITION = "topic/partition/offset/part of the raw page that it was made of."

CLOUD_EVENT: dict[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0"},
    "ce_id": {**HASH, "description": "The same on every run of one pipeline version."},
    "ce_source": {**TEXT, "description": "newsflow/ and the stage."},
    "ce_type": {**TEXT, "description": "The topic's name, less any prefix."},
    "ce_subject": {**TEXT, "description": "The article_id."},
    "ce_time": {"type": "string", "format": "date-time", "description": "When it was written."},
    "ce_dataschema": {"type": "string", "format": "uri"},
    "content-type": {"const": "application/json"},
    "traceparent": {**TEXT, "description": "W3C Trace Context, the crawler's if it sent one."},
    "news_ingested_at": {**NUMBER, "description": "When the raw page reached Kafka, in ms since 1970."},
    "news_raw_position": {**TEXT, "description": POSITION},
    "news_pipeline_version": {**TEXT, "description": "What decides values: package, tables, settings."},
}
REASON = {"type": "string", "examples": ["takedown", "http_404", "http_410", "http_451"]}
DLQ: dict[str, dict[str, Any]] = {
    "dlq.topic": {**TEXT, "description": "Of the record that failed, as are partition, offset and timestamp."},
    "dlq.partition": NUMBER,
    "dlq.offset": NUMBER,
    "dlq.timestamp": {**NUMBER, "description": "ms since 1970."},
    "dlq.stage": TEXT,
    "dlq.error.code": {**TEXT, "description": "One of the catalogue in streams/errors.py."},
    "dlq.error.class": TEXT,
    "dlq.error.message": {"type": "string", "maxLength": 500},
    "dlq.attempts": NUMBER,
    "dlq.pipeline_version": TEXT,
    "dlq.replayed": {**NUMBER, "description": "How often it has been sent again; the third time it is parked."},
}
PART_OF = {
    **TEXT,
    "description": "The page's article_id, where a story split off a page failed: the value is the story.",
}


def document() -> dict[str, Any]:
    """Make the whole document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:newsflow",
        "info": {
            "title": "newsflow",
            "version": __version__,
            "description": "Raw news pages in, enriched article events out, each exactly once. Consumers read with "
            "isolation.level=read_committed.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            name: {"host": "{bootstrap}", "protocol": protocol, "variables": {"bootstrap": {"default": address}}}
            for name, protocol, address in (
                ("desk", "kafka", "127.0.0.1:9092"),
                ("secured", "kafka-secure", "kafka.example:9093"),
            )
        },
        "channels": {short_name(topic.name): channel(topic) for topic in ALL},
        "operations": operations(),
        "components": {
            "messages": {message["name"]: message for topic in ALL for message in messages(topic)},
            "messageTraits": {"cloudEvent": {"headers": headers(CLOUD_EVENT)}},
        },
    }


def channel(topic: Topic) -> dict[str, Any]:
    """Describe a topic as `newsflow topics create` makes it."""
    made = configuration(topic, DEFAULTS)
    return {
        "address": topic.name,
        "title": short_name(topic.name),
        "summary": SUMMARIES[topic],
        "messages": {
            message["name"]: {"$ref": f"#/components/messages/{message['name']}"} for message in messages(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": DEFAULTS.partitions,
                "topicConfiguration": {
                    "cleanup.policy": made["cleanup.policy"].split(","),
                    "retention.ms": int(made["retention.ms"]),
                    "max.message.bytes": int(made["max.message.bytes"]),
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def messages(topic: Topic) -> list[dict[str, Any]]:
    """Describe what a topic may hold."""
    key = {"type": "string", "description": KEYS.get(topic, "article_id")}
    bindings = {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}}
    if topic.event is None:
        told = {"headers": headers(DLQ, optional={"dlq.part_of": PART_OF})} if topic is DEAD_LETTER else {}
        name = "DeadLetter" if topic is DEAD_LETTER else "DedupeRow"
        return [{"name": name, "contentType": "application/octet-stream", **told, "bindings": bindings}]
    traits = {} if topic is RAW else {"traits": [{"$ref": "#/components/messageTraits/cloudEvent"}]}
    event = {
        "name": topic.event.__name__,
        "summary": (topic.event.__doc__ or "").partition("\n")[0],
        "payload": {"$ref": f"./{topic.name}.schema.json"},
        **traits,
        "bindings": bindings,
    }
    if topic in {RAW, DUPLICATE}:
        return [event]
    taken_down = {
        "name": f"{short_name(topic.name).title()}TakeDown",
        "summary": "A tombstone: the key's article was taken down.",
        "headers": headers({"news_reason": REASON}),
        "payload": {"type": "null"},
        **traits,
        "bindings": bindings,
    }
    return [event, taken_down]


def headers(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Describe headers: an object, as AsyncAPI has it; on the wire they are UTF-8."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def operations() -> dict[str, Any]:
    """Say who reads and writes what: each stage in its consumer group."""
    found: dict[str, Any] = {}
    for stage in flow:
        found[f"{stage.name}Reads"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{short_name(stage.source.name)}"},
            "summary": f"{stage.name} reads {stage.source.name}.",
            "bindings": {
                "kafka": {
                    "groupId": {"type": "string", "const": f"newsflow.{stage.name}"},
                    "bindingVersion": KAFKA_BINDING,
                }
            },
        }
        written = [*stage.route.outputs, DEAD_LETTER, *([stage.state] if stage.state else [])]
        for topic in written:
            name = short_name(topic.name)
            found[f"{stage.name}Writes{name.title().replace('-', '')}"] = {
                "action": "send",
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": f"{stage.name} writes {topic.name}.",
            }
    return found


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - every place is written out: no anchors
        return True


def text() -> str:
    """Write the document as YAML."""
    head = "# Made by schemas/make_asyncapi.py from streams/topics.py and the schemas beside it: do not edit.\n"
    return head + yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
