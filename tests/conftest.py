"""One browser for all tests that look at pages, and weights for those that colour."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start Chromium; without one, skip, or fail where LINEART_REQUIRE_BROWSER=1."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "chromium is not on PATH: install it to test the book in a browser"
        if os.environ.get("LINEART_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def drawn_copier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Draw weights of a small copier where a smoke run would lie: they follow the minimum cut."""
    import torch  # Seconds, which tests of pages need not spend.
    from safetensors.torch import save_file

    from lineart_lib.models.copying import Copier
    from lineart_lib.training.runs import CONFIG, WEIGHTS

    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    folder = tmp_path / "copying" / "smoke"
    folder.mkdir(parents=True)
    settings = {"widths": [8, 16], "keys": 4, "prior": True, "piece_channels": 8}
    (folder / CONFIG).write_text(json.dumps({"settings": settings}), "utf-8")
    torch.manual_seed(0)
    save_file(Copier((8, 16), keys=4, piece_channels=8).state_dict(), folder / WEIGHTS)
    return folder
