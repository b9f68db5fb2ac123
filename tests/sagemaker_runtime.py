"""Run a project's pipeline as SageMaker would, without AWS: python sagemaker_runtime.py PACKAGE [NAME=VALUE ...]

The definition that the SDK makes is walked step by step; each step is executed by the SDK's own program for containers. S3 is moto's server.
Afterwards the values are where the package would have them. This file runs in the environment of the project, not in that of the tests.
"""

import importlib
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer
from sagemaker.core.helper.session_helper import Session

ROLE = "arn:aws:iam::123456789012:role/SageMaker"
BUCKET = "values"
# The SDK's own program for containers; in these there is a folder for the reason of a failure, without which it would end as if there were none.
ENTRY = """
import runpy, sys
from sagemaker.core.remote_function import errors
errors.FAILURE_REASON_PATH = "artifacts/failure"
runpy.run_module("sagemaker.core.remote_function.invoke_function", run_name="__main__", alter_sys=True)
"""
OF_THE_DRIVER = {"--client_python_version", "--client_sagemaker_pysdk_version", "--dependency_settings"}  # only job_driver.sh reads them


def resolved(value, known):
    """What the service puts in the place of a reference."""
    if isinstance(value, dict) and "Std:Join" in value:
        return value["Std:Join"]["On"].join(resolved(part, known) for part in value["Std:Join"]["Values"])
    return known[value["Get"]] if isinstance(value, dict) else value


def execute(step, known):
    """Run one step as its container would."""
    asked = step["Arguments"]
    known[f"Steps.{step['Name']}.OutputDataConfig.S3OutputPath"] = resolved(asked["OutputDataConfig"]["S3OutputPath"], known)
    words = [resolved(word, known) for word in asked["AlgorithmSpecification"]["ContainerArguments"]]
    arguments = [word for before, word in zip(["", *words], words, strict=False) if not {before, word} & OF_THE_DRIVER]
    environment = {**os.environ, **{name: resolved(value, known) for name, value in asked["Environment"].items()}}
    return subprocess.run([sys.executable, "-c", ENTRY, *arguments], env=environment, check=False).returncode


def main(package, changes):
    """Execute the pipeline; the exit code of the first step that fails."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    session = Session(boto_session=boto3.Session(), default_bucket=BUCKET)
    definition = json.loads(importlib.import_module(f"{package}.sagemaker_pipeline").create_pipeline(session, ROLE).definition())
    known = {f"Parameters.{one['Name']}": str(one["DefaultValue"]) for one in definition["Parameters"]}
    known |= {f"Parameters.{name}": value for name, _, value in (change.partition("=") for change in changes)}
    known["Execution.PipelineExecutionId"] = "execution1"
    waiting, done = definition["Steps"], set()
    Path("artifacts").mkdir(exist_ok=True)
    while waiting:
        step = next(step for step in waiting if done.issuperset(step.get("DependsOn") or ()))
        if code := execute(step, known):
            return code
        waiting.remove(step)
        done.add(step["Name"])
    storage = importlib.import_module(f"{package}.storage")
    for found in boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{package.replace('_', '-')}/values/execution1/")["Contents"]:
        boto3.client("s3").download_file(BUCKET, found["Key"], str(storage.ARTIFACTS / found["Key"].rpartition("/")[2]))
    return 0


if __name__ == "__main__":
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    finally:
        server.stop()
