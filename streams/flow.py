"""Stages, and the proof that they fit together. What a flow does stands in `streams/app.py`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, get_args, get_type_hints

from msgspec import Struct, structs

from streams import __version__
from streams.settings import Settings, fingerprint
from streams.topics import Route, Topic

# Their data and rules decide values, so their versions are part of the pipeline version.
DECIDING_PACKAGES = ("courlan", "lxml", "numpy", "ftfy", "charset-normalizer", "py3langid")
TABLES = {".json", ".txt", ".gz", ".bin", ".npz"}  # weights and word lists in the stages' folders


class WiringError(Exception):
    """The flow does not fit together: found at start-up, before any record is read."""


class Backend(Protocol):
    """What a stage asks about its events: slow, fallible, and the world's."""

    async def ask(self, values: Sequence[bytes | None]) -> list[Any]:
        """Ask about record values: an answer each, within one deadline for all of them. Raises only CancelledError."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True)
class Stage:
    """A stage: a function, the topics that it reads and writes, and what it needs.

    Args:
        function: (event) → outcomes; with `state`, (event, view of the state, arrival) → (outcome, state rows).
            It takes the settings named in `settings` as keyword arguments.
        route: RAW >> CLEAN, or CLEAN >> UNIQUE | DUPLICATE.
        requires: the fields of the incoming event that it reads.
        settings: the settings that change what it makes; they are part of the pipeline version.
        state: the topic that keeps its memory, where it has one.
        isolated: run in compute processes, which share the cores and may be killed: for work that takes long, or that a
            hostile page can make slow or crash. Always, or as the settings tell.
        backend: opens what is asked about a batch's events before the function sees them (None: it is off); what it
            says of an event is the function's `answer`. The one thing outside that a value may depend on.
        warm: called once before the first record, so that no record pays for loading tables.
    """

    function: Callable[..., Any]
    route: Route
    requires: tuple[str, ...]
    settings: tuple[str, ...] = ()
    state: Topic | None = None
    isolated: bool | Callable[[Settings], bool] = False
    backend: Callable[[Settings], Backend | None] | None = None
    warm: Callable[[], None] | None = None

    def batch_records(self, settings: Settings) -> int:
        """How many records a batch holds at most: with a back end, no more than it takes at once."""
        asks = self.backend is not None and settings.llm_url is not None
        return min(settings.batch_records, settings.llm_concurrency) if asks else settings.batch_records

    def is_isolated(self, settings: Settings) -> bool:
        """Whether it runs in compute processes."""
        return self.isolated(settings) if callable(self.isolated) else self.isolated

    @property
    def name(self) -> str:
        """The stage's name, in metrics, headers and consumer groups: its function's."""
        return self.function.__name__

    @property
    def source(self) -> Topic:
        """The topic that the stage reads."""
        return self.route.source

    @property
    def next(self) -> Topic:
        """The topic that the following stage, or the consumer, reads."""
        return self.route.outputs[0]

    @cached_property
    def assigns(self) -> tuple[str, ...]:
        """The fields that the stage adds to the event."""
        before = set(_fields(self.source)) if issubclass(_event(self.next), _event(self.source)) else set()
        return tuple(name for name in _fields(self.next) if name not in before)

    def topic_of(self, event: Struct) -> Topic:
        """Where an event of this stage is written."""
        for topic in self.route.outputs:
            if type(event) is topic.event:
                return topic
        raise WiringError(f"{self.name} made a {type(event).__name__}, which none of its topics takes")


class Flow:
    """Stages in a chain: each reads what the one before it wrote."""

    def __init__(self, *stages: Stage) -> None:
        self.stages = stages
        self._prove()

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __getitem__(self, name: str) -> Stage:
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise WiringError(f"no stage {name!r}: there are {', '.join(stage.name for stage in self.stages)}")

    def __str__(self) -> str:
        return "\n".join(
            f"{stage.name:>10}: {stage.source.name} → {', '.join(topic.name for topic in stage.route.outputs)}"
            f"  (+ {', '.join(stage.assigns)})"
            for stage in self.stages
        )

    @property
    def topics(self) -> list[Topic]:
        """Every topic that the flow's stages read or write, dead letters aside."""
        found = [stage.source for stage in self.stages]
        for stage in self.stages:
            found += [*stage.route.outputs, *([stage.state] if stage.state else [])]
        return list(dict.fromkeys(found))

    def pipeline_version(self, settings: Settings) -> str:
        """Name what decides values: the package, its data, the settings of its stages, the packages it leans on."""
        here = Path(__file__).parent
        tables = sorted(
            path for stage in self.stages for path in (here / stage.name).rglob("*") if path.suffix in TABLES
        )
        deciding: dict[str, Any] = {str(path.relative_to(here)): path.read_bytes() for path in tables}
        deciding |= {name: version(name) for name in DECIDING_PACKAGES}
        for stage in self.stages:
            deciding |= settings.values_of(stage.settings)
            if stage.backend and settings.llm_url:
                deciding |= settings.values_of(("llm_url", "llm_model"))
            if stage.state:
                deciding |= settings.values_of(("dedupe_window_days", "dedupe_max_entries"))
        return f"{__version__}+{fingerprint(deciding)}"

    def _prove(self) -> None:  # noqa: C901 - one rule after the other
        for stage in self.stages:
            lacking = set(stage.requires) - set(_fields(stage.source))
            if lacking:
                raise WiringError(f"{stage.name} requires {', '.join(sorted(lacking))}, not in {stage.source.name}")
            hints = get_type_hints(stage.function)
            if "return" not in hints or len(hints) == 1:
                raise WiringError(f"{stage.name} does not say what it takes and makes: annotate it")
            wrong = [name for name in stage.settings if name not in Settings.model_fields or name not in hints]
            if wrong:
                raise WiringError(f"{stage.name} names {', '.join(wrong)}: no setting, or none of its arguments")
            takes = next(iter(hints.values()))
            if takes is not stage.source.event:
                raise WiringError(f"{stage.name} takes {takes}, but {stage.source.name} holds {stage.source.event}")
            makes = set(_leaves(hints["return"]))
            for topic in stage.route.outputs:
                if topic.event not in makes:
                    raise WiringError(f"{stage.name} never makes a {topic.event} for {topic.name}")
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise WiringError(f"two stages of one name would share a consumer group: {', '.join(names)}")
        for before, after in zip(self.stages, self.stages[1:], strict=False):
            if before.next is not after.source:
                raise WiringError(
                    f"{after.name} reads {after.source.name}, but {before.name} writes {before.next.name}"
                )


def _event(topic: Topic) -> type[Struct]:
    if topic.event is None:
        raise WiringError(f"{topic.name} holds no event")
    return topic.event


def _fields(topic: Topic) -> tuple[str, ...]:
    return tuple(field.name for field in structs.fields(_event(topic)))


def _leaves(hint: Any) -> Iterator[Any]:
    arguments = get_args(hint)
    if not arguments:
        yield hint
    for argument in arguments:
        yield from _leaves(argument)
