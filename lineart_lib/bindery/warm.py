"""Kernels that start at once: forks of a process that has imported PyTorch and IPython already.

A preview runs many small notebooks, and each would spend more time on imports than on its cells.
So the build starts one server, ``python -m lineart_lib.bindery.warm``, which imports and then
waits. For every kernel it forks: the child takes over the command line, the environment and the
folder that a new process would have had. It lives no longer than whoever asked for it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

SERVER = "LINEART_WARM_KERNELS"
"""Environment variable with the path of the server's socket."""
MODULES = ("ipykernel.kernelapp", "torch._dynamo", "scipy.ndimage", "cv2")
"""Not Matplotlib: its import settles how it draws, and that is for the kernel to say."""
LAUNCHER = "ipykernel_launcher"


class Forked:
    """A kernel that the server forked; what `subprocess.Popen` would be for one of our own."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, arguments: Sequence[str], cwd: str, env: Mapping) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(address)
        request = {"arguments": list(arguments), "cwd": os.fspath(cwd), "env": dict(env)}
        self._server.sendall(json.dumps(request).encode() + b"\n")
        self._answers = self._server.makefile("rb")
        self.pid = int(self._answers.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while the kernel runs."""
        if self.returncode is None and _ready(self._server):
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            if timeout is not None and not _ready(self._server, timeout):
                raise subprocess.TimeoutExpired(LAUNCHER, timeout)
            self.returncode = int(self._answers.readline() or -signal.SIGKILL)
            self._answers.close()
            self._server.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the kernel, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel."""
        self.send_signal(signal.SIGKILL)


def launch_kernel(
    cmd: Sequence[str], *, cwd: str | None = None, env: Mapping | None = None, **more: Any
) -> Any:
    """Start a kernel, by the server where there is one.

    It stands in for `jupyter_client.launcher.launch_kernel`, and calls that when no server runs or
    the command starts something else than IPython's kernel.
    """
    from jupyter_client.launcher import launch_kernel as launch_new

    address = os.environ.get(SERVER)
    if address and LAUNCHER in cmd:
        arguments = cmd[list(cmd).index(LAUNCHER) + 1 :]
        with contextlib.suppress(OSError, ValueError):  # The server ended: do without.
            return Forked(address, arguments, cwd or ".", os.environ if env is None else env)
    return launch_new(list(cmd), cwd=cwd, env=env, **more)


@contextlib.contextmanager
def warm_kernels(root: Path) -> Iterator[None]:
    """Run a server as long as the context lasts, and name it in the environment.

    Where the system cannot watch a process that is not its child (it needs Linux), there is none,
    and kernels start as always.
    """
    if not hasattr(os, "pidfd_open"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lineart-") as folder:
        address = str(Path(folder) / "warm")
        paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(address)  # Here, so that the first to ask need not come later.
            listening.listen()
            number = listening.fileno()
            server = subprocess.Popen(
                [sys.executable, "-m", __name__, str(number)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                cwd=root,
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
            )
        os.environ[SERVER] = address
        try:
            yield
        finally:
            os.environ.pop(SERVER, None)
            server.kill()
            server.wait()


def serve(listening: socket.socket) -> None:
    """Import, then fork for everyone who asks, as long as the process that started this lives."""
    starter = os.getppid()
    for module in MODULES:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for the keepers.
    listening.settimeout(0.5)
    while os.getppid() == starter:
        with contextlib.suppress(TimeoutError):
            asking, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _keep_kernel(asking)
            asking.close()


def _keep_kernel(asking: socket.socket) -> NoReturn:
    """Fork the kernel, tell its end, and end it when whoever asked is gone."""
    os.setsid()  # Before the kernel exists, so that a signal to its group stays in it.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asking.setblocking(True)
    with asking.makefile("rb") as lines:
        request = json.loads(lines.readline())
    kernel = os.fork()
    if kernel == 0:
        asking.close()
        _become_kernel(**request)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # They are for the kernel.
    asking.sendall(f"{kernel}\n".encode())
    ended = os.pidfd_open(kernel)
    if asking in select.select([asking, ended], [], [])[0]:
        os.killpg(0, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(kernel, 0)[1])
    with contextlib.suppress(OSError):
        asking.sendall(f"{code}\n".encode())
    os._exit(0)


def _become_kernel(arguments: list[str], cwd: str, env: dict[str, str]) -> NoReturn:
    """Turn this process into the kernel that the command would have started."""
    from ipykernel.kernelapp import launch_new_instance

    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [LAUNCHER, *arguments]
    launch_new_instance()
    sys.exit()


def _ready(connection: socket.socket, timeout: float = 0.0) -> bool:
    return bool(select.select([connection], [], [], timeout)[0])


if __name__ == "__main__":
    del sys.path[0]  # The folder it was started in, as IPython's launcher does.
    serve(socket.socket(fileno=int(sys.argv[1])))
