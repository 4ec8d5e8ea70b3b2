"""`untuned prompt` over the real store, and the estimate held to the local model's own tokenizer."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import hypothesis
import pytest
from hypothesis import strategies as st

from processor.core.prompting import tokens
from tests import builders, verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.config import Settings

ROOT = Path(__file__).parents[2]
OTHERS = (
    "Πού είναι η παραγγελία μου; Περιμένω τρεις εβδομάδες.",
    "你好，我的快递在哪里？已经等了三个星期了，请退款。",  # noqa: RUF001 - Chinese
    "注文した商品がまだ届いていません。返金してください。",
    "أين طلبي؟ لقد انتظرت ثلاثة أسابيع",
    "สินค้าของฉันอยู่ที่ไหน",
    "मेरा ऑर्डर कहाँ है?",
    "ትዕዛዜ የት አለ",
    "😀👩‍👩‍👧‍👦🏳️‍🌈 ok 🔥🔥",
    "Где мой заказ? Я жду уже три недели",
    "Siparişim nerede? Üç haftadır bekliyorum",  # noqa: RUF001 - Turkish
    "Tilaukseni ei ole saapunut, haluaisin rahat takaisin mahdollisimman pian",
    "Gdzie jest moje zamówienie? Proszę o zwrot pieniędzy niezwłocznie",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJzdWIiOiIxMjM0NTY3ODkwIn0",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://example.com/a/b?x=1&y=%20%2F",
    "a\n\n\n\n   b\t\t\tc                    d\n  \n  e",
    "12 345 678,90 EUR; 0049 30 1234567; 2026-01-31T12:00:00Z",
)


def texts() -> Iterator[str]:
    yield from OTHERS
    for path in sorted(ROOT.glob("tasks/*/prompt.md")) + sorted(ROOT.glob("tasks/*/knowledge/*")):
        yield path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("tasks/*/examples.jsonl")) + sorted(ROOT.glob("tasks/*/cases.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield line
            yield json.loads(line)["input"]["text"]


@pytest.fixture
def count(settings: Settings) -> Iterator[Callable[[str], int]]:
    """The local model's own tokens of a text."""
    address = settings.openai.removesuffix("/v1") + "/tokenize"
    with httpx.Client(trust_env=False, timeout=600) as client:
        yield lambda text: len(client.post(address, json={"content": text}).json()["tokens"])


def test_the_estimate_is_never_below_the_local_models_tokens(count: Callable[[str], int]):
    real = {text: count(text) for text in texts()}
    assert len(real) > 800
    assert {text: size for text, size in real.items() if size > tokens.estimate(text)} == {}


def test_the_estimate_holds_whatever_stands_between_letters(count: Callable[[str], int]):
    anything = st.characters(exclude_categories=["Cs"], exclude_characters=string.ascii_letters)
    usual = st.sampled_from(string.digits + string.punctuation + string.whitespace)

    @hypothesis.given(st.text(anything | usual, max_size=60))
    @hypothesis.settings(deadline=None, max_examples=300)
    def holds(text: str) -> None:
        assert count(text) <= tokens.estimate(text)

    holds()


@pytest.mark.parametrize(
    "letters",
    [string.ascii_lowercase, string.ascii_uppercase, string.ascii_letters, "bcdfghjklmnpqrstvwxz", "jqxzvkwaeiou"],
)
@pytest.mark.parametrize("longest", [12, 300])
def test_the_estimate_holds_for_letters_at_random(letters: str, longest: int, count: Callable[[str], int]):
    dice = random.Random(7)
    text = " ".join("".join(dice.choices(letters, k=dice.randint(1, longest))) for _ in range(200))
    assert count(text) <= tokens.estimate(text)


def test_a_preview_shows_what_the_store_holds_and_what_does_not_fit(project: dict[str, str]):
    folder = Path(project["UNTUNED_PROJECT"]) / "tasks" / "sort"
    (folder / "knowledge").mkdir(exist_ok=True)
    (folder / "task.toml").write_text(builders.DEFINITION.replace("top_k = 2", "top_k = 2\nmax_tokens = 30"))
    (folder / "knowledge" / "cards.md").write_text("# Cards\n\nA new card takes a week.\n")
    (folder / "knowledge" / "long.md").write_text("# Long\n\n" + "A card can be blocked at any time. " * 10)
    (folder / "examples.jsonl").write_text(
        json.dumps(
            {"id": "x", "input": {"text": "My card is lost"}, "answer": {"category": "card", "reason": "it is lost"}}
        )
    )
    assert verbs.run(project, "knowledge", "load", "sort").code == 0
    given = json.dumps({"text": "When will my new card come?"}).encode()
    done = verbs.run(project, "prompt", "sort", "--event", "-", "--json", stdin=given)
    assert done.code == 0, done.err
    (row,) = done.json
    kept = {each["source"]: each["kept"] for each in row["passages"]}
    assert kept == {"cards.md": True, "long.md": False, "examples.jsonl": True}
    assert [turn["role"] for turn in row["messages"]] == ["system", "user", "assistant", "user"]
    assert "A new card takes a week." in row["messages"][-1]["content"]
    cut = {part["name"]: part["cut"] for part in row["tokens"]["parts"]}
    assert cut["retrieved.fact"]
    assert not cut["retrieved.example"]
