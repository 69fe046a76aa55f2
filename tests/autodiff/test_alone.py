"""The room stands on the standard library alone."""

import subprocess
import sys
from pathlib import Path

import lineart_lib

ROOT = Path(lineart_lib.__file__).parents[1]

CODE = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import lineart_lib.autodiff as autodiff
for module in pkgutil.iter_modules(autodiff.__path__, "lineart_lib.autodiff."):
    importlib.import_module(module.name)
from random import Random
network = autodiff.MLP((2, 3, 1), Random(0))
loss = (network([1.0, 0.0])[0] - 1.0) ** 2
loss.backward()
autodiff.AdamW(network.parameters()).step()
assert autodiff.draw(loss).startswith("<svg")
assert autodiff.derivative(lambda x: x * x, 3.0) == 6.0
known = set(sys.stdlib_module_names) | {"lineart_lib", "__main__"}
print(sorted({name.partition(".")[0] for name in sys.modules} - known))
"""


def test_imports_nothing_outside_the_standard_library() -> None:
    """Property: without site-packages (-S) and environment (-I), all of it imports and works.

    The process lists what it loaded that is neither ours nor of the standard library: nothing.
    """
    result = subprocess.run(
        [sys.executable, "-S", "-I", "-c", CODE, str(ROOT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
