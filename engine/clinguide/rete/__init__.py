"""The second engine: durable-rules fires the same conditions, in a process of its own.

It answers which items certainly hold and which certainly fail; where neither is said, an item is unknown. Comparing
that with the reference evaluator is the caller's work. durable-rules has defects that a clinical answer must not meet,
so only a small subset of it is used (one anchored pattern a rule, no negation, no joins) and whatever goes wrong in
the worker ends as an `EngineFault` that says why.
"""

from clinguide.rete.client import Fired, Instance, SecondEngine, available
from clinguide.rete.process import EngineFault

__all__ = ["EngineFault", "Fired", "Instance", "SecondEngine", "available"]
