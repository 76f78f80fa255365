"""What a register could use instead of Matrikel's lookup, on the same names, queries and machine.

benches/peers.sh runs this; by hand:
  peers.py --url http://127.0.0.1:8080 --token-file FILE --register register.csv --pairs PAIRS.tsv… [--different PAIRS.tsv] \
      [--postgres postgres://…/postgres] [--queries 500]

Two kinds of question, each asked of everybody in turn:
  spellings  one spelling of labelled pairs; a hit is another one among the first 10 (or 20) offered; of the pairs whose
             tier is phon as well; and how many stand above names that are labelled as different
  callers    a member's given name and surname with one letter missing; a hit is that member among the first 10

Peers: PostgreSQL with pg_trgm and unaccent (GIN index on the folded text, similarity threshold 0.3, ordered by
similarity), and SQLite's FTS5 with the trigram tokenizer (all trigrams of the query joined by OR, ordered by bm25).
Matrikel is asked over HTTP, with rights, audit and rows; the peers are asked by SQL on an open connection and give only
what they find, so their times flatter them. psql would start a process for each question: PostgreSQL is asked inside one
session by a DO block that notes the time of each.

Only the standard library, and psql for PostgreSQL.
"""

import argparse
import collections
import csv
import http.client
import json
import random
import sqlite3
import subprocess
import time
import unicodedata
import urllib.parse

csv.field_size_limit(10**9)
chance = random.Random(20261124)


def fold(text):
    text = text.lower().replace("ø", "o").replace("æ", "ae")
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def given(row):
    return row["given_names"].split(" ")[0]


def pairs(path):
    with open(path, encoding="utf8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["name_a"], row["name_b"], row["part"], row["tier"]) for row in rows]


def questions(arguments, members):
    """The spellings asked for, by (part, name), and the callers, by text."""
    held = {"given": {given(row) for row in members}, "surname": {row["surname"] for row in members}}
    wanted = collections.defaultdict(dict)
    for one, other, part, tier in (pair for path in arguments.pairs for pair in pairs(path)):
        for asked, found in ((one, other), (other, one)):
            if found in held[part]:
                wanted[part, asked].setdefault(found, tier)
    asked = sorted(wanted)
    chance.shuffle(asked)
    spellings = {key: (wanted[key], set()) for key in asked[: arguments.queries]}
    for one, other, part, _ in pairs(arguments.different) if arguments.different else []:
        for name, different in ((one, other), (other, one)):
            variants, others = spellings.get((part, name), ({}, set()))
            if different in held[part] and different not in variants:
                others.add(different)
    same = collections.Counter((given(row), row["surname"]) for row in members)
    callers = {}
    few = [row for row in members if same[given(row), row["surname"]] <= 3 and len(row["surname"]) > 4]
    for row in chance.sample(few, min(arguments.queries, len(few))):
        surname = row["surname"]
        at = chance.randrange(1, len(surname))
        callers[f"{given(row)} {surname[:at]}{surname[at + 1:]}"] = row["member_number"]
    return spellings, callers


class Matrikel:
    name = "Matrikel, over HTTP"

    def __init__(self, arguments):
        url = urllib.parse.urlparse(arguments.url)
        self.connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=60)
        with open(arguments.token_file, encoding="utf8") as file:
            self.token = file.read().split()[-1]

    def post(self, path, body):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        self.connection.request("POST", "/api/v1" + path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def spellings(self, asked):
        for part, name in asked:
            began = time.perf_counter()
            answer = self.post("/names/similar", {"name": name, "part": part, "limit": 21})
            yield [one["spelling"] for one in answer["spellings"]], time.perf_counter() - began

    def callers(self, asked):
        for text in asked:
            began = time.perf_counter()
            answer = self.post("/members/search", {"q": text, "limit": 10})
            yield [one["member_number"] for one in answer["items"]], time.perf_counter() - began


class Sqlite:
    name = "SQLite FTS5 trigram"

    def __init__(self, members):
        self.database = sqlite3.connect(":memory:")
        for table in ("given", "surname", "member"):
            self.database.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(folded, shown UNINDEXED, tokenize='trigram')")
        names = {"given": {given(row) for row in members}, "surname": {row["surname"] for row in members}}
        for part, held in names.items():
            self.database.executemany(f"INSERT INTO {part} VALUES (?, ?)", ((fold(name), name) for name in sorted(held)))
        rows = ((fold(f"{given(row)} {row['surname']}"), row["member_number"]) for row in members)
        self.database.executemany("INSERT INTO member VALUES (?, ?)", rows)
        self.database.commit()

    def ask(self, table, text, limit):
        text = fold(text).replace('"', "")
        trigrams = [text[at : at + 3] for at in range(max(len(text) - 2, 1))]
        match = " OR ".join(f'"{trigram}"' for trigram in trigrams)
        began = time.perf_counter()
        query = f"SELECT shown FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT {limit}"
        found = [row[0] for row in self.database.execute(query, [match])]
        return found, time.perf_counter() - began

    def spellings(self, asked):
        for part, name in asked:
            yield self.ask(part, name, 21)

    def callers(self, asked):
        for text in asked:
            yield self.ask("member", text, 10)


class Postgres:
    name = "PostgreSQL pg_trgm + unaccent"

    def __init__(self, arguments, members):
        self.server = arguments.postgres
        self.psql(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS unaccent;"
            " CREATE TABLE peer (part text, folded text, shown text);"
            # unaccent is only STABLE: an index needs the text folded beforehand, as here, or a wrapper that promises more.
            " CREATE TABLE taken (part text, shown text, text text)"
        )
        rows = {("given", given(row), given(row)) for row in members} | {("surname", row["surname"], row["surname"]) for row in members}
        rows = sorted(rows) + [("member", row["member_number"], f"{given(row)} {row['surname']}") for row in members]
        text = "".join("\t".join(field.replace("\\", "\\\\") for field in row) + "\n" for row in rows)
        self.psql("COPY taken FROM STDIN;\n" + text + "\\.\n")
        self.psql(
            "INSERT INTO peer SELECT part, lower(unaccent(text)), shown FROM taken; DROP TABLE taken;"
            " CREATE INDEX ON peer USING gin (folded gin_trgm_ops) WHERE part = 'given';"
            " CREATE INDEX ON peer USING gin (folded gin_trgm_ops) WHERE part = 'surname';"
            " CREATE INDEX ON peer USING gin (folded gin_trgm_ops) WHERE part = 'member'; ANALYZE peer"
        )

    def psql(self, script):
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", self.server]
        done = subprocess.run(command, input=script, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout

    def ask(self, asked, limit):
        """All questions in one session; the time of each is the server's."""
        quoted = ", ".join("('" + part + "', '" + text.replace("'", "''") + "')" for part, text in asked)
        script = f"""
            CREATE TEMPORARY TABLE answer (number int, found text, took float);
            DO $$
            DECLARE question record; began timestamptz; found text[];
            BEGIN
                FOR question IN
                    SELECT row_number() OVER () AS number, part, lower(unaccent(text)) AS text FROM (VALUES {quoted}) AS asked (part, text)
                LOOP
                    began := clock_timestamp();
                    EXECUTE format('SELECT array_agg(shown) FROM (SELECT shown FROM peer WHERE part = %L AND folded %% $1
                        ORDER BY similarity(folded, $1) DESC, folded LIMIT {limit}) AS best', question.part)
                        INTO found USING question.text;
                    INSERT INTO answer VALUES (question.number, to_json(found)::text,
                        extract(epoch FROM clock_timestamp() - began));
                END LOOP;
            END $$;
            SELECT json_build_array(number, found, took) FROM answer ORDER BY number;
        """
        for line in self.psql(script).splitlines():
            _, found, took = json.loads(line)
            yield json.loads(found or "null") or [], took

    def spellings(self, asked):
        return self.ask(asked, 21)

    def callers(self, asked):
        return self.ask([("member", text) for text in asked], 10)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token-file", required=True)
    parser.add_argument("--register", required=True)
    parser.add_argument("--pairs", required=True, nargs="+")
    parser.add_argument("--different")
    parser.add_argument("--postgres")
    parser.add_argument("--queries", type=int, default=500)
    arguments = parser.parse_args()
    with open(arguments.register, encoding="utf8") as file:
        delimiter = ";" if ";" in file.readline() else ","
        file.seek(0)
        rows = list(csv.DictReader(file, delimiter=delimiter))
    members = [row for row in rows if not row["left_on"] and not row["protected"]]
    spellings, callers = questions(arguments, members)
    print(f"{len(members)} current members, {len(spellings)} spellings and {len(callers)} callers asked for")
    print("spellings: recall@10, @20, @10 of phon, above different names; callers: hits@10; p50 and p99 in ms; median beside Matrikel's")
    own = {}
    peers = [Matrikel(arguments), Sqlite(members)]
    if arguments.postgres:
        peers.append(Postgres(arguments, members))
    for peer in peers:
        line = f"{peer.name:30}"
        for kind, asked, score in (("spellings", spellings, score_spellings), ("callers", callers, score_callers)):
            answers = list(getattr(peer, kind)(list(asked)))
            shares = score(asked, [found for found, _ in answers])
            took = sorted(taken for _, taken in answers)
            half, most = (1e3 * took[int(len(took) * share)] for share in (0.5, 0.99))
            own.setdefault(kind, half)
            line += f" | {kind} " + " ".join("    –" if share is None else f"{share:.3f}" for share in shares)
            line += f"{half:>9.2f}{most:>9.2f}{half / own[kind]:>8.1f}×"
        print(line, flush=True)


def share(hits):
    return sum(hits) / len(hits) if hits else None


def score_spellings(asked, answers):
    ten, twenty, phon, ordered = [], [], [], []
    for (key, (variants, different)), found in zip(asked.items(), answers):
        found = [name for name in found if name != key[1]][:20]
        place = {name: number for number, name in enumerate(found)}
        for variant, tier in variants.items():
            at = place.get(variant, 20)
            ten.append(at < 10)
            twenty.append(at < 20)
            if tier == "phon":
                phon.append(at < 10)
            ordered += [at < 20 and at < place.get(other, 20) for other in different]
    return [share(hits) for hits in (ten, twenty, phon, ordered)]


def score_callers(asked, answers):
    return [share([asked[text] in found for text, found in zip(asked, answers)])]


if __name__ == "__main__":
    main()
