"""What the processes of a newsroom share of the page cache: in Redis, or nothing but this process.

Every purge takes the next number of one sequence and writes it to each name that it names. A page keeps the number that
was the latest before its rendering began: it is true as long as none of its names has a later one. That one comparison
guards a late fill (rendered before a purge, stored after it), a lost message and a restart.
"""

import json
import secrets
import threading
import time

KEPT_FOR = 86_400  # seconds: what is shown when the database is gone
TURN = 20_000  # milliseconds after which a rendering that never ended is given up

# The sequence begins with the time in microseconds, so that it goes on upwards where Redis was emptied. Of the names
# only the latest are remembered; a page older than those (`floor`) is not believed.
NUMBER = """
local function number()
  local now = redis.call("GET", KEYS[1])
  if not now then
    local time = redis.call("TIME")
    now = string.format("%d%06d", time[1], time[2])
    redis.call("SET", KEYS[1], now)
    redis.call("SET", KEYS[3], now)
  end
  return now
end
"""
PURGE = (
    NUMBER
    + """
number()
local mine = redis.call("INCR", KEYS[1])
for i = 3, #ARGV do redis.call("ZADD", KEYS[2], mine, ARGV[i]) end
local surplus = redis.call("ZCARD", KEYS[2]) - tonumber(ARGV[2])
if surplus > 0 then
  local last = redis.call("ZRANGE", KEYS[2], surplus - 1, surplus - 1, "WITHSCORES")[2]
  redis.call("ZREMRANGEBYRANK", KEYS[2], 0, surplus - 1)
  redis.call("SET", KEYS[3], string.format("%d", last))
end
local names = {}
for i = 3, #ARGV do names[#names + 1] = ARGV[i] end
local ears = redis.call("PUBLISH", ARGV[1], cjson.encode({string.format("%d", mine), names}))
return {mine, ears}
"""
)
FORGET = (
    NUMBER
    + """
number()
local mine = redis.call("INCR", KEYS[1])
redis.call("SET", KEYS[3], mine)
redis.call("PUBLISH", ARGV[1], cjson.encode({string.format("%d", mine), {}}))
return mine
"""
)
NAMES = 200_000
GIVEN_UP = 5.0  # seconds of silence after which a connection is made anew


class RedisPages:
    def __init__(self, client, prefix: str, code: str):
        self.client = client
        self.prefix, self.code = prefix, code
        # Channels know no numbered databases, keys do.
        self.channel = f"{prefix}:{client.connection_pool.connection_kwargs.get('db') or 0}:changes"
        keys = [f"{prefix}:number", f"{prefix}:names", f"{prefix}:floor"]
        self._keys = keys
        self._number = client.register_script(NUMBER + "return number()")
        self._purge = client.register_script(PURGE)
        self._forget = client.register_script(FORGET)

    def number(self) -> int:
        """The latest purge."""
        return int(self._number(keys=self._keys))

    def purge(self, names) -> tuple[int, int]:
        """The number of this purge, and how many processes listen."""
        number, ears = self._purge(keys=self._keys, args=[self.channel, NAMES, *sorted(names)])
        return int(number), int(ears)

    def forget_all(self) -> None:
        self._forget(keys=self._keys, args=[self.channel])

    def is_true(self, names, number: int) -> bool:
        pipe = self.client.pipeline(transaction=False)
        pipe.get(self._keys[2])
        pipe.zmscore(self._keys[1], names or [""])
        floor, numbers = pipe.execute()
        return floor is not None and int(floor) <= number and all(n is None or int(n) <= number for n in numbers)

    def load(self, key: str) -> bytes | None:
        return self.client.get(self._page(key))

    def save(self, key: str, data: bytes) -> None:
        self.client.set(self._page(key), data, ex=KEPT_FOR)

    def take_turn(self, key: str) -> str | None:
        """A token for the one who renders this page now; None while somebody else does."""
        token = secrets.token_hex(8)
        return token if self.client.set(f"{self._page(key)}:turn", token, nx=True, px=TURN) else None

    def end_turn(self, key: str, token: str) -> None:
        if self.client.get(f"{self._page(key)}:turn") == token.encode():
            self.client.delete(f"{self._page(key)}:turn")

    def _page(self, key):
        return f"{self.prefix}:{self.code}:{key}"

    def acknowledge(self, number: int) -> None:
        self.client.pipeline().lpush(f"{self.prefix}:heard:{number}", 1).expire(
            f"{self.prefix}:heard:{number}", 5
        ).execute()

    def wait_until_heard(self, number: int, ears: int, patience: float) -> None:
        deadline = time.monotonic() + patience
        while ears > 0 and (left := deadline - time.monotonic()) > 0:
            if self.client.blpop([f"{self.prefix}:heard:{number}"], timeout=max(left, 0.005)) is None:
                return
            ears -= 1

    def messages(self, silence: float):
        """Purges as (number, names) as they happen, "begin" where what went before is unknown, and a None from time to
        time while Redis answers. Raises what the connection raises, and TimeoutError when it says nothing at all.
        """
        with self.client.pubsub() as ear:
            ear.subscribe(self.channel)
            answered_at = time.monotonic()
            while True:
                message = ear.get_message(timeout=silence)
                if message is None:
                    if time.monotonic() - answered_at > GIVEN_UP:
                        raise TimeoutError("Redis says nothing")
                    ear.ping()
                    continue
                answered_at = time.monotonic()
                if message["type"] == "message":
                    number, names = json.loads(message["data"])
                    yield int(number), names
                else:
                    yield "begin" if message["type"] == "subscribe" else None


class ProcessPages:
    """For one process alone: a development server, tests."""

    def __init__(self):
        self.lock = threading.Lock()
        self.latest = 0
        self.names: dict[str, int] = {}
        self.floor = 0
        self.turns: set[str] = set()

    def number(self):
        return self.latest

    def purge(self, names):
        with self.lock:
            self.latest += 1
            self.names.update(dict.fromkeys(names, self.latest))
            if len(self.names) > NAMES:
                self.names.clear()
                self.floor = self.latest
            return self.latest, 0

    def forget_all(self):
        self.floor = self.latest = self.latest + 1

    def is_true(self, names, number):
        return number >= self.floor and all(self.names.get(name, 0) <= number for name in names)

    def load(self, key):
        return None

    def save(self, key, data):
        pass

    def take_turn(self, key):
        with self.lock:
            if key in self.turns:
                return None
            self.turns.add(key)
            return "mine"

    def end_turn(self, key, token):
        self.turns.discard(key)

    def wait_until_heard(self, number, ears, patience):
        pass
