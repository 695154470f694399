"""The set-up of Kafka: what is missing or wrong is said in one line, and nothing half-made stays."""

from pathlib import Path

import pytest

from streams import kafka
from streams.kafka import KafkaSetupError
from streams.kafka.installation import check_jars, checksums, find_java, install


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWSFLOW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing but these programs is on PATH."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return directory


def script(file: Path, *lines: str) -> None:
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)


def refused() -> str:
    with pytest.raises(KafkaSetupError) as refusal:
        install()
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.usefixtures("cache", "programs")
def test_without_java_one_line_says_what_to_install() -> None:
    assert "apt-get install --no-install-recommends default-jre-headless" in refused()


@pytest.mark.usefixtures("cache")
def test_an_old_java_is_refused_by_its_version(programs: Path) -> None:
    script(programs / "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    assert "is version 11.0.2. Java 17 or newer is needed" in refused()


def test_java_is_found_by_java_home(tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jdk/bin").mkdir(parents=True)
    script(tmp_path / "jdk/bin/java", """echo 'openjdk version "21.0.1" 2023-10-17' >&2""")
    script(programs / "java", "exit 1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert find_java() == (str(tmp_path / "jdk/bin/java"), "21.0.1")


@pytest.mark.usefixtures("cache")
def test_without_maven_one_line_says_what_to_install(programs: Path) -> None:
    script(programs / "java", """echo 'openjdk version "17.0.1"' >&2""")
    assert "apt-get install --no-install-recommends maven" in refused()


def test_a_maven_that_fails_is_quoted_and_leaves_nothing(cache: Path, programs: Path) -> None:
    script(programs / "java", """echo 'openjdk version "17.0.1"' >&2""")
    script(programs / "mvn", "echo '[ERROR] no route to anywhere'", "echo '[ERROR] more'", "exit 1")
    assert "[ERROR] no route to anywhere" in refused()
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_a_jar_of_another_checksum_is_refused_and_leaves_nothing(cache: Path, programs: Path) -> None:
    script(programs / "java", """echo 'openjdk version "17.0.1"' >&2""")
    script(
        programs / "mvn",
        'for word; do case "$word" in -DoutputDirectory=*) lib=${word#*=} ;; esac; done',
        '/bin/mkdir "$lib"',
        *(f'echo forged >"$lib/{name}"' for name in checksums()),
    )
    assert "is not the one in jars.sha256: nothing was installed" in refused()
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_the_installed_jars_are_the_committed_ones_and_no_other(tmp_path: Path) -> None:
    installed = install() / "lib"
    check_jars(installed)
    for jar in [*installed.iterdir()][1:]:
        (tmp_path / jar.name).symlink_to(jar)
    with pytest.raises(KafkaSetupError, match="is missing"):
        check_jars(tmp_path)


def test_an_install_is_done_once() -> None:
    said: list[str] = []
    home = install()
    assert install(said.append) == home
    assert said == []


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSFLOW_CACHE", str(tmp_path / "own"))
    assert kafka.cache_directory() == tmp_path / "own"
    monkeypatch.delenv("NEWSFLOW_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert kafka.cache_directory() == tmp_path / "xdg/newsflow"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kafka.cache_directory() == tmp_path / ".cache/newsflow"


def test_the_committed_files_name_no_host() -> None:
    package = Path(kafka.__file__).parent
    for name in ("pom.xml", "jars.sha256", "server.properties"):
        assert "http" not in (package / name).read_text()
