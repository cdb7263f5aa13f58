"""What `brief serve` answers."""
