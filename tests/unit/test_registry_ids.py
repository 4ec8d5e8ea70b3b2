from __future__ import annotations

import pytest

from processor.adapters.registry import Registry


@pytest.mark.parametrize("schema_id", [2**31, 2**32 - 1])
def test_an_id_that_no_registry_gives_is_not_asked_for(schema_id: int) -> None:
    """Some refuse it as a bad request: whoever reads a topic with such bytes would wait for ever."""
    with pytest.raises(LookupError):
        Registry("http://127.0.0.1:1").schema(schema_id)
