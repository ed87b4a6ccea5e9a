"""What stands around a page's text, where it depends on what the book's configuration names."""

from types import SimpleNamespace

from millbook.pages.theme import offer_downloads


def offered(**options):
    app = SimpleNamespace(config=SimpleNamespace(html_theme_options=options))
    context = {"sourcename": "chapters/data.ipynb", "pathto": lambda path, resource: f"../{path}"}
    return {one["words"]: one["address"] for one in offer_downloads(app, "chapters/data", context)}


def test_a_chapter_is_run_elsewhere_only_where_a_repository_is_known():
    hubs = {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
    }
    kept = {
        "notebook with results": "../_sources/chapters/data.ipynb",
        "plain notebook": "../_plain/chapters/data.ipynb",
    }
    assert offered(launch_buttons=hubs) == kept
    repository = {"repository_url": "https://github.com/lab/book/", "repository_branch": "main"}
    assert offered(launch_buttons=hubs, **repository) == kept | {
        "run it on Binder": "https://mybinder.org/v2/gh/lab/book/main?urlpath=lab/tree/chapters/data.ipynb",
        "open it in Colab": "https://colab.research.google.com/github/lab/book/blob/main/chapters/data.ipynb",
    }
