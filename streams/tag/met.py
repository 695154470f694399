"""What was met before is not worked out again."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class Met(dict[str, Value]):
    """What is told of each word, found once. A dictionary, as it is asked for every word; full, it begins anew."""

    def __init__(self, tell: Callable[[str], Value], most: int) -> None:
        super().__init__()
        self._tell = tell
        self._most = most

    def __missing__(self, word: str) -> Value:
        if len(self) >= self._most:
            self.clear()
        told = self[word] = self._tell(word)
        return told
