"""DNS over TCP: one connection a question, for answers that do not fit a datagram (RFC 7766)."""

from __future__ import annotations

import asyncio
import os

from scanner.net.upstream import Upstream
from scanner.net.wire import WireError, answers, encode_query


async def ask_by_tcp(upstream: Upstream, question: bytes, seconds: float) -> bytes:
    """The response to a question. Raises OSError (TimeoutError among them) and WireError."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(upstream.host, upstream.port)
        try:
            ident = int.from_bytes(os.urandom(2), "big")
            query = encode_query(ident, question)
            writer.write(len(query).to_bytes(2, "big") + query)
            size = int.from_bytes(await reader.readexactly(2), "big")
            data = await reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("closed before the answer was complete") from error
        finally:
            writer.close()
    if data[:2] != query[:2] or not answers(data, question):
        raise WireError("an answer to another question")
    return data
