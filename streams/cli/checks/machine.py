"""Whether this machine has the disk and the memory that a worker with these settings can come to need."""

import os
import resource
import shutil
import tempfile
from pathlib import Path

import google_crc32c

from streams.cli.topics import Fault
from streams.settings import MIB, Settings
from streams.transport.compute_child import GROWN_BYTES

# Measured (docs/operating.md): a row on disk and in memory, a worker without rows and what its processes share.
ROW_DISK_BYTES = 1100
ROW_MEMORY_BYTES = 255
WORKER_BYTES = 350 * MIB
GIB = 2**30
IN_MEMORY = {"tmpfs", "ramfs"}
OF_CONTAINER = {"overlay", "aufs"}
UNLIMITED = 2**60  # cgroups and rlimits say "no limit" by a number near 2^63, or by words


def disk_need(config: Settings) -> int:
    """Disk that the state of all partitions can come to take (bytes): a worker may be the last one that runs."""
    return ROW_DISK_BYTES * config.dedupe_max_entries * config.partitions


def memory_need(config: Settings, partitions: int | None = None) -> int:
    """Memory that a worker can come to take that holds so many partitions, all unless told otherwise (bytes)."""
    rows = ROW_MEMORY_BYTES * config.dedupe_max_entries * (partitions or config.partitions)
    return WORKER_BYTES + config.compute_processes * (GROWN_BYTES + config.page_memory_bytes) + rows


def checksum_faults() -> list[Fault]:
    """Look whether checksums are reckoned by the processor."""
    if google_crc32c.implementation == "c":
        return []
    text = (
        "checksums are reckoned in Python, half a second for a batch of 5 MiB, as google-crc32c has no wheel for this "
        "system: use one with glibc, such as Debian, or build the package's C extension"
    )
    return [Fault(text, grave=False)]


def state_faults(config: Settings) -> list[Fault]:
    """Look at the place of the dedupe state: NEWSFLOW_STATE_DIR, or where temporary files go."""
    directory = config.state_dir or Path(tempfile.gettempdir())
    name = f"NEWSFLOW_STATE_DIR={directory}" if config.state_dir else f"{directory} (no NEWSFLOW_STATE_DIR)"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return [
            Fault(
                f"{name} cannot be written ({error.strerror}): give its volume to this user, or name another directory"
            )
        ]
    faults = []
    kind = file_system(directory)
    if config.state_dir and kind in IN_MEMORY:
        faults.append(
            Fault(f"{name} is a {kind}: it takes memory and is gone after a restart; name a disk's directory")
        )
    if config.state_dir and kind in OF_CONTAINER:
        text = (
            f"{name} is the container's own layer ({kind}): mount a volume, or each new container reads its state anew"
        )
        faults.append(Fault(text, grave=False))
    room = shutil.disk_usage(directory).free + sum(file.stat().st_size for file in directory.glob("*.sqlite"))
    whole = disk_need(config)
    if room < whole:
        text = (
            f"{name} has {room / GIB:.1f} GiB for state, which can come to {whole / GIB:.1f} GiB "
            f"({ROW_DISK_BYTES} bytes × NEWSFLOW_DEDUPE_MAX_ENTRIES × {config.partitions} partitions): larger volume "
            "or fewer entries"
        )
        faults.append(Fault(text, grave=room < whole // config.partitions))
    return faults


def memory_faults(config: Settings) -> list[Fault]:
    """Compare what a worker can come to need with what it may have."""
    need, all_rows = memory_need(config), config.dedupe_max_entries * config.partitions
    limit, whose = memory_limit()
    if limit >= need:
        return []
    fit = max(0, (limit - need + all_rows * ROW_MEMORY_BYTES) // (ROW_MEMORY_BYTES * config.partitions))
    return [
        Fault(
            f"a worker that holds all {config.partitions} partitions can come to need {need / GIB:.1f} GiB, {whose} is "
            f"{limit / GIB:.1f} GiB: raise it, or set NEWSFLOW_DEDUPE_MAX_ENTRIES={fit} (see docs/operating.md)",
            # Languages are of uneven size: all partitions full is the worst case, one of them full is to be expected.
            grave=whose != "this machine" and limit < memory_need(config, 1),
        )
    ]


def memory_limit() -> tuple[int, str]:
    """The least of what the control group, the process limits and the machine allow (bytes), and whose it is."""
    limits = [(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "this machine")]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    limits.append((soft if 0 < soft < UNLIMITED else UNLIMITED, "its limit (ulimit -v)"))
    limits += [(limit, "its limit (cgroup)") for limit in _group_limits()]
    return min(limits)


def _group_limits(root: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """What the control group and those around it allow; in a container its own is the root."""
    files = [root / "memory.max", root / "memory/memory.limit_in_bytes"]
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        _, kinds, path = line.split(":", 2)
        for parent in (Path(path), *Path(path).parents):
            inside = str(parent).lstrip("/")
            files += [root / inside / "memory.max"] if not kinds else []
            files += [root / "memory" / inside / "memory.limit_in_bytes"] if "memory" in kinds else []
    return [int(told) for told in map(_read, files) if told.strip().isdigit() and int(told) < UNLIMITED]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def file_system(directory: Path) -> str:
    """Name the type of the file system that a directory is on."""
    best, kind = -1, ""
    for line in _read(Path("/proc/self/mountinfo")).splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4]
        if directory.resolve().is_relative_to(point) and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind
