"""Compare two archives of a campaign: did two machines compute the same, and if not, how far do they part?

What only one of them holds is passed over. Exit status 0: all that both hold is the same to the last bit. 1:
something differs, or they hold nothing in common.
"""

import argparse
import sys
from pathlib import Path

import _source  # noqa: F401
from graduated.campaign.archive import read_archive
from graduated.campaign.spread import compare_archives, computed_on
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, help="an archive of scripts/campaign.py")
    parser.add_argument("second", type=Path, help="another, of the same preset")
    arguments = parser.parse_args()
    paths = arguments.first, arguments.second
    archives = [read_archive(path) for path in paths]
    for path, files in zip(paths, archives, strict=True):
        print(f"{path}: {computed_on(files) or 'no pack'}")
    compared = compare_archives(*archives)
    print(*compared, sep="\n")
    if not compared:
        raise ValueError("the archives hold no pack and no probe in common")
    if other := sum(not one.same for one in compared):
        sys.exit(f"compare_archives: {other} of {len(compared)} packs and probes differ")
    print(f"all {len(compared)} packs and probes are the same")


if __name__ == "__main__":
    run_program(main)
