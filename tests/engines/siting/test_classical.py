"""p-median and maximal covering: tiny own instances, trying everything, bounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

from releve.engines.siting import (
    InvalidParameter,
    NegativeInput,
    NotFinite,
    ShapeMismatch,
    Status,
    max_cover,
    p_median,
)
from releve.engines.siting.coverage import merge_points
from releve.engines.siting.relaxation import upper_bound

# A small graph of our own, written like those of the OR-Library: vertices, edges, p; then the edges.
GRAPH = """ 6 7 2
 1 2 4
 2 3 3
 3 4 8
 4 5 2
 5 6 5
 1 6 9
 2 5 12
"""


def read_graph(text):
    numbers = np.array(text.split(), dtype=int)
    n, edges, p = numbers[:3]
    i, j, length = numbers[3:].reshape(edges, 3).T
    table = sparse.coo_array((length, (i - 1, j - 1)), shape=(n, n)).tocsr()
    return shortest_path(table, directed=False), int(p)


def every_median(cost, weights, p, caps):
    return min(
        float(weights @ np.minimum(cost[list(sites)].min(axis=0), caps))
        for sites in itertools.combinations(range(len(cost)), p)
    )


def test_graph_of_the_documentation():
    cost, p = read_graph(GRAPH)
    result = p_median(cost, p)
    # Vertices 2 and 5: 4 + 0 + 3 on one side, 2 + 0 + 5 on the other.
    assert result.sites.tolist() == [1, 4]
    assert result.objective == 14 == result.bound
    assert result.status is Status.OPTIMAL
    assert result.assignment.tolist() == [1, 1, 1, 4, 4, 4]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8), st.booleans(), st.booleans())
def test_median_as_good_as_trying_everything(seed, m, n, whole, capped):
    rng = np.random.default_rng(seed)
    p = int(rng.integers(1, m + 1))
    cost = rng.integers(0, 30, (m, n)).astype(float) if whole else rng.random((m, n)) * 30
    weights = rng.integers(0, 5, n).astype(float)
    caps = rng.integers(5, 25, n).astype(float) if capped else np.full(n, np.inf)
    best = every_median(cost, weights, p, caps)
    result = p_median(cost, p, weights=weights, caps=caps if capped else None)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(best, abs=1e-7)
    assert result.bound <= best + 1e-7
    hurried = p_median(cost, p, weights=weights, caps=caps if capped else None, seconds=1e-9)
    assert hurried.bound <= best + 1e-7 <= hurried.objective + 2e-7


@pytest.mark.parametrize("p", [3, 8, 20])
def test_median_of_the_plane_is_proven_and_keeps_what_is_open(p):
    rng = np.random.default_rng(p)
    points = rng.random((60, 2)) * 100
    cost = np.rint(np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2)))
    free = p_median(cost, p)
    assert free.status is Status.OPTIMAL
    assert free.objective == cost[free.sites].min(axis=0).sum()
    order = rng.permutation(60)
    assert p_median(cost[np.ix_(order, order)], p).objective == free.objective
    kept = p_median(cost, p, fixed_open=np.array([7, 11]))
    assert {7, 11} <= set(kept.sites.tolist())
    assert kept.objective >= free.objective


def test_median_refusals():
    cost = np.ones((3, 3))
    with pytest.raises(NegativeInput):
        p_median(-cost, 1)
    with pytest.raises(NegativeInput):
        p_median(cost, -1)
    with pytest.raises(NotFinite):
        p_median(cost * np.nan, 1)
    with pytest.raises(ShapeMismatch):
        p_median(cost, 1, weights=np.ones(2))
    with pytest.raises(InvalidParameter):
        p_median(np.full((2, 2), np.inf), 1)
    with pytest.raises(InvalidParameter):
        p_median(cost, 1, fixed_open=np.array([0, 1]))
    assert p_median(np.zeros((0, 3)), 2, caps=np.ones(3)).objective == 3


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8), st.booleans())
def test_cover_as_good_as_trying_everything(seed, m, n, whole):
    rng = np.random.default_rng(seed)
    p = int(rng.integers(0, m + 1))
    covers = rng.random((m, n)) < 0.4
    weights = rng.integers(0, 20, n).astype(float) if whole else rng.random(n)
    best = max(
        float(weights[covers[list(sites)].any(axis=0)].sum()) for sites in itertools.combinations(range(m), p)
    )
    result = max_cover(sparse.csr_array(covers), weights, p)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(best, abs=1e-9)
    hurried = max_cover(sparse.csr_array(covers), weights, p, seconds=1e-9)
    assert hurried.bound >= best - 1e-9 >= hurried.objective - 2e-9


def test_cover_of_the_plane_has_a_valid_bound():
    rng = np.random.default_rng(4)
    points = rng.random((300, 2)) * 100
    near = ((points[:, None] - points[None]) ** 2).sum(axis=2) <= 15**2
    weights = rng.integers(1, 100, 300).astype(float)
    exact = max_cover(sparse.csr_array(near), weights, 8, seconds=60)
    assert exact.status is Status.OPTIMAL
    assert exact.objective == weights[near[exact.sites].any(axis=0)].sum()
    rough = max_cover(sparse.csr_array(near), weights, 8, gap=0.05)
    assert rough.bound >= exact.objective >= rough.objective >= exact.objective * 0.95
    order = rng.permutation(300)
    other = max_cover(sparse.csr_array(near[np.ix_(order, order)]), weights[order], 8, seconds=60)
    assert other.objective == exact.objective


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_relaxation_bounds_plans_of_several_steps(seed):
    rng = np.random.default_rng(seed)
    share = rng.random((3, 5)) * (rng.random((3, 5)) < 0.7)
    weight = rng.random(5)
    most = rng.integers(0, 3, 3)
    best = max(
        float(weight @ np.minimum(1.0, np.array(plan) @ share))
        for plan in itertools.product(*(range(int(top) + 1) for top in most))
        if sum(plan) <= 3
    )
    bound = upper_bound(sparse.csr_array(share), weight, most, 3, target=0.0, end=np.inf, steps=100)
    assert bound.value >= best - 1e-9


def test_points_covered_alike_are_merged():
    covers = sparse.csr_array(np.array([[1.0, 1, 0, 0], [1, 1, 1, 0]]))
    merged, weights = merge_points(covers, np.array([1.0, 2.0, 4.0, 8.0]))
    assert merged.toarray().tolist() == [[1, 0], [1, 1]]
    assert weights.tolist() == [3, 4]


def test_cover_refusals():
    covers = sparse.csr_array(np.eye(2))
    with pytest.raises(NegativeInput):
        max_cover(covers, np.array([1.0, -1.0]), 1)
    with pytest.raises(NegativeInput):
        max_cover(covers, np.ones(2), -1)
    with pytest.raises(ShapeMismatch):
        max_cover(covers, np.ones(3), 1)
    with pytest.raises(NotFinite):
        max_cover(covers, np.array([1.0, np.inf]), 1)
