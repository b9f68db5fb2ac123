"""Reading what a project remembers of its conversion."""

from pathlib import Path

import msgspec

from nbpipe.errors import VerifyError
from nbpipe.model import codec
from nbpipe.model.project import Conversion
from nbpipe.render.layout import CONVERSION


def read_conversion(project: Path) -> Conversion:
    """Return what a project remembers of its conversion. Raises VerifyError."""
    try:
        return codec.from_json(Conversion, (project / CONVERSION).read_bytes())
    except OSError as error:
        raise VerifyError(f"{project} is no project that nbpipe made: {CONVERSION} cannot be read ({error.strerror}).") from error
    except msgspec.MsgspecError as error:
        raise VerifyError(f"{project / CONVERSION} is damaged ({error}). Convert the notebook again.") from error
