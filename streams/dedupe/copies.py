"""Copies of stories as newsrooms make them, and reports that only look like copies: what the weights are fitted on.

Used by `fit.py` alone. A copy is made by one to four of the edits below; a look-alike shares a form, a topic, a page's
furniture or some background with a story without telling the same news.
"""

import random
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from streams.summarise.sentences import sentences

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_SWAPS = {
    "said": "stated", "told": "informed", "also": "additionally", "after": "following", "because": "as",
    "but": "however", "company": "firm", "percent": "per cent", "would": "will", "has": "had", "were": "was",
    "big": "large", "since": "as", "show": "reveal", "start": "begin", "help": "assist", "about": "around",
    "people": "persons", "center": "centre", "organization": "organisation", "president": "leader",
    "government": "authorities", "last": "previous", "near": "close to", "says": "claims", "many": "several",
    "killed": "left dead", "new": "fresh",
}  # fmt: skip
_LISTED = """
January February March April May June July August September October November December
Amira Bruno Chidi Dana Emil Farah Goran Hana Ivo Jia Karim Lena Marek Nadia Omar Petra Quinn Rosa Said
Adeyemi Brandt Castillo Dvorak Eriksen Fontaine Ghosh Haddad Ibarra Jansen Kovac Lopes Moreau Novak
OSLO LAGOS LIMA ACCRA HANOI QUITO SOFIA TUNIS PERTH DAKAR BERN RIGA CAIRO MANILA
AP AFP Reuters dpa EFE ANSA PTI Xinhua Bloomberg UPI
our readers newsletter subscribe privacy account offers partners terms stories alerts video local team advert choice today week members support independent mobile app daily edition contact editor complaints rights reserved sign share follow cookies settings content weather sport business lottery puzzles events jobs property archive morning
"""  # noqa: E501 - a list a line
_MONTHS, _FIRST, _LAST, _CITIES, _AGENCIES, _WORDS = (line.split() for line in _LISTED.strip().split("\n"))
TOLD_BY_NUMBERS = 4  # a text with fewer numbers is not another report when these change, but a corrected one


class Story(NamedTuple):
    """A title, and a body: paragraphs of sentences."""

    title: str
    body: list[list[str]]

    @property
    def flat(self) -> list[str]:
        """Its sentences."""
        return [sentence for paragraph in self.body for sentence in paragraph]

    @property
    def paragraphs(self) -> list[str]:
        """Its paragraphs as text."""
        return [" ".join(paragraph) for paragraph in self.body if paragraph]


def read(title: str, paragraphs: Sequence[str]) -> Story:
    """Split a text into sentences; long paragraphs into some of three."""
    body = []
    for text in paragraphs:
        found = [text[start:end] for start, end in sentences(text, "en")]
        body += [found[at : at + 3] for at in range(0, len(found), 3)]
    return Story(title, body)


class Newsroom:
    """Makes copies and look-alikes.

    Args:
        stories: the stories there are; foreign sentences are taken from them.
        dice: where chance comes from.
    """

    def __init__(self, stories: Sequence[Story], dice: random.Random) -> None:
        self._stories = stories
        self._dice = dice
        self._sites = [self._furniture() for _ in range(200)]
        self._edits: list[Callable[[Story], Story]] = [
            self.truncate, self.truncate, self.cut, self.reorder, self.furnish, self.furnish, self.append, self.retitle,
            self.refigure, self.edit, self.edit, self.agency, self.typography, self.relead, self.regional, self.unquote,
        ]  # fmt: skip

    def pair(self, story: Story, sibling: Story, *, same: bool) -> tuple[Story, Story]:
        """Give two texts that tell the same news, or two that only look alike."""
        dice = self._dice
        if dice.random() < 0.25:  # noqa: PLR2004 - briefs
            brief = dice.randint(2, 5)
            story, sibling = (Story(each.title, _grouped(each.flat[:brief])) for each in (story, sibling))
        first = story if dice.random() < 0.5 else self.copy(story)  # noqa: PLR2004
        if not same and dice.random() < 0.25:  # noqa: PLR2004 - two stories in the same furniture
            other = dice.choice((sibling, dice.choice(self._stories)))
            if dice.random() < 0.5:  # noqa: PLR2004 - the furniture is most of it
                first, other = self.truncate(first), self.truncate(other)
            first, second = self._furnished(first, other)
        else:
            second = self.copy(story) if same else self.like(story, sibling)
        return (first, second) if dice.random() < 0.5 else (second, first)  # noqa: PLR2004

    def copy(self, story: Story) -> Story:
        """Copy a story with one to four edits; one copy in eight is exact but for its title or type."""
        if self._dice.random() < 1 / 8:
            return self.typography(self.retitle(story))
        for edit in self._dice.sample(self._edits, self._dice.choice((1, 1, 1, 2, 2, 3, 4))):
            story = edit(story)
        return self.retitle(story) if self._dice.random() < 0.5 else story  # noqa: PLR2004 - as most outlets do

    def like(self, story: Story, sibling: Story) -> Story:
        """Make another report that looks like a story; `sibling`: one of the same topic."""
        dice = self._dice
        many = len(set(_NUMBER.findall(" ".join(story.flat)))) >= TOLD_BY_NUMBERS
        makers = [
            self.leak,
            self.leak,
            self.background,
            self.bare,
            *([self.period] * 4 + [self.template] if many else []),
        ]
        make = dice.choice(makers)
        made = make(story, sibling)
        if make in (self.period, self.template) and dice.random() < 0.3:  # noqa: PLR2004 - some sites' furniture on it
            made = self.furnish(made)
        return made

    # ------------------------------------------------------------------------------------------------------- edits

    def truncate(self, story: Story) -> Story:
        """Keep the beginning, cut in the middle of a sentence or not."""
        flat = story.flat
        keep = max(2, round(len(flat) * self._dice.uniform(0.12, 0.85)))
        flat = flat[:keep]
        if self._dice.random() < 0.5:  # noqa: PLR2004
            words = flat[-1].split()
            flat[-1] = " ".join(words[: max(1, round(len(words) * self._dice.random()))])
        flat[-1] += self._dice.choice(("", "...", " [...]", " …", " Read more"))
        return Story(story.title, _grouped(flat))

    def cut(self, story: Story) -> Story:
        """Leave out sentences, for length."""
        rate = self._dice.uniform(0.05, 0.4)
        kept = [s for s in story.flat if self._dice.random() > rate]
        return Story(story.title, _grouped(kept or story.flat[:1]))

    def reorder(self, story: Story) -> Story:
        """Move paragraphs."""
        body = list(story.body)
        for _ in range(self._dice.randint(1, max(1, len(body) // 2))):
            body.insert(self._dice.randrange(len(body)), body.pop(self._dice.randrange(len(body))))
        return Story(story.title, body)

    def furnish(self, story: Story, site: Sequence[str] = ()) -> Story:
        """Put a site's furniture around it."""
        site, dice = site or self._site(), self._dice
        top = [[line] for line in dice.sample(site, dice.randint(0, 3))]
        tail = [[line] for line in dice.sample(site, dice.randint(1, len(site)))]
        body = list(story.body)
        if dice.random() < 0.3:  # noqa: PLR2004
            body.insert(dice.randrange(len(body) + 1), [dice.choice(site)])
        what = dice.choice(("Updated", "Published", f"By {self._person()}"))
        when = f"{what} {dice.randint(1, 28)} {dice.choice(_MONTHS)}"
        return Story(story.title, [*top, [when], *body, *tail])

    def append(self, story: Story) -> Story:
        """Put other stories' paragraphs behind it."""
        budget = len(story.flat) * self._dice.uniform(0.1, 0.8)
        return Story(story.title, [*story.body, *self._foreign(budget)])

    def retitle(self, story: Story) -> Story:
        """Give it another headline."""
        words = story.title.split() or ["News"]
        dice = self._dice
        shape = dice.randrange(6)
        if shape == 0:
            dice.shuffle(words)
        elif shape == 1:
            words = words[: max(2, len(words) // 2)]
        elif shape == 2:  # noqa: PLR2004
            words = [*dice.choice(("Opinion |", "UPDATE 1-", "WRAPUP 2-", "Live:", "BREAKING:")).split(), *words]
        elif shape == 3:  # noqa: PLR2004
            words = [*words, *dice.choice(("- The Post", "| World news", "– video", "- NYT")).split()]
        elif shape == 4:  # noqa: PLR2004
            words = story.flat[0].split()[: dice.randint(5, 12)]
        else:
            words = dice.choice(dice.choice(self._stories).flat).split()[:8] + words[:2]
        return Story(" ".join(words), story.body)

    def refigure(self, story: Story) -> Story:
        """Update some figures."""
        rate = self._dice.uniform(0.05, 0.45)
        return self._renumbered(story, rate)

    def edit(self, story: Story) -> Story:
        """Edit it word by word."""
        rate = self._dice.choice((0.01, 0.02, 0.04, 0.07, 0.1))
        return Story(story.title, [[self._edited(s, rate) for s in paragraph] for paragraph in story.body])

    def agency(self, story: Story) -> Story:
        """Sign it as an agency does."""
        body = [list(paragraph) for paragraph in story.body]
        body[0][0] = f"{self._dice.choice(_CITIES)} ({self._dice.choice(_AGENCIES)}) - {body[0][0]}"
        if self._dice.random() < 0.6:  # noqa: PLR2004
            body.append([f"(Reporting by {self._person()}; Editing by {self._person()})"])
        return Story(story.title, body)

    def typography(self, story: Story) -> Story:
        """Set it in another house's type."""
        table = str.maketrans(
            self._dice.choice(({"'": "’", '"': "”"}, {"-": "–", " ": "\u00a0"}, {'"': "'"}, {"’": "'"}))
        )
        return Story(story.title.translate(table), [[s.translate(table) for s in p] for p in story.body])

    def relead(self, story: Story) -> Story:
        """Write another first paragraph, or two."""
        flat = story.flat
        count = min(len(flat) - 1, self._dice.randint(1, 3))
        lead = [self._edited(s, 0.35) for s in flat[:count]]
        self._dice.shuffle(lead)
        return Story(story.title, _grouped([*lead, *flat[count:]]))

    def regional(self, story: Story) -> Story:
        """Add what the region wants to know."""
        body = list(story.body)
        for paragraph in self._foreign(len(story.flat) * self._dice.uniform(0.1, 0.6)):
            body.insert(self._dice.randint(0, len(body)), paragraph)
        return Story(story.title, body)

    def unquote(self, story: Story) -> Story:
        """Leave out who was quoted, quote others."""
        flat = [s for s in story.flat if not any(mark in s for mark in '"“”')] or story.flat
        flat.insert(self._dice.randint(0, len(flat)), f'"{self._sentence()}" {self._person()} said.')
        return Story(story.title, _grouped(flat))

    # -------------------------------------------------------------------------------------------------- look-alikes

    def period(self, story: Story, sibling: Story) -> Story:  # noqa: ARG002
        """Report the next period in the same words."""
        made = self._renumbered(story, self._dice.uniform(0.7, 1.0))
        if self._dice.random() < 0.5:  # noqa: PLR2004
            made = self.edit(made)
        return self.retitle(made) if self._dice.random() < 0.3 else made  # noqa: PLR2004

    def template(self, story: Story, sibling: Story) -> Story:  # noqa: ARG002
        """Report on others in the same form: other names, other figures."""
        text = "\n".join([story.title, *story.flat])
        names = list(dict.fromkeys(_NAME.findall(text)))
        for name in names:
            if self._dice.random() < 0.8:  # noqa: PLR2004
                text = re.sub(rf"\b{re.escape(name)}\b", self._person(), text)
        title, *flat = text.split("\n")
        flat = [s if self._dice.random() > 0.2 else self._edited(s, 0.2) for s in flat]  # noqa: PLR2004
        return self._renumbered(Story(title, _grouped(flat)), self._dice.uniform(0.6, 1.0))

    def leak(self, story: Story, sibling: Story) -> Story:
        """Tell another story on a page that shows the beginning of this one."""
        host = self._dice.choice((sibling, self._dice.choice(self._stories)))
        limit = max(1, min(len(story.flat) * 0.35, len(host.flat) * 0.4))
        shown = story.flat[: self._dice.randint(1, max(1, round(limit)))]
        words = " ".join(shown).split()
        teaser = " ".join(words[: max(8, round(len(words) * self._dice.uniform(0.4, 1)))])
        body = list(host.body)
        body.insert(self._dice.choice((len(body), len(body) // 2)), [story.title, teaser])
        return Story(host.title, body)

    def background(self, story: Story, sibling: Story) -> Story:
        """Follow up: other news over some of the same background."""
        flat = story.flat
        news = sibling.flat if self._dice.random() < 0.5 else self._dice.choice(self._stories).flat  # noqa: PLR2004
        count = max(1, round(min(len(flat) * 0.4, len(news) * 0.5) * self._dice.uniform(0.3, 1)))
        first = self._dice.randint(min(2, len(flat) - 1), max(min(2, len(flat) - 1), len(flat) - count))
        quoted = [self._edited(s, self._dice.choice((0, 0, 0.03))) for s in flat[first : first + count]]
        return Story(sibling.title, _grouped([*news, *quoted]))

    def bare(self, story: Story, sibling: Story) -> Story:  # noqa: ARG002
        """Tell the other story of the same topic as it is."""
        return sibling

    def _furnished(self, *stories: Story) -> list[Story]:
        site = self._site()
        top, tail = self._dice.sample(site, self._dice.randint(0, 2)), self._dice.sample(site, len(site))
        return [Story(story.title, [top, *story.body, *([line] for line in tail)]) for story in stories]

    # ------------------------------------------------------------------------------------------------------ pieces

    def _renumbered(self, story: Story, rate: float) -> Story:
        def other(found: re.Match[str]) -> str:
            if self._dice.random() > rate:
                return found.group()
            return "".join(str(self._dice.randint(1, 9)) if c.isdigit() else c for c in found.group())

        def dated(text: str) -> str:
            text = _NUMBER.sub(other, text)
            for month in _MONTHS:
                if month in text and self._dice.random() < rate:
                    text = text.replace(month, self._dice.choice(_MONTHS))
            return text

        return Story(dated(story.title), [[dated(s) for s in paragraph] for paragraph in story.body])

    def _edited(self, text: str, rate: float) -> str:
        words: list[str] = []
        for word in text.split():
            if self._dice.random() > rate:
                words.append(word)
                continue
            what = self._dice.randrange(4)
            if word in _SWAPS:
                words.append(_SWAPS[word])
            elif what == 0:
                words += [word, self._dice.choice(self._sentence().split())]
            elif what == 1:
                words.append(self._dice.choice(self._sentence().split()))
        return " ".join(words) or text

    def _sentence(self) -> str:
        return self._dice.choice(self._dice.choice(self._stories).flat)

    def _foreign(self, count: float) -> list[list[str]]:
        found: list[list[str]] = []
        while sum(map(len, found)) < count:
            found.append(self._dice.choice(self._dice.choice(self._stories).body))
        return found

    def _person(self) -> str:
        return f"{self._dice.choice(_FIRST)} {self._dice.choice(_LAST)}"

    def _site(self) -> Sequence[str]:
        return self._dice.choice(self._sites)

    def _furniture(self) -> list[str]:
        lengths = [self._dice.choice((2, 4, 8, 12, 20, 40)) for _ in range(self._dice.randint(3, 12))]
        return [" ".join(self._dice.choices(_WORDS, k=length)).capitalize() + "." for length in lengths]


def _grouped(flat: Sequence[str]) -> list[list[str]]:
    return [list(flat[at : at + 3]) for at in range(0, len(flat), 3)]
