#!/usr/bin/env bash
# The life of a model, from its notebook on. Run it in an empty folder, in the environment that has nbpipe.
set -euo pipefail
story=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
port=${PORT:-8123}

# The notebook becomes a pipeline, and gets what stands around it.
cp "$story/prices.py" .
python "$story/market.py" before 600 0 > homes.csv
nbpipe convert prices.py -o project
for component in contracts gate monitoring tracking service; do
    nbpipe add "$component" project
done
pip install -q -e project

# Contracts and the reference are learnt from a good run. The next one checks them, tests the model, and registers version 1.
cd project
python -m prices.contracts learn
python -m prices.monitor learn
python -m prices run
python -m prices.registry show

# The service answers with it.
python -m uvicorn --factory prices.service:create_app --port "$port" --log-level warning &
service=$!
trap 'kill $service' EXIT
until (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do
    kill -0 $service
    sleep 0.5
done
python "$story/market.py" before 300 1 > asked.csv
python "$story/ask.py" "$port" asked.csv
python -m prices.monitor check

# The market turns: the same service is off, and the alarm is raised.
python "$story/market.py" after 300 2 > asked.csv
python "$story/ask.py" "$port" asked.csv
python -m prices.monitor check || test $? = 3

# Newer homes with their prices come in: the alarm retrains, the gate compares, version 2 serves at once.
python "$story/market.py" after 600 3 > data/homes.csv
python -m prices.monitor check --retrain
python -m prices.registry show
sleep 2.5
python "$story/ask.py" "$port" asked.csv

# And back.
python -m prices.registry rollback
sleep 2.5
python "$story/ask.py" "$port" asked.csv
python -m prices.monitor dashboard
