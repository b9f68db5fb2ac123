"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("nbpipe", deadline=None)  # the machines of CI are slow at times
settings.load_profile("nbpipe")
