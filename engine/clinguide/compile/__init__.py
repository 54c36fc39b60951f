"""Compile: content and a protocol to knowledge that both engines can run."""

from clinguide.compile.knowledge import Knowledge, compile
from clinguide.compile.load import load, shipped

__all__ = ["Knowledge", "compile", "load", "shipped"]
