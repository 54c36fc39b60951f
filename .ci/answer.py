"""Print one value of the JSON on standard input; its path is given as arguments (`run engines agreement`)."""

import json
import sys
from functools import reduce

sys.stdout.write(f"{reduce(lambda part, key: part[key], sys.argv[1:], json.load(sys.stdin))}\n")
