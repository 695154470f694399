"""Log lines that a page cannot forge: each record begins a line of its own, and only shows what strangers wrote."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}  # terminals obey C1, too
CONTROL |= {code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
del CONTROL[ord("\n")], CONTROL[ord("\t")]


class Plain(logging.Formatter):
    """Writes control and bidi characters as escapes, and indents all lines of a record but its first."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return super().format(record).translate(CONTROL).replace("\n", "\n    ")


def to_stderr(level: str) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Plain(FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
