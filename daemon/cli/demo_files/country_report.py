"""J5 of the demo: write the report on countries out of what J3 counted."""

import argparse
import csv
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--folder", type=Path, required=True)
folder: Path = parser.parse_known_args()[0].folder

with (folder / "output" / "customers_by_country.csv").open(newline="", encoding="utf-8") as file:
    lines = [f"{row['country']:<12}{row['customers']:>4}" for row in csv.DictReader(file)]
(folder / "output" / "countries.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
print("\n".join(["Customers by country", *lines]))
