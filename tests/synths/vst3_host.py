"""Where a free VST3 instrument lies, and how Python is started so that it can load it."""

import os
import platform
import sys
import sysconfig
from pathlib import Path

BUNDLE = "mda-vst3.vst3"
MISSING = "no VST3 instrument; .ci/install_vst3_instrument installs one"
_NEEDED_GLIBC = (2, 38)
_ARCH = f"{platform.machine()}-linux-gnu"


def find_instrument() -> Path | None:
    """Find what .ci/install_vst3_instrument installed, or the distribution's package."""
    named = os.environ.get("VST3_INSTRUMENT_DIR")
    roots = [Path(named)] if named else []
    roots += [Path("/opt/vst3-instrument"), Path.home() / ".cache" / "vst3-instrument", Path("/")]
    places = (
        root / "usr/lib" / middle / "vst3" / BUNDLE for root in roots for middle in ("", _ARCH)
    )
    return next((place for place in places if place.exists()), None)


def python_command(instrument: Path) -> tuple[list[str], dict[str, str]]:
    """Tell how to start a Python that can load the instrument.

    Args:
        instrument: path of the bundle.

    Returns:
        The command, and the environment to run it in. Where this machine's C library is too old,
        the command starts the loader that was unpacked with the instrument.
    """
    packages = [str(Path.cwd()), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(packages))}
    version = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2] if part)
    root = next((p.parent for p in instrument.parents if p.name == "usr"), Path("/"))
    loaders = sorted(root.glob("usr/lib/*/ld-linux-*.so.*"))
    if version >= _NEEDED_GLIBC or root == Path("/") or not loaders:
        return [sys.executable], environment
    libraries = loaders[0].parent
    python = os.path.realpath(sys.executable)
    environment |= {"PYTHONHOME": sys.base_prefix}  # not to be found from the loader's path
    return [str(loaders[0]), "--library-path", str(libraries), python], environment
