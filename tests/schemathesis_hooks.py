"""What schemathesis needs to get past the door: a token per operation, real ids, newest ETags.

tests/run names this file as schemathesis' hooks, and runs it for itself too:
  wait      until the service answers,
  examples  prints how many examples each operation is to get,
  report    prints what was asked and how it was answered; fails when that was too little or the service failed.
It sets
  TEST_URL      where the service answers,
  TEST_TOKENS   one token per role, as JSON: {"registrar": "matrikel_...", ...},
  TEST_COUNTS   the file that gets what was asked and how it was answered.
"""

import atexit
import collections
import json
import os
import random
import re
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ["TEST_URL"].rstrip("/")
TOKENS = json.loads(os.environ.get("TEST_TOKENS", "{}"))
COUNTS = os.environ["TEST_COUNTS"]

# At least so many requests are sent; the examples are spread over the operations.
REQUESTS = 3000
EXAMPLES = 4200
FEWEST = 40

# How many of the requests are made to meet what is in the register; the others stay as they were made up.
REAL = 0.7
# Where the units stand that a body refers to: `school_id` is one of these.
UNITS = {
    "employer": "/api/v1/employers",
    "local_branch": "/api/v1/local-branches",
    "member": "/api/v1/members",
    "parent": "",
    "school": "/api/v1/schools",
    "workplace": "/api/v1/workplaces",
}
DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
MISSING = object()

chance = random.Random(20261122)
counts = collections.Counter()


def ask(method, path, token, body=None, headers=None):
    """Status, headers and JSON (or None) of one request of our own."""
    headers = {"Authorization": f"Bearer {token}", **(headers or {})}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(URL + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            content = answer.read()
            is_json = answer.headers.get_content_type().endswith("json")
            return answer.status, answer.headers, json.loads(content) if is_json and content else None
    except urllib.error.HTTPError as error:
        return error.code, error.headers, None


# What is in the register before the first request: enough for lists, pages and references.
def fill():
    token = TOKENS["registrar"]
    for number in range(12):
        body = {
            "given_names": "Maarit Helena",
            "surname": f"Karlsson{number}",
            "membership_type": "student" if number % 3 else "professional",
            "email": f"maarit{number}@example.org",
            "birth_date": f"19{60 + number}-02-01",
            "city": "Umeå",
            "country": "SE",
        }
        status, _, _ = ask("POST", "/api/v1/members", token, body)
        assert status == 201, status


class Ids:
    """Ids of what exists, by the address of their list."""

    def __init__(self):
        self.known = {}

    def of(self, collection):
        if collection not in self.known or chance.random() < 0.02:
            self.known[collection] = self.read(collection)
        return self.known[collection]

    @staticmethod
    def read(collection):
        if not collection:
            return []
        for token in TOKENS.values():
            status, _, page = ask("GET", collection, token)
            if status == 200:
                items = page["items"] if isinstance(page, dict) else page
                return [item["id"] for item in items if "id" in item]
        return []


ids = Ids()


class Roles:
    """The first role that may call an operation: asked once, as 401 and 403 come before everything else."""

    def __init__(self):
        self.known = {}

    def token(self, method, path):
        if (method, path) not in self.known:
            address = "/".join(str(uuid.UUID(int=0)) if part.startswith("{") else part for part in path.split("/"))
            may = [token for token in TOKENS.values() if ask(method, address, token)[0] != 403]
            self.known[method, path] = may[0] if may else next(iter(TOKENS.values()))
        return self.known[method, path]


roles = Roles()


def mend(value, name=""):
    """Makes a body likelier to be accepted than types alone do: dates of our time, ids of units that exist."""
    if isinstance(value, dict):
        mended = {key: mend(item, key) for key, item in value.items()}
        return {key: item for key, item in mended.items() if item is not MISSING}
    if name.endswith(("_id", "_ids")) and value is not None:
        known = ids.of(UNITS.get(name.removesuffix("s").removesuffix("_id"), ""))
        if not known:
            return MISSING
        return [chance.choice(known)] if name.endswith("_ids") else chance.choice(known)
    if isinstance(value, list):
        return [mend(item) for item in value]
    if isinstance(value, str) and DATE.match(value):
        return str(1900 + int(value[:4]) % 126) + (value[4:] if value[5:] != "02-29" else "-02-28")
    return value


def write_counts():
    table = collections.defaultdict(dict)
    for (operation, status), number in sorted(counts.items()):
        table[operation][str(status)] = number
    with open(COUNTS, "w", encoding="utf-8") as file:
        json.dump({"requests": sum(counts.values()), "answers": table}, file, indent=1)


def wait():
    """Until the service answers, at most for a minute."""
    for _ in range(600):
        try:
            urllib.request.urlopen(URL + "/readyz", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the service does not answer")


def examples():
    """Fewer for each operation, the more there are."""
    with urllib.request.urlopen(URL + "/api/openapi.json", timeout=20) as answer:
        operations = sum(len(item) for item in json.load(answer)["paths"].values())
    print(max(FEWEST, EXAMPLES // operations))


def report():
    """What was asked and how it was answered."""
    with open(COUNTS, encoding="utf-8") as file:
        report = json.load(file)
    failures = 0
    for operation, answers in report["answers"].items():
        failures += sum(number for status, number in answers.items() if status.startswith("5"))
        print(f"{operation}: " + ", ".join(f"{number} x {status}" for status, number in answers.items()))
    print(f"schemathesis: {report['requests']} requests, {failures} server errors")
    if failures or report["requests"] < REQUESTS:
        sys.exit(f"schemathesis: at least {REQUESTS} requests and no server error are wanted")


def register_hooks():
    """Called where schemathesis loads this file."""
    import schemathesis
    from schemathesis.core.parameters import ParameterLocation

    @schemathesis.auth(refresh_interval=None)
    class Token:
        """The token of a role that may call the operation."""

        def get(self, case, context):
            return roles.token(case.operation.method.upper(), case.operation.path)

        def set(self, case, data, context):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"

    def negative(case, location):
        """Whether schemathesis means this part of the request to be wrong."""
        return case.meta is not None and case.meta.is_negative_at(location)

    @schemathesis.hook
    def before_call(context, case, kwargs):
        """Puts a real id into the path, the newest ETag of what it names into If-Match, and real units into the body."""
        real = chance.random() < REAL
        if not real:
            return
        if isinstance(case.body, dict) and not negative(case, ParameterLocation.BODY):
            case.body = mend(case.body)
        head, brace, _ = case.operation.path.partition("/{id}")
        if not brace or negative(case, ParameterLocation.PATH):
            return
        known = ids.of(head)
        if not known:
            return
        chosen = chance.choice(known)
        case.path_parameters["id"] = chosen
        sends_version = case.headers is not None and "If-Match" in case.headers
        if sends_version and not negative(case, ParameterLocation.HEADER):
            _, headers, _ = ask("GET", f"{head}/{chosen}", roles.token("GET", head + "/{id}"))
            if headers.get("ETag"):
                case.headers["If-Match"] = headers["ETag"]

    @schemathesis.hook
    def after_call(context, case, response):
        """Counts the answers."""
        counts[f"{case.method.upper()} {case.operation.path}", response.status_code] += 1

    fill()
    atexit.register(write_counts)


if __name__ == "__main__":
    {"wait": wait, "examples": examples, "report": report}[sys.argv[1]]()
else:
    register_hooks()
