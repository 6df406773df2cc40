"""Programs started in milliseconds: forked from a process that has imported the libraries, never the project.

Starting Python and importing torch takes seconds, and Snakemake starts a Python for each job.
:func:`interpreter` gives a program that takes ``python``'s place: it asks a server for a fork that runs the
script or module in the caller's folder, environment and streams. The project's own sources are imported anew
every time.
"""

import atexit
import functools
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

LIBRARIES = (
    "jsonschema",
    "matplotlib.pyplot",
    "pandas",
    "pyarrow.parquet",
    "safetensors.torch",
    "scipy.stats",
    "seaborn",
    "smart_open",
    "snakemake.assets",
    "snakemake.cli",
    "snakemake.report",
    "snakemake.storage",
    "statsmodels.stats.multitest",
    "torch.func",
    "torch._dynamo",
    "yaml",
    "yte",
)
CLIENT = """\
#!{python} -SE
import json, os, socket, sys
arguments = sys.argv[1:]
if not arguments or arguments[0].startswith("-") and arguments[0] != "-m":
    os.execv({python!r}, [{python!r}, *arguments])
call = json.dumps([arguments, os.getcwd(), dict(os.environ), sys.argv[0]]).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [len(call).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(call)
    sys.exit(int(server.makefile().read() or 1))
"""


@functools.cache
def interpreter() -> str:
    """Start the server, once a process; return the path of the program that takes ``python``'s place."""
    if sys.platform != "linux":
        return sys.executable
    folder = Path(tempfile.mkdtemp())
    address, client = folder / "address", folder / "python"
    client.write_text(CLIENT.format(python=sys.executable, address=str(address)))
    client.chmod(0o755)
    command = [sys.executable, __file__, str(address)]
    server = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"ready\n"
    return str(client)


def serve(address: str) -> None:
    """Fork for every call, until the process that started this one ends and so closes its end of the pipe."""
    for name in LIBRARIES:
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        parent = sys.stdin
        while parent not in select.select([listener, parent], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                supervise(connection)
            connection.close()


def supervise(connection: socket.socket) -> None:
    """Run the call in a further fork and tell its exit code."""
    size, streams, *_ = socket.recv_fds(connection, 8, 3)
    call = connection.makefile("rb").read(int.from_bytes(size, "big"))
    worker = os.fork()
    if worker == 0:
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os._exit(run_to_the_end(*json.loads(call)))
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    connection.sendall(str(code if code >= 0 else 128 - code).encode())
    os._exit(0)


def run_to_the_end(*call: object) -> int:
    """Run the call; return its exit code. Taking an interpreter with torch apart would take a second more."""
    code: object = 1
    try:
        run(*call)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    if isinstance(code, str):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 1


def run(arguments: list[str], folder: str, environment: dict[str, str], executable: str) -> None:
    """Do what ``python ARGUMENTS`` does, here."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.executable = executable
    sys.path[0] = str(Path(arguments[0]).resolve().parent)
    if arguments[0] == "-m":
        sys.path[0] = folder
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    serve(sys.argv[1])
