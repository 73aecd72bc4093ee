"""What the engine refuses. `code` is for programs; the message is a French sentence, shown as it is."""

from __future__ import annotations


class SitingError(ValueError):
    """Any input that the engine cannot take."""

    code = "siting_invalid"


class ShapeMismatch(SitingError):
    """Arrays that do not describe the same candidates or points."""

    code = "siting_shape"


class NegativeInput(SitingError):
    """Days, people, minutes or effects below zero."""

    code = "siting_negative"


class NotFinite(SitingError):
    """NaN or infinite where only a missing baseline score may be NaN."""

    code = "siting_not_finite"


class MissingInput(SitingError):
    """The chosen aim or option needs an input that was not given."""

    code = "siting_missing"


class InvalidParameter(SitingError):
    """A parameter outside its domain: step, share, number of sites, gap."""

    code = "siting_parameter"
