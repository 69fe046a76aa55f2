"""A kernel that is forked from a warm process is like one that starts from nothing."""

import contextlib
import json
import os
import signal
import subprocess

import psutil
import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import local_provisioner

from lineart_lib.bindery import warm
from lineart_lib.runtime import project_root

LOOK = """
import json, os, sys
print(json.dumps({
    "folder": os.getcwd(), "told": os.environ.get("TOLD"),
    "left": os.environ.get("LINEART_WARM_TEST"),
    "path": sys.path, "main": __name__, "backend": os.environ.get("MPLBACKEND"),
    "arguments": sys.argv[1:2], "matplotlib": "matplotlib" in sys.modules,
    "torch": "torch" in sys.modules,
}))
"""


@pytest.fixture(scope="module")
def server():
    """A server with kernels to fork."""
    os.environ["LINEART_WARM_TEST"] = "of the server"
    with warm.warm_kernels(project_root()):
        del os.environ["LINEART_WARM_TEST"]
        yield


@contextlib.contextmanager
def kernel(folder, monkeypatch):
    """Run a kernel in a folder, as the build does; give its manager and a client."""
    monkeypatch.setattr(local_provisioner, "launch_kernel", warm.launch_kernel)
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "socket"))
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"TOLD": "of the kernel", "PYTHONPATH": str(project_root())}
    manager.start_kernel(cwd=str(folder), env=env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def answer(client, code):
    """Run code in a kernel and return what it printed."""
    said = []
    client.execute_interactive(
        code, timeout=60, output_hook=lambda m: said.append(m["content"].get("text", ""))
    )
    return "".join(said)


def look(folder, monkeypatch):
    """Tell how a new kernel was started, and what it sees around itself."""
    with kernel(folder, monkeypatch) as (manager, client):
        return type(manager.provisioner.process), json.loads(answer(client, LOOK))


def test_a_fork_sees_what_a_new_process_sees(server, tmp_path, monkeypatch):
    """Equivalence: folder, environment, import path and arguments; only torch is there already."""
    kind, forked = look(tmp_path, monkeypatch)
    assert kind is warm.Forked
    monkeypatch.delenv(warm.SERVER)
    kind, fresh = look(tmp_path, monkeypatch)
    assert kind is subprocess.Popen
    assert (forked.pop("torch"), fresh.pop("torch")) == (True, False)
    assert forked == fresh
    assert forked["told"] == "of the kernel"
    assert forked["left"] is None


def test_a_kernel_ends_with_whoever_asked_for_it(server, tmp_path):
    """Property: when the connection closes, as at the death of its owner, the kernel ends."""
    asked = warm.Forked(os.environ[warm.SERVER], ["-f", str(tmp_path / "k.json")], tmp_path, {})
    assert asked.poll() is None
    running = psutil.Process(asked.pid)
    asked._answers.close()
    asked._server.close()
    _, alive = psutil.wait_procs([running], timeout=30)
    assert not alive


def test_an_interrupt_reaches_the_kernel_alone(server, tmp_path, monkeypatch):
    """Property: a signal to the kernel's group stops a running cell; kernel and server live on."""
    with kernel(tmp_path, monkeypatch) as (manager, client):
        asked = client.execute("import time; print('on'); time.sleep(60)")
        while client.get_iopub_msg(timeout=60)["content"].get("text") != "on\n":
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)
        assert reply["parent_header"]["msg_id"] == asked
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        # Not by printing: what is printed may come after the kernel says that it is idle again.
        lives = client.execute_interactive("", user_expressions={"six": "6 * 7"}, timeout=60)
        assert lives["content"]["user_expressions"]["six"]["data"]["text/plain"] == "42"
    assert look(tmp_path, monkeypatch)[0] is warm.Forked


def test_a_killed_kernel_is_reported(server, tmp_path, monkeypatch):
    """Property: the exit code of a fork is that of the signal that ended it."""
    with kernel(tmp_path, monkeypatch) as (manager, _):
        process = manager.provisioner.process
        assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
        assert process.poll() == -signal.SIGKILL


def test_without_its_server_a_kernel_starts_from_nothing(tmp_path, monkeypatch):
    """Property: a server that has ended is no reason to fail."""
    monkeypatch.setenv(warm.SERVER, str(tmp_path / "nobody"))
    assert look(tmp_path, monkeypatch)[0] is subprocess.Popen


def test_the_server_ends_with_its_context(monkeypatch):
    """Property: nothing stays behind, and the environment is as before."""
    monkeypatch.delenv(warm.SERVER, raising=False)
    before = psutil.Process().children()
    with warm.warm_kernels(project_root()):
        [server] = [child for child in psutil.Process().children() if child not in before]
    assert not server.is_running()
    assert warm.SERVER not in os.environ
