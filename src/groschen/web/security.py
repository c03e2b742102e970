"""What keeps a page safe in the browser: content policy, and no unsafe call from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from groschen.core.errors import GroschenError, Kind

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteRequest(GroschenError):
    """A form was sent to us from another site; go back and send it from our own page."""

    code = "cross_site_request"
    kind = Kind.FORBIDDEN


async def same_site_only(request: Request) -> None:
    """Refuse an unsafe method unless the browser says that our own page sent it.

    Browsers send ``Sec-Fetch-Site``; where it is missing, ``Origin`` must name our host.
    With neither the request is refused. The session cookie is SameSite=Lax besides.
    """
    if request.method in SAFE_METHODS:
        return
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from == "same-origin":
        return
    origin = urlsplit(request.headers.get("origin", ""))
    if fetched_from is None and origin.netloc and origin.netloc == request.headers.get("host"):
        return
    raise CrossSiteRequest(
        "the request did not come from a page of this site",
        hint="open the page again and send the form from there",
    )
