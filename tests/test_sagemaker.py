"""The pipeline of SageMaker as its service sees it, where moto is the service; that its steps run is in test_targets."""

import json
from dataclasses import replace

import pytest

from nbpipe.render.write import write
from tests.engines import ENGINES, dependencies, environment, execute
from tests.sample_project import sample_project

ROLE = "arn:aws:iam::123456789012:role/SageMaker"
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_PROGRAM = f"""
import boto3, json, runpy, sys
from moto import mock_aws
with mock_aws():
    iam = boto3.client("iam")
    iam.create_role(RoleName="SageMaker", AssumeRolePolicyDocument={json.dumps({"Version": "2012-10-17", "Statement": [_TRUST]})!r})
    iam.put_role_policy(RoleName="SageMaker", PolicyName="all", PolicyDocument={json.dumps({"Version": "2012-10-17", "Statement": [_ALL]})!r})
    sys.argv[1:] = ["--role", {ROLE!r}, "limit=12.5"]
    runpy.run_path("run_pipeline.py", run_name="__main__")
    client = boto3.client("sagemaker")
    definition = json.loads(client.describe_pipeline(PipelineName="sample")["PipelineDefinition"])
    (execution,) = client.list_pipeline_executions(PipelineName="sample")["PipelineExecutionSummaries"]
    given = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution["PipelineExecutionArn"])["PipelineParameters"]
    print(execution["PipelineExecutionArn"])
    print(json.dumps([definition, given]))
"""
_VARIABLES = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.mark.engines
def test_the_service_takes_the_pipeline(tmp_path):
    project = tmp_path / "sample"
    write(sample_project(tmp_path, target="sagemaker"), project)
    commands = environment([*dependencies(project), *ENGINES["sagemaker"].needs])
    engine = replace(ENGINES["sagemaker"], variables=_VARIABLES)
    result = execute(("python", "-c", _PROGRAM), project, commands, engine)
    assert result.returncode == 0, result.stderr[-6000:]
    started, arn, told = result.stdout.splitlines()[-3:]
    assert started == arn
    definition, given = json.loads(told)
    assert {step["Name"]: sorted(step.get("DependsOn", [])) for step in definition["Steps"]} == {
        "load": [],
        "left": ["load"],
        "right": ["load"],
        "draw": ["load"],
        "join": ["draw", "left", "right"],
        "last": ["join"],
    }
    assert {step["Arguments"]["ResourceConfig"]["InstanceType"] for step in definition["Steps"]} == {"ml.m5.large"}
    assert {one["Name"]: (one["Type"], one["DefaultValue"]) for one in definition["Parameters"]} == {
        "source": ("String", "numbers.csv"),
        "pause": ("Float", 0.0),
        "limit": ("Float", 10.0),
    }
    assert given == [{"Name": "limit", "Value": "12.5"}]
