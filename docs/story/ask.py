"""Ask the service about homes in a CSV file: `python ask.py PORT FILE` prints which version answered, and how far it was off."""

import sys

import httpx
import pandas as pd

port, file = sys.argv[1:]
homes = pd.read_csv(file)
with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(retries=8), timeout=60, trust_env=False) as client:
    refused = client.post("/predict", json={"rows": [{"area": 1e9, "age": 1.0}]})
    answer = client.post("/predict", json={"rows": homes[["area", "age"]].to_dict("records")})
if refused.status_code != 422:
    sys.exit(f"a home of 1,000 km² was not refused: {refused.text}")
answer.raise_for_status()
found = answer.json()
off = (pd.Series(found["predictions"]) - homes["price"]).abs().mean()
print(f"version {', '.join(sorted(set(found['versions'])))} answered, and was off by {off:.0f}")
