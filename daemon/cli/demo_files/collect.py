"""J1 of the demo: get the day's folders ready."""

import argparse
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--folder", type=Path, required=True)
# Glue passes more arguments (--WORKFLOW_NAME and others) than a script may care about.
folder: Path = parser.parse_known_args()[0].folder

for name in ("input", "output"):
    (folder / name).mkdir(exist_ok=True)
arrived = sorted(path.name for path in (folder / "input").iterdir())
print(f"Collected {len(arrived)} files in {folder / 'input'}: {', '.join(arrived) or 'nothing has arrived yet'}")
