import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from millbook.environment import CAN_FORK, child_environment
from millbook.errors import InputError
from millbook.execution import ChapterError, normalise
from millbook.figures.display import EXTRAS, FONTS, SVG
from millbook.kernels import KernelServer
from millbook.notebook_file import read_notebook
from millbook.sealed_answers import seal
from millbook.temporary import temporary_folder
from tests.books import run_cells


def executed(*outputs, **metadata):
    cell = new_code_cell("1", outputs=list(outputs), execution_count=1, metadata=metadata)
    notebook = new_notebook(cells=[cell], metadata={"papermill": {"duration": 3}})
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    return notebook


def source(*ids):
    return new_notebook(cells=[new_code_cell("1", id=name) for name in ids])


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def test_timings_versions_and_empty_tags_are_left_out():
    notebook = normalise(
        executed(papermill={"duration": 1}, execution={"start": "2"}, tags=[]), source("one"), {}
    )
    assert notebook.cells[0].metadata == {}
    assert dict(notebook.metadata) == {"language_info": {"name": "python"}}


def test_cells_keep_their_ids_and_the_injected_one_has_its_own():
    injected = new_code_cell("n = 1", metadata={"tags": ["injected-parameters"]})
    notebook = new_notebook(cells=[new_code_cell("1"), injected, new_markdown_cell("x")])
    normalise(notebook, source("first", "second"), {})
    assert [cell.id for cell in notebook.cells] == ["first", "injected-parameters", "second"]


def test_injected_parameters_are_hidden_where_the_defaults_are():
    injected = new_code_cell("n = 1", metadata={"tags": ["injected-parameters"]})
    first = source("first")
    first.cells[0].metadata["tags"] = ["parameters", "remove-input"]
    notebook = normalise(new_notebook(cells=[new_code_cell("1"), injected]), first, {})
    assert notebook.cells[1].metadata["tags"] == ["injected-parameters", "remove-input"]


def test_a_stream_that_was_cut_is_one_again():
    notebook = executed(stream("a"), stream("b"), stream("c", "stderr"), stream("d"))
    outputs = normalise(notebook, source("one"), {}).cells[0].outputs
    assert [output.text for output in outputs] == ["ab", "c", "d"]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<object at 0x7f1234567890>", "<object at 0x…>"),
        ("/tmp/ipykernel_77/123.py:3: UserWarning", "<cell>:3: UserWarning"),
        (f"{sys.prefix}/lib/x.py:1", "<environment>/lib/x.py:1"),
        ("/home/me/book/run/data/x.csv", "../data/x.csv"),
        ("a number such as 0x7f", "a number such as 0x7f"),
    ],
)
def test_addresses_and_paths_are_left_out_of_outputs(raw, clean):
    data = new_output("execute_result", data={"text/plain": raw}, execution_count=1)
    outputs = normalise(
        executed(stream(raw, "stderr"), data), source("one"), {"/home/me/book/run": ".."}
    )
    assert outputs.cells[0].outputs[0].text == clean
    assert outputs.cells[0].outputs[1].data["text/plain"] == clean


def test_tables_of_the_styler_are_numbered_in_their_order():
    def table(name):
        html = f'<style>#T_{name}_row0 {{}}</style><table id="T_{name}"></table>'
        return new_output("display_data", data={"text/html": html})

    notebook = normalise(executed(table("ab12c"), table("99ffe")), source("one"), {})
    first, second = (output.data["text/html"] for output in notebook.cells[0].outputs)
    assert first == '<style>#T_00000_row0 {}</style><table id="T_00000"></table>'
    assert second == '<style>#T_00001_row0 {}</style><table id="T_00001"></table>'


@pytest.fixture(scope="module")
def server(caches):
    """Forks kernels, as a build does where the system can; those of `test_inline` start cold."""
    if not CAN_FORK:
        yield None
        return
    with temporary_folder() as place:
        imports = ["matplotlib.pyplot", "pandas"]
        opened = KernelServer(imports, caches, child_environment(caches), place)
        yield opened
        opened.close()


@pytest.fixture
def run(tmp_path, caches, server):
    return partial(run_cells, tmp_path, caches, server)


def test_a_chapter_runs_beside_the_data_and_publishes_where_it_is_told(run, tmp_path):
    (tmp_path / "with {braces}" / "run" / "data").mkdir(parents=True)
    notebook = run(
        "from pathlib import Path\nPath('../data').is_dir()",
        "from millbook.results import publish\npublish('x', {'n': 1})",
    )
    assert notebook.cells[0].outputs[0].data["text/plain"] == "True"
    assert (tmp_path / "with {braces}" / "results" / "x.json").is_file()
    assert list((tmp_path / "with {braces}" / "logs").iterdir()) == []


def test_what_a_chapter_leaves_among_temporary_files_goes_with_it(run):
    notebook = run("import tempfile\nprint(tempfile.mkdtemp())")
    folder = Path(notebook.cells[0].outputs[0].text.strip())
    assert any(one.name.startswith("millbook-") for one in folder.parents)
    assert not folder.parent.exists()


def test_a_wide_table_is_written_with_all_its_columns_as_jupyter_does(run):
    notebook = run(
        "import pandas as pd\npd.DataFrame({'a long name' * n: [n] for n in range(1, 9)})"
    )
    assert "..." not in notebook.cells[0].outputs[0].data["text/plain"]


def test_a_solution_seals_the_number_that_its_exercise_asks_for(run):
    notebook = run("n = 4", "#| answer: -n / 3\n#| within: 0.01\n#| unit: points\nn")
    asked = notebook.cells[1].metadata["answer"]
    assert asked == seal(-4 / 3, 0.01) | {"unit": "points"}


@pytest.mark.parametrize(
    "options",
    [
        "answer: nothing\n#| within: 1\n#| unit: g",
        "answer: t\n#| within: 1\n#| unit: g",
        "answer: n\n#| unit: g",
        "answer: n\n#| within: 0\n#| unit: g",
        "answer: n\n#| within: 1",
    ],
)
def test_an_answer_that_is_no_number_or_has_no_tolerance_or_unit_is_named(run, options):
    with pytest.raises(ChapterError, match="answer"):
        run("n = 4\nt = 'a'\n#", f"#| {options}\nn")


FIGURE = "#| label: fig-a\n#| caption: It is {eval}`n`.\n#| alt: A line\n"


def test_a_figure_has_its_data_its_drawing_for_phones_and_its_caption(run):
    code = "fig, ax = plt.subplots(figsize=(6, 3))\nax.plot([1, 2], [3, n]);"
    notebook = run("import matplotlib.pyplot as plt\nn = 4", FIGURE + code)
    [shown] = notebook.cells[1].outputs
    extras = shown.data[EXTRAS]
    assert extras["data"].splitlines()[-1] == "line,1,2,4"
    assert "<svg" in extras["narrow"]
    assert FONTS in shown.data[SVG]
    assert FONTS in extras["narrow"]
    assert notebook.cells[1].metadata["mystnb"]["figure"] == {
        "caption": "It is 4.",
        "name": "fig-a",
    }


def test_what_the_last_line_of_a_figure_returns_is_no_second_figure(run):
    code = "#| label: fig-a\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])"
    outputs = run(code).cells[0].outputs
    assert len(outputs) == 1
    assert "image/svg+xml" in outputs[0].data


def test_a_figure_that_a_phone_can_show_is_drawn_once_and_not_for_a_screen(run):
    code = (
        "from matplotlib.backends.backend_agg import FigureCanvasAgg\n"
        "FigureCanvasAgg.draw = lambda canvas: times.append('screen')\n"
        "times.append('page')\nplt.subplots(figsize=(3.6, 3));"
    )
    notebook = run("import matplotlib.pyplot as plt\nn, times = 4, []", FIGURE + code, "times")
    assert notebook.cells[2].outputs[0].data["text/plain"] == "['page']"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1", "its cell declares the figure fig-a, but shows none"),
        ("del n\nplt.subplots(figsize=(6, 3));", "fig-a cannot be drawn a second time.*'n'"),
    ],
)
def test_a_figure_that_cannot_be_kept_stops_the_chapter(run, code, words):
    with pytest.raises(ChapterError, match=words):
        run("import matplotlib.pyplot as plt\nn = 4", FIGURE + code)


def test_a_notebook_of_another_language_is_refused(tmp_path):
    notebook = new_notebook(
        metadata={"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    )
    nbformat.write(notebook, tmp_path / "r.ipynb")
    with pytest.raises(InputError, match=r"r\.ipynb is a notebook of R"):
        read_notebook(tmp_path / "r.ipynb")


def test_a_long_traceback_is_trimmed_in_the_message(run):
    deep = (
        "def f(n):\n"
        + "    # a line\n" * 12
        + "    g(n)\ndef g(n):\n    f(n - 1) if n else 1 / 0\n"
    )
    with pytest.raises(ChapterError) as failure:
        run("1", deep + "f(9)")
    message = str(failure.value)
    assert "In its cell [2]:" in message
    assert " more ..." in message
    assert message.count("\n") < 80
    assert "\x1b" not in message


def test_a_traceback_keeps_the_line_of_the_chapter_that_led_to_it(run):
    with pytest.raises(ChapterError) as failure:
        run("import pandas as pd\npd.DataFrame({'x': [1]})['y']  # the line")
    assert "----> 2 pd.DataFrame({'x': [1]})['y']  # the line" in str(failure.value)
    assert " more ..." in str(failure.value)


def test_a_chapter_that_hangs_is_stopped_in_a_sentence(run):
    with pytest.raises(ChapterError, match=r"Chapter chapter was stopped: .* after 0.05 minutes"):
        run("import time\ntime.sleep(600)", minutes=0.05)


@pytest.mark.book
def test_output_that_comes_late_is_waited_for(run):
    """On a busy machine the thread that sends it may be behind by seconds."""
    late = (
        "import sys, time\n"
        "sys.stdout.flush = sys.stderr.flush = lambda: None  # which would wait, too\n"
        "get_ipython().kernel.iopub_thread.io_loop.add_callback(time.sleep, 5)\n"
    )
    assert run(f"{late}'output'").cells[0].outputs[0].data["text/plain"] == "'output'"


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "pass"])
def test_what_never_becomes_a_kernel_ends_the_chapter_in_a_sentence(
    tmp_path, caches, monkeypatch, code
):
    spec = KernelSpec(argv=[sys.executable, "-c", code], language="python")
    monkeypatch.setattr("millbook.kernels.OwnKernel.kernel_spec", spec)
    monkeypatch.setattr("millbook.engine._ANSWER", 1)
    with pytest.raises(ChapterError, match="The kernel of chapter chapter died or did not answer"):
        run_cells(tmp_path, caches, None, "1", minutes=0.01)


def test_a_kernel_that_dies_ends_the_chapter_in_a_sentence(run):
    with pytest.raises(ChapterError, match="The kernel of chapter chapter died"):
        run("import os\nos._exit(9)")


@pytest.mark.skipif(not CAN_FORK, reason="no kernels are forked here")
def test_a_server_of_kernels_that_died_ends_the_chapter_in_a_sentence(tmp_path, caches):
    with temporary_folder() as place:
        server = KernelServer([], tmp_path, child_environment(caches), place)
        server._process.kill()
        server._process.wait()
        with pytest.raises(ChapterError, match="The kernel of chapter chapter died"):
            run_cells(tmp_path, caches, server, "1")
        server.close()
