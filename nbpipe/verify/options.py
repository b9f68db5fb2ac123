"""How to verify."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What a person can choose.

    The notebook runs on `python` (a path), else on the kernel named `kernel`, else on the kernel that it names itself, else on nbpipe's own Python.
    Times are in seconds. `report_folder` is where pictures of differences are kept; without it there are none. `record_folder` is where
    the values between the stages are kept for the project's own tests, if all is well and they are small. `copy_limit` is how many bytes
    of the notebook's folder may be copied. Numbers are close within `rtol` or `atol`, pictures where no pixel differs by more than
    `pixel_tolerance` of 255.
    """

    kernel: str | None = None
    python: str | None = None
    cell_timeout: float = 600.0
    timeout: float = 3600.0
    report_folder: str | None = None
    record_folder: str | None = None
    cache: bool = True
    change_parameters: bool = True
    copy_limit: int = 512 * 1024 * 1024
    rtol: float = 1e-9
    atol: float = 1e-12
    pixel_tolerance: int = 8
