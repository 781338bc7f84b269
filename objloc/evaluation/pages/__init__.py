"""The evaluation as a page to read: plots, tables and what they mean."""

from objloc.evaluation.pages.report_page import Gallery, report_page

__all__ = ["Gallery", "report_page"]
