"""Log lines: JSON for machines, text for people, and neither can be forged by a page or flood a disk.

Everybody's records go the same way, ours (by structlog, with fields) and those of aiokafka, faust and mode: through
`Lines`, which shows what strangers wrote and never obeys it, and past `Repeats`, which says a thing once a minute.
"""

import json
import logging
import sys
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter

Event = structlog.typing.EventDict

CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}  # terminals obey C1, too
CONTROL |= {code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
del CONTROL[ord("\n")], CONTROL[ord("\t")]

OURS = "streams."
FOREIGN = ("aiokafka", "faust", "mode", "opentelemetry", "urllib3")  # told from their warnings on
# While a broker is away aiokafka says the same some hundred times a minute: one line of each kind is enough.
REPEAT_SECONDS = 60.0
KINDS = 500  # remembered at a time; there are some thirty in aiokafka
SAME = ("stage", "partition", "error_code")  # told apart, beside the words


def logger(name: str) -> BoundLogger:
    """Make a module's logger: `log.info("took over %s", topic, stage=name)`, keywords being fields of the line."""
    made: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        wrapper_class=BoundLogger,
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_args_and_kwargs],
    )
    return made


def to_stderr(level: str, form: Literal["auto", "json", "text"] = "auto") -> None:
    """Log to standard error.

    Args:
        level: of newsflow's own records.
        form: `auto` is text on a terminal and JSON elsewhere.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(as_json=form == "json" or (form == "auto" and not sys.stderr.isatty())))
    handler.addFilter(Repeats())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for foreign in FOREIGN:
        logging.getLogger(foreign).setLevel(logging.WARNING)


class Lines(ProcessorFormatter):
    """Writes a record as one line of JSON, or as text whose further lines are indented.

    JSON is plain ASCII: what a terminal might obey stands as escapes there, as it does in text.
    """

    def __init__(self, *, as_json: bool) -> None:
        super().__init__(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _head],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(serializer=_ascii) if as_json else _text,
            ],
        )


def _head(_: Any, __: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = {"timestamp": moment, "level": record.levelname.lower(), "logger": record.name}
    return {**head, **event, **head}  # first in the line, and no library's to set


def _ascii(event: Event, **options: Any) -> str:
    return json.dumps(event, **options).replace("\x7f", "\\u007f")


def _text(_: Any, __: str, event: Event) -> str:
    moment, level, name, said = (event.pop(key) for key in ("timestamp", "level", "logger", "event"))
    traceback = event.pop("exception", "")
    fields = "".join(f" {key}={value}" for key, value in event.items())
    line = f"{moment} {level.upper()} {name} {said}{fields}" + (f"\n{traceback}" if traceback else "")
    return line.translate(CONTROL).replace("\n", "\n    ")


class Repeats(logging.Filter):
    """Lets warnings and errors of one kind through once a minute; `repeated` then says how many were held back.

    A kind of somebody else's record is its template, whatever it is filled with; of ours, which are not said in a loop,
    its words and the stage, partition and error code that it names.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()  # → last told, held back since

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is told."""
        if record.levelno < logging.WARNING:
            return True
        words = record.getMessage() if record.name.startswith(OURS) else str(record.msg)
        kind = (record.name, words, *(getattr(record, name, None) for name in SAME))
        told, held = self._kinds.get(kind, (0.0, 0))
        if record.created - told < REPEAT_SECONDS:
            self._kinds[kind] = told, held + 1
            return False
        if held:
            record.repeated = held
        self._kinds[kind] = record.created, 0
        self._kinds.move_to_end(kind)
        if len(self._kinds) > KINDS:
            self._kinds.popitem(last=False)
        return True
