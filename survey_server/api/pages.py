"""The client's files. Every path that is not a file is the one page; the client reads the path itself."""

from pathlib import Path

from aiohttp import web

DIST: web.AppKey[Path] = web.AppKey("dist", Path)
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
        "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self), screen-wake-lock=(self)",
    "Referrer-Policy": "no-referrer",
    "Accept-CH": "Sec-CH-UA-Model",
    "X-Content-Type-Options": "nosniff",
}
_ALONE = "verify.html"
"""Carries its own script and style, and in it a policy with their hashes; what it says here is what that can't say."""
_SECURITY_ALONE = {
    **_SECURITY,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


async def page(request: web.Request) -> web.StreamResponse:
    """A file of the built client, or its page."""
    dist = request.app[DIST]
    path = request.match_info["path"]
    if path.startswith(("api/", "ws")):
        raise web.HTTPNotFound
    if "\0" in path:
        raise web.HTTPNotFound
    file = (dist / path).resolve()
    if path and file.is_relative_to(dist) and file.is_file():
        fresh = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        security = _SECURITY_ALONE if file == dist / _ALONE else _SECURITY
        return web.FileResponse(file, headers={**security, "Cache-Control": fresh})
    index = dist / "index.html"
    if not index.is_file():
        return web.Response(status=503, text="The web client is not built. Run `make setup`, then start again.\n")
    return web.FileResponse(index, headers={**_SECURITY, "Cache-Control": "no-cache"})
