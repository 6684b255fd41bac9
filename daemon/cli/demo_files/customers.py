"""J3 of the demo: count the customers of each country. Fails while customers.csv has not arrived."""

import argparse
import csv
import sys
from collections import Counter
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--folder", type=Path, required=True)
folder: Path = parser.parse_known_args()[0].folder

source = folder / "input" / "customers.csv"
if not source.exists():
    sys.exit(f"customers.csv has not arrived. Put it into {source.parent}")

with source.open(newline="", encoding="utf-8") as file:
    countries = Counter(row["country"] for row in csv.DictReader(file))
with (folder / "output" / "customers_by_country.csv").open("w", newline="", encoding="utf-8") as file:
    csv.writer(file).writerows([("country", "customers"), *sorted(countries.items())])
print(f"Counted {sum(countries.values())} customers in {len(countries)} countries")
