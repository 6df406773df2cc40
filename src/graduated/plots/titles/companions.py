"""Titles and captions of the figures of the companion studies."""

COMPANIONS = {
    "optimizer_laws_valley": (
        "Six methods in a valley",
        "Paths of gradient descent, momentum, AdaGrad, RMSprop and Adam down x²/20 + y², at the learning "
        "rates of Saito’s book where it has the method.",
    ),
    "optimizer_laws_surfaces": (
        "Six methods on standard surfaces",
        "Steps that gradient methods take on seven surfaces in two dimensions, each at the learning rate "
        "chosen for it, and at every learning rate of one grid.",
    ),
    "optimizer_laws_quadratic": (
        "Rates, stability and step sizes",
        "How fast momentum makes gradient descent on a quadratic (Polyak 1964; Nesterov 1983), up to which "
        "learning rate it is stable, and how long the steps of adaptive methods are.",
    ),
    "optimizer_laws_noise": (
        "SGD’s noise: δ = αC/√b or α/b?",
        "Whether SGD leaves a poor minimum against δ = αC/√b, the degree of smoothing of arXiv 2311.08745, "
        "and against α/b; its noise floor on a quadratic, and what decreasing learning rates do to it.",
    ),
    "saddle_stages": (
        "Learning in stages, from saddle to saddle",
        "Loss, gradient and singular values of a linear network of two layers trained from small weights: a "
        "plateau for every rank below the teacher’s (Saxe et al. 2014; arXiv 1904.13262, 2106.15933).",
    ),
    "saddle_laws": (
        "When stages end, and how far units are aligned",
        "Escape times in log(1/ε), alignment as a power of ε and escapes of three layers in 1/ε, as the "
        "linear dynamics at saddles predict; and ReLU units, which align no further however small ε is.",
    ),
    "saddle_fast_algorithm": (
        "Skipping the plateaus",
        "Gradient descent, and the same moved off each saddle along the top singular vectors of its "
        "coefficient matrix: losses, and steps against the initial scale ε.",
    ),
    "descent_theory": (
        "Gradient descent in closed form",
        "Ways in a valley, the contraction of each eigenvector’s coefficient by 1 − ηλ a step, what momentum "
        "makes of it, and activations of deep networks by the scale of the initial weights (Bishop & Bishop, "
        "Deep Learning, chapter 7).",
    ),
    "regularisation": (
        "Weight decay under linear maps, and early stopping beside it",
        "How far a network moves when inputs and targets are mapped and its weight decays rescaled (Bishop & "
        "Bishop, Deep Learning, section 9.2.1), and early stopping beside weight decay: what they leave of a "
        "coefficient, and the risk along both paths (arXiv 1810.10082).",
    ),
    "double_descent": (
        "Double descent in parameters, samples and steps",
        "Risk of linear regressions with closed forms: least squares of minimum norm against parameters and "
        "samples (arXiv 1812.11118, 1903.08560), and gradient descent on features of two scales against "
        "steps (arXiv 2007.10099).",
    ),
    "teleportation_functions": (
        "Teleports on Booth’s and Rosenbrock’s functions",
        "Gradient descent with teleports along level sets to where the gradient is greatest (arXiv "
        "2205.10637, 2305.13404), beside rotations by random angles; and whether one teleport is enough.",
    ),
    "teleportation_theorems": (
        "What theorems on teleportation say, and what comes out",
        "Newton’s direction at the steepest points of level sets, the bound of Theorem 3.1 (arXiv "
        "2305.13404), and the rate under strong convexity (arXiv 2403.03362).",
    ),
    "teleportation_networks": (
        "Teleports of small networks on digits",
        "How far three actions change the loss that they should keep, and what teleports do to five "
        "optimizers beyond building them anew, which resets their state (arXiv 2305.13404).",
    ),
    "teleportation_sharpness": (
        "Sharpness and test loss over a hundred networks",
        "Sharpness as released with arXiv 2305.13404, the mean perturbed loss, beside the mean change of the "
        "loss and the training loss itself, and how far each of them goes with the test loss.",
    ),
}
