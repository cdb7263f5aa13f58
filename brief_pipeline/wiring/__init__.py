"""Introduces stages, engines and the warehouse to each other, and all of them to Dagster."""

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # BackfillPolicy: measured to work, and pinned below 1.14
