"""What a model says about pictures that nobody has labelled, and the files that hold it.

Only `predict_source` touches Keras, so names are imported when first used.
"""

from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from objloc.evaluation.predicted.coco_ids import CocoIds, read_coco_ids
    from objloc.evaluation.predicted.coco_results import CocoResults
    from objloc.evaluation.predicted.csv_table import CsvTable
    from objloc.evaluation.predicted.cvat_file import CvatFile
    from objloc.evaluation.predicted.drawn_film import DrawnFilm
    from objloc.evaluation.predicted.drawn_pictures import DrawnPictures
    from objloc.evaluation.predicted.json_file import JsonFile
    from objloc.evaluation.predicted.label_studio import LabelStudio
    from objloc.evaluation.predicted.predicted_picture import PredictedPicture, ReadyPicture
    from objloc.evaluation.predicted.result_writer import Facts, ResultWriter, Summary
    from objloc.evaluation.predicted.result_writing import write_predictions
    from objloc.evaluation.predicted.source_prediction import predict_source

_HOMES = {
    "CocoIds": "coco_ids",
    "CocoResults": "coco_results",
    "CsvTable": "csv_table",
    "CvatFile": "cvat_file",
    "DrawnFilm": "drawn_film",
    "DrawnPictures": "drawn_pictures",
    "Facts": "result_writer",
    "JsonFile": "json_file",
    "LabelStudio": "label_studio",
    "PredictedPicture": "predicted_picture",
    "ReadyPicture": "predicted_picture",
    "ResultWriter": "result_writer",
    "Summary": "result_writer",
    "predict_source": "source_prediction",
    "read_coco_ids": "coco_ids",
    "write_predictions": "result_writing",
}

__all__ = [
    "CocoIds",
    "CocoResults",
    "CsvTable",
    "CvatFile",
    "DrawnFilm",
    "DrawnPictures",
    "Facts",
    "JsonFile",
    "LabelStudio",
    "PredictedPicture",
    "ReadyPicture",
    "ResultWriter",
    "Summary",
    "predict_source",
    "read_coco_ids",
    "write_predictions",
]

__getattr__ = lazy_imports(__name__, _HOMES)
