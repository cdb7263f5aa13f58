"""What people read over the web: the published pages, a search through the published snapshot, and sign-up for the mail.

Nothing here opens the pipeline's own database: a reader can neither block a run nor be blocked by one.
"""
