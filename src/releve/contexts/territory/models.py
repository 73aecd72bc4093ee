"""Communes, EPCI, départements, régions and the calendar; every record keeps source and vintage."""

from __future__ import annotations

from django.db import models


class Dataset(models.Model):
    """Manifest of an imported file: who produced it, when, under which licence."""

    slug = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    producer = models.CharField(max_length=200)
    vintage = models.CharField(max_length=64)
    licence = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.slug} ({self.vintage})"


class Region(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=100)
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class Departement(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=100)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="departements")
    school_zone = models.CharField(max_length=8, blank=True)
    time_zone = models.CharField(max_length=40, default="Europe/Paris")
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class Epci(models.Model):
    siren = models.CharField(max_length=9, primary_key=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8)
    population = models.PositiveIntegerField(null=True)
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class Commune(models.Model):
    """A commune (or municipal arrondissement). `lat`/`lon`: town hall, else centroid, WGS 84 degrees."""

    code = models.CharField(max_length=5, primary_key=True)
    name = models.CharField(max_length=100)
    search_name = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=3, default="COM")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="arrondissements")
    population = models.PositiveIntegerField(null=True)
    departement = models.ForeignKey(Departement, null=True, on_delete=models.PROTECT, related_name="communes")
    epci = models.ForeignKey(Epci, null=True, on_delete=models.PROTECT, related_name="communes")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    point_source = models.CharField(max_length=16, blank=True)
    postal_codes = models.CharField(max_length=200, blank=True)
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class PostalCode(models.Model):
    code = models.CharField(max_length=5, db_index=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, related_name="postal_code_rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "commune"], name="postal_code_once")]

    def __str__(self) -> str:
        return self.code
