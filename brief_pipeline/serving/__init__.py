"""What people read over the web: the published pages, and a search through the published snapshot.

Nothing here opens the pipeline's own database: a reader can neither block a run nor be blocked by one.
"""
