"""The tables as files for other tools: `brief export`."""

from collections.abc import Sequence
from pathlib import Path

from brief_pipeline.warehouse.export import Exported, export, pick_tables
from brief_pipeline.wiring.house import House


def export_tables(house: House, folder: Path, names: Sequence[str] = (), *, in_full: bool = False) -> list[Exported]:
    """Writes tables (all, unless some are named) to <folder>/<table>.parquet, with a manifest.json that describes them.

    Addresses that may hold a secret of a subscription stay out, unless `in_full`. Raises SettingsInvalid for a table that is
    none and for a folder that cannot be written.
    """
    tables = pick_tables(house.settings.sql_folder, names, in_full=in_full)
    return export(house.store, folder.expanduser().absolute(), tables, house.clock())
