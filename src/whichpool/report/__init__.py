"""Values in, text out. Nothing here measures, decides or prints."""

from whichpool.report.face import Report

__all__ = ["Report"]
