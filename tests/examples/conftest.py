"""A stream for a test."""

from tests.stream.conftest import stream

__all__ = ["stream"]
