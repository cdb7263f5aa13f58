"""Who signed up for a brief by mail: in SQLite by default, in PostgreSQL by URL.

The addresses are here and nowhere else. The links of mails hold random tokens, of which only a hash is kept.
"""

from brief_pipeline.engines.subscribers.links import Link, Links, Purpose
from brief_pipeline.engines.subscribers.store import SqlSubscribers, Subscribers, open_subscribers

__all__ = ["Link", "Links", "Purpose", "SqlSubscribers", "Subscribers", "open_subscribers"]
