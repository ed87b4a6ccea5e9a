"""The API reference: complete, and linked from the pages that name or import something."""

import os
import re

import pytest

import dyadsync
from millbook.pages.api import reference
from millbook.site import SiteProcess, build_site

CONFIG = """
title: A book
author: Nobody
only_build_toc_files: true
sphinx:
  extra_extensions: [millbook.pages.sphinx_ext]
  config:
    api_package: dyadsync
    api_sections: [study, synchrony, mediation]
"""
HOME = """# Home

Use `mediate`, again `mediate()`, and `load_study()`, never `not_ours`.

## Headings such as `check_study` are no place for a link

```python
%load_ext millbook.prose
from dyadsync import Design, mediate
from millbook.results import publish
```
"""


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """A site of a page and the reference."""
    root = tmp_path_factory.mktemp("api")
    chapters = root / "book" / "chapters"
    chapters.mkdir(parents=True)
    (root / "book" / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (root / "book" / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/api\n"
    )
    (chapters / "index.md").write_text(HOME, encoding="utf-8")
    (chapters / "api.md").write_text("# API reference\n\n```{api}\n```\n", encoding="utf-8")
    process = SiteProcess(os.environ, root / "book")
    return build_site(root / "book", root / "sphinx.log", root / "work", process) / "chapters"


def test_every_public_name_has_one_entry(html):
    text = (html / "api.html").read_text(encoding="utf-8")
    for name in set(dyadsync.__all__) - {"__version__"}:
        assert text.count(f'id="dyadsync.{name}"') == 1, name
    assert "object at 0x" not in text


def test_docstrings_are_read_as_they_are_meant(html):
    text = (html / "api.html").read_text(encoding="utf-8")
    assert "Whether the data come from <code" in text  # a colon later in that sentence
    assert ">Type<" not in text
    assert "``" not in text


def test_sections_are_subpackages_in_the_order_that_was_asked_for():
    text = reference(dyadsync, ["study", "synchrony", "mediation"])
    assert re.findall("(?m)^## (.*)$", text)[:3] == ["Study", "Synchrony", "Mediation"]


def test_the_first_mention_of_a_name_on_a_page_leads_to_its_entry(html):
    text = (html / "index.html").read_text(encoding="utf-8").split('class="api-used"')[0]
    linked = re.findall(r'<a class="reference internal" href="(api\.html#dyadsync[^"]*)"', text)
    assert linked == ["api.html#dyadsync.mediate", "api.html#dyadsync.load_study"]


def test_a_chapter_ends_with_the_names_that_it_imports(html):
    text = (html / "index.html").read_text(encoding="utf-8")
    end = text.split('class="api-used"')[1].split("</p>")[0]
    assert re.findall(r'href="api\.html#dyadsync\.(\w+)"', end) == ["Design", "mediate"]
