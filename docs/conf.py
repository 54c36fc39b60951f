"""How the documentation is built: `sphinx-build -W -b html docs OUT`."""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import make_pages  # noqa: E402  (it stands in this folder, which is no package)

make_pages.main()

project = "clinguide"
release = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
extensions = ["myst_parser", "sphinx_design"]
myst_enable_extensions = ["colon_fence", "deflist"]
# Headings can be linked to by their words, as on the pages of a code host.
myst_heading_anchors = 3
# What is made is included by the pages that show it; examples are read by the engine.
exclude_patterns = ["_build", "_made", "examples"]
html_theme = "furo"
html_title = f"clinguide {release}"
html_show_sphinx = False
# Knowledge, grammar and reports are shown as they are written, not as a language that a highlighter half knows.
highlight_language = "none"
