"""What tells search engines of the pages: sitemap.xml (sitemaps.org) and robots.txt."""

from __future__ import annotations

from collections.abc import Sequence

from brief_pipeline.stages.brief import open_templates
from brief_pipeline.stages.page import Site

SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
PAGES_A_FILE = 50_000  # the protocol's limit


def render_sitemaps(paths: Sequence[str], site: Site, pages_a_file: int = PAGES_A_FILE) -> dict[str, str]:
    """The sitemap by file: one, or a list of several where there are more pages than one may name. None without an address.

    >>> sorted(render_sitemaps(["a.html", "b.html"], Site("Brief", "https://brief.example"), 1))
    ['sitemap-1.xml', 'sitemap-2.xml', 'sitemap.xml']
    """
    if not site.url:
        return {}
    parts = [paths[start : start + pages_a_file] for start in range(0, len(paths), pages_a_file)]
    if len(parts) == 1:
        return {SITEMAP: _render("sitemap.xml.j2", parts[0], site)}
    files = {f"sitemap-{number}.xml": _render("sitemap.xml.j2", part, site) for number, part in enumerate(parts, 1)}
    return {**files, SITEMAP: _render("sitemap_index.xml.j2", list(files), site)}


def render_robots(site: Site) -> str:
    """Everything may be read; what acts on a person's subscription is no page to be found."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: /{door}/" for door in ("confirm", "subscription", "unsubscribe", "feedback")]
    lines += ["", f"Sitemap: {site.url}/{SITEMAP}"] if site.url else []
    return "\n".join(lines) + "\n"


def _render(template: str, paths: Sequence[str], site: Site) -> str:
    return open_templates(True).get_template(template).render(paths=paths, url=site.url)
