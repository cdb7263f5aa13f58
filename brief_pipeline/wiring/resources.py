"""The resources of a run: the house, built from the settings when the run begins."""

import dagster as dg

from brief_pipeline.settings import read_settings
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.progress import LoggedProgress


def _build(context: dg.InitResourceContext) -> House:
    return build_house(read_settings(), LoggedProgress(context.log))  # type: ignore[arg-type]


RESOURCES = {
    "house": dg.ResourceDefinition(_build, description="Settings, store and engines (web, whisper, embedder, llm).")
}
