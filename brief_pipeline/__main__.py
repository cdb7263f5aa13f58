"""`python -m brief_pipeline` is the command `brief`."""

from brief_pipeline.cli import main

main()
