"""The small book of ``tests/book``."""

from ..book.conftest import book_copy, small_book

__all__ = ["book_copy", "small_book"]
