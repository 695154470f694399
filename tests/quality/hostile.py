"""Run hostile pages through the compute processes of the stream and `enrich`: `python -m tests.quality.hostile DIR`.

One line a page: what came of it, the CPU seconds it took and the memory above the idle process.
"""

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

from streams.flow import Stage
from streams.settings import Settings
from streams.transport.compute import Compute
from streams.work import load_flow

TICKS = os.sysconf("SC_CLK_TCK")


class Ended(NamedTuple):
    """How a page ended."""

    name: str
    outcome: str  # "article", or the dead letter's code
    text: str  # of the article
    cpu: float  # seconds
    megabytes: float  # above the idle process; 0 where the process died with the page
    seconds: float  # of wall time: what a worker waits, tries in fresh processes included


async def run(pages: list[tuple[str, bytes]], settings: Settings) -> list[Ended]:
    """Take each page alone through clean."""
    flow = load_flow("streams.app:flow")
    compute = Compute([flow["clean"]], settings)
    await compute.start()
    idle = _memory(_pid(compute), "VmRSS")
    try:
        return [await _one(flow["clean"], compute, page, idle, settings) for page in pages]
    finally:
        await compute.stop()


async def _one(clean: Stage, compute: Compute, page: tuple[str, bytes], idle: int, settings: Settings) -> Ended:
    name, content = page
    event = {
        "url": f"https://hostile.example/{name}",
        "content_type": "text/html",
        "body_b64": base64.b64encode(content).decode(),
    }
    await compute.run(clean, [b"{}"])  # replaces a process that the page before has made large
    process = _pid(compute)
    cpu = _cpu(process)
    _forget_peak(process)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    (outputs,) = await compute.run(clean, [json.dumps(event).encode()])
    seconds = loop.time() - begin
    after = _pid(compute)
    own = outputs[0]
    value = msgspec.json.decode(own.value) if own.value and own.outcome == "passed" else {}
    text = "\n".join([value.get("title") or "", *value.get("paragraphs", [])])
    if after != process:
        return Ended(name, own.code, "", settings.page_cpu_seconds, 0.0, seconds)
    peak = _memory(process, "VmHWM") - idle
    return Ended(name, "article" if value else own.code, text, _cpu(process) - cpu, peak / 1024, seconds)


def _forget_peak(process: int) -> None:
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")  # proc(5): VmHWM begins anew


def _pid(compute: Compute) -> int:
    [process] = compute._processes
    return process.pid


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(process: int, name: str) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


def table(ended: list[Ended]) -> str:
    """Print what happened."""
    rows = [f"{one.name:<48} {one.outcome:<12} {one.cpu:6.2f} s {one.megabytes:7.1f} MB" for one in ended]
    return "\n".join(rows)


def main() -> None:
    """Run every file of a directory."""
    pages = [(path.name, path.read_bytes()) for path in sorted(Path(sys.argv[1]).iterdir())]
    print(table(asyncio.run(run(pages, Settings(compute_processes=1)))))


if __name__ == "__main__":
    main()
