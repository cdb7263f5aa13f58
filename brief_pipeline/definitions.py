"""Dagster's front door: importing it opens no database, loads no model and needs no key."""

import dagster as dg

from brief_pipeline.wiring.alerting import run_failed
from brief_pipeline.wiring.assets import PYTHON_ASSETS
from brief_pipeline.wiring.automation import ask_feeds, daily_brief, due_brief, late_episodes, send_briefs
from brief_pipeline.wiring.clearing import clear_out_job, every_evening
from brief_pipeline.wiring.mornings import every_morning
from brief_pipeline.wiring.resources import RESOURCES
from brief_pipeline.wiring.sending_hours import every_quarter
from brief_pipeline.wiring.sql_assets import SQL_ASSETS
from brief_pipeline.wiring.watching import new_episodes

defs = dg.Definitions(
    assets=[*PYTHON_ASSETS, *SQL_ASSETS],
    jobs=[daily_brief, ask_feeds, late_episodes, due_brief, send_briefs, clear_out_job],
    schedules=[every_morning, every_quarter, every_evening],
    sensors=[new_episodes, run_failed],
    resources=RESOURCES,
    executor=dg.in_process_executor,  # one process loads each model once; a process a step costs 8 times the CPU time
)
