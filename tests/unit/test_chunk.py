from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.knowledge import chunk
from processor.knowledge.formats import markdown

LONG = " ".join(f"Sentence number {number} says a little more." for number in range(60))


def titles_and_texts(text: str) -> list[tuple[str, str]]:
    return [(piece.title, piece.text) for piece in markdown.read(text.encode(), "policy.md")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("# Only a heading\n", [], id="headings alone"),
        pytest.param("Just text.\n", [("", "Just text.")], id="no heading"),
        pytest.param(
            "Intro.\n\n# Returns\n\nOne.\n\nTwo.\n\n## Late\n\nThree.\n\n# Delivery\nFour.",
            [("", "Intro."), ("Returns", "One.\n\nTwo."), ("Returns > Late", "Three."), ("Delivery", "Four.")],
            id="title path",
        ),
        pytest.param("# A\n\n### C\n\nDeep.\n\n## B\n\nBack.", [("A > C", "Deep."), ("A > B", "Back.")], id="a skip"),
        pytest.param("Title\n=====\n\nText.\n\nSub\n---\nMore.", [("Title", "Text."), ("Title > Sub", "More.")]),
        pytest.param("# A #\n\n```\n# no heading\n```", [("A", "```\n# no heading\n```")], id="code"),
        pytest.param("> # quoted\n> text", [("", "> # quoted\n> text")], id="a quoted heading is text"),
        pytest.param("---\ntitle: x\ntags:\n  - y\n---\n# A\n\nText.", [("A", "Text.")], id="front matter"),
        pytest.param("---\n\nKept.\n\n---\n", [("", "---\n\nKept.\n\n---")], id="rules are no front matter"),
        pytest.param("\ufeff# A\r\n\r\nOne.\r\nTwo.\r\n", [("A", "One.\nTwo.")], id="Windows"),
        pytest.param("# A\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |", None, id="list and table stay together"),
        pytest.param("# Größe 日本\n\ngrößer 😀", [("Größe 日本", "größer 😀")], id="any language"),
    ],
)
def test_structure(text, expected):
    found = titles_and_texts(text)
    assert found == (expected if expected is not None else [("A", text.removeprefix("# A\n\n"))])


def test_a_long_paragraph_is_cut_between_sentences():
    texts = [text for _, text in titles_and_texts(f"# A\n\n{LONG}")]
    assert len(texts) > 1
    assert all(text.startswith("Sentence") and text.endswith(".") for text in texts)
    assert " ".join(texts) == LONG


def test_blocks_that_do_not_fit_together_part_between_them():
    half = LONG[: chunk.CHUNK_TOKENS * 2]
    assert titles_and_texts(f"{half}\n\n{half}\n\nshort") == [("", half), ("", f"{half}\n\nshort")]


def test_the_pieces_of_a_table_repeat_its_header():
    rows = [f"| SKU-{number:04} | a thing of some length, number {number} |" for number in range(60)]
    header = "| SKU | Name |\n|---|---|"
    texts = [text for _, text in titles_and_texts("\n".join([header, *rows]))]
    assert len(texts) > 1
    assert all(text.startswith(header) for text in texts)
    assert [line for text in texts for line in text.split("\n")[2:]] == rows


def test_a_word_without_an_end_is_cut_anywhere():
    texts = [text for _, text in titles_and_texts("日" * 1000)]
    assert "".join(texts) == "日" * 1000


WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Z"], exclude_characters="[]<>\\&"), min_size=1)


@given(st.lists(st.sampled_from(["# ", "## ", "", "\n", "- ", "1. ", "    ", "> ", "```\n"]) | WORDS).map("".join))
def test_every_chunk_fits_and_none_is_empty(text):
    for piece in markdown.read(text.encode(), "any.md"):
        assert piece.text.strip()
        assert chunk.size(piece.text) <= chunk.CHUNK_TOKENS


@given(st.lists(st.from_regex(r"[a-zé日]{1,300}[.]?", fullmatch=True), min_size=1))
def test_no_word_of_a_plain_text_is_lost(words):
    texts = [text for _, text in titles_and_texts(" ".join(words))]
    assert "".join("".join(texts).split()) == "".join(words)
