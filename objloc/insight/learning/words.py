"""What the page says about a recorded learning: what was done, what to see, what it is not."""

INTRO = (
    "While the model was trained, it was asked about the same pictures again and again: nothing of "
    "it was changed by that. What follows is one training with one seed. Where two curves differ "
    "by little, another seed may swap them."
)

FILM = (
    "The same validation pictures from the untrained model to the finished one. The first moments "
    "are 1, 2, 4, 8, … steps apart, since most happens there; then it goes epoch by epoch, so the "
    "film does not run evenly in time: the bar on top does. The pictures were not chosen for what "
    "the model makes of them, but they are few: a box that jumps late in the film says nothing "
    "about how often that happens."
)

LOSSES = (
    "The loss in its parts, on a scale of powers of ten. A part with a floor cannot reach 0: where "
    "the truth is a share and not a yes or no, even the right answer costs the entropy of that "
    "share. What is left to learn is the excess above the floor, and that is the curve to watch: "
    "a loss that looks flat may hide an excess that still falls by half. The floor is a bound; a "
    "model need not be able to reach it."
)

PART_GRADIENTS = (
    "How strongly each part of the loss pulls at the weights, as it is weighted in the sum. A part "
    "whose gradient is many times longer decides where a step goes. That is no reason by itself to "
    "change its weight: what counts is the result, and an optimizer such as Adam scales steps anew."
)

COSINES = (
    "Do the parts want the same of the backbone, which they share? 1: the same direction, 0: their "
    "own, −1: the opposite. Near 0 is usual, as there are many directions. Gradients of a few "
    "pictures are noisy, and small ones late in training most of all."
)

LAYER_GRADIENTS = (
    "How long the gradient of the whole loss is in each layer, from the pixels (top) to the "
    "answer. Rows that fade towards the top mean that little of the error reaches the first "
    "layers. Layers differ in size, and a normalisation rescales gradients: compare a row with "
    "itself over time rather than two rows."
)

UPDATES = (
    "By how much of their own length each layer's kernels moved in the last step of an epoch. A "
    "rule of thumb wants about one thousandth (Karpathy 2022, “Building makemore, part 3”): far "
    "more and weights jump, far less and they stand still. It is about the middle of a training "
    "and holds only roughly: a learning rate that its schedule brings to 0 takes the ratio with "
    "it, as it should, and before a normalisation the length of a kernel has no effect at all."
)

RIDGELINE = (
    "For each object of the validation pictures the IoU of the box that answers for it, whatever "
    "its score: a hill is a density, the mark its median. A hill of two peaks, one of them at 0, "
    "means that some objects are found and some are not, which a mean hides. All hills have one "
    "scale: the higher, the narrower."
)
