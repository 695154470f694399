"""Settings: all of them, from the environment, each with its unit, its default and where that comes from."""

import hashlib
import json
import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.kafka import cache_directory

MIB = 2**20
S = TypeVar("S", bound=BaseSettings)


class SettingsError(Exception):
    """A setting that cannot be used; the message says which and why, in one line."""


class Broker(BaseSettings):
    """How to reach Kafka (environment: `KAFKA_…`), named as in aiokafka."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", frozen=True, env_ignore_empty=True)

    bootstrap: str | None = Field(default=None, description="host:port[,host:port…]; not set: the embedded broker's")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how the broker is spoken to"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="with SASL"
    )
    sasl_username: str | None = Field(default=None, description="with SASL")
    sasl_password: SecretStr | None = Field(default=None, description="with SASL; never shown")
    ssl_cafile: Path | None = Field(default=None, description="PEM; not set: the system's authorities")
    ssl_certfile: Path | None = Field(default=None, description="PEM, where the broker asks for a certificate")
    ssl_keyfile: Path | None = Field(default=None, description="PEM, its key")
    ssl_password: SecretStr | None = Field(default=None, description="of the key; never shown")

    def client(self) -> dict[str, Any]:
        """Arguments that every aiokafka client takes."""
        if self.bootstrap is None:
            raise SettingsError("no broker: set KAFKA_BOOTSTRAP=host:port, or start one with `newsflow kafka up`")
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
        }
        if "SSL" in self.security_protocol:
            arguments["ssl_context"] = self._ssl()
        if "SASL" in self.security_protocol:
            if self.sasl_username is None or self.sasl_password is None:
                raise SettingsError(f"{self.security_protocol} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD")
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.sasl_username
            arguments["sasl_plain_password"] = self.sasl_password.get_secret_value()
        return arguments

    def _ssl(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ssl_cafile)
            if self.ssl_certfile:
                password = self.ssl_password.get_secret_value() if self.ssl_password else None
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, password)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"KAFKA_SSL_CAFILE, _CERTFILE or _KEYFILE cannot be used: {error}") from None
        return context


class Settings(BaseSettings):
    """Everything else (environment: `NEWSFLOW_…`)."""

    model_config = SettingsConfigDict(env_prefix="NEWSFLOW_", frozen=True, env_ignore_empty=True)

    # Names.
    topic_prefix: str = Field(default="", description="before every topic and group name: flows side by side")
    instance_id: str | None = Field(default=None, description="static group membership; unique per worker")

    flow: str = Field(default="streams.app:flow", description="module:attribute of the flow to run")

    # Topics, as `topics create` makes them.
    partitions: PositiveInt = Field(default=4, description="per topic, fixed at creation; as many workers can share")
    replication: int = Field(default=-1, description="-1: the broker's default.replication.factor")
    # A 16 MiB page in base64 with its JSON around it is 22.4 MiB.
    max_record_bytes: PositiveInt = Field(default=24 * MIB, description="of a raw record; other topics take 1 MiB more")

    # How records move. A batch ends at the first of these; 500 records carry the cost of a transaction.
    batch_records: PositiveInt = Field(default=500, description="records")
    batch_bytes: PositiveInt = Field(default=5 * MIB, description="bytes of input fetched at once")
    batch_seconds: PositiveFloat = Field(default=1.0, description="seconds of stage work")
    stop_seconds: PositiveFloat = Field(
        default=20.0, description="to finish what is in flight at SIGTERM or a rebalance"
    )

    # Limits on a page, for it is written by strangers.
    max_body_bytes: PositiveInt = Field(default=16 * MIB, description="decoded page")
    page_cpu_seconds: PositiveFloat = Field(default=2.0, description="CPU seconds a page may take in a stage")
    page_memory_bytes: PositiveInt = Field(default=400 * MIB, description="what a page may take of a process' memory")
    compute_processes: PositiveInt = Field(default=2, description="processes that read pages, per worker: one a core")

    # Dedupe.
    dedupe_window_days: PositiveFloat = Field(default=30.0, description="how long a URL and a text are remembered")
    dedupe_near_hours: PositiveFloat = Field(
        default=72.0, description="how far back copies with changes are looked for"
    )
    dedupe_max_entries: PositiveInt = Field(default=1_000_000, description="articles remembered, per partition")
    dedupe_hold: Literal["near", "contained", "exact"] = Field(
        default="near", description="copies held back: all; those whole or part of another; those with the same words"
    )
    dedupe_same_source: bool = Field(
        default=True, description="an article can be a copy of another URL's of its own source"
    )
    state_dir: Path | None = Field(
        default=None, description="keeps the dedupe state on disk, so that a worker restarts fast; not set: temporary"
    )

    # A language model for summaries, off by default: any endpoint that speaks OpenAI's chat completions. Per worker.
    llm_url: str | None = Field(default=None, description="https://host/v1: the model summarises; not set: no model")
    llm_model: str = Field(default="", description="the model's name there")
    llm_key: SecretStr | None = Field(default=None, description="sent as bearer token; never shown")
    llm_concurrency: PositiveInt = Field(default=8, description="calls in flight; a batch is no larger")
    llm_deadline_seconds: PositiveFloat = Field(default=20.0, description="what a batch waits for all its answers")
    llm_calls_per_minute: PositiveInt = Field(default=60, description="beyond: extractive summaries")
    llm_calls_per_day: PositiveInt = Field(default=10_000, description="the same a day")

    # Tag.
    entity_model: str = Field(default="", description="spacy:NAME or gliner:PATH, installed; empty: newsflow's rules")

    # Metrics and health.
    web_host: str = Field(default="127.0.0.1", description="of /metrics, /healthz, /readyz: loopback by default")
    web_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(default=None, description="0: any free port")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="what is said, on standard error"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="of a line; auto: text on a terminal, JSON elsewhere"
    )

    cache: Path = Field(default_factory=cache_directory, description="the embedded broker's jars and data")

    @field_validator("entity_model")
    @classmethod
    def _is_installed(cls, model: str) -> str:
        backend, _, name = model.partition(":")
        if model and (backend not in {"spacy", "gliner"} or not name):
            raise ValueError("must be spacy:NAME or gliner:PATH")
        if model and find_spec(backend) is None:
            raise ValueError(f"needs {backend}: pip install 'newsflow[{backend}]'")
        if model and not Path(name).exists() and (backend != "spacy" or not name.isidentifier() or not find_spec(name)):
            raise ValueError(f"finds no {backend} model {name}: it must be installed, nothing is downloaded")
        return model

    def values_of(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Pick the settings that a stage depends on: its keyword arguments."""
        return {name: getattr(self, name) for name in names}


# The variables that hold a secret: no process needs them that reads pages.
SECRETS = frozenset(
    f"{kind.model_config['env_prefix']}{name}".upper()
    for kind in (Broker, Settings)
    for name, field in kind.model_fields.items()
    if SecretStr in (field.annotation, *get_args(field.annotation))
) | {"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}  # a collector's token


def _load(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = f"{kind.model_config['env_prefix']}{first['loc'][0]}".upper()
        raise SettingsError(f"{name}: {first['msg'].lower()}, not {first['input']!r}") from None


@cache
def settings() -> Settings:
    """Read the settings once a process."""
    return _load(Settings)


@cache
def broker() -> Broker:
    """Read how to reach the broker once a process."""
    return _load(Broker)


def fingerprint(values: dict[str, Any]) -> str:
    """Hash what changes a value, for the pipeline version: 8 hex characters."""
    return hashlib.blake2b(json.dumps(values, sort_keys=True, default=str).encode(), digest_size=4).hexdigest()
