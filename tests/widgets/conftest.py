"""A widget alone on a page, from a file, in a browser without a network."""

import pandas as pd
import pytest

from millbook.pages.theme import sheet

PAGE = (
    '<!doctype html><html lang="en" data-content_root=""><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Widget</title>'
    "<style>{sheet}</style><body><main><article><h1>Widget</h1>{html}</article></main></body></html>"
)


@pytest.fixture
def show(browser, tmp_path):
    """Show a widget; at the end the page must have had no error and asked nothing of a network."""
    contexts = []
    complaints = []

    def show_one(widget, *, files=None, hash_="", **options):
        for name, text in (files or {}).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        path = tmp_path / "page.html"
        path.write_text(PAGE.format(sheet=sheet(), html=widget.html), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": 360, "height": 800}, offline=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "blob:", "data:"))
                or complaints.append(request.url)
            ),
        )
        page.goto(path.as_uri() + hash_)
        return page

    yield show_one
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def check_page():
    """Check what must hold of any page: nothing sticks out, axe finds nothing, text is large."""

    def check(page):
        from axe_playwright_python.sync_playwright import Axe

        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        found = Axe().run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
        sizes = page.evaluate(
            """[...document.querySelectorAll("svg text")].filter(t => t.checkVisibility()).map(t =>
              parseFloat(getComputedStyle(t).fontSize) *
              Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b))"""
        )
        assert min(sizes, default=99) >= 11

    return check


@pytest.fixture(scope="session")
def awkward():
    """Four dyads: three sessions with a hostile name, one flat, one with two sessions, one full."""
    rows = [
        ("</script><b>", [4, 8, 12], [1.0, 2.0, 0.0], [0.5, 1.0, 0.6]),
        ("flat", [4, 8, 12, 16], [1.0, 1.0, 1.0, 1.0], [0.5, 1.0, 0.6, 0.1]),
        ("short", [4, 8], [1.0, 2.0], [0.5, 1.0]),
        ("full", [4, 8, 12, 16], [1.0, 2.0, 0.0, 1.0], [0.5, 1.0, 0.5, 0.0]),
    ]
    return pd.concat(
        pd.DataFrame({"dyad_id": dyad, "session": s, "patient": p, "therapist": t})
        for dyad, s, p, t in rows
    )
