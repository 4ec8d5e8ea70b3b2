"""Every relative link and picture in the Markdown pages leads to a file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for folder in (".", "docs", "docker", "bench", "tasks/*")
    for path in ROOT.glob(f"{folder}/*.md")
    if path.name == path.name.upper().replace(".MD", ".md") or path.parent.name == "docs"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        assert target.startswith("http") or (page.parent / target).exists(), target
