"""The doctor of labelled datasets: what is wrong, where, and the way out."""

from objloc.data.doctor.diagnosis import Diagnosis
from objloc.data.doctor.examine import examine
from objloc.data.doctor.page_report import page_report
from objloc.data.doctor.text_report import text_report

__all__ = ["Diagnosis", "examine", "page_report", "text_report"]
