"""Where the settings in force come from. Names only: a value may be a key or a subscriber's address."""

from collections.abc import Iterator

from brief_pipeline.settings import config_path
from brief_pipeline.settings.origin import as_setting, names_in_environment, names_in_file
from brief_pipeline.wiring.finding import Finding
from brief_pipeline.wiring.house import House

MOST_NAMED = 12


def examine_settings(house: House) -> Iterator[Finding]:
    """What is set in the file and in the environment, and names in the environment that nothing reads."""
    path = config_path()
    in_file = names_in_file(path)
    known, unknown = names_in_environment()
    said = f"{path}: {_list(in_file)}" if path.exists() else f"defaults: there is no {path}"
    yield Finding("settings", True, said)
    if known:
        both = sorted({as_setting(name) for name in known} & set(in_file))
        stands = f"; it goes before the file for {', '.join(both)}" if both else ""
        yield Finding("settings", True, f"environment: {_list(known)}{stands}")
    for name in unknown:
        yield Finding(
            "settings", False, f"{name} in the environment is no setting", "see that it is spelled right, or unset it"
        )
    if house.settings.interests or house.settings.listeners:
        yield Finding("interests", True, f"{len(house.settings.interests)} given")
    else:
        yield Finding("interests", None, "none: the five are picked without them", "interests = [...] in brief.toml")


def find_wrong_settings(problem: str) -> Iterator[Finding]:
    """Settings that cannot be read: nothing else can be looked at before they are mended."""
    yield Finding("settings", False, problem, f"mend it in {config_path()} or the environment, and run this again")


def _list(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return (", ".join(names[:MOST_NAMED]) or "nothing is set") + more
