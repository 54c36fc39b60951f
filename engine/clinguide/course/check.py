"""Course and knowledge to timeline: every entry is checked, and every problem is told at once."""

from collections.abc import Mapping

from clinguide.course.form import Course
from clinguide.course.timeline import Timeline
from clinguide.model import ActionType, Drug, Element


def check(
    course: Course,
    elements: Mapping[str, Element],
    drugs: Mapping[str, Drug],
    actions: Mapping[str, ActionType],
    *,
    at: int | None = None,
    now: int | None = None,
) -> Timeline:
    """The timeline of a course up to `at` (None: its last event). Raises CourseError with all problems.

    The whole course is checked, also what comes after `at`; events after the clock `now` are refused.
    """
    raise NotImplementedError
