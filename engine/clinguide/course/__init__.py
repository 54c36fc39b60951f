"""A course: one patient's facts, infusions, observations and doses, read, checked and laid out in time."""

from clinguide.course.charted import open_value
from clinguide.course.check import check
from clinguide.course.clock import TimeError, time_of, time_text
from clinguide.course.doses import daily_dose, daily_dose_changes
from clinguide.course.form import Course
from clinguide.course.timeline import (
    Charted,
    DoseAt,
    InfusionAt,
    RegimenStep,
    Timeline,
    doses_between,
    entries,
    infusion_time,
    product_at,
    record_complete,
    regimen_within,
    running,
    treatment_at,
    treatment_start,
)

__all__ = [
    "Charted",
    "Course",
    "DoseAt",
    "InfusionAt",
    "RegimenStep",
    "TimeError",
    "Timeline",
    "check",
    "daily_dose",
    "daily_dose_changes",
    "doses_between",
    "entries",
    "infusion_time",
    "open_value",
    "product_at",
    "record_complete",
    "regimen_within",
    "running",
    "time_of",
    "time_text",
    "treatment_at",
    "treatment_start",
]
