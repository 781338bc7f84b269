"""What the section on where a model looks says to its reader."""

INTRODUCTION = (
    "Each map shows on which pixels one number of an answer depends: dark and grey where it "
    "doesn't, from violet over orange to pale yellow where it does most. A map's colours are its "
    "own: two maps' brightness cannot be compared. The class and the objectness are explained as "
    "logits, that is before they are squeezed into 0..1."
)

SIDES = (
    "Each side of the box is a number too, and has maps of its own, with the explained side drawn "
    "thick. Where a logit's map shows what speaks for it, a side's map shows what moves it at all: "
    "left or right has no meaning as for and against."
)

NO_CONCLUSION = (
    "What not to conclude: a map says where the model's answer comes from, not that it is right, "
    "nor what about that place matters: its colour, its edge or its form. A bright object does not "
    "prove that the model knows the object, and a beautiful map does not prove that it is true: "
    "hence the checks below. Where methods disagree, no single one is to be believed."
)

CHECKS = (
    "Mass inside the box: the share of the map that lies inside the object's box (× area: how many "
    "times what a map that is the same everywhere would have). Peak: the share of maps whose "
    "strongest pixel lies in it (the pointing game). Own side: of a side's map, the share that "
    "lies nearer to that side than to the opposite one; .50 tells the sides not apart. A model may "
    "rightly look outside of the box, so none of these says by itself that a map is wrong."
)

CURVES = (
    "Deletion takes pixels away, strongest first, and insertion puts them into a blurred picture; "
    "what is followed is score × IoU with the explained box (Petsiuk et al. 2018). Good maps have "
    "a small area under deletion and a large one under insertion. Two references stand below the "
    "methods: random patches, which mean nothing, and the box itself as a map. A method no better "
    "than random patches has found nothing; one no better than the box has found the object, but "
    "nothing about it. The curves follow the whole answer: the map of one side, being small, is "
    "bound to fare worse than one of the whole object. Pictures with holes are none that the "
    "model was trained on: small differences mean nothing."
)

SANITY = (
    "Does a map depend on what was learned? Copies of the model have their weights shuffled, and "
    "are asked for the same map (Adebayo et al. 2018). A map that hardly changes was never about "
    "what the model knows, but about the picture's edges or the network's form. Compared are the "
    "order of pixels (Spearman's rank correlation, by which the verdict goes: below .30 it "
    "depends on what was learned, from .60 on it fails) and the look (SSIM, to which maps that "
    "are mostly dark are alike): 1 is the same, 0 nothing in common. With the head alone "
    "shuffled, objects may still stand out; but a map that stays just the same (from .90 on) "
    "shows what the backbone responds to, and nothing of this number. Heads that answer cell by "
    "cell look around their cell with any weights, so some likeness is theirs and not the "
    "method's."
)

NO_GRADIENTS = (
    "This model is an exported one: its inside is not at hand, no gradient can be taken, and no "
    "weights can be shuffled. So there are maps of whole detections only, from methods that change "
    "the picture and ask again. Left out: {left_out}. Explain the Keras model to get them."
)

ONE_CLASS = (
    "The class has no map: with one class only its probability is always 1, and no training has "
    "ever moved its logit."
)

UNKNOWN = (
    "Of pictures of which nobody knows what is there, or where nothing is, the shares are of the "
    "explained box; they count in no mean."
)

SUMMARY_CAPTION = "Means over all maps of a method; seconds are a map's, as measured here."

SANITY_CAPTION = "Likeness of maps before and after weights were shuffled: 1 the same, 0 none."

VERDICT_CAPTION = (
    "Likeness of maps before and after weights were shuffled, of that quantity where it is "
    "largest; SSIM with everything shuffled."
)

DELETION = (
    "Deletion: score × IoU as pixels are replaced by the picture's mean colour, the map's "
    "strongest first. Lower is better."
)

INSERTION = (
    "Insertion: score × IoU as pixels are put into a blurred picture, the map's strongest first. "
    "Higher is better."
)
