"""Chapters in JupyterLab, run from top to bottom as a student would."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.site.pages import ROOT

pytestmark = [pytest.mark.book, pytest.mark.browser]

CHAPTERS = ("01_data", "20_confounding")

READY = """() =>
  window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"
"""
RAN = """() => {
  const { content, sessionContext } = jupyterapp.shell.currentWidget;
  const cells = [...content.model.cells].filter((cell) => cell.sharedModel.source.trim());
  const failed = (cell) => cell.outputs.toJSON().some((one) => one.output_type === "error");
  if (cells.some((cell) => cell.type === "code" && failed(cell))) return true;
  return sessionContext.session?.kernel?.status === "idle" && cells.every((cell) =>
    cell.type === "code" ? cell.executionCount !== null
      : !cell.sharedModel.source.includes("{eval}`") || cell.getMetadata("user_expressions"));
}"""
FOUND = """() => {
  const { node, content } = jupyterapp.shell.currentWidget;
  const cells = [...content.model.cells];
  const outputs = cells.filter((cell) => cell.type === "code")
    .flatMap((cell) => cell.outputs.toJSON());
  const summary = node.querySelector("details.quiz summary");
  const text = [...node.querySelectorAll(".jp-MarkdownCell")].map((one) => one.innerText).join();
  return {
    outputs: outputs.filter((one) => one.output_type === "error" || one.name === "stderr"),
    numbers: cells.flatMap((cell) => cell.getMetadata("user_expressions") ?? [])
      .filter((one) => one.result.status !== "ok"),
    unknown: text.match(/unknown (directive|role)|\\{eval\\}`/gi) ?? [],
    images: [...node.querySelectorAll("img")].filter((one) => !one.naturalWidth).length,
    fold: summary ? getComputedStyle(summary).listStyleType : "",
  };
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the chapters, with the settings that ``make`` gave it."""
    root = tmp_path_factory.mktemp("book")
    for folder in ("data", "chapters"):
        shutil.copytree(ROOT / folder, root / folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(root / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    with (
        (root / "log").open("w") as log,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *(f"--port={port}", "--port-retries=0", "--expose-app-in-browser"),
                *("--IdentityProvider.token=", f"--ServerApp.root_dir={root}"),
            ],
            env=os.environ | own,
            stdout=log,
            stderr=log,
        ) as server,
    ):
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api").close()
                break
            except OSError:
                assert server.poll() is None, (root / "log").read_text()
                time.sleep(0.25)
        yield address
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:  # a kernel that does not answer
            server.kill()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_runs_from_top_to_bottom(lab, browser, chapter):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    said = []
    page.on("console", lambda one: said.append((one.type, one.text)))
    page.on("pageerror", lambda error: said.append(("error", str(error))))
    page.goto(f"{lab}/doc/tree/chapters/{chapter}.ipynb")
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(RAN, timeout=120_000)
    nothing = {"outputs": [], "numbers": [], "unknown": [], "images": 0}
    assert page.evaluate(FOUND) == nothing | {"fold": "disclosure-closed"}
    # A link within the chapter leads to its heading.
    link = page.locator(f".jp-Notebook a.link[href*='{chapter}.ipynb'][href*='#']").first
    place = link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_function(
        "id => Math.abs(document.getElementById(id).getBoundingClientRect().top - 100) < 200",
        arg=place,
    )
    assert [one for one in said if one[0] in {"error", "warning"}] == []
    page.close()
