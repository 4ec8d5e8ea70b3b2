from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import errors
from processor.demo import messages
from processor.demo.messages import Message


def parse(text: str | bytes) -> messages.Messages:
    return messages.parse(text.encode() if isinstance(text, str) else text, "file.csv")


def test_texts_and_categories_with_their_lines():
    found = parse('text,category\n"two\nlines",a\n one , b \nthree,\nfour,b\nfive,a\n')
    assert found.messages == (
        Message(2, "two\nlines", "a"),
        Message(4, "one", "b"),
        Message(5, "three", ""),
        Message(6, "four", "b"),
        Message(7, "five", "a"),
    )
    assert found.categories == ("a", "b")
    assert found.notes == ()


@pytest.mark.parametrize(
    "content",
    [
        "text,category\nx,a\ny,b\nz,a\nw,b\n".encode("utf-8-sig"),
        b"Category;TEXT\r\na;x\r\nb;y\r\na;z\r\nb;w\r\n",
        b"text\tcategory\nx\ta\ny\tb\nz\ta\nw\tb",
    ],
)
def test_byte_order_mark_delimiters_and_capitals_do_not_matter(content):
    assert [(m.text, m.category) for m in parse(content).messages] == [("x", "a"), ("y", "b"), ("z", "a"), ("w", "b")]


def test_without_a_category_column_nothing_is_labelled():
    found = parse("text\nhello\n")
    assert found.messages == (Message(2, "hello", ""),)
    assert found.categories == ()


def test_a_text_that_stands_twice_is_taken_once_and_one_with_two_categories_not_at_all():
    found = parse("text,category\nx,a\nX,a\ny,a\ny,b\nz,\nz,b\nv,b\nw,a\n,a\n")
    assert [(m.text, m.category) for m in found.messages] == [("x", "a"), ("z", "b"), ("v", "b"), ("w", "a")]
    assert found.notes == (
        "2 messages stand in the file twice and are taken once",
        "2 messages with the same text and different categories were left out",
        "1 rows without a text were left out",
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "file.csv holds no messages: it needs the header text,category"),
        (b"text,category\n", "file.csv holds no messages"),
        (b"text\n   \n", "file.csv holds no messages"),
        (b"message,label\nx,a\n", "file.csv has no column `text`, only message, label: name"),
        (b"text,category,channel\nx,a,mail\n", "file.csv has the columns channel besides text and category: leave"),
        ("text\nx\n".encode("utf-16"), "file.csv is UTF-16: save it as UTF-8"),
        (b"text\nfine\nna\xefve\n", r"file.csv, line 3: it is not UTF-8 \(save the file as UTF-8\)"),
        (b"text,category\nx\n", "file.csv, line 2: it has 1 columns, the header 2"),
        (b"text,category\nx,a\ny,a\n", "file.csv: every category is a, so there is nothing to tell apart"),
        (b"text,category\nx,a\ny,b\nz,\n", "file.csv: 2 categories for 2 labelled messages"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_what_would_be_right(content, says):
    with pytest.raises(errors.UsageError, match=says):
        parse(content)


def test_what_a_file_holds_cannot_steer_the_terminal():
    with pytest.raises(errors.UsageError) as caught:
        parse("te\x1b[31mxt\nx\n")
    assert "\x1b" not in str(caught.value)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_there_are_messages_or_an_error(content):
    try:
        found = messages.parse(content, "file.csv")
    except errors.UsageError:
        return
    assert all(message.text for message in found.messages)
