"""The raw usage log, read through the API."""

from wire import get

PAGE_ROWS = 1000


def read_usage_log(server, after_id=0):
    """Every row behind `after_id`, oldest first; pages are read as the rows are taken."""
    cursor = f"&cursor={after_id}" if after_id else ""
    with server.connect() as connection:
        while cursor is not None:
            answer = connection.request(get(f"/api/usage_logs?limit={PAGE_ROWS}{cursor}",
                                            f"Authorization: Bearer {server.token}"))
            if answer.status != 200:
                raise AssertionError(f"the usage log: {answer}")
            page = answer.json
            yield from page["data"]
            following = page["meta"]["next_cursor"]
            cursor = None if following is None else f"&cursor={following}"
