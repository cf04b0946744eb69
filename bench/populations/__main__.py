"""python -m bench.populations NAME SIZE DIR [--seed N]."""

import argparse
import time
from pathlib import Path

import bench.populations as populations

parser = argparse.ArgumentParser(description=populations.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("name", choices=populations.names())
parser.add_argument("size", type=int)
parser.add_argument("folder", type=Path)
parser.add_argument("--seed", type=int)
asked = parser.parse_args()
began = time.monotonic()
made = populations.population(asked.name, asked.size, asked.seed)
print(f"{made.records.num_rows:,} records in {made.written(asked.folder)}, {time.monotonic() - began:.1f} s")
