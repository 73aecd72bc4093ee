"""Closed lists of the territory context."""

from django.db import models


class CommuneKind(models.TextChoices):
    COMMUNE = "COM", "Commune"
    ARRONDISSEMENT = "ARM", "Arrondissement municipal"


class PointSource(models.TextChoices):
    """Where the point of a commune comes from; empty when the commune has no point."""

    TOWN_HALL = "town_hall", "Mairie"
    CENTROID = "centroid", "Centre du contour"
