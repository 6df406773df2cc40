"""Titles and captions of the figures on noise and on sharpness."""

NOISE = {
    "noise_estimators_compared": (
        "C² by every estimator",
        "The variance C² of one sample’s gradient, which scales the axis δ = ηC/√b: by per-sample gradients "
        "and by norms at two batch sizes along a training, from the critical batch size as in arXiv "
        "2311.08745, and as reported.",
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

SHARPNESS = {
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
