"""The aiohttp application: server-rendered pages, light script, nothing loaded from elsewhere."""
