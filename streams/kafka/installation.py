"""Kafka on this machine: its jars by Maven, checked; its formatted directory and its class archive, made once.

Everything lies in one directory of the cache, named after what it was made from, so that a new version of the jars
or of the settings is a new directory and nothing is ever changed in place:

    kafka-<hash>/lib/*.jar           46 jars, 43 MB
    kafka-<hash>/formatted/          what `kafka.tools.StorageTool format` writes; each new broker starts from a copy
    kafka-<hash>/classes-<java>.jsa  parsed classes (AppCDS) for this Java: start-up at 0.6 of the CPU time
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.kafka import launch
from streams.kafka.launch import HERE, KafkaSetupError

Progress = Callable[[str], None]

OLDEST_JAVA = 17  # what Kafka 4 needs
CLUSTER_ID = "bmV3c2Zsb3ctZW1iZWRkZQ"  # any 16 bytes in base64
APT = "apt-get install --no-install-recommends"


def silent(_message: str) -> None:
    """Tell nobody."""


def cache_directory() -> Path:
    """Where newsflow keeps what it can make again: NEWSFLOW_CACHE, else as XDG's base directories say."""
    if own := os.environ.get("NEWSFLOW_CACHE"):
        return Path(own).expanduser().resolve()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "newsflow"


def install(progress: Progress = silent) -> Path:
    """Return the directory of the installed Kafka; install it first where it is not."""
    java, version = find_java()
    made_from = b"".join((HERE / name).read_bytes() for name in ("pom.xml", "jars.sha256", "server.properties"))
    home = cache_directory() / f"kafka-{hashlib.sha256(made_from).hexdigest()[:12]}"
    archive = home / f"classes-{version}.jsa"
    if archive.exists():
        return home
    with locked(home.with_suffix(".lock")):
        if not home.exists():
            with scratch(home) as new:
                fetch_jars(new / "lib", progress)
                progress("Formatting a directory for Kafka …")
                format_storage(java, new)
                new.rename(home)
        if not archive.exists():
            progress("Preparing Kafka's classes for a quick start …")
            write_archive(java, home, archive)
    return home


def command(home: Path) -> list[str]:
    """Return the start of every command line that runs a class of the installed Kafka."""
    java, version = find_java()
    archive = home / f"classes-{version}.jsa"
    shared = [f"-XX:SharedArchiveFile={archive}"] if archive.stat().st_size else []
    return [*java_command(java, home), *shared]


def java_command(java: str, home: Path) -> list[str]:
    """The same without the class archive. The jars stand in the committed order, which the archive depends on."""
    jars = ":".join(str(home / "lib" / name) for name in checksums())
    return [java, *launch.HEAP, *launch.QUICK, *launch.LOGGING, "-cp", jars]


def find_java() -> tuple[str, str]:
    """The path and the version of Java: JAVA_HOME's, else the one on PATH."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    need = f"Java {OLDEST_JAVA} or newer is needed: {APT} default-jre-headless (or set JAVA_HOME)"
    if java is None:
        raise KafkaSetupError(f"No Java found. {need}")
    said = run([java, "-version"], f"{java} does not run. {need}").stderr
    found = re.search(r'version "((\d+)[^"]*)"', said)
    if found is None or int(found[2]) < OLDEST_JAVA:
        raise KafkaSetupError(f"{java} is version {found[1] if found else 'unknown'}. {need}")
    return java, found[1]


def fetch_jars(lib: Path, progress: Progress) -> None:
    """Let Maven copy the jars to `lib`, from wherever this machine's Maven is told to take them, and check each."""
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaSetupError(f"Maven is needed to fetch Kafka: {APT} maven")
    progress("Fetching Kafka's jars by Maven (43 MB, once) …")
    goal = [maven, "-q", "-B", "-C", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    run([*goal, f"-DoutputDirectory={lib}"], "Maven could not fetch Kafka's jars. Mend the network or its settings")
    check_jars(lib)


def checksums() -> dict[str, str]:
    """The committed SHA-256 of each jar, by file name, in the order of the class path."""
    rows = (line.split() for line in (HERE / "jars.sha256").read_text().splitlines())
    return {name: digest for digest, name in rows}


def check_jars(lib: Path) -> None:
    """Refuse a set of jars that is not, byte for byte, the committed one."""
    expected = checksums()
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in lib.glob("*")}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            what = "is missing" if name not in found else "is not the one in jars.sha256"
            raise KafkaSetupError(f"{name} {what}: nothing was installed. Look at where Maven takes its files from")


def format_storage(java: str, home: Path) -> None:
    """Format a data directory. Files written by hand instead leave features off, transaction.version 2 among them."""
    settings = home / "format.properties"
    launch.write_settings(settings, home / "formatted", 9092, 9093)  # ports of no meaning here
    tool = [*java_command(java, home), "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)]
    run(tool, "Kafka could not format its directory")
    settings.unlink()


def write_archive(java: str, home: Path, archive: Path) -> None:
    """Run a broker once and keep the classes that it loaded. Where this Java cannot, an empty file says so."""
    with scratch(archive) as directory:
        new = directory / archive.name
        port, controller_port = launch.free_ports(2)
        shutil.copytree(home / "formatted", directory / "data")
        settings, log = directory / "server.properties", directory / "broker.log"
        launch.write_settings(settings, directory / "data", port, controller_port)
        training = [*java_command(java, home), f"-XX:ArchiveClassesAtExit={new}"]
        process = launch.start(training, settings, log, tethered=True)
        try:
            launch.await_answer(process, port, log)
        finally:
            launch.stop(process)
        new.touch()
        new.rename(archive)


def run(words: list[str], complaint: str) -> subprocess.CompletedProcess[str]:
    """Run to the end; raise the complaint, with what the program said last, where it fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise KafkaSetupError(f"{complaint} ({error.strerror})") from error
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if "ERROR" in line] or said[-1:]
        raise KafkaSetupError(f"{complaint} ({errors[0].strip() if errors else f'exit code {done.returncode}'})")
    return done


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process at a time do this."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """Return a new directory on the same file system, gone afterwards unless it was renamed."""
    directory = Path(tempfile.mkdtemp(prefix=f".{beside.name}-", dir=beside.parent))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
