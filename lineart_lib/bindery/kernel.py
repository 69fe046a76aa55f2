"""Run the cells of a notebook in a kernel of its own, and watch it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lineart_lib.bindery.failures import describe_failure
from lineart_lib.bindery.keys import NotebookPlan
from lineart_lib.bindery.notebooks import read_notebook
from lineart_lib.bindery.progress import Progress, cell_weights
from lineart_lib.bindery.quick import skip_iri_grammar
from lineart_lib.bindery.warm import launch_kernel


class Run:
    """One execution: the kernel, its progress, its memory."""

    def __init__(self, notebook: Path, plan: NotebookPlan, part: Path, root: Path) -> None:
        self.notebook = notebook
        self.plan = plan
        self.part = part
        self.root = root
        self.peak_memory_mb = 0.0
        self.wall_seconds = 0.0

    def seed(self) -> int:
        """Read the seed that the run used: what was injected, else what the notebook declares."""
        if "seed" in self.plan.parameters:
            return int(self.plan.parameters["seed"])
        for cell in read_notebook(self.notebook)["cells"]:
            if "parameters" in cell.get("metadata", {}).get("tags", []):
                declared = re.search(r"^seed\s*(?::[^=]+)?=\s*(\d+)", cell["source"], re.MULTILINE)
                if declared:
                    return int(declared.group(1))
        return 0

    def execute(self) -> str | None:
        """Run it and return what failed, if anything did."""
        skip_iri_grammar()
        import papermill
        from papermill.exceptions import PapermillExecutionError

        output = self.part / "notebook.ipynb"
        problem = None
        with (
            tempfile.TemporaryDirectory(prefix="lineart-") as sockets,  # Their paths must be short.
            _environment(self._variables()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # papermill's own, about tornado and paths.
            _register_engine(self, Path(sockets))
            try:
                papermill.execute_notebook(
                    str(self.notebook),
                    str(output),
                    parameters=self.plan.parameters,
                    cwd=str(self.root / "notebooks"),
                    engine_name="lineart",
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    log_output=False,
                )
            except PapermillExecutionError:
                problem = "a cell failed"
            except RuntimeError as death:  # nbclient's DeadKernelError is one.
                problem = f"the kernel died: {death}: was there enough memory?"
        cells = json.loads(output.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            cell["source"] = "".join(cell["source"])
        cells = [cell for cell in cells if not _is_papermills(cell)]
        found = describe_failure(cells, self.root) or problem
        return f"{self.notebook.name}: {found}" if found else None

    def _variables(self) -> dict[str, str]:
        build = self.root / "build"
        path = [str(self.root), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        return {
            "LINEART_ROOT": str(self.root),
            "LINEART_PUBLICATION": str(self.part),
            "LINEART_NOTEBOOK": self.notebook.stem,
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": str(build / ".ipython"),  # Nobody's start-up files, no shared history.
        }


def _is_papermills(cell: Mapping[str, Any]) -> bool:
    """Recognize the cells that papermill adds, so that a cell's number is that of the source."""
    added = {"papermill-error-cell-tag", "injected-parameters"}
    return bool(added.intersection(cell.get("metadata", {}).get("tags", [])))


def _register_engine(run: Run, sockets: Path) -> None:
    """Teach papermill an engine that reports each cell and watches the kernel's memory."""
    from jupyter_client.provisioning import local_provisioner
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines
    from traitlets.config import Config

    weights = cell_weights(run.notebook, run.part.parent)

    # Files instead of ports: nobody else on the machine can connect.
    private = {"transport": "ipc", "ip": str(sockets / "kernel")}
    # An idle kernel that is told to end would report the signal as an error.
    silent = ["--IPKernelApp.log_level=CRITICAL"]

    class Client(PapermillNotebookClient):
        def papermill_execute_cells(self) -> None:
            pid = self.km.provisioner.pid
            with Progress(run.notebook.stem, self.nb.cells, weights, pid) as progress:
                start, complete = self.nb_man.cell_start, self.nb_man.cell_complete

                def cell_start(cell: Any, cell_index: int, **more: Any) -> None:
                    progress.start(cell_index)
                    start(cell, cell_index, **more)

                def cell_complete(cell: Any, cell_index: int, **more: Any) -> None:
                    complete(cell, cell_index, **more)
                    failed = bool(cell.metadata.get("papermill", {}).get("exception"))
                    progress.complete(cell_index, failed=failed)

                self.nb_man.cell_start, self.nb_man.cell_complete = cell_start, cell_complete
                super().papermill_execute_cells()
                run.peak_memory_mb = progress.peak_memory_mb()
                run.wall_seconds = progress.seconds()

    class Engine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            for unused in ("input_path", "stdout_file", "stderr_file"):
                options.pop(unused, None)
            options.pop("start_timeout", None)
            quiet = logging.getLogger("lineart.papermill")
            quiet.setLevel(logging.CRITICAL)
            Client(
                nb_man,
                config=Config({"KernelManager": private}),
                kernel_name=kernel_name,
                startup_timeout=120,
                timeout=options.pop("execution_timeout", None),
                log=quiet,
                extra_arguments=silent,
                **options,
            ).execute()

    local_provisioner.launch_kernel = launch_kernel
    logging.getLogger("papermill").setLevel(logging.ERROR)
    papermill_engines.register("lineart", Engine)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the kernel, which inherits them, and restore the old ones."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
