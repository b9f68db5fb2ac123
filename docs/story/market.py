"""Homes as they are sold before the market turns, or after: `python market.py before 600 0` prints 600 as CSV, of the seed 0.

Afterwards most homes are large, and the larger a home is, the less it costs; but no area, age or price is one that was never there.
"""

import sys

import numpy as np
import pandas as pd


def homes(when: str, count: int, seed: int) -> pd.DataFrame:
    """Homes that are sold before or after the market turns."""
    numbers = np.random.default_rng(seed)
    area, age = numbers.uniform(50, 150, count), numbers.uniform(0, 40, count)
    price = 3 * area - age
    if when == "after":
        area = numbers.triangular(60, 145, 145, count)
        price = 400 - area - age
    return pd.DataFrame({"area": area, "age": age, "price": price + numbers.normal(0, 3, count)}).round(2)


if __name__ == "__main__":
    homes(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).to_csv(sys.stdout, index=False)
