"""The examples of the guides to the methods run as they are printed."""

import re
from pathlib import Path

import pytest

GUIDES = sorted((Path(__file__).resolve().parents[2] / "docs" / "guides").glob("methods-*.md"))
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_the_examples_of_a_guide_run(page):
    examples = EXAMPLE.findall(page.read_text(encoding="utf-8"))

    assert examples, f"{page.name} shows no example."
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, page.name, "exec"), names)
