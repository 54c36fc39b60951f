"""Explain: one rule of an assessment as a tree, from its answer down to the facts and where they are from."""

from clinguide.explain.contract import Clause, Explanation, FactRead, Line, NotExplainedError, Why
from clinguide.explain.explanation import explain

__all__ = ["Clause", "Explanation", "FactRead", "Line", "NotExplainedError", "Why", "explain"]
