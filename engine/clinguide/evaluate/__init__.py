"""The reference evaluator: three-valued, in the order of dependency, with the trace."""

from clinguide.evaluate.evaluation import Evaluation, Open, Otherwise, evaluate
from clinguide.evaluate.exact import Exact
from clinguide.evaluate.facts import Fact

__all__ = ["Evaluation", "Exact", "Fact", "Open", "Otherwise", "evaluate"]
