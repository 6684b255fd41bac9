"""J2 of the demo: add up the orders of each customer. Fails while orders.csv has not arrived."""

import argparse
import csv
import sys
from collections import Counter
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--folder", type=Path, required=True)
folder: Path = parser.parse_known_args()[0].folder

source = folder / "input" / "orders.csv"
if not source.exists():
    sys.exit(f"orders.csv has not arrived. Put it into {source.parent}")

totals: Counter[str] = Counter()
with source.open(newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        totals[row["customer"]] += int(row["cents"])
with (folder / "output" / "orders_by_customer.csv").open("w", newline="", encoding="utf-8") as file:
    csv.writer(file).writerows([("customer", "cents"), *sorted(totals.items())])
print(f"Added up the orders of {len(totals)} customers: {sum(totals.values()) / 100:.2f}")
