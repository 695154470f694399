"""Phrases of scripts that write no spaces: Chinese and Japanese, without a dictionary.

Japanese changes script at most word borders: runs of kanji, of katakana and of Latin letters are its content words.
Chinese has function characters that stand in few content words: text is cut there, and what repeats is a word (Chien
1997, PAT-tree keyword extraction: a string is a word when no longer string occurs as often).
"""

import re
from collections import Counter
from collections.abc import Iterator

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〇"
_KATAKANA = "\u30a1-\u30fa\u30fc"
CHINESE_RUN = re.compile(f"[{_HAN}]+")
_JAPANESE_WORD = re.compile(
    f"(?:[{_KATAKANA}]{{2,}}(?:・[{_KATAKANA}]{{2,}})*)?[{_HAN}]{{2,}}|[{_KATAKANA}]{{2,}}(?:・[{_KATAKANA}]{{2,}})*"
    "|[A-Za-z][A-Za-z0-9&-]+"
)
# Function characters and the commonest verbs: a Chinese phrase neither holds nor crosses them.
_CHINESE_CUT = re.compile(
    "[的了在是和与及或也都就而但并把被让从向对为以于由将这那其之个们你我他她它您该各每某此又再还很更最已曾正着过吗呢吧啊"
    "呀嘛么哪谁几些所即若则因虽既且等称说表月日号]|可以|我们|他们|没有|已经|因为|所以|如果|但是|根据|以及|进行|通过|表示|指出|"
    "[上下本]?周[一二三四五六日]|星期[一二三四五六日天]|百分[点之]|更多|认为|可能|目前|记者|报道|今天|昨天|今年|去年|之间|其中|同时|关于|不是|不会|不能|成为|有关|一个|一些|一次|第[一二三四五六七八九十]+|"
    "[一二三四五六七八九十百千万亿两]+[年月日名人元次天位家项]?"
)
_JAPANESE_STOP_LISTED = (
    "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 "
    "今年 去年 昨年 今回 今日 昨日 明日 午前 午後 現在 以上 以下 以外 場合 必要 自分 可能 "
    "一方 一部 同日 同社 同氏 同市 当時 結果 理由 関係 問題 状況 中心 全国 予定 発表 開始 "
    "確認 説明 対応 実施 今後 最近 一人 二人 人々 時間 毎日 最大 最初 方針 影響"
)
_JAPANESE_STOP = frozenset(_JAPANESE_STOP_LISTED.split())
_LONGEST = 8  # characters: longer strings are clauses


def is_ideographic(language: str) -> bool:
    """Whether a language writes words without spaces and is handled here."""
    return language.partition("-")[0] in {"zh", "ja", "yue", "wuu"}


def phrases(text: str, language: str) -> Iterator[tuple[str, int]]:
    """Yield each occurrence of a content phrase with its place."""
    if language.startswith("ja"):
        for found in _JAPANESE_WORD.finditer(text):
            if found.group() not in _JAPANESE_STOP:
                yield found.group(), found.start()
        return
    segments = list(_chinese_segments(text))
    known = _repeated(segment for segment, _ in segments)
    for segment, start in segments:
        at = 0
        while at < len(segment):
            longest = min(len(segment), at + _LONGEST)
            word = next((segment[at:end] for end in range(longest, at + 1, -1) if segment[at:end] in known), "")
            if word:
                yield word, start + at
            at += len(word) or 1


def _chinese_segments(text: str) -> Iterator[tuple[str, int]]:
    for run in CHINESE_RUN.finditer(text):
        start = run.start()
        for cut in [*_CHINESE_CUT.finditer(run.group()), None]:
            end = run.start() + cut.start() if cut else run.end()
            if end - start > 1:
                yield text[start:end], start
            start = run.start() + cut.end() if cut else end


def _repeated(segments: Iterator[str]) -> set[str]:
    """Strings that occur twice and are no mere part of a longer string, and short whole segments."""
    counts: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for segment in segments:
        whole[segment] += 1
        for length in range(2, min(len(segment), _LONGEST) + 1):
            counts.update(segment[at : at + length] for at in range(len(segment) - length + 1))
    often = {string: count for string, count in counts.items() if count > 1}
    inside = set()
    for string, count in often.items():
        for part in (string[:-1], string[1:]):
            if often.get(part, 0) <= count:
                inside.add(part)
    return {string for string in often if string not in inside} | {
        segment
        for segment in whole
        if len(segment) <= 4 and segment not in inside  # noqa: PLR2004 - a word or two
    }
