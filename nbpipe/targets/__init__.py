"""The targets, by name: one small module each."""

from collections.abc import Mapping

from nbpipe.targets.airflow import Airflow
from nbpipe.targets.base import Target
from nbpipe.targets.dagster import Dagster
from nbpipe.targets.databricks import Databricks
from nbpipe.targets.dvc import Dvc
from nbpipe.targets.flyte import Flyte
from nbpipe.targets.flyte2 import Flyte2
from nbpipe.targets.hamilton import Hamilton
from nbpipe.targets.kedro import Kedro
from nbpipe.targets.kubeflow import Kubeflow
from nbpipe.targets.luigi import Luigi
from nbpipe.targets.metaflow import Metaflow
from nbpipe.targets.pachyderm import Pachyderm
from nbpipe.targets.package import Package
from nbpipe.targets.prefect import Prefect
from nbpipe.targets.sagemaker import SageMaker
from nbpipe.targets.snakemake import Snakemake
from nbpipe.targets.tfx import Tfx

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Package(),
        Kedro(),
        Dvc(),
        Airflow(),
        Luigi(),
        Metaflow(),
        Prefect(),
        Dagster(),
        Kubeflow(),
        Flyte(),
        Flyte2(),
        Pachyderm(),
        Databricks(),
        Tfx(),
        SageMaker(),
        Snakemake(),
        Hamilton(),
    )
}

__all__ = ["TARGETS", "Target"]
