"""Where things lie: the checkout, the cache that clones share, the model folder."""
import contextlib
import fcntl
import os
from pathlib import Path

from .errors import FetchError

ROOT = Path(__file__).resolve().parents[2]


class Places:
    """cache/archives   verified packages as the registry served them
    cache/native     unpacked or built native packages, one folder a version
    cache/models     converted models, one folder a model and recipe
    cache/python-*   the virtual environment of the conversions
    """

    def __init__(self, environ=os.environ, root: Path = ROOT):
        self.root = root
        home = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache")
        self.cache = Path(environ.get("AIMPACT_BUILD_CACHE_DIR") or home / "aimpact").absolute()
        self.lock_file = Path(environ.get("AIMPACT_MODELS_LOCK") or root / "models.lock")
        self.native = Path(environ.get("AIMPACT_NATIVE_DIR") or root / "var" / "native").absolute()
        self.models = Path(environ.get("AIMPACT_MODELS_DIR") or root / "var" / "models").absolute()
        # A folder of packages to use instead of the registries (air-gapped machines, tests).
        local = environ.get("AIMPACT_PACKAGES_DIR")
        self.packages = Path(local).absolute() if local else None

    @contextlib.contextmanager
    def exclusive(self, say):
        """Two runs that share a cache take turns."""
        self.cache.mkdir(parents=True, exist_ok=True)
        with open(self.cache / ".lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another fetch that uses the same cache")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def require_python() -> None:
    import sys
    if sys.version_info < (3, 11):
        raise FetchError(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; "
                         "install it and run the script with it")
