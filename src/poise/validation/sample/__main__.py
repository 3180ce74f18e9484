"""``python -m poise.validation.sample``: build the files of the sample again, beside this file.

With the argument ``measure``, print how much of what was planted detection finds.
"""

import sys
from pathlib import Path

from poise.validation.sample.files import rebuild
from poise.validation.sample.measuring import as_markdown, measure

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            for path in rebuild(Path(__file__).parent):
                print(f"{path.name}: {path.stat().st_size:,} bytes")
        case ["measure"]:
            recall, agreement = measure()
            tables = [
                recall.filter(language=code).drop("language") for code in recall["language"].unique(maintain_order=True)
            ]
            print("\n\n".join(as_markdown(table) for table in (*tables, agreement)))
        case _:
            sys.exit("python -m poise.validation.sample [measure]")
