"""A report as JUnit XML, which systems for continuous integration show as tests."""

import re
from xml.etree import ElementTree

from nbpipe.model.verification import Check, Status
from nbpipe.report.dossier import CAUSES_FIRST, FAILED, Dossier

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = (Status.SKIPPED, Status.LEFT_OUT, Status.NOISY)


def junit_report(dossier: Dossier) -> str:
    """Return a suite for each level of comparison, with a case for each check."""
    root = ElementTree.Element("testsuites", name=_plain(dossier.notebook.path))
    for level in CAUSES_FIRST:
        checks = [check for check in dossier.checks if check.level is level]
        if checks:
            _suite(root, level.value, checks, dossier.notebook.path)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"


def _suite(root: ElementTree.Element, level: str, checks: list[Check], notebook: str) -> None:
    counts = {
        "tests": len(checks),
        "failures": sum(c.status in FAILED for c in checks),
        "skipped": sum(c.status in _SKIPPED for c in checks),
    }
    suite = ElementTree.SubElement(root, "testsuite", {"name": level, "errors": "0", **{key: str(count) for key, count in counts.items()}})
    for check in checks:
        case = ElementTree.SubElement(
            suite, "testcase", {"name": _plain(check.subject), "classname": _plain(f"{notebook}.{check.stage or level}")}
        )
        if check.status in FAILED:
            told = ElementTree.SubElement(case, "failure", {"type": check.status.value, "message": _plain(check.detail)})
            told.text = _plain("\n".join((check.detail, *check.lines)))
        elif check.status in _SKIPPED:
            ElementTree.SubElement(case, "skipped", {"message": _plain(f"{check.status.value}: {check.detail}")})


def _plain(text: str) -> str:
    """Return text without characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
