"""Communes, EPCI, départements, régions and the calendar; every record keeps source and vintage."""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.db.models.functions import Replace


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
    # The same without spaces, kept by the database: what contains the joined words contains the name too,
    # so one test per row finds « nieul le dolent » and « nieulledolent ».
    search_joined = models.GeneratedField(
        expression=Replace("search_name", Value(" "), Value("")),
        output_field=models.CharField(max_length=120),
        db_persist=True,
    )
    kind = models.CharField(max_length=3, default="COM")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="arrondissements")
    population = models.PositiveIntegerField(null=True)
    departement = models.ForeignKey(Departement, null=True, on_delete=models.PROTECT, related_name="communes")
    epci = models.ForeignKey(Epci, null=True, on_delete=models.PROTECT, related_name="communes")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    point_source = models.CharField(max_length=16, blank=True)
    postal_codes = models.CharField(max_length=200, blank=True)
    # A commune that the reference dropped but that a site or a person still names: kept, no longer proposed.
    is_current = models.BooleanField(default=True)
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            # Substring search reads this narrow index, never the wide rows.
            models.Index(
                fields=["search_joined", "search_name", "population", "code", "is_current"],
                name="commune_search",
            ),
            models.Index(fields=["lat", "lon"], name="commune_point"),
        ]

    def __str__(self) -> str:
        return self.name


class FormerCommune(models.Model):
    """A commune that merged into another, or a delegated or associated one: leads to `commune`.

    A delegated commune may carry the code of its new commune (the chief town does): only its name then helps.
    """

    code = models.CharField(max_length=5, primary_key=True)
    name = models.CharField(max_length=100, blank=True)
    search_name = models.CharField(max_length=120, blank=True, db_index=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, related_name="former_communes")
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name or self.code


class CommuneShape(models.Model):
    """A light contour, for drawing only. `coordinates`: those of a GeoJSON MultiPolygon, as text."""

    commune = models.OneToOneField(Commune, on_delete=models.CASCADE, primary_key=True, related_name="shape")
    coordinates = models.TextField()
    min_lat = models.FloatField()
    min_lon = models.FloatField()
    max_lat = models.FloatField()
    max_lon = models.FloatField()
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["min_lat", "max_lat", "min_lon", "max_lon"], name="shape_box")]

    def __str__(self) -> str:
        return self.commune_id


class PostalCode(models.Model):
    code = models.CharField(max_length=5, db_index=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, related_name="postal_code_rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "commune"], name="postal_code_once")]

    def __str__(self) -> str:
        return self.code


class CommuneFigures(models.Model):
    """Official statistics of a commune, latest vintage of each; None is missing or secret, never zero.

    One wide row, so that a diagnosis reads one row per commune and the national arrays one narrow query.
    Producer, vintage and nature of each column: `figures.COLUMNS`, which names its `Dataset`.
    """

    commune = models.OneToOneField(
        Commune, on_delete=models.CASCADE, primary_key=True, related_name="figures"
    )
    surface_km2 = models.FloatField(null=True)
    # Published APL: consultations a year per standardised inhabitant (doctors), full-time equivalents for
    # 100,000 (others).
    apl = models.FloatField(null=True)
    apl_year = models.PositiveSmallIntegerField(null=True)
    apl_history = models.JSONField(default=dict)  # {"2015": 2.83, ...}, published doctors' APL
    apl_nurses = models.FloatField(null=True)
    apl_midwives = models.FloatField(null=True)
    apl_physiotherapists = models.FloatField(null=True)
    apl_dentists = models.FloatField(null=True)
    # General practitioners: an estimate of those in town practice, and the two published counts behind it.
    gp_estimate = models.FloatField(null=True)
    gp_facilities = models.PositiveIntegerField(null=True)  # BPE D201
    gp_register = models.PositiveIntegerField(null=True)  # RPPS, salaried and multiple places included
    doctors_register = models.PositiveIntegerField(null=True)
    has_health_house = models.BooleanField(null=True)
    # Shares of the population, %.
    share_under_25 = models.FloatField(null=True)
    share_25_64 = models.FloatField(null=True)
    share_65_plus = models.FloatField(null=True)
    share_75_plus = models.FloatField(null=True)
    # Incomes: euros a year per consumption unit, %, households.
    median_income = models.FloatField(null=True)
    poverty_rate = models.FloatField(null=True)
    first_decile = models.FloatField(null=True)
    ninth_decile = models.FloatField(null=True)
    fiscal_households = models.PositiveIntegerField(null=True)
    fiscal_persons = models.PositiveIntegerField(null=True)
    # Minutes by road to the nearest emergency service or SMUR.
    emergency_minutes = models.FloatField(null=True)
    is_emergency_seat = models.BooleanField(null=True)
    zoning = models.CharField(max_length=4, blank=True)  # ZIP, ZAC, ZAR, HZ, or empty: unknown
    zrr = models.CharField(max_length=3, blank=True)
    # Statistical memberships (INSEE): codes and names.
    living_area = models.CharField(max_length=5, blank=True)  # bassin de vie 2022
    living_area_name = models.CharField(max_length=120, blank=True)
    canton = models.CharField(max_length=5, blank=True)
    urban_size = models.CharField(max_length=2, blank=True)  # TUU 2017: 0 outside, 8 Paris
    attraction_category = models.CharField(max_length=2, blank=True)  # cateaav2020

    def __str__(self) -> str:
        return self.commune_id


class DepartementFigures(models.Model):
    """Statistics known by département only."""

    departement = models.OneToOneField(
        Departement, on_delete=models.CASCADE, primary_key=True, related_name="figures"
    )
    gp_count = models.PositiveIntegerField(null=True)  # general practitioners in town practice, headcount
    gp_density = models.FloatField(null=True)  # for 100,000 inhabitants
    share_doctors_55_plus = models.FloatField(null=True)  # share, 0 to 1, all specialties and modes
    doctors_yearly_change = models.FloatField(null=True)  # % a year, 2012-2025
    diabetes_prevalence = models.FloatField(null=True)  # % of patients cared for
    respiratory_prevalence = models.FloatField(null=True)
    road_factor = models.FloatField(null=True)  # of the road-time model

    def __str__(self) -> str:
        return self.departement_id


class RedZone(models.Model):
    """An intercommunality of the State scheme's list, as far as it is known: absence says nothing."""

    epci = models.OneToOneField(Epci, on_delete=models.CASCADE, primary_key=True, related_name="red_zone")
    reliability = models.CharField(max_length=20)
    origin = models.CharField(max_length=200)
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.epci_id
