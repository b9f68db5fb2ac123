"""Which form a report has: the end of its file's name says it."""

import json
from collections.abc import Callable, Mapping

from nbpipe.model.review import Review
from nbpipe.report.data import conversion_report_document
from nbpipe.report.dossier import Dossier
from nbpipe.report.html import html_report
from nbpipe.report.junit import junit_report
from nbpipe.report.markdown import markdown_report
from nbpipe.report.sarif import conversion_log

FORMS: Mapping[str, Callable[[Dossier, Review], str]] = {
    ".html": lambda dossier, review: html_report(dossier),
    ".md": lambda dossier, review: markdown_report(dossier),
    ".xml": lambda dossier, review: junit_report(dossier),
    ".json": lambda dossier, review: json.dumps(conversion_report_document(dossier), indent=2) + "\n",
    ".sarif": lambda dossier, review: json.dumps(conversion_log(dossier, review), indent=2) + "\n",
}
