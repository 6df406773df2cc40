"""The words of docs/benchmarks.md around its tables."""

HEADER = """\
# Benchmarks

Written by `benchmarks/tabulate_benchmarks.py` from the records in `benchmarks/results/`, which hold every
figure below with its spread and the environment it was measured in; not to be edited.

Everything compared was measured in one run, by turns, after a warm-up that is not counted, and in an
order that is reversed every other time. A figure is the median of the repetitions, with the lowest and
the highest in brackets; a ratio is formed within each repetition, so that what else the machine did
cancels as far as it can. Seconds depend on the machine, and no test asserts any.

"""

NO_GPU = "**There are no figures from a GPU yet.** [How to get them](#run-them).\n\n"

RUN = """\
## Run them

```
make bench        # on the CPU, 12 minutes; PEERS=FOLDER for the comparisons with the code of others
```

`PEERS` is a folder that holds checkouts of the code of others, `new-sigma-nice`, `igo-aaai25` and
`sharpness-vs-generalization`. None is part of this project, and without them those comparisons are
skipped. The one with the authors' training takes CIFAR-100 from `GRADUATED_DATA` (or `data/`), or with
`--synthetic` random images. Each benchmark alone, on a GPU:

```
python benchmarks/throughput.py --device cuda --dataset cifar100 --model resnet18 \\
    --batch-sizes 2 8 32 128 512 2048 8192 --replicas 1 4 16 --execution eager captured compiled \\
    --precision float32 tf32 bf16 --kernels deterministic any            # 126 workloads: hours
python benchmarks/steps.py --device cuda --dataset cifar100 --model resnet18 \\
    --batch-sizes 2 8 32 128 512 --replicas 1 4 16 --precision float32 tf32 bf16
python benchmarks/convolutions.py --device cuda --precision float32 tf32 bf16 --kernels deterministic any
python benchmarks/peer_training.py --device cuda --peer FOLDER/new-sigma-nice \\
    --steps 50 --replicas 1 4 --execution captured --precision tf32
python benchmarks/precision.py --device cuda --dataset cifar100 --model resnet18 --model-options '{}' \\
    --precision float32 tf32 bf16 --batch-sizes 128 --epochs 10 --seeds 16 --replicas 8   # real images
python benchmarks/sharpness.py --device cuda --dataset cifar100 --model resnet18 \\
    --peer FOLDER/sharpness-vs-generalization
python benchmarks/variance.py --device cuda --dataset cifar100 --model resnet18 --samples 50000 \\
    --chunk-sizes 64 128 256 --precision float32 tf32 --repetitions 2
python benchmarks/operations.py --device cuda --dataset cifar100 --model resnet18 \\
    --batch-sizes 16 128 512 --replicas 1 8 --precision bf16      # what the time of a step goes into
python benchmarks/tabulate_benchmarks.py
```

On an H200 the sharpness of a ResNet18 is to take 1 second at most (that of the pack of 12, over 12), and its
C² over 50,000 images 10 seconds at most. Neither has been measured.

A GPU is timed by its own events, with nothing else in its queue. One that other jobs share gives no
figures worth keeping.

### On a GPU for the first time

Where a GPU is hard to get, these tell most in least time: whether what is computed there is right, how fast
packs are, and whether their grouped convolutions are worth it there. Each is cut to take minutes.

```
python -m pytest -m gpu \\
    tests/training tests/data/test_augmentation.py \\
    tests/sharpness/test_released_fixture.py tests/sharpness/test_sampled_sharpness.py \\
    tests/noise/test_noise_scale.py
python benchmarks/steps.py --device cuda --dataset cifar100 --model resnet18 --precision tf32 bf16 \\
    --batch-sizes 16 128 512 --replicas 1 8 --steps 8 --repetitions 2
python benchmarks/convolutions.py --device cuda --precision tf32 bf16 float32
```

Other tests need packages that a bare machine may lack. What `steps.py` finds fastest is what to train with:
`training.packing: branches` where *captured, branches* is faster than *captured, grouped*, and
`packs.max_replicas: 1` where the images a second of K = 8 are no more than those of K = 1 in either
([campaigns](campaign.md#on-a-gpu-for-the-first-time) can be prepared for each).
"""

THROUGHPUT = """\
The network is trained by the step that all jobs use; speed depends on shapes, not on what is learnt. A
column is a way to train: one run alone, a pack of K runs in one process, or two such packs at the same
time in two processes; each process has {threads} CPU thread{plural} unless the column says otherwise.

"""

GAIN = """\
How many times sooner the same runs are done than if each were trained alone, **one after the other**, on
as many threads as make that fastest, up to those that the column uses in all:

"""

SPEED = "Images a second, over all runs:\n\n"

BOUND = """\
Share of the **arithmetic bound**: floating-point operations a second ({flop:,} an image forward and
backward, as PyTorch counts them on this network), over those of large matrix products of the same type on
as many processes and threads, measured in between ({rates}):

"""

STEPS = """\
How many times as fast as *eager, grouped* the same pack is trained otherwise. *grouped*: K networks in
operations that they share (`training.packing: grouped`). *branches*: each by itself, on a GPU in a stream
each. *compiled*: by `torch.compile`, which takes up to {longest} seconds more in the first epoch. *captured*:
replayed as CUDA graphs. *any kernels*: not only deterministic ones; the ratio says what determinism costs.

"""

MEMORY = "Peak of memory in MiB, each process, {memory}:\n\n"

CPU_EXPLANATION = """\
At small b the images a second of one run grow almost as b does, far below the arithmetic bound: a step is
mostly the fixed cost of its operations, which a pack pays once for all its runs. The gain falls as the
batch grows and arithmetic takes over.

"""

CONVOLUTIONS = """\
The 3x3 convolutions of ResNet18 (its first, and one of each stage), forward and backward, of K networks at b
images each. *grouped*: as packs do it. *one by one*: K convolutions, their inputs cut out and their outputs
joined. *unfold and multiply*: one batched product of matrices; for the first layer alone, whose inputs need
no gradient. In GFLOP/s, over all K; *refused*: the device has no kernel for it.

"""

PRECISION = """\
The same runs (η = {learning_rate}, {epochs} epochs, {seeds} seeds) trained in float32 and in lower precision.
Difference: mean over pairs of one seed, with its 95 % interval by Student's t. Spreads: Pitman and Morgan's
test for pairs, which assumes normal values. Distributions: the two-sample test of Kolmogorov and Smirnov.

"""

TRAINING = """\
The authors' ResNet18, transforms (PIL images, one by one), DataLoader with two workers, loss and
optimizer, taken from a checkout of [their code]({peer}) (`{commit}`) at run time. Their script as
released does not run (a counter is used before it is set), so only the structure of its loop is repeated
around them: move the batch, forward, backward, step, and read loss and hits back after each step. Theirs
runs under PyTorch's defaults; ours in {precision}, {execution}, {kernels} kernels. Batch size {batch},
{threads} CPU threads, {data}. *Ratio*: images/s, over the authors'. Augmentation is measured alone too:
the authors' in one process, and by their loader's two; ours, random draws included.

"""

SHARPNESS = """\
Worst-case sharpness (ℓ∞, {steps} steps, {samples} images in batches of {batch_size}) of {replicas}
networks, {threads} CPU thread{plural}. *Ratio*: seconds, over the pack's. *Largest difference*: of any
network's sharpness from that in the pack, relative.

"""

RELEASED = """\
The function of the [released code]({peer}) (`{commit}`), its calls of CUDA sent to the device in use,
called network by network on the same weights and batches.

"""

VARIANCE = """\
C² of one network on {samples:,} images, each read twice. *Chunk*: per-sample gradients in memory at a time.
*MiB*: peak beyond network and images, on a GPU. *Difference*: of C² from that of the first line, relative.

"""

OPERATIONS = """\
Shares of {whose} in {repetitions} epochs of at most {steps} steps, in {precision}, by operation of PyTorch;
in parentheses calls a step. Measured by `torch.profiler` with every operation launched by itself.

"""

EXPLICIT = """\
The script of [their code](https://github.com/iiduka-researches/igo-aaai25) (`{commit}`), unchanged, for one
run on Rastrigin's function (D = {dimension}, {levels} levels of {steps} steps of {draws} draws, "{schedule}"
levels); ours the same, one run and many together, by reverse mode where theirs are central differences.

"""
