"""The routes beside Streamlit's: pictures, thumbnails, uploads, the first page by its name."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core import images, uploads
from core.errors import NotFound, ProofsheetError
from pages.parts.headers import Headers
from pages.parts.house import workspace
from pages.parts.links import FIRST

FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
SIZES = (96, 192, 384, 768)


def _size(text: str) -> int:
    """The offered size next above what was asked for; only a few, so that browsers find them in their cache."""
    asked = int(text) if text.isdigit() else SIZES[1]
    return next((s for s in SIZES if s >= asked), SIZES[-1])


async def _png(request: Request, read: Callable[[int], bytes]) -> Response:
    """Picture ids never change their meaning inside a workspace, and its uuid is part of the address."""
    if request.path_params["uuid"] != workspace().uuid:
        return PlainTextResponse("Another workspace is served here now; reload the page.", 404)
    try:
        data = await run_in_threadpool(read, request.path_params["image_id"])
    except NotFound as error:
        return PlainTextResponse(str(error), 404)
    return Response(data, media_type="image/png", headers=FOREVER)


async def thumbnail(request: Request) -> Response:
    side = _size(request.query_params.get("s", ""))
    return await _png(request, lambda number: images.thumbnail(workspace(), number, side))


async def picture(request: Request) -> Response:
    return await _png(request, lambda number: images.png(workspace(), number))


async def upload(request: Request) -> Response:
    """PUT /uploads/{ticket}/{name}: one file, streamed to disk. Without a page's ticket nothing is taken."""
    try:
        taken = await uploads.receive(
            workspace(), request.path_params["ticket"], request.path_params["name"], request.stream(),
            int(request.headers.get("content-length") or 0),
        )  # fmt: skip
    except ProofsheetError as error:
        return JSONResponse({"error": str(error)}, 400)
    return JSONResponse({"name": taken.name, "bytes": taken.stat().st_size})


async def first_page(request: Request) -> Response:
    """Streamlit serves its default page at the root alone; its name in the address is sent there, with what follows.

    Relative, since a proxy may serve us below a path of its own."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"./{query}")


ROUTES = [
    Route(f"/{FIRST}", first_page),
    Route("/thumbnails/{uuid}/{image_id:int}", thumbnail),
    Route("/pictures/{uuid}/{image_id:int}.png", picture),
    Route("/uploads/{ticket}/{name:path}", upload, methods=["PUT"]),
]
__all__ = ["ROUTES", "Headers"]
