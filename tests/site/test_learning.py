"""Exercises, quizzes and slides on the pages: by key, and without a script."""

import io

import pytest

from millbook.sealed_answers import judge

pytestmark = [pytest.mark.book, pytest.mark.browser]


def test_a_solution_is_folded_and_opens_by_a_key_without_a_script(opened):
    page = opened("chapters/data", script=False).page
    solution = page.locator("details.solution").first
    code = solution.locator("pre").first
    assert not code.is_visible()
    solution.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert solution.get_attribute("open") is not None
    assert solution.locator("> p").first.is_visible()


def test_each_exercise_of_a_chapter_has_its_number_and_its_solution(opened):
    page = opened("chapters/data").page
    numbers = [
        text.partition(" (")[0]
        for text in page.locator(".exercise .admonition-title").all_inner_texts()
    ]
    summaries = page.locator("details.solution > summary").all_inner_texts()
    assert len(numbers) >= 4
    assert summaries == [f"Solution to {number}" for number in numbers]


def test_an_answer_of_the_quiz_says_why_once_it_is_chosen(opened):
    page = opened("chapters/data", script=False).page
    answer = page.locator("details.quiz.right").first
    assert not answer.get_by_text("Yes.").is_visible()
    answer.locator("> summary").click()
    assert answer.get_by_text("Yes.").is_visible()


def test_a_chapter_opens_with_its_picture_and_folds_its_setup(opened):
    page = opened("chapters/mediation").page
    above = page.evaluate(
        """() => {
          const overview = document.querySelector("#overview");
          const before = what => what.compareDocumentPosition(overview)
            & Node.DOCUMENT_POSITION_FOLLOWING;
          return ["article figure", "article pre"].map(
            what => [...document.querySelectorAll(what)].filter(before).length);
        }"""
    )
    assert above == [1, 0]


def test_arrow_keys_turn_the_slides(opened):
    page = opened("chapters/slides").page
    titles = page.locator("#slides > section > h2")
    assert 15 <= titles.count() <= 20
    page.locator("#slides > h1").click()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(200)
    tops = titles.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    shown = [place for place, top in enumerate(tops) if 0 <= top < 250]
    assert shown == [1]
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert titles.nth(0).evaluate("one => one.getBoundingClientRect().top") < 250


@pytest.mark.parametrize("name", ["data", "mediation"])
def test_the_page_judges_a_number_as_the_notebook_does(opened, name):
    page = opened(f"chapters/{name}").page
    for form in page.locator("form.answer").all():
        sealed = {key: form.get_attribute(f"data-{key}") for key in ("offset", "width", "hash")}
        sealed |= {key: float(sealed[key]) for key in ("offset", "width")}
        tried = [sealed["offset"] + (k + 0.3) * sealed["width"] for k in range(-1000, 1000)]
        [right] = [answer for answer in tried if judge(answer, sealed) == "Right."]
        near = [right + k * sealed["width"] for k in (-1, 0, 0.6, 1)]
        for answer in near:
            form.locator("input").fill(repr(answer).replace("-", "−"))
            form.locator("button").click()
            assert form.locator("output").inner_text() == judge(answer, sealed)


def test_a_verdict_goes_with_the_answer_that_it_was_on(opened):
    form = opened("chapters/data").page.locator("form.answer").first
    form.locator("input").fill("many")
    form.locator("button").click()
    assert "Write a number" in form.locator("output").inner_text()
    form.locator("input").fill("")
    assert form.locator("output").inner_text() == ""


def test_without_a_script_the_solution_says_the_number(opened):
    page = opened("chapters/data", script=False).page
    assert page.locator("form.answer").count() >= 2
    assert not page.locator("form.answer").first.is_visible()


@pytest.mark.parametrize("name", ["data", "mediation", "power"])
def test_a_chapter_becomes_slides_with_its_pictures_and_takeaways(opened, name):
    from pypdf import PdfReader

    chapter = opened(f"chapters/{name}").page
    title = chapter.locator("article h1").evaluate("one => one.firstChild.textContent")
    pictures = chapter.locator("article figure:not(.solution figure)").count()
    page = opened(f"chapters/{name}", then="?slides").page
    sheets = page.locator(".deck > section")
    titles = sheets.locator("h2").all_inner_texts()
    assert titles[0] == title
    assert titles[-2:] == ["Key takeaways", "Exercises"]
    assert page.locator(".deck figure").count() == pictures == len(titles) - 2
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    assert len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) == len(titles)


def test_a_sheet_s_title_says_what_the_chapter_found(opened):
    page = opened("chapters/mediation", then="?slides").page
    titles = page.locator(".deck h2").all_inner_texts()
    assert any(title.startswith("A hidden cause that made the errors") for title in titles)
