"""Titles and captions of the figures of the theory by number."""

THEORY = {
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
}
