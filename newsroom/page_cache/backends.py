"""What the processes of a newsroom share of the page cache: in Redis, or nothing but this process.

Every purge takes the next number of one sequence and writes it to each name that it names. A page keeps the number that
was the latest before its rendering began: it is true as long as none of its names has a later one. That one comparison
guards a late fill (rendered before a purge, stored after it), a lost message and a restart.
"""

import json
import secrets
import threading
import time

from redis.exceptions import ResponseError

from .kept import KEPT_FOR

TURN = 3_000  # milliseconds after which a rendering that never ended is given up: its process was killed

# KEYS: the number; by name its latest purge; the floor: pages of an earlier number are not believed, because only the
# latest names are remembered. The sequence begins with the time in microseconds, so that it goes on upwards where Redis
# was emptied. Where one of the three is gone (emptied, evicted, given up) nobody knows what is true: all are told to
# begin anew. The name "" stands for them all, so that its absence shows that the names are gone.
NUMBER = """
local function tell(number, names)
  return redis.call("PUBLISH", ARGV[1], cjson.encode({string.format("%d", number), names}))
end
local function number()
  local now = redis.call("GET", KEYS[1])
  if now and redis.call("EXISTS", KEYS[3]) == 1 and redis.call("ZSCORE", KEYS[2], "") then return now end
  if now then
    now = redis.call("INCR", KEYS[1])
  else
    local time = redis.call("TIME")
    now = string.format("%d%06d", time[1], time[2])
    redis.call("SET", KEYS[1], now)
  end
  redis.call("DEL", KEYS[2])
  redis.call("ZADD", KEYS[2], now, "")
  redis.call("SET", KEYS[3], string.format("%d", now))
  tell(now, {})
  return now
end
"""
PURGE = (
    NUMBER
    + """
number()
local mine = redis.call("INCR", KEYS[1])
local names = {}
for i = 3, #ARGV do
  redis.call("ZADD", KEYS[2], mine, ARGV[i])
  names[#names + 1] = ARGV[i]
end
redis.call("ZADD", KEYS[2], mine, "")
local surplus = redis.call("ZCARD", KEYS[2]) - tonumber(ARGV[2])
if surplus > 0 then
  local last = redis.call("ZRANGE", KEYS[2], surplus - 1, surplus - 1, "WITHSCORES")[2]
  redis.call("ZREMRANGEBYRANK", KEYS[2], 0, surplus - 1)
  redis.call("SET", KEYS[3], string.format("%d", last))
end
return {mine, tell(mine, names)}
"""
)
# KEYS: those of above, the run. A server that began anew, or another in its place, may have lost the latest purges.
BEGIN = (
    NUMBER
    + """
if redis.call("GET", KEYS[4]) ~= ARGV[2] then
  redis.call("SET", KEYS[4], ARGV[2])
  redis.call("DEL", KEYS[3])
end
return number()
"""
)
# KEYS: the page, the order of pages by age, their sizes, the sum. What expired by itself is counted until its turn.
SAVE = """
local function size(key) return tonumber(redis.call("HGET", KEYS[3], key) or 0) end
redis.call("SET", KEYS[1], ARGV[1], "EX", ARGV[2])
local sum = redis.call("INCRBY", KEYS[4], #ARGV[1] - size(KEYS[1]))
redis.call("HSET", KEYS[3], KEYS[1], #ARGV[1])
redis.call("ZADD", KEYS[2], redis.call("TIME")[1], KEYS[1])
while sum > tonumber(ARGV[3]) do
  local oldest = redis.call("ZPOPMIN", KEYS[2])[1]
  if not oldest then break end
  sum = redis.call("INCRBY", KEYS[4], -size(oldest))
  redis.call("HDEL", KEYS[3], oldest)
  redis.call("DEL", oldest)
end
"""
END_TURN = 'if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end'
NAMES = 200_000
GIVEN_UP = 5.0  # seconds of silence after which a connection is made anew


class RedisPages:
    def __init__(self, client, prefix: str, code: str, limit: int):
        self.client = client
        self.prefix, self.code, self.limit = prefix, code, limit
        # Channels know no numbered databases, keys do.
        self.channel = f"{prefix}:{client.connection_pool.connection_kwargs.get('db') or 0}:changes"
        self._keys = [f"{prefix}:{name}" for name in ("number", "names", "floor", "run")]
        self._held = [f"{prefix}:{name}" for name in ("kept", "sizes", "bytes")]
        self._number = client.register_script(NUMBER + "return number()")
        self._purge = client.register_script(PURGE)
        self._begin = client.register_script(BEGIN)
        self._save = client.register_script(SAVE)
        self._end_turn = client.register_script(END_TURN)

    def begin(self) -> int:
        """The latest purge, as far as this server can be believed."""
        try:
            run = self.client.info("server").get("run_id", "")
        except ResponseError:  # a hosted one that does not say
            run = ""
        return int(self._begin(keys=self._keys, args=[self.channel, run]))

    def purge(self, names) -> tuple[int, int]:
        """The number of this purge, and how many processes listen."""
        number, ears = self._purge(keys=self._keys, args=[self.channel, NAMES, *sorted(names)])
        return int(number), int(ears)

    def forget_all(self) -> None:
        """The message first, which also a full Redis and a replica pass on: whoever hears it doubts what Redis holds
        until it hears a number. Raises where nothing can be written."""
        self.client.publish(self.channel, json.dumps([0, []]))
        self.client.delete(self._keys[2])
        self._number(keys=self._keys, args=[self.channel])

    def is_true(self, names, number: int) -> bool:
        pipe = self.client.pipeline(transaction=False)
        pipe.mget(self._keys[0], self._keys[2])
        pipe.zmscore(self._keys[1], ["", *names])
        (now, floor), (everything, *numbers) = pipe.execute()
        if now is None or floor is None or everything is None:
            self._number(keys=self._keys, args=[self.channel])
            return False
        return int(floor) <= number <= int(now) and all(n is None or int(n) <= number for n in numbers)

    def load(self, key: str) -> bytes | None:
        return self.client.get(self._page(key))

    def save(self, key: str, data: bytes) -> None:
        self._save(keys=[self._page(key), *self._held], args=[data, KEPT_FOR, self.limit])

    def discard(self, key: str) -> None:
        self.client.delete(self._page(key))

    def take_turn(self, key: str) -> str | None:
        """A token for the one who renders this page now; None while somebody else does."""
        token = secrets.token_hex(8)
        return token if self.client.set(f"{self._page(key)}:turn", token, nx=True, px=TURN) else None

    def end_turn(self, key: str, token: str) -> None:
        self._end_turn(keys=[f"{self._page(key)}:turn"], args=[token])

    def _page(self, key):
        return f"{self.prefix}:{self.code}:{key}"

    def acknowledge(self, number: int) -> None:
        self.client.pipeline().lpush(f"{self.prefix}:heard:{number}", 1).expire(
            f"{self.prefix}:heard:{number}", 5
        ).execute()

    def wait_until_heard(self, number: int, ears: int, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while ears > 0:
            left = deadline - time.monotonic()
            if left <= 0 or self.client.blpop([f"{self.prefix}:heard:{number}"], timeout=max(left, 0.005)) is None:
                return False
            ears -= 1
        return True

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

    def begin(self):
        return self.latest

    def load(self, key):
        return None

    def save(self, key, data):
        pass

    def discard(self, key):
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
        return True
