"""Where else a page is met: on a host below some folder, and on paper."""

import functools
import http.server
import io
import threading

import pytest

pytestmark = [pytest.mark.book, pytest.mark.browser]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def hosted(site, tmp_path):
    """The address of the site on a host of this machine, two folders down."""
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "book").symlink_to(site.html, target_is_directory=True)
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/some/book"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.wrong = []
    page.on("console", lambda message: page.wrong.append(message.text))
    page.on("requestfailed", lambda request: page.wrong.append(request.url))
    yield page
    context.close()


def test_a_visit_below_some_folder_finds_everything_and_asks_for_little(hosted, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{hosted}/index.html")
    page.wait_for_url("**/chapters/index.html")
    for chapter in ("synchrony", "mediation", "robust", "multiverse"):
        page.locator(f'#contents a[href="{chapter}.html"]').click()
        page.wait_for_url(f"**/{chapter}.html")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
    page.locator("#switchboard").scroll_into_view_if_needed()
    page.get_by_role("button", name="Surprise me").wait_for()
    page.locator(".bar-search").click()
    page.wait_for_url("**/search.html")  # or the form's own visit breaks off what loads
    page.get_by_label("Words, terms").fill("switch")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results .context")
    assert all(address.startswith((hosted, "data:")) for address in asked)
    assert len(set(asked)) <= 60 + 15, "the four pages, and what the search reads for excerpts"
    assert page.wrong == []


def test_a_book_that_is_kept_is_read_without_its_host(hosted, page):
    page.goto(f"{hosted}/chapters/data.html")
    page.get_by_role("button", name="keep on this device").click()
    remove = page.get_by_role("button", name="remove from this device")
    remove.wait_for()
    page.context.set_offline(True)
    page.goto(f"{hosted}/")
    page.wait_for_url("**/chapters/index.html")
    page.locator('#contents a[href="robust.html"]').click()
    page.wait_for_url("**/robust.html")
    figure = page.locator("figure img").first
    figure.scroll_into_view_if_needed()
    assert figure.evaluate("async (image) => (await image.decode(), image.naturalWidth)") > 0
    page.locator(".bar-search").click()
    page.get_by_label("Words, terms").fill("switch")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results .context")
    page.goto(f"{hosted}/chapters/robust.html")
    remove.click()
    again = page.get_by_role("button", name="keep on this device")
    again.wait_for()
    assert page.evaluate("caches.keys()") == []
    page.context.set_offline(False)
    again.click()  # while the page is still the former worker's
    remove.wait_for()
    assert len(page.evaluate("caches.keys()")) == 1
    remove.click()
    again.wait_for()
    page.goto(f"{hosted}/chapters/robust.html")
    assert page.evaluate("navigator.serviceWorker.controller") is None


def test_a_printed_chapter_has_its_text_and_solutions_and_nothing_to_press(opened):
    from pypdf import PdfReader

    page = opened("chapters/data").page
    reader = PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = "\n".join(sheet.extract_text() for sheet in reader.pages)
    assert "Key takeaways" in text
    assert "Nothing could." in text  # of the last solution, which is folded on the screen
    for words in ("Skip to the text", "All code", "Enlarge", "Take this page", "load_study("):
        assert words not in text
    assert 5 <= len(reader.pages) <= 25


def test_each_slide_is_printed_on_one_sheet(opened):
    from pypdf import PdfReader

    page = opened("chapters/slides").page
    titles = page.locator("#slides > section > h2").all_inner_texts()
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    texts = [" ".join(sheet.extract_text().split()) for sheet in sheets]
    assert len(texts) == len(titles)
    for title, text in zip(titles, texts, strict=True):
        assert text.startswith(title.rstrip("¶").strip()[:40])
