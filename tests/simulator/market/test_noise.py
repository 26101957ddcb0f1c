import numpy as np

from simulator.market.noise import mixed, normals, text_key, uniforms


def test_keys_differ_by_seed_and_name() -> None:
    assert len({text_key(1, "BTCUSDT"), text_key(2, "BTCUSDT"), text_key(1, "ETHUSDT")}) == 3


def test_noise_of_an_index_does_not_depend_on_its_batch() -> None:
    key = np.array([text_key(1, "BTCUSDT")], dtype=np.uint64)

    whole = mixed(key, np.arange(100))

    assert mixed(key, np.array([42]))[0] == whole[42]


def test_noise_has_the_shape_it_promises() -> None:
    bits = mixed(np.array([9], dtype=np.uint64), np.arange(100_000))

    assert uniforms(bits).min() >= 0
    assert uniforms(bits).max() < 1
    assert abs(normals(bits).mean()) < 0.02
    assert abs(normals(bits).std() - 1) < 0.02
