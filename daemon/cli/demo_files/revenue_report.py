"""J4 of the demo: write the revenue report out of what J2 added up."""

import argparse
import csv
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--folder", type=Path, required=True)
folder: Path = parser.parse_known_args()[0].folder

with (folder / "output" / "orders_by_customer.csv").open(newline="", encoding="utf-8") as file:
    rows = sorted(csv.DictReader(file), key=lambda row: int(row["cents"]), reverse=True)
lines = [f"{row['customer']:<12}{int(row['cents']) / 100:>10.2f}" for row in rows]
(folder / "output" / "revenue.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
print("\n".join(["Revenue by customer", *lines]))
