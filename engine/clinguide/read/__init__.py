"""A knowledge folder to the model: JSON Schema first, then build; all problems at once.

Each file is read as strict YAML, held against the schema of its kind, and built into frozen values. What a later step
would have to guess is refused here, with its place.
"""

from clinguide.read.folder import read

__all__ = ["read"]
