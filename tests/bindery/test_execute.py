"""A notebook is run whole or not published, and a failure says where."""

import json

import pytest

from lineart_lib.bindery.execute import CellFailedError, check_parameters, execute
from lineart_lib.bindery.failures import describe_failure
from lineart_lib.bindery.keys import NotebookPlan
from lineart_lib.bindery.progress import cell_weights

PARAMETERS = 'profile = "book"\nseed = 3\nn = 5'


def write_notebook(path, *code):
    """Write a notebook with a title, the parameters and some code cells."""
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"}]
    for number, source in enumerate((PARAMETERS, *code)):
        tags = {} if number else {"tags": ["parameters"]}
        cells.append(
            {
                "cell_type": "code",
                "id": f"code{number}",
                "metadata": tags,
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    )
    return path


def plan(**parameters):
    """Plan a notebook without data."""
    return NotebookPlan("nb_tiny", "k3y", {"profile": "smoke", **parameters}, (), ())


@pytest.fixture
def project(tmp_path):
    """An empty project with a little code of its own."""
    (tmp_path / "helper_of_test.py").write_text("def deep(x):\n    return 1 / x\n")
    (tmp_path / "build").mkdir()
    return tmp_path


def run(project, notebook, **parameters):
    """Execute a notebook into the place where the build puts it."""
    out = project / "build" / "smoke" / "notebooks" / "nb_tiny" / "k3y"
    return execute(notebook, plan(**parameters), out, project)


def test_what_a_notebook_publishes_appears_at_once_with_its_provenance(project, capsys):
    """Property: parameters are injected, the working folder is notebooks/, nothing is left over."""
    notebook = write_notebook(
        project / "notebooks" / "nb_tiny.ipynb",
        "import os, pathlib\n"
        "ballast = bytearray(os.urandom(1)) * 60_000_000\n"
        'place = pathlib.Path(os.environ["LINEART_PUBLICATION"])\n'
        'place.joinpath("seen.txt").write_text(\n'
        "    f\"{n} {profile} {os.getcwd()} {place.name} {os.environ['LINEART_NOTEBOOK']}\"\n"
        ")\n"
        "import helper_of_test",
    )
    before = notebook.read_bytes()
    out = run(project, notebook, n=2)
    seen = (out / "seen.txt").read_text().split()
    assert seen == ["2", "smoke", str(project / "notebooks"), "k3y.part", "nb_tiny"]
    stamp = json.loads((out / "provenance.json").read_text())
    assert stamp["profile"] == "smoke"
    assert stamp["seed"] == 3, "declared by the notebook, not injected"
    assert stamp["parameters"] == {"profile": "smoke", "n": 2}
    assert stamp["key"] == "k3y"
    assert 60 < stamp["peak_memory_mb"] < 5000, "the kernel held 60 MB of ballast at least"
    assert 0 < stamp["wall_seconds"] < 60
    assert [path.name for path in out.parent.iterdir()] == ["k3y"], "no .part stays"
    dirt = [p.name for p in project.rglob("*") if p.name in {"__pycache__", ".ipynb_checkpoints"}]
    assert not dirt
    assert notebook.read_bytes() == before, "the source never changes"
    weights = cell_weights(notebook, out.parent)
    assert len(weights) == 3, "parameters, injected parameters, code: the next run has its ETA"
    assert "nb_tiny" in capsys.readouterr().err

    (out / "seen.txt").write_text("kept")
    run(project, notebook, n=2)
    assert (out / "seen.txt").read_text() == "kept", "what exists is not run again"


def test_a_failing_cell_is_told_and_nothing_is_published(project, capsys):
    """Property: notebook, cell, first line, error, last line of the project, failed copy."""
    notebook = write_notebook(
        project / "notebooks" / "nb_tiny.ipynb",
        "from helper_of_test import deep",
        "\nzero = n - 5\ndeep(zero)",
        "never = True",
    )
    with pytest.raises(CellFailedError) as failure:
        run(project, notebook, n=5)
    told = str(failure.value).splitlines()
    assert told[0] == "nb_tiny.ipynb: cell 4 failed: zero = n - 5"
    assert told[1].strip() == "ZeroDivisionError: division by zero"
    assert told[2].strip() == "at helper_of_test.py:2: return 1 / x"
    assert told[3].strip() == "failed copy: build/smoke/failed/nb_tiny.ipynb"
    assert "nb_tiny" not in capsys.readouterr().err, "it is not reported as done"
    kept = json.loads((project / "build/smoke/failed/nb_tiny.ipynb").read_text())
    assert any("ZeroDivisionError" in json.dumps(cell) for cell in kept["cells"])
    assert list((project / "build/smoke/notebooks/nb_tiny").iterdir()) == []


def test_a_kernel_that_dies_is_told(project):
    """Property: running out of memory, say, is a failure with a reason, not a hang."""
    notebook = write_notebook(
        project / "notebooks" / "nb_tiny.ipynb", "import os, signal", "os.kill(os.getpid(), 9)"
    )
    with pytest.raises(CellFailedError, match=r"nb_tiny\.ipynb: .*died"):
        run(project, notebook)
    assert list((project / "build/smoke/notebooks/nb_tiny").iterdir()) == []


def test_a_parameter_that_nobody_reads_is_refused(project):
    """Property: a misspelt name of a parameter stops the build before anything runs."""
    notebook = write_notebook(project / "notebooks" / "nb_tiny.ipynb", "1")
    with pytest.raises(ValueError, match=r"declares n, profile, seed; the profile injects epoch"):
        run(project, notebook, epoch=1)
    with pytest.raises(ValueError, match="must have a cell tagged 'parameters'"):
        check_parameters({"cells": []}, {}, "nb.ipynb")


@pytest.mark.parametrize(
    ("traceback", "expected"),
    [
        (["Cell In[3], line 2\n      1 x\n----> 2 boom()\n"], "  at this cell:2: boom()"),
        (["SystemExit"], None),
        (
            [
                "Cell In[3], line 1\n----> 1 f()\n",
                "File /home/p/lib/a.py:7, in f()\n      6 y\n----> 7 g()\n",
                "File /usr/lib/python3.11/json/decoder.py:3, in g()\n----> 3 raise E\n",
            ],
            "  at lib/a.py:7: g()",
        ),
    ],
)
def test_the_last_line_of_the_project_is_found(traceback, expected, tmp_path):
    """Equivalence with tracebacks read by hand: other people's files are passed over."""
    from pathlib import Path

    output = {"output_type": "error", "ename": "E", "evalue": "", "traceback": traceback}
    cell = {"source": "boom()", "outputs": [output]}
    told = describe_failure([{"source": "fine", "outputs": []}, cell], Path("/home/p"))
    lines = told.splitlines()
    assert lines[:2] == ["cell 2 failed: boom()", "  E: (no message)"]
    assert lines[2:] == ([expected] if expected else [])


def test_cells_that_worked_fail_nothing(tmp_path):
    """Property: without an error output there is no failure."""
    assert describe_failure([{"source": "fine", "outputs": []}], tmp_path) is None
