"""The public face of the Python package."""

from importlib.metadata import version

import ikusei


def test_version_is_the_packages() -> None:
    assert ikusei.__version__ == version("ikusei")
