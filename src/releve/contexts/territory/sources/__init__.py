"""Readers of the two sources of the reference territory; both give the same `Reference`."""

from .data_dir import find_data_dir, read_data_dir
from .packages import find_wheel, package_dir, read_former, read_packages, read_shapes
from .reference import CommuneRow, EpciRow, FormerRow, Manifest, NamedRow, Reference, ShapeRow, compare

__all__ = [
    "CommuneRow",
    "EpciRow",
    "FormerRow",
    "Manifest",
    "NamedRow",
    "Reference",
    "ShapeRow",
    "compare",
    "find_data_dir",
    "find_wheel",
    "package_dir",
    "read_data_dir",
    "read_former",
    "read_packages",
    "read_shapes",
]
