import io
import os
import threading

import pytest

from processor.adapters import event_file
from processor.adapters.event_file import EventFile, Terms
from processor.core import errors

TERMS = Terms("sort", 2_000)


@pytest.fixture
def write(tmp_path):
    def make(contents: bytes, name="events.jsonl"):
        path = tmp_path / name
        path.write_bytes(contents)
        return str(path)

    return make


def survey(path, terms=TERMS, start=1):
    with EventFile(path, event_file.format_of(path), terms) as file:
        found = file.survey(start)
        return found.good, [(bad.line, bad.reason) for bad in found.bad]


def records(path, terms=TERMS, start=1):
    with EventFile(path, event_file.format_of(path), terms) as file:
        return list(file.records(start))


def test_the_second_pass_sends_the_good_lines_of_the_first(write):
    path = write(b'{"id": "a", "text": "x"}\noops\n{"id": "b", "text": "y"}\n')
    with EventFile(path, "jsonl", TERMS) as file:
        assert file.survey().good == 2
        assert [(record.line, record.key) for record in file.records()] == [(1, b"a"), (3, b"b")]
        assert [(record.line, record.key) for record in file.records()] == [(1, b"a"), (3, b"b")]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_contents(write, mark, end):
    assert survey(write(mark + end.join([b'{"text": "x"}', b'{"text": "y"}', b""]))) == (2, [])
    (record,) = records(write(mark + end.join([b"id,text", b"a,x", b""]), "events.csv"))
    assert record.value == b'{"id":"a","task":"sort","input":{"text":"x"}}'


def test_an_id_that_stands_twice_is_bad_and_equal_contents_are_two_events(write):
    path = write(b'{"id": "a", "text": "x"}\n{"text": "y"}\n{"id": "a", "text": "z"}\n{"text": "y"}\n')
    assert survey(path) == (3, [(3, "it has the same id as line 1")])
    first, second, third = records(path)
    assert len({first.key, second.key, third.key}) == 3
    assert [record.key for record in records(path)] == [first.key, second.key, third.key]


def test_an_event_over_the_topics_limit_is_bad(write):
    good, bad = survey(write(b'{"text": "' + b"x" * 1_500 + b'"}\n{"text": "' + b"x" * 2_000 + b'"}\n'))
    assert good == 1
    assert bad[0][0] == 2
    assert "too large for the topic" in bad[0][1]


@pytest.mark.parametrize(
    ("contents", "name", "bad"),
    [
        (b'{"text": "x"}\n{"subject": "y"}\n', "a.jsonl", (2, "the input needs a string field `text`")),
        (b'{"text": "x"}\n\n{"input": {"text": " \\n"}}\n', "a.jsonl", (3, "the input's field `text` is empty")),
        (b'{"text": 7}\n{"text": "y"}\n', "a.jsonl", (1, "the input needs a string field `text`")),
        (b'text,shop\n"two\nlines",n\n,n\n', "a.csv", (4, "the input's field `text` is empty")),
    ],
)
def test_an_input_that_the_worker_would_refuse_is_bad(write, contents, name, bad):
    assert survey(write(contents, name), Terms("sort", 2_000, required=("text",))) == (1, [bad])


def test_what_is_not_sent_holds_no_id(write):
    path = write(b'{"id": "a", "text": ""}\n{"id": "a", "text": "y"}\n')
    assert survey(path, Terms("sort", 2_000, required=("text",)))[0] == 1


def test_a_line_beyond_all_limits_is_bad_and_the_next_is_read(write, monkeypatch):
    monkeypatch.setattr(event_file, "LINE_LIMIT", 100)
    long = b'{"text": "' + b"x" * 1_000 + b'"}\n'
    assert survey(write(long + b'{"text": "y"}\n' + long)) == (
        1,
        [(1, "it is longer than any event may be"), (3, "it is longer than any event may be")],
    )
    assert survey(write(b"text\n" + b"x" * 1_000 + b"\ny\n", "events.csv"))[0] == 1


def test_a_csv_cell_may_be_as_large_as_an_event(write):
    path = write(b'text\n"' + b"x" * 1_000_000 + b'"\n', "events.csv")
    assert survey(path, Terms("sort", 2_000_000)) == (1, [])


def test_from_a_line_on_ids_stay_what_they_were(write):
    path = write(b'{"text": "y"}\n{"text": "y"}\noops\n{"text": "y"}\n')
    assert survey(path, start=2) == (2, [(3, survey(path)[1][0][1])])
    assert records(path, start=2) == records(path)[1:]


def test_no_more_bad_lines_are_kept_than_are_of_use(write):
    with EventFile(write(b"oops\n" * 1_000), "jsonl", TERMS) as file:
        found = file.survey()
    assert (found.good, found.bad_count, len(found.bad)) == (0, 1_000, event_file.BAD_KEPT)


def test_a_file_that_is_changed_between_the_passes_is_not_sent_on(write):
    path = write(b'{"text": "x"}\n')
    with EventFile(path, "jsonl", TERMS) as file:
        file.survey()
        with open(path, "ab") as other:  # noqa: PTH123 - as short as can be
            other.write(b'{"text": "y"}\n')
        with pytest.raises(errors.UntunedError, match="was changed"):
            list(file.records())


def test_a_pipe_is_read_twice(tmp_path):
    path = tmp_path / "pipe.jsonl"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b'{"text": "x"}\n' * 10,))
    writer.start()
    with EventFile(str(path), "jsonl", TERMS) as file:
        writer.join()
        assert file.survey().good == 10
        assert len(list(file.records())) == 10


def test_standard_input_is_read_twice(monkeypatch, tmp_path):
    with (tmp_path / "in").open("w+b") as source:
        source.write(b'{"text": "x"}\n')
        source.seek(0)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(source))
        with EventFile("-", event_file.format_of("-"), TERMS) as file:
            assert file.survey().good == 1
            assert len(list(file.records())) == 1


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jsonl", "jsonl"), ("a.NDJSON", "jsonl"), ("a.csv", "csv"), ("-", "jsonl")]
)
def test_the_name_tells_the_format(name, kind):
    assert event_file.format_of(name) == kind


def test_a_name_that_does_not_tell_is_asked_about():
    with pytest.raises(errors.UsageError, match="--format"):
        event_file.format_of("events.txt")


def test_files_that_are_not_there_or_not_utf_8_are_refused(write):
    with pytest.raises(errors.UsageError, match="cannot be read: No such file"):
        survey("nowhere.jsonl")
    with pytest.raises(errors.UsageError, match="UTF-16"):
        survey(write('{"text": "x"}\n'.encode("utf-16")))
