from __future__ import annotations

import asyncio
import threading

from processor.review.desk.news import News

SOON = 30.0


async def test_whoever_waits_is_woken_from_another_thread() -> None:
    news, there = News(), False

    def change() -> None:
        nonlocal there
        there = True
        news.tell()

    waiting = asyncio.create_task(news.until(lambda: there, SOON))
    await asyncio.sleep(0)
    thread = threading.Thread(target=change)
    thread.start()
    assert await waiting
    thread.join()


async def test_what_is_so_already_is_not_waited_for() -> None:
    assert await News().until(lambda: True, 0)


async def test_what_never_comes_is_waited_for_in_vain() -> None:
    news = News()
    news.tell()
    assert not await news.until(lambda: False, 0.01)


async def test_many_changes_are_few_numbers() -> None:
    news, seen = News(), []
    async with asyncio.timeout(SOON):
        async for number in news.numbers():
            seen.append(number)
            if len(seen) == 3:
                break
            for _ in range(10):
                news.tell()
    assert seen == [0, 10, 20]
