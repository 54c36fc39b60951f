"""Load: a folder of knowledge, or what ships with the package, to compiled knowledge."""

from datetime import date
from pathlib import Path

from clinguide.compile.knowledge import Knowledge, compile_knowledge
from clinguide.read import read
from clinguide.schema import shipped


def load(path: str | Path | None = None, *, protocol: str = "default", as_of: str | date | None = None) -> Knowledge:
    """The knowledge of a folder (None: the shipped one) under a protocol.

    `as_of` fixes the day; without it `assess` asks for the day of the assessment. Raises KnowledgeError with all
    problems of all files.
    """
    folder = Path(path) if path is not None else shipped("knowledge")
    day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    return compile_knowledge(read(folder), protocol, day)
