"""``veripath worker``: the ingestion worker as a process of its own, on the same ledger as the service."""

import asyncio
import signal

from app.bootstrap import open_parts
from app.observability import configure_logging
from app.settings import Settings


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what is unfinished then is recovered by the next worker."""
    configure_logging(settings.log_level, settings.log_format)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_parts(settings) as parts:
        worker = parts.worker(loop)
        await asyncio.to_thread(worker.start)
        try:
            await stop.wait()
        finally:
            await asyncio.to_thread(worker.stop)
