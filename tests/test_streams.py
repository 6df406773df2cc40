import hashlib

import pytest
import torch

from graduated.streams import global_stream, stream, stream_seed


def test_the_seed_is_the_digest_of_the_key():
    expected = int(hashlib.sha256(b"3/order/7").hexdigest()[:16], 16) // 2
    assert stream_seed(3, "order", 7) == expected


def test_streams_differ_by_seed_purpose_and_epoch_and_repeat_by_key():
    keys = [(0, "order", 0), (1, "order", 0), (0, "augmentation", 0), (0, "order", 1)]
    draws = [tuple(torch.rand(4, generator=stream(*key)).tolist()) for key in keys]
    assert len(set(draws)) == 4
    assert draws[0] == tuple(torch.rand(4, generator=stream(0, "order", 0)).tolist())


def test_the_global_generator_is_neither_read_nor_written():
    before = torch.get_rng_state()
    torch.rand(4, generator=stream(0, "order"))
    assert torch.equal(before, torch.get_rng_state())


def test_a_library_without_a_generator_draws_from_a_stream_and_the_global_one_comes_back():
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="library"), global_stream(3, "trace"):
        assert torch.equal(torch.rand(4), torch.rand(4, generator=stream(3, "trace")))
        raise RuntimeError("of the library")
    assert torch.equal(before, torch.get_rng_state())
