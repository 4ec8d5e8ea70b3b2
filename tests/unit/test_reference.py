from pathlib import Path

import pytest

from docs import reference

DOCS = Path(reference.__file__).parent


@pytest.mark.parametrize("file", reference.pages())
def test_a_reference_page_is_current(file: str):
    assert (DOCS / file).read_text() == reference.pages()[file], "run `make docs`"
