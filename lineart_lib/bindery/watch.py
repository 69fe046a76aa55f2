"""Let the processes of a killed build end with it."""

from __future__ import annotations

import os
import threading
import time

import psutil

PARENT = "LINEART_BUILD_PID"
"""Environment variable in which the build hands its process id to what it starts."""


def die_with_parent(seconds: float = 0.2) -> None:
    """End this process and its children as soon as the build that started it is gone.

    A process that is killed cannot tell its children. So they look, in a thread, whether it still
    is their parent. Outside a build this does nothing.

    Parameters
    ----------
    seconds : float
        Time between two looks.
    """
    build = os.environ.get(PARENT)
    if build is None:
        return

    def look() -> None:
        while os.getppid() == int(build):
            time.sleep(seconds)
        end_children()
        os._exit(137)

    threading.Thread(target=look, name="die-with-parent", daemon=True).start()


def end_children() -> None:
    """Kill every process below this one."""
    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
