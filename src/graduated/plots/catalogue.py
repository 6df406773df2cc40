"""Every figure by name: section, title, caption and width. For galleries and reports; draws nothing."""

from dataclasses import dataclass

PAPER, METHODS, NOISE = "The paper’s figures", "Methods compared", "Noise"
SHARPNESS, THEORY = "Sharpness", "Theory by number"
SECTIONS = (PAPER, METHODS, NOISE, SHARPNESS, THEORY)
"""In the order of the pages."""


@dataclass(frozen=True)
class Entry:
    """What is said of a figure.

    Attributes:
        name: Of its files.
        section: One of ``SECTIONS``.
        title: One line.
        caption: One paragraph: what it shows and where the question is from. Counts of runs and what
            intervals mean stand in the figure itself.
        columns: Of a journal's page that it takes: 1 or 2.
    """

    name: str
    section: str
    title: str
    caption: str
    columns: int = 2


_PAPER = {
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

PANELS = tuple(_PAPER)
"""The names of the paper's figures."""

_NOISE = {
    "noise_estimators_compared": (
        "C² by every estimator",
        "The variance C² of one sample’s gradient, which scales the axis δ = ηC/√b: by per-sample gradients "
        "along a training, from the critical batch size as in arXiv 2311.08745, and as reported.",
    ),
    "noise_along_training": (
        "C² along training, cell by cell",
        "C² by per-sample gradients along trainings of several learning rates and batch sizes, beside the "
        "one constant that makes the axis δ. Assumption A3 of arXiv 2311.08745 takes it for a constant.",
    ),
    "noise_law": (
        "The noise of a mini-batch against its size",
        "Mean square of the noise of mini-batch gradients against the C²/b of Lemma 2.1 (arXiv 2311.08745) "
        "along training, with batch normalisation in evaluation and in training mode.",
    ),
    "noise_estimators": (
        "C² and the gradient-noise scale along training",
        "C² and C²/‖∇f‖² by per-sample gradients and by pairs of batch sizes (McCandlish et al., "
        "arXiv 1812.06162), with batch normalisation in evaluation and in training mode.",
    ),
    "noise_histograms": (
        "Histograms of the gradient’s noise",
        "Coordinates of the noise of mini-batch gradients beside the normal law, by batch size and time of "
        "training: raw, and each standardised by its own standard deviation (arXiv 2311.08745, H.2).",
    ),
    "noise_quantiles": (
        "Normal quantile plots of the gradient’s noise",
        "Quantiles of the noise of mini-batch gradients against those of the normal law, for coordinates and "
        "for projections on random directions, by batch size and time of training.",
    ),
    "tail_index": (
        "Tail index of the gradient’s noise",
        "Tail indices of the noise against the batch size by Hill’s estimator and by the block estimator, "
        "beside independent draws of known laws. Smoothing as arXiv 2311.08745 has it needs light tails.",
    ),
    "moment_scaling": (
        "How the noise’s moments fall with the batch size",
        "Exponent of b in E‖ω‖^p against the order p: −p/2 where the noise is in proportion to 1/√b, as "
        "δ = ηC/√b takes it to be (arXiv 2311.08745, 2402.02325).",
    ),
}

_SHARPNESS = {
    "sharpness_measures_ranked": (
        "How measures of sharpness order the networks",
        "Rank correlations of every measure of sharpness with every other, with δ, η/b, training loss and "
        "test accuracy, over all runs of the grid and over the better-trained half of them.",
    ),
    "sharpness_measures_vs_smoothing": (
        "Every measure of sharpness against the degree of smoothing",
        "Panel (c) of figure 3 of arXiv 2311.08745 for each measure of sharpness of the preset.",
    ),
    "sharpness_sensitivity": (
        "What sharpness depends on",
        "Worst-case sharpness when its radius ρ, the numbers of images n and m, the normalisation or the "
        "search are varied, and whether the order of the networks stays.",
    ),
    "hessian_spectrum": (
        "Spectrum of the Hessian along training",
        "Densities of the eigenvalues of the training loss’s Hessian along training, by Lanczos quadrature; "
        "the largest against the edge of stability 2/η (arXiv 2103.00065); and the negative curvature.",
    ),
}

_THEORY = {
    "smoothing_laws": (
        "Two functions smoothed by seven laws",
        "Rastrigin’s and the Drop-Wave function, smoothed by light- and by heavy-tailed noise, in closed "
        "form and by Monte Carlo (arXiv 2311.08745, H.1).",
    ),
    "smoothing_laws_means": (
        "Which Monte-Carlo means settle",
        "Spread of repeated means of f(x + δu) against the number of draws, with its exponents: −1/2 where "
        "the smoothed function is finite and of finite variance, as stable laws predict elsewhere.",
    ),
    "smoothing_gap": (
        "How far smoothing moves a function",
        "The greatest |f̂_δ − f| as a share of the bound E‖u‖δL of Lemma 2.2 (arXiv 2311.08745), and whether "
        "the noise keeps E‖u‖ ≤ 1 as the dimension grows.",
    ),
    "nice_functions_curvature": (
        "Curvature of smoothed functions round their minimisers",
        "The least curvature of f̂_δ on the balls where a σ-nice function must be σ-strongly convex (Hazan et "
        "al. 2016; arXiv 2311.08745, 2412.11501).",
    ),
    "nice_functions_failures": (
        "Where functions fail to be σ-nice",
        "Degrees of smoothing at which centring or strong convexity, both conditions of a σ-nice function, "
        "fails, function by function (Hazan et al. 2016; arXiv 2311.08745).",
    ),
    "descent_identity": (
        "One step of SGD is a step on the smoothed function",
        "Both sides of E[y′] = y − η∇f̂_δ(y), δ = ηC/√b, with their differences in standard errors, and "
        "Lemma 2.1 by enumeration of all mini-batches (arXiv 2311.08745, section 3).",
    ),
    "trajectories_agreement": (
        "A trajectory of SGD is not one on the smoothed function",
        "Spread round a minimum, and distances between the distributions of end points, of SGD, of gradient "
        "descent with explicit noise, and of descent on f̂_δ in closed form (arXiv 2311.08745, section 3).",
    ),
    "trajectories_ends": (
        "Basins in which trajectories end",
        "Shares of runs that end in each basin of Rastrigin’s function: SGD, explicit noise of the same δ, "
        "and the smoothed function in closed form.",
    ),
    "trajectories_schedules": (
        "Decreasing noise over a whole schedule",
        "Shares of starts that reach the global minimum of Rastrigin’s function while δ decreases by "
        "learning rate, batch size or both: Algorithm 2 of arXiv 2311.08745 by SGD, and smoothing proper.",
    ),
    "convergence_success": (
        "Does graduated optimization find global minima?",
        "Shares of starts that reach the global minimum by graduated optimization, gradient descent and SGD, "
        "on Rastrigin’s function and on one that is σ-nice (arXiv 2311.08745, Theorems 5.1 and 5.2).",
    ),
    "convergence_iterations": (
        "Steps that graduated optimization takes",
        "Gradient steps of Algorithm 1 against the accuracy: the O(1/ε²) bound of Theorem 5.1 "
        "(arXiv 2311.08745), the algorithm’s own count, and how many are needed.",
    ),
    "convergence_nice_function": (
        "A function that is σ-nice",
        "Σx²(1 + ¼cos(12 log|x|)), with a local minimum at every scale, smoothed, and the range of the "
        "curvature of its smoothed forms.",
    ),
    "optimizer_profiles": (
        "Explicit graduated optimization beside other optimizers",
        "Accuracy at the end, and data profiles (Moré & Wild 2009), of explicit graduated optimization "
        "(arXiv 2412.11501) and of SciPy’s global optimizers and CMA-ES on sixteen functions.",
    ),
    "optimizer_medians": (
        "What every optimizer ends with",
        "Median of f − f* for each function and optimizer, and in how many runs the minimum was found.",
    ),
    "optimizer_schedules": (
        "“Nice” against geometric levels",
        "Final values of explicit graduated optimization with the polynomial levels of arXiv 2412.11501 and "
        "with levels halved as by Hazan et al., function by function.",
    ),
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

_COMPARISONS = {
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
"""Title and caption of each drawing of a comparison."""

_ONE_COLUMN = tuple(name for name in PANELS if name != "overview")

FIGURES = {
    name: Entry(name, section, title, caption, columns=1 if name in _ONE_COLUMN else 2)
    for section, texts in ((PAPER, _PAPER), (NOISE, _NOISE), (SHARPNESS, _SHARPNESS), (THEORY, _THEORY))
    for name, (title, caption) in texts.items()
}
"""Every figure by name, but those of comparisons."""


def find(name: str) -> Entry:
    """Return what is said of a figure; those of comparisons are named ``COMPARISON_DRAWING``.

    Raises:
        ValueError: There is no figure of that name.
    """
    comparison, _, drawing = name.rpartition("_")
    if name in FIGURES:
        return FIGURES[name]
    if drawing not in _COMPARISONS or not comparison:
        raise ValueError(f"figure {name!r}: not in the catalogue (graduated.plots.catalogue)")
    title, caption = _COMPARISONS[drawing]
    methods = comparison.replace("_", " ")
    return Entry(name, METHODS, f"{methods[0].upper()}{methods[1:]}: {title}", caption)
