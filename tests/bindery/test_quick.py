"""What shortens the build changes nothing of what is built."""

from pybtex import plugin

from lineart_lib.bindery.quick import find_plugins_once


def test_plugins_found_once_are_the_same(monkeypatch):
    """Equivalence: the second look gives the same plugin, without reading the packages again."""
    looked = []
    entry_points = plugin.entry_points
    monkeypatch.setattr(
        plugin, "entry_points", lambda **kind: looked.append(kind) or entry_points(**kind)
    )
    slow = plugin.find_plugin("pybtex.style.formatting", "unsrt")
    looked.clear()
    find_plugins_once()
    assert plugin.find_plugin("pybtex.style.formatting", "unsrt") is slow
    first = len(looked)
    assert plugin.find_plugin("pybtex.style.formatting", "unsrt") is slow
    assert first > 0
    assert len(looked) == first
