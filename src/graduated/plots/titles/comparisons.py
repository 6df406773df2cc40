"""Titles and captions of the drawings of every comparison of methods."""

COMPARISONS = {
    "curves": (
        "loss and accuracy",
        "Training loss and test accuracy of every method against epochs and against parameter updates, and "
        "where they stand at equal cost of either kind.",
    ),
    "smoothing": (
        "δ along training",
        "The degree of smoothing of every method along training, and the learning rate, batch size and "
        "momentum that make it (arXiv 2311.08745, 2412.11501; with momentum 2402.02325).",
    ),
    "published": (
        "ours beside the authors’",
        "Our curves beside those that the authors published for methods of the same names, at the same "
        "fractions of training, and whether both rank the methods alike.",
    ),
}
