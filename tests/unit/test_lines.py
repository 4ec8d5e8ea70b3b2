from processor.core.files.lines import Bad, Line, parse


def read(kind, text: bytes, cut: tuple[int, ...] = ()):
    lines = [Line(number, found, number in cut) for number, found in enumerate(text.splitlines(keepends=True), start=1)]
    return list(parse(kind, lines, "sort"))


def inputs(found):
    return [(line, item if isinstance(item, Bad) else dict(item.input)) for line, item in found]


def test_blank_lines_of_jsonl_are_passed_over_and_numbers_stay_right():
    assert inputs(read("jsonl", b'\n{"a": 1}\r\n   \n{"a": 2}')) == [(2, {"a": 1}), (4, {"a": 2})]


def test_a_bad_line_of_jsonl_does_not_hide_the_next():
    found = read("jsonl", b'{"a": 1}\n{oops\n{"a": 2}\n')
    assert [line for line, _ in found] == [1, 2, 3]
    assert isinstance(found[1][1], Bad)
    assert found[1][1].line == 2


def test_a_cut_line_is_bad_whatever_is_left_of_it():
    assert [item.reason for _, item in read("jsonl", b'{"a": 1}\n', cut=(1,))] == ["it is longer than any event may be"]
    found = read("csv", b"a\nfirst\nsecond\n", cut=(3,))
    assert inputs(found) == [(2, {"a": "first"}), (3, Bad(3, "it is longer than any event may be"))]


def test_csv_rows_have_the_number_of_the_line_that_they_start_on():
    text = b'id,text\r\n1,"two\r\nlines ""quoted"""\r\n\r\n2,one\r\n3\r\n4,"a,b"\r\n'
    found = read("csv", text)
    assert [line for line, _ in found] == [2, 5, 6, 7]
    assert found[0][1].input == {"text": 'two\r\nlines "quoted"'}
    assert found[2][1] == Bad(6, "it has 1 columns, the header 2")
    assert found[3][1].input == {"text": "a,b"}


def test_csv_with_semicolons_or_tabs_is_understood_by_its_header():
    assert inputs(read("csv", b"id;text\n1;a, b\n")) == [(2, {"text": "a, b"})]
    assert inputs(read("csv", b"id\ttext\n1\ta, b\n")) == [(2, {"text": "a, b"})]


def test_a_quote_that_is_not_closed_is_bad_where_it_opens():
    found = read("csv", b'id,text\n1,fine\n2,"open\n3,swallowed\n')
    assert inputs(found)[0] == (2, {"text": "fine"})
    assert isinstance(found[1][1], Bad)
    assert found[1][1].line == 3
    assert len(found) == 2


def test_text_behind_a_closed_quote_is_bad_and_the_next_row_is_read():
    found = read("csv", b'id,text\n1,"a"b\n2,fine\n')
    assert isinstance(found[0][1], Bad)
    assert inputs(found)[1] == (3, {"text": "fine"})


def test_a_bad_csv_header_is_the_only_bad_line():
    assert read("csv", b"id,id\n1,2\n3,4\n") == [(1, Bad(1, "column 1 of the header has the name of another"))]
    assert [line for line, _ in read("csv", b"\n1,2\n")] == [1]
    assert [line for line, _ in read("csv", b'"a"b\n1,2\n')] == [1]


def test_a_file_without_a_line_or_a_row_has_no_event():
    assert read("jsonl", b"") == []
    assert read("csv", b"") == []
    assert read("csv", b"id,text\n") == []
