"""A mail address as people type it: whether it is one, how it is written, and how it is shown to others."""

from __future__ import annotations

from dataclasses import dataclass, field

from email_validator import EmailNotValidError, validate_email

from brief_pipeline.errors import AddressUnusable

LONGEST = 254  # characters, RFC 5321


@dataclass(frozen=True)
class MailAddress:
    """An address to write to, and what two ways of writing it have in common."""

    address: str = field(repr=False)  # in ASCII: goes into headers and to any server
    key: str = field(repr=False)


def read_mail_address(text: str) -> MailAddress:
    """The address in what a person typed. Raises AddressUnusable, with what is wrong in words that do not repeat it.

    >>> read_mail_address(" Ann.Lee@Example.ORG ").address, read_mail_address("ANN.LEE@example.org").key
    ('Ann.Lee@example.org', 'ann.lee@example.org')
    """
    typed = text.strip()
    if not typed:
        raise AddressUnusable("Write your mail address.")
    if len(typed) > LONGEST:
        raise AddressUnusable(f"A mail address has at most {LONGEST} characters.")
    if not typed.isprintable():
        raise AddressUnusable("The mail address has a character that no address has, such as a line break.")
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as wrong:
        raise AddressUnusable("This is no mail address that can be written to: it looks like name@example.org.") from wrong
    address = found.ascii_email or found.normalized
    return MailAddress(address, address.casefold())


def mask(address: str) -> str:
    """The address as others may see it: enough for its owner to know it.

    >>> mask("ann.lee@example.org"), mask("a@example.org")
    ('a…e@example.org', '…@example.org')
    """
    name, _, domain = address.rpartition("@")
    return f"{name[0]}…{name[-1]}@{domain}" if len(name) > 2 else f"…@{domain}"
