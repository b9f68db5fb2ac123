"""The base target: a Python package that runs by itself."""

from nbpipe.targets.base import Target


class Package(Target):
    """A Python package with a command line of its own, built on doit."""

    name = "package"
    title = "Python package"
    says = ("retries", "timeout")
