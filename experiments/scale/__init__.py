"""Scale: what a dataset of COCO's size takes, in time and in memory."""
