"""Spatial accessibility of care: travel times, floating catchment scores, and the exact effect of a change.

Pure: arrays and frozen dataclasses in and out. Specified in docs/algorithms/accessibility.md.
"""

from .change import EffectOfEach, SupplyChange, effect_of_each, local_effect, minutes_from, scenario_effect
from .compiled import compiled_available, scores_from_points, warm_up
from .decay import (
    APL_2012,
    APL_MODELLED,
    APL_STEPS,
    Decay,
    Gaussian,
    Linear,
    PiecewiseLinear,
    SmoothedSteps,
    Steps,
    as_dict,
    from_dict,
)
from .errors import (
    AccessibilityError,
    DuplicatePairs,
    InvalidDecay,
    InvalidInput,
    InvalidTimes,
    MissingPairs,
    NotConverged,
)
from .scores import (
    Accessibility,
    apl,
    enhanced_two_step,
    standardised_population,
    territory_mean,
    three_step,
    two_step,
)
from .travel import TravelTimes, Weights, great_circle_km, reach_km, road_minutes, travel_times

__all__ = [
    "APL_2012",
    "APL_MODELLED",
    "APL_STEPS",
    "Accessibility",
    "AccessibilityError",
    "Decay",
    "DuplicatePairs",
    "EffectOfEach",
    "Gaussian",
    "InvalidDecay",
    "InvalidInput",
    "InvalidTimes",
    "Linear",
    "MissingPairs",
    "NotConverged",
    "PiecewiseLinear",
    "SmoothedSteps",
    "Steps",
    "SupplyChange",
    "TravelTimes",
    "Weights",
    "apl",
    "as_dict",
    "compiled_available",
    "effect_of_each",
    "enhanced_two_step",
    "from_dict",
    "great_circle_km",
    "local_effect",
    "minutes_from",
    "reach_km",
    "road_minutes",
    "scenario_effect",
    "scores_from_points",
    "standardised_population",
    "territory_mean",
    "three_step",
    "travel_times",
    "two_step",
    "warm_up",
]
