"""Compile: content and a protocol to knowledge that both engines can run."""

from clinguide.compile.knowledge import Knowledge, compile_knowledge
from clinguide.compile.load import load

__all__ = ["Knowledge", "compile_knowledge", "load"]
