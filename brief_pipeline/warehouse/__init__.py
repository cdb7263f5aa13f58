"""The memory of the house: one DuckDB file, and the SQL models that give its rows their meaning."""
