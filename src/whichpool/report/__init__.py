"""Values in, text out. Nothing here measures, decides or prints."""

from whichpool.report.face import CheckReport, Report

__all__ = ["CheckReport", "Report"]
