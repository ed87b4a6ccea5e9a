"""Scripts that chapters publish come to stand where pages look for them."""

from types import SimpleNamespace

from millbook.pages.scripts import _copy_scripts


def test_published_scripts_are_copied_and_tables_are_not(tmp_path):
    results = tmp_path / "book" / "results"
    results.mkdir(parents=True)
    (results / "board.js").write_text("1", encoding="utf-8")
    (results / "claims.csv").write_text("a", encoding="utf-8")
    app = SimpleNamespace(srcdir=str(tmp_path / "book"), outdir=str(tmp_path / "html"))
    (tmp_path / "html").mkdir()
    _copy_scripts(app, None)
    assert [path.name for path in (tmp_path / "html" / "_static").iterdir()] == ["board.js"]
