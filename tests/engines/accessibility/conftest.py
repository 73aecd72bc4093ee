"""Small territories drawn with a fixed seed; no data folder is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Country:
    lon: np.ndarray
    lat: np.ndarray
    factor: np.ndarray
    population: np.ndarray
    supply: np.ndarray


def draw_country(size: int, seed: int, *, width: float = 0.6) -> Country:
    rng = np.random.default_rng(seed)
    return Country(
        rng.uniform(-1.5, -1.5 + width, size),
        rng.uniform(46.4, 46.4 + width, size),
        rng.choice([0.95, 1.06, 1.29], size),
        np.round(np.exp(rng.normal(6.3, 1.2, size))),
        np.where(rng.random(size) < 0.35, np.round(rng.gamma(2.0, 4000.0, size)), 0.0),
    )


@pytest.fixture
def country() -> Country:
    return draw_country(300, 85161)
