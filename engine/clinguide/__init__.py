"""clinguide: clinical guidelines that run.

>>> from clinguide import Course, assess, load
>>> knowledge = load(protocol="default")
>>> assessment = assess(knowledge, Course.from_facts({"temperature": "38.0 Cel"}))
>>> assessment["crs.grade"].at_least
1

Nothing shipped is approved for clinical use: every output says so, and a clinician decides.
"""

from clinguide.assess import Assessment, assess
from clinguide.compile import Knowledge, load
from clinguide.course import Course
from clinguide.explain import Explanation, explain
from clinguide.problems import CourseError, KnowledgeError

__all__ = [
    "Assessment",
    "Course",
    "CourseError",
    "Explanation",
    "Knowledge",
    "KnowledgeError",
    "assess",
    "explain",
    "load",
]
