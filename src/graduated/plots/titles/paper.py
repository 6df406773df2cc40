"""Titles and captions of the paper's own figures."""

PAPER = {
    "a_sharpness_vs_batch_size": (
        "Sharpness against batch size",
        "Figure 3 (a) of arXiv 2311.08745: sharpness of every trained network against its batch size, a line "
        "per learning rate. The paper finds that larger batches, which smooth less, end in sharper minima.",
    ),
    "b_sharpness_vs_learning_rate": (
        "Sharpness against learning rate",
        "Figure 3 (b) of arXiv 2311.08745: the same sharpness against the learning rate, a line per batch "
        "size. The paper finds that larger learning rates, which smooth more, end in flatter minima.",
    ),
    "c_sharpness_vs_smoothing": (
        "Sharpness against the degree of smoothing",
        "Figure 3 (c) of arXiv 2311.08745: the same sharpness against δ = ηC/√b, in which learning rate and "
        "batch size are one. If δ were all that counts, all learning rates would lie on one curve.",
    ),
    "d_accuracy_vs_sharpness": (
        "Test accuracy against sharpness",
        "Figure 3 (d) of arXiv 2311.08745: whether flatter minima generalise better.",
    ),
    "e_accuracy_vs_smoothing": (
        "Test accuracy against the degree of smoothing",
        "Figure 3 (e) of arXiv 2311.08745: test accuracy against δ = ηC/√b. The paper finds it best at a "
        "middle δ, from 0.1 to 1 (shaded).",
    ),
    "overview": (
        "The five panels on a page",
        "Figure 3 (a)–(e) of arXiv 2311.08745, with one key: sharpness and test accuracy of every trained "
        "network against batch size, learning rate, degree of smoothing and one another.",
    ),
}
