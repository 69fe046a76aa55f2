"""A publication of its own for every test, and a figure to publish."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish into a fresh folder, as a notebook that the build runs."""
    folder = tmp_path / "publication"
    monkeypatch.setenv("LINEART_PUBLICATION", str(folder))
    monkeypatch.setenv("LINEART_NOTEBOOK", "nb99_test")
    return folder


@pytest.fixture
def by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish into build/by-hand of a fresh project, as a person does."""
    monkeypatch.delenv("LINEART_PUBLICATION", raising=False)
    monkeypatch.delenv("LINEART_NOTEBOOK", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv("LINEART_ROOT", str(tmp_path))
    return tmp_path / "build" / "by-hand"
