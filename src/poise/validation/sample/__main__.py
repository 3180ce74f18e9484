"""``python -m poise.validation.sample``: build the files of the sample again, beside this file."""

from pathlib import Path

from poise.validation.sample.files import rebuild

if __name__ == "__main__":
    for path in rebuild(Path(__file__).parent):
        print(f"{path.name}: {path.stat().st_size:,} bytes")
