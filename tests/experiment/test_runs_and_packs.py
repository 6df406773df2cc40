from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.experiment.packs import Pack, PackLimits, form_packs
from graduated.experiment.run import Run
from graduated.storage import DamagedFileError, write_json

RUN = Run("digits", "small_resnet", 0.1, 128, 0, 60, model_options=(("width", 8),))


def test_a_run_keeps_the_id_it_was_published_under():
    assert RUN.id == "constant/lr~0.1/b~128/seed~0-b8676e39"


def test_a_new_field_with_a_default_changes_no_id():
    @dataclass(frozen=True)
    class Extended(Run):
        warmup: int = 0

    values = {**RUN.specification, "model_options": RUN.model_options}
    assert Extended(**values).id == RUN.id
    assert Extended(**values, warmup=5).id != RUN.id


@pytest.mark.parametrize(
    "change", [{"epochs": 61}, {"dataset": "cifar10"}, {"model_options": (("width", 9),)}, {"seed": 1}]
)
def test_every_field_is_part_of_the_identity(change):
    assert replace(RUN, **change).id != RUN.id


def test_swapping_two_values_changes_the_id():
    assert replace(RUN, batch_size=60, epochs=128).digest != RUN.digest


def test_a_pack_survives_its_file(tmp_path):
    pack = Pack((RUN, replace(RUN, seed=1)))
    write_json(tmp_path / "pack.json", pack.specification)
    assert Pack.read(tmp_path / "pack.json") == pack


def grid(rates, sizes, seeds) -> list[Run]:
    return [replace(RUN, learning_rate=r, batch_size=b, seed=s) for b in sizes for r in rates for s in seeds]


values = st.tuples(
    st.sets(st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0]), min_size=1),
    st.sets(st.sampled_from([4, 8, 64, 512]), min_size=1),
    st.sets(st.integers(0, 5), min_size=1),
)
limits = st.builds(PackLimits, st.integers(1, 8), st.integers(1, 2048))


@given(values, values, limits)
def test_packs_cover_every_run_once_and_old_packs_never_change(first, more, limit):
    old_runs = grid(*map(sorted, first))
    old = form_packs(old_runs, [], limit)
    assert sorted(run.id for pack in old for run in pack.runs) == sorted(run.id for run in old_runs)
    for pack in old:
        size = pack.runs[0].batch_size
        assert {run.batch_size for run in pack.runs} == {size}
        assert len(pack.runs) <= limit.max_replicas
        assert len(pack.runs) == 1 or len(pack.runs) * size <= limit.max_images
    new_runs = grid(*(sorted(a | b) for a, b in zip(first, more, strict=True)))
    new = form_packs(new_runs, old, limit)
    assert set(old) <= set(new)
    trained = [run for pack in new if pack not in old for run in pack.runs]
    assert sorted(run.id for run in trained) == sorted(run.id for run in set(new_runs) - set(old_runs))


def test_a_pack_is_kept_when_only_some_of_its_runs_are_wanted_still():
    pack = Pack((RUN, replace(RUN, seed=1)))
    assert form_packs([RUN], [pack], PackLimits()) == [pack]


def test_packs_nobody_wants_are_left_out():
    assert form_packs([RUN], [Pack((replace(RUN, epochs=3),))], PackLimits()) == [Pack((RUN,))]


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", '{"runs": 3}', '{"runs": [{"colour": 1}]}', '{"runs": [[]]}', '{"runs": [{"seed": 1}]}'],
)
def test_a_file_that_is_none_of_a_pack_is_named(content, tmp_path):
    path = tmp_path / "pack.json"
    path.write_text(content)
    with pytest.raises(DamagedFileError, match=r"pack\.json: ") as error:
        Pack.read(path)
    assert "\n" not in str(error.value)
