import math
from typing import Any

import pytest

from processor.core.judging import confidence

HALF = math.log(0.5)


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        ("ab", [(b"a", 0.0), (b"b", 0.0)], 1.0),
        ("ab", [(b"a", HALF), (b"b", HALF)], 0.5),
        ("ab", [(b"a", math.log(0.25)), (b"b", 0.0)], 0.5),
        # A fence, the end token: not of the answer.
        ("{}", [(b"```", -9.0), (b"json\n", -9.0), (b"{", HALF), (b"}", HALF), (b"\n", -9.0), (b"", -9.0)], 0.5),
        # The same where nothing stands before the answer, and for a token of no bytes amid it.
        ("{}", [(b"{", HALF), (b"}", HALF), (b"\n", -9.0)], 0.5),
        ("{}", [(b"{", HALF), (b"", -9.0), (b"}", HALF)], 0.5),
        # A token that is the answer's in part.
        ("{}", [(b"\n{", HALF), (b"}\n", HALF)], 0.5),
        # A character of several tokens.
        ("ä", [(b"\xc3", HALF), (b"\xa4", HALF)], 0.5),
        # An answer that its server changed: all tokens then.
        ("{}", [(b"{", 0.0), (b" }", 2 * HALF)], 0.5),
        ("", [(b"", HALF)], 0.5),
        ("a", [], None),
        ("a", [(b"a", math.nan)], None),
        ("ab", [(b"a", 0.0), (b"b", math.nan)], None),
        ("a", [(b"a", -math.inf)], None),
        ("a", [(b"a", 3.0)], 1.0),
        ("a", [(b"a", -9999.0)], 0.0),
    ],
)
def test_geometric_mean_of_the_answers_tokens(text: str, tokens: Any, expected: float | None):
    found = confidence.of_answer(text, tokens)
    assert found == (None if expected is None else pytest.approx(expected))
