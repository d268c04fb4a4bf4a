"""Hard or soft: whether a page breaks without one of its resources, or only does without it.

In order, the first that fits:

1. A captcha, a payment: the form cannot be sent, the fee not paid. Hard.
2. Analytics, advertising, tag managers, social buttons, chats, consent banners, monitoring, fonts: the content is
   there without them. Soft.
3. A script in the head, neither async nor deferred: the parser waits for it, what follows counts on it. Hard.
4. A script of a script CDN that the page itself calls, nobody saw how: the page's own scripts count on it. Hard.
5. Anything else (style sheets, images, videos, maps, frames, async scripts): the page lacks a part. Soft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

HARD = frozenset({"captcha", "payment"})
SOFT = frozenset({"analytics", "advertising", "tag-manager", "social", "chat", "consent", "monitoring", "fonts"})


def hard(category: str, calls: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the page breaks without a resource of a category, called in these ways (`type`, `by`, `blocks`)."""
    if category in HARD:
        return True
    if category in SOFT:
        return False
    return any(
        str(call.get("type") or "").lower() == "script"
        and not call.get("by")
        and (call.get("blocks") is True or (call.get("blocks") is None and category == "script-cdn"))
        for call in calls
    )
