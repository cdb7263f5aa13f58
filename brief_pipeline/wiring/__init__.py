"""Introduces stages, engines and the warehouse to each other, and all of them to Dagster."""
