from streams.text import words


def test_words_keep_together_what_people_read_as_one() -> None:
    text = "The U.S. mother-in-law’s F-16 cost 1,212.50 at AT&T; भारत में"
    assert [w.text for w in words(text)] == [
        "The", "U.S.", "mother-in-law’s", "F-16", "cost", "1,212.50", "at", "AT&T", "भारत", "में",
    ]  # fmt: skip
    assert all(text[w.start : w.end] == w.text for w in words(text))
