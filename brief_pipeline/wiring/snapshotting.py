"""The snapshot for who only reads: data/published/brief.duckdb."""

from brief_pipeline.records import StageReport
from brief_pipeline.warehouse.snapshot import publish
from brief_pipeline.warehouse.withheld import name_withheld
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Reports


def publish_snapshot(house: House, run_id: str | None = None) -> Reports:
    """Publishes the tables as they are now, but for what may hold a secret. Readers keep the one they have."""
    made_at = house.clock()
    made = publish(house.store, house.settings.published_database, made_at, run_id)
    notes: dict[str, float | int | str] = {
        "rows": made.rows,
        "tables": made.tables,
        "bytes": made.bytes,
        "schema_version": made.schema_version,
        "made_at": made_at.isoformat(),
        "path": str(made.path.relative_to(house.settings.data)),
        "withheld": ", ".join(name_withheld()),
    }
    return {None: StageReport(notes=notes)}
