"""Jackknife pseudo-values: a censored outcome turned into one number per patient, whose mean is the estimate."""

from typing import NamedTuple

import numpy as np

from analyses.pipeline.checks import BoolArray, FloatArray, IntArray
from analyses.pipeline.clock import TOLERANCE, read_clock
from analyses.pipeline.grouping import group_sums


class _Factors(NamedTuple):
    """1 - d / n at each time up to tau: of everybody, without one patient who stays on, without one who dies then."""

    everybody: FloatArray
    stays: FloatArray
    dies: FloatArray


def survival_pseudo_values(time: FloatArray, event: BoolArray, tau: float) -> FloatArray:
    """n S(tau) - (n - 1) S_-i(tau) of the Kaplan-Meier curve with and without patient i (n values)."""
    codes, inside = _up_to(time, tau + TOLERANCE)
    factors = _factors(codes, event, inside.shape[0])
    before = np.concatenate([[1.0], np.cumprod(factors.stays)])
    after = np.concatenate([np.cumprod(factors.everybody[::-1])[::-1][1:], [1.0, 1.0]])
    without = before[codes] * _own(factors, codes, event) * after[codes]
    return _jackknife(float(np.prod(factors.everybody)), without)


def rmst_pseudo_values(time: FloatArray, event: BoolArray, tau: float) -> FloatArray:
    """The same of the restricted mean survival time, the area under the curve from 0 to `tau`."""
    codes, inside = _up_to(time, tau - TOLERANCE)
    factors = _factors(codes, event, inside.shape[0])
    width = np.diff(np.concatenate([[0.0], inside, [tau]]))
    before = np.concatenate([[1.0], np.cumprod(factors.stays)])
    area = np.cumsum(width * before)
    rest = _areas_after(width, factors.everybody)
    without = area[codes] + before[codes] * _own(factors, codes, event) * rest[codes]
    return _jackknife(float(width @ np.concatenate([[1.0], np.cumprod(factors.everybody)])), without)


def _up_to(time: FloatArray, end: float) -> tuple[IntArray, FloatArray]:
    """The distinct times before `end`, and the place of each patient's time among them (their number where later)."""
    clock = read_clock(time)
    inside = clock.distinct[clock.distinct <= end]
    return np.minimum(clock.code, inside.shape[0]), inside


def _factors(codes: IntArray, event: BoolArray, size: int) -> _Factors:
    deaths = group_sums(codes, event, size + 1)[:size]
    at_risk = np.cumsum(np.bincount(codes, minlength=size + 1)[::-1])[::-1][:size].astype(np.float64)
    others = np.maximum(at_risk - 1, 1.0)
    return _Factors(1 - deaths / at_risk, 1 - deaths / others, 1 - np.maximum(deaths - 1, 0) / others)


def _own(factors: _Factors, codes: IntArray, event: BoolArray) -> FloatArray:
    """Without patient i, the factor at his own time; 1 after tau."""
    stays, dies = np.append(factors.stays, 1.0), np.append(factors.dies, 1.0)
    return np.where(event, dies[codes], stays[codes])


def _areas_after(width: FloatArray, factor: FloatArray) -> FloatArray:
    """From each time on, the area up to tau under a curve that starts there at 1; 0 after tau."""
    areas = np.zeros(width.shape[0])
    for place in range(factor.shape[0] - 1, -1, -1):
        following = factor[place + 1] * areas[place + 1] if place + 1 < factor.shape[0] else 0.0
        areas[place] = width[place + 1] + following
    return areas


def _jackknife(everybody: float, without: FloatArray) -> FloatArray:
    n = without.shape[0]
    return np.asarray(n * everybody - (n - 1) * without)
