"""Packages of Node that tests need: as the lock file beside a package.json says."""

import subprocess
from pathlib import Path


def installed(folder: Path) -> Path:
    """Install a folder's locked packages where they are not there yet, and say where they are."""
    modules = folder / "node_modules"
    done = modules / ".package-lock.json"  # npm writes it last
    if not done.is_file() or done.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        subprocess.run(
            ["npm", "ci", "--silent", "--ignore-scripts"], cwd=folder, check=True, timeout=120, stdin=subprocess.DEVNULL
        )
    return modules
