import subprocess
import sys

import pytest

from graduated.sharpness.settings import Sharpness


def test_defaults_are_the_papers():
    settings = Sharpness()
    assert (settings.norm, settings.radius, settings.adaptive) == ("linf", 0.0002, False)
    assert (settings.samples, settings.batch_size, settings.steps) == (1024, 128, 20)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"norm": "l1"}, "sharpness norm: expected 'linf' or 'l2', got 'l1'"),
        ({"statistics": "imagenet"}, "sharpness statistics: expected 'own' or 'cifar10', got 'imagenet'"),
        ({"adaptive": "no"}, "sharpness adaptive: expected True or False, got 'no'"),
        ({"normalise_logits": 1}, "sharpness normalise_logits: expected True or False, got 1"),
        ({"radius": 0}, "sharpness radius: expected a positive finite number, got 0"),
        ({"radius": "2e-4"}, "sharpness radius: expected a positive finite number, got '2e-4'"),
        ({"radius": float("inf")}, "sharpness radius: expected a positive finite number, got inf"),
        ({"radius": float("nan")}, "sharpness radius: expected a positive finite number, got nan"),
        ({"steps": 0}, "sharpness steps: expected a positive whole number, got 0"),
        ({"batch_size": 12.5}, "sharpness batch_size: expected a positive whole number, got 12.5"),
        ({"samples": 100}, r"sharpness samples: expected a multiple of batch_size \(128\), got 100"),
    ],
)
def test_bad_settings_are_named(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Sharpness(**fields)


def test_settings_alone_do_not_import_torch():
    check = (
        "import sys; from graduated.sharpness.settings import Sharpness; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], check=True, env={"PYTHONPATH": ":".join(sys.path)})
