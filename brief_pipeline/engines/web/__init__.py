"""The web, through httpx: bodies with conditional GET, and files that land whole and resume where they were cut.

It is polite to servers and trusts none of them: see asking (redirects, answers), network (public addresses only), unpack
(bombs), deadline (nothing hangs), host_limit (few requests a host) and download (files).
"""

from __future__ import annotations

from brief_pipeline.engines.web.client import Fetched, HttpWeb, Web
from brief_pipeline.engines.web.download import Downloaded

__all__ = ["Downloaded", "Fetched", "HttpWeb", "Web"]
