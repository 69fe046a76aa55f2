"""The real command, on a small copy of the project: it does what changed, and nothing else."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lineart_lib.bindery.keys import make_plan
from lineart_lib.bindery.vendor import vendor

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("notebooks/", "book/", "tests/", "data_recipes/")
LIBRARY = {
    "lineart_lib/dag_low.py": "BASE = 20\n",
    "lineart_lib/dag_high.py": (
        "def twice():\n    from lineart_lib.dag_low import BASE\n\n    return 2 * BASE\n"
    ),
}
CHECK = "# Check\n\n<!-- made by the build -->\n"
BOOK = {
    "_toc.yml": (
        "format: jb-book\nroot: book/index\nchapters:\n"
        "  - file: book/front\n  - file: notebooks/nb_one\n  - file: notebooks/nb_two\n"
        "  - file: book/checks/claims\n  - file: book/checks/errata\n"
        "  - file: book/checks/provenance\n  - file: book/checks/attribution\n"
    ),
    "book/index.md": "# Tiny book\n\nThe first prose. Two is {value}`two.answer:.0f`.\n",
    "book/references.bib": "",
    "book/claims.yml": "[]\n",
    "book/errata.yml": "[]\n",
    "book/abbreviations.yml": "[]\n",
    "book/checks/claims.md": CHECK,
    "book/checks/errata.md": CHECK,
    "book/checks/provenance.md": CHECK,
    "book/checks/attribution.md": CHECK,
    "notebooks/profiles.yml": "nb_two: {smoke: {n: 7}, data: [tiny]}\n",
    "data_recipes/tiny.yml": (
        "kind: prose\nname: tiny\ntitle: The first prose\nversion: '1'\nlicence: CC BY 4.0\n"
        "attribution: Us.\nchapters: [book/front.md]\n"
    ),
    "book/front.md": "# Front\n\nTo learn from.\n",
}
LOG = "import os, time\nfrom pathlib import Path\nlog = Path(os.environ['DAG_LOG'])\n"
ONE = f"{LOG}from lineart_lib.dag_high import twice\nlog.open('a').write(f'one {{twice()}}\\n')"
TWO = (
    f"{LOG}while log.with_name('hold').exists():\n    time.sleep(0.05)\n"
    "from lineart_lib.press import record\nrecord('two.answer', n)\n"
    "log.open('a').write(f'two {n}\\n')"
)


def write_notebook(path, code, title="# Title"):
    """Write a notebook of three cells."""
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": title},
        {"cell_type": "code", "id": "b", "metadata": {"tags": ["parameters"]}},
        {"cell_type": "code", "id": "c", "metadata": {}, "source": code},
    ]
    cells[1]["source"] = 'profile = "book"\nseed = 0\nn = 1'
    for cell in cells[1:]:
        cell.update(outputs=[], execution_count=None)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path.write_text(
        json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    )


def heed_interrupts():
    """Undo what a shell does to what it starts in the background: Ctrl-C is ignored there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A copy of the project with two tiny notebooks, and the command that builds it."""

    def __init__(self, root):
        self.root = root
        self.log = root.parent / "log.txt"
        self.hold = root.parent / "hold"
        self.html = root / "build" / "smoke" / "html"
        names = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for name in names:
            if not name.startswith(LEFT_OUT) and (ROOT / name).is_file():
                self.write(name, (ROOT / name).read_bytes())
        for folder in ("vendor", "_static"):
            shutil.copytree(ROOT / "book" / folder, root / "book" / folder)
        self.pristine()

    def write(self, name, content):
        """Write a file of the copy."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def pristine(self):
        """Undo every edit."""
        for name, content in {**LIBRARY, **BOOK}.items():
            self.write(name, content)
        (self.root / "notebooks").mkdir(exist_ok=True)
        write_notebook(self.root / "notebooks" / "nb_one.ipynb", ONE)
        write_notebook(self.root / "notebooks" / "nb_two.ipynb", TWO)
        self.hold.unlink(missing_ok=True)
        self.log.write_text("")

    def start(self, jobs=1):
        """Start the command; one notebook at a time, so that what runs when is known."""
        environment = {name: os.environ[name] for name in os.environ if "LINEART" not in name}
        return subprocess.Popen(
            [sys.executable, "-m", "lineart_lib.bindery", "--profile=smoke", f"--jobs={jobs}"],
            cwd=self.root,
            env={**environment, "DAG_LOG": str(self.log)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=heed_interrupts,
        )

    def build(self, code=0, jobs=1):
        """Run the command to its end and return what it printed."""
        process = self.start(jobs)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == code, output
        return output

    def ran(self):
        """List what the notebooks logged since the last look."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines

    def page(self, name="book/index"):
        """Read a page of the published site."""
        return (self.html / f"{name}.html").read_text()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the copy once; the web files that every build shares are fetched at most once."""
    project = Project(tmp_path_factory.mktemp("dag") / "project")
    shared = ROOT / "build" / "vendor" / make_plan(ROOT, "smoke").vendor
    vendor(shared)
    plan = "from lineart_lib.bindery.keys import *; print(make_plan(Path.cwd(), 'smoke').vendor)"
    key = subprocess.run(
        [sys.executable, "-c", plan], cwd=project.root, capture_output=True, text=True, check=True
    ).stdout.strip()
    shutil.copytree(shared, project.root / "build" / "vendor" / key)
    project.first_output = project.build()
    project.first_ran = project.ran()
    project.first_site = project.html.resolve()
    project.first_page = project.page()
    return project


@pytest.fixture
def project(built):
    """Hand the built copy to a test, all earlier edits undone."""
    built.pristine()
    yield built
    built.pristine()


def test_the_first_run_builds_everything(project):
    """Property: each notebook ran once, with its parameters, and the page shows what it found."""
    assert project.first_ran == ["one 40", "two 7"]
    assert "The first prose" in project.first_page
    assert ">7<" in project.first_page.replace("\n", "")
    assert "build/smoke/html/index.html" in project.first_output
    assert "make serve" in project.first_output
    dirt = {".snakemake", ".ipynb_checkpoints"}
    assert not [path for path in project.root.iterdir() if path.name in dirt]
    assert not list(project.root.glob("notebooks/*/"))


def test_the_second_run_does_nothing(project):
    """Property: nothing is executed or written, in seconds."""
    project.build()
    before = project.html.resolve().stat().st_mtime_ns
    start = time.perf_counter()
    assert "up to date" in project.build()
    assert time.perf_counter() - start < 10, "measured: well under a second"
    assert project.ran() == []
    assert project.html.resolve().stat().st_mtime_ns == before


def test_prose_rebuilds_the_site_only_and_undoing_it_costs_nothing(project):
    """Property: chapters and the text of notebooks run no code; the old site is found again."""
    project.write("book/index.md", BOOK["book/index.md"].replace("first", "second"))
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", TWO, title="# A new title")
    project.build()
    assert project.ran() == []
    assert "The second prose" in project.page()
    assert "A new title" in project.page("notebooks/nb_two")
    project.pristine()
    assert "up to date" in project.build()
    assert project.html.resolve() == project.first_site
    assert "The first prose" in project.page()


def test_data_that_somebody_removed_are_prepared_for_those_who_read_them(project):
    """Property: a page tells where they came from without them; a notebook that runs gets them."""
    (manifest,) = (project.root / ".data" / "tiny").rglob("manifest.json")
    shutil.rmtree(project.root / ".data")
    project.write("book/index.md", BOOK["book/index.md"].replace("first", "third"))
    project.build()
    assert project.ran() == []
    assert "The third prose" in project.page()
    assert not manifest.exists()
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", TWO.replace("', n)", "', n + 2)"))
    project.build()
    assert project.ran() == ["two 7"]
    assert manifest.is_file()


def test_an_edit_runs_exactly_what_depends_on_it(project):
    """Property: a notebook runs for its own code, and for the modules it imports indirectly."""
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", TWO.replace("', n)", "', n + 1)"))
    project.build()
    assert project.ran() == ["two 7"]
    assert ">8<" in project.page().replace("\n", "")
    project.write("lineart_lib/dag_low.py", "BASE = 21\n")
    project.build()
    assert project.ran() == ["one 42"], "nb_two never imports dag_low"


def test_two_jobs_run_two_notebooks_at_the_same_time(project):
    """Property: two notebooks that wait for each other both finish."""
    meet = "log.with_name('{}').touch()\nwhile not log.with_name('{}').exists(): time.sleep(0.1)\n"
    one, two = meet.format("one_came", "two_came"), meet.format("two_came", "one_came")
    write_notebook(project.root / "notebooks" / "nb_one.ipynb", LOG + one + ONE.removeprefix(LOG))
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", LOG + two + TWO.removeprefix(LOG))
    project.build(jobs=2)
    assert sorted(project.ran()) == ["one 40", "two 7"]


def test_a_failing_cell_leaves_the_last_good_site(project):
    """Property: the build stops, says where, and the published site is the one before."""
    project.build()
    good = project.html.resolve()
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", f"{LOG}\n\n[][n]")
    output = project.build(code=1)
    assert "nb_two.ipynb: cell 3 failed: import os, time" in output
    assert "IndexError: list index out of range" in output
    assert "failed copy: build/smoke/failed/nb_two.ipynb" in output
    assert project.html.resolve() == good
    assert "The first prose" in project.page()


def test_a_warning_of_sphinx_leaves_the_last_good_site(project):
    """Property: a value that nobody recorded stops the publication and is named with its page."""
    project.build()
    good = project.html.resolve()
    project.write("book/index.md", "# Tiny book\n\n{value}`two.question`\n")
    output = project.build(code=1)
    assert "book/index.md:3:" in output
    assert "two.question" in output
    assert project.html.resolve() == good
    assert project.ran() == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_stopped_in_the_middle_the_next_run_goes_on(project, how):
    """Property: however it is stopped, nothing lives on, and what was finished is kept."""
    base = 30 + how
    project.write("lineart_lib/dag_low.py", f"BASE = {base}\n")
    two = TWO.replace("', n)", f"', n + {100 + how})")
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", two)
    project.hold.touch()
    process = project.start()
    finished = project.root / "build" / "smoke" / "notebooks"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:  # Until nb_one is published and nb_two runs.
        if project.log.read_text() and list(finished.glob("nb_two/*.part")):
            break
        time.sleep(0.1)
    else:
        process.kill()
        pytest.fail(f"nb_two never started: {process.communicate()[0]}")
    children = psutil.Process(process.pid).children(recursive=True)
    assert children, "the executor at least"
    process.send_signal(how)
    process.wait(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive, "the processes of a killed build end with it"
    assert project.ran() == [f"one {2 * base}"]
    assert project.html.resolve().is_dir(), "the last good site still stands"
    sources = {"nb_one.ipynb", "nb_two.ipynb", "profiles.yml"}
    assert {path.name for path in project.root.joinpath("notebooks").iterdir()} == sources

    project.hold.unlink()
    project.build()
    assert project.ran() == ["two 7"]
    assert f">{107 + how}<" in project.page().replace("\n", "")
    assert not list(finished.glob("*/*.part"))


def test_an_edit_meanwhile_is_never_mixed_in(project):
    """Property: a run whose sources changed is not kept; the build goes on with the new ones."""
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", TWO.replace("', n)", "', n + 3)"))
    project.hold.touch()
    process = project.start()
    folder = project.root / "build" / "smoke" / "notebooks" / "nb_two"
    deadline = time.monotonic() + 120
    while not list(folder.glob("*.part/notebook.ipynb")) and time.monotonic() < deadline:
        time.sleep(0.1)
    write_notebook(project.root / "notebooks" / "nb_two.ipynb", TWO.replace("', n)", "', n + 4)"))
    project.hold.unlink()
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "going on with what they are now" in output
    assert project.ran() == ["two 7", "two 7"]
    assert ">11<" in project.page().replace("\n", "")
