"""A reader of vector tiles written from the specification, so that what we write is read by other eyes."""

from __future__ import annotations

from typing import Any


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> list[tuple[int, Any]]:
    found, at = [], 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
        elif key & 7 == 2:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
            assert len(value) == length
        else:
            raise AssertionError(f"type {key & 7} inattendu")
        found.append((key >> 3, value))
    return found


def _geometry(data: bytes) -> list[list[tuple[int, int]]]:
    """Lines or rings, as points of the tile; a ring is not repeated at its end."""
    numbers, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        numbers.append(value)
    parts: list[list[tuple[int, int]]] = []
    x = y = place = 0
    while place < len(numbers):
        command, count = numbers[place] & 7, numbers[place] >> 3
        place += 1
        if command == 7:
            assert count == 1
            continue
        for _ in range(count):
            dx, dy = ((n >> 1) ^ -(n & 1) for n in numbers[place : place + 2])
            x, y, place = x + dx, y + dy, place + 2
            if command == 1:
                parts.append([])
            parts[-1].append((x, y))
    return parts


def read_tile(tile: bytes) -> dict[str, dict[str, Any]]:
    """{layer: {"extent", "version", "features": {id: (type, parts)}}}."""
    layers: dict[str, dict[str, Any]] = {}
    for number, body in _fields(tile):
        assert number == 3
        layer: dict[str, Any] = {"features": {}, "extent": 4096}
        name = ""
        for field, value in _fields(body):
            if field == 1:
                name = value.decode()
            elif field == 15:
                layer["version"] = value
            elif field == 5:
                layer["extent"] = value
            elif field == 2:
                feature = dict(_fields(value))
                layer["features"][feature[1]] = (feature[3], _geometry(feature[4]))
        layers[name] = layer
    return layers


def area(ring: list[tuple[int, int]]) -> float:
    """Positive for an outer ring, by the specification's own formula."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
