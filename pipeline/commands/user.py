"""Who is at work: what the ledger writes down beside a person's decision."""

import os
import pwd


def user() -> str:
    """The user's name as the system knows it, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
