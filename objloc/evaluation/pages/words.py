"""What the report's numbers and figures mean, in words for someone who sees them first."""

METRICS = {
    "mean_iou": "How well boxes fit: overlap divided by union of the true and the found box, "
    "averaged over the objects; 1 is perfect, a missed object counts as 0.",
    "localization_accuracy": "Share of the pictures whose answer is right altogether: every object "
    "found with an IoU of at least .5 and its class, and nothing else claimed.",
    "class_accuracy": "Share of the pictures with an object where the surest detection has the "
    "class of the object that it overlaps most. Measures naming alone.",
    "presence_accuracy": "Share of the pictures where the model says “something” exactly if there "
    "is something.",
    "precision": "Share of the detections that is right: an IoU of at least .5 with an object that "
    "no other one answers for, and its class.",
    "recall": "Share of the objects that a right detection answers for.",
    "f1": "The harmonic mean of precision and recall: high only where both are.",
    "ap": "COCO's average precision, averaged over how exactly boxes must fit (IoU .50 to .95). "
    "It looks at all scores, not at those over the threshold alone.",
    "ap50": "Average precision where an IoU of .5 is good enough.",
    "ap75": "Average precision where an IoU of .75 is asked for.",
}

INTERVAL = (
    "The 95 % interval says how much of a number is luck: had other pictures of the same kind been "
    "drawn, it would lie in there in 19 of 20 cases. Two models whose intervals overlap widely may "
    "be equally good. The baselines look at no picture: “mean box” always answers the training "
    "set's average box, “whole image” the whole picture. A model is worth what it beats them by."
)

CLASSES = (
    "Precision: of the detections that carry this name, the share that is right. Recall: of the "
    "objects of this class, the share that is found. F1 is high only where both are. A dash means "
    "that there is nothing to measure."
)

CONFUSION = (
    "Each row is what an object really is, each column what the model calls it. Numbers on the "
    "diagonal are right; the stronger a cell's colour, the larger its share of the row. “missed” "
    "counts objects that nothing was found for, the row “background” detections where nothing is."
)

PRECISION_RECALL = (
    "From left to right the model is allowed to be less sure, so it finds more and errs more. The "
    "longer a curve stays up, the better; the area below it is its average precision (AP50 above "
    "is the mean over the classes' own curves). A curve that drops early belongs to a class that "
    "is easily mistaken; one that ends early, to objects that are never found. The dashed curve "
    "asks for boxes that fit better."
)

IOU_RECALL = (
    "How exact the boxes are: the share of the objects whose box has at least the IoU below. A "
    "curve that falls late means boxes that fit tightly; the gap between both curves is what "
    "wrong names cost."
)

CALIBRATION = (
    "Whether scores mean what they say: of detections with a score of .8, 80 % should be right. A "
    "bar below the dotted line means that the model is too sure of itself there, one above it that "
    "it is too modest. Numbers over the points say how many detections are behind them; few make "
    "an unsure bar. The expected calibration error (ECE) is the mean distance, 0 is perfect."
)

ERRORS = (
    "Every object, and every detection that answers for none, has one fate. “Rise” says what the "
    "number would gain if all errors of that kind were mended: the largest is where work pays most."
)

KINDS = {
    "right": "found with an IoU of at least .5 and the right class",
    "class_wrong": "found, but called something else",
    "centre_off": "touched, but mainly in the wrong place",
    "size_off": "about the right place, but mainly too large or too small",
    "shape_off": "about the right place and size, but mainly too wide or too high",
    "missed": "nothing found there",
    "imagined": "something found where nothing is",
    "duplicate": "found once more than it is there",
}

BREAKDOWN = (
    "The same fates by size, place and class. The stronger a cell's colour, the larger its share "
    "of the row; colour outside “right” shows where the model is weak, if enough is in the row."
)

WORST = (
    "Those whose objects have the lowest F1 first: what is missed, misnamed or imagined lowers it. "
    "Of equal ones, those with the lowest IoU."
)
RANDOM = "Chosen by lot from the rest: what the model usually does."
