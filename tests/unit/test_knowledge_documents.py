from __future__ import annotations

import json

import pytest

from processor.core import errors
from processor.knowledge import documents, examples

SHOWN = "tasks/t"
KNOWN = ".md, .markdown, .txt, .html, .htm, .pdf, .csv, .tsv, .jsonl"
GOOD = json.dumps({"id": "a", "input": {"text": "hi"}, "answer": {"category": "other"}})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "knowledge" / "deep").mkdir(parents=True)
    return tmp_path


def test_documents_come_in_the_order_of_their_paths(folder):
    (folder / "knowledge" / "z.md").write_text("last")
    (folder / "knowledge" / "deep" / "a.md").write_text("\ufefffirst é", encoding="utf-8")
    (folder / "knowledge" / ".draft.md").write_text("hidden")
    found = documents.read_documents(folder, SHOWN)
    assert [(each.path, each.pieces[0].text) for each in found] == [("deep/a.md", "first é"), ("z.md", "last")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.md",
            b" \n",
            "tasks/t/knowledge/a.md: holds no text (headings alone are none); write it or remove the file",
        ),
        (
            "a.csv",
            b"a,b",
            "tasks/t/knowledge/a.csv: holds no text (headings alone are none); write it or remove the file",
        ),
        ("a.docx", b"PK", f"tasks/t/knowledge/a.docx: of no known format; documents end in {KNOWN}"),
        ("a.md", b"one\ntwo \xff\nthree", "tasks/t/knowledge/a.md:2: not UTF-8 (invalid start byte)"),
        (".a.md", b"hidden", f"tasks/t/knowledge: no documents; put files there ({KNOWN})"),
    ],
)
def test_a_broken_document_is_named(folder, name, content, message):
    (folder / "knowledge" / name).write_bytes(content)
    with pytest.raises(errors.DefinitionError) as caught:
        documents.read_documents(folder, SHOWN)
    assert str(caught.value) == message


def test_no_knowledge_folder(tmp_path):
    with pytest.raises(errors.DefinitionError, match="no documents"):
        documents.read_documents(tmp_path, SHOWN)


def test_examples_keep_their_line(tmp_path):
    (tmp_path / "examples.jsonl").write_text(f"\n{GOOD}\n\n")
    assert examples.read_examples(tmp_path, SHOWN) == (examples.Example("a", {"text": "hi"}, {"category": "other"}, 2),)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "tasks/t/examples.jsonl: no examples in it"),
        ([GOOD, "{"], "tasks/t/examples.jsonl:2: not JSON: Expecting property name"),
        ([GOOD, "[1]"], "tasks/t/examples.jsonl:2: not a JSON object"),
        ([GOOD, GOOD], "tasks/t/examples.jsonl:2: the id 'a' stands on line 1 too"),
        (['{"input": {}, "answer": {}}'], "tasks/t/examples.jsonl:1: `id` must be"),
        (['{"id": 7, "input": {}, "answer": {}}'], "tasks/t/examples.jsonl:1: `id` must be"),
        (['{"id": "a", "input": "x", "answer": {}}'], "tasks/t/examples.jsonl:1: `input` and `answer` must be"),
        (['{"id": "a", "input": {}}'], "tasks/t/examples.jsonl:1: `input` and `answer` must be"),
        (
            ['{"id": "a", "input": {"t": "\\ud83d"}, "answer": {}}'],
            "tasks/t/examples.jsonl:1: not JSON: it holds half a",
        ),
        (['{"id": "a", "input": {"t": NaN}, "answer": {}}'], "tasks/t/examples.jsonl:1: not JSON: "),
        (['{"id": "a", "input": {}, "answer": {}, "visible_to": 7}'], "tasks/t/examples.jsonl:1: `visible_to` must be"),
        (["[" * 100_000], "tasks/t/examples.jsonl:1: not JSON: "),
    ],
)
def test_a_broken_example_is_named_with_its_line(tmp_path, lines, message):
    (tmp_path / "examples.jsonl").write_text("\n".join(lines))
    with pytest.raises(errors.DefinitionError) as caught:
        examples.read_examples(tmp_path, SHOWN)
    assert str(caught.value).startswith(message)


def test_no_examples_file(tmp_path):
    with pytest.raises(errors.DefinitionError, match=r"tasks/t/examples\.jsonl: no such file"):
        examples.read_examples(tmp_path, SHOWN)


@pytest.mark.parametrize("given", ['"acme | beta"', '["acme", "beta", "acme", ""]'])
def test_an_example_says_who_may_see_it(tmp_path, given):
    (tmp_path / "examples.jsonl").write_text(GOOD[:-1] + f', "visible_to": {given}}}')
    (found,) = examples.read_examples(tmp_path, SHOWN)
    assert found.visible_to == ("acme", "beta")


def test_a_document_that_is_too_large_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(documents, "LARGEST", 1024**2)
    (folder / "knowledge" / "a.txt").write_bytes(b"a" * (1024**2 + 1))
    with pytest.raises(errors.DefinitionError, match="larger than 1 MB"):
        documents.read_documents(folder, SHOWN)
