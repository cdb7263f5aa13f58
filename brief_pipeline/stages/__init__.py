"""What the pipeline thinks: values in, values out. No clock, disk, network, database or model in this room."""
