#!/usr/bin/env python3
"""Writes due_dates.tsv: anchors, offsets and the due dates that python-dateutil computes for them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install python-dateutil
    /tmp/venv/bin/python tests/vectors/make_due_dates.py > tests/vectors/due_dates.tsv

The oracle for jobs/src/dates.rs is dateutil's relativedelta: years and months first, the day constrained to the month,
then weeks and days.
"""

import datetime
import random
import re

import dateutil
from dateutil.relativedelta import relativedelta

OFFSETS = ["P6M", "-P60D", "P1M", "P1Y", "-P6M", "P0D", "P2W", "P65Y", "P6M15D", "-P1Y1M1D", "P1Y6M2W3D"]


def delta(offset):
    sign = -1 if offset.startswith("-") else 1
    names = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}
    parts = re.findall(r"(\d+)([YMWD])", offset)
    return relativedelta(**{names[unit]: sign * int(number) for number, unit in parts})


def anchors():
    day = datetime.date(1990, 1, 1)
    while day.year <= 2060:
        # Ends and beginnings of months are where offsets differ; of the other days a few.
        if day.day >= 28 or day.day == 1:
            yield day
        day += datetime.timedelta(days=1)
    chance = random.Random(5)
    for _ in range(500):
        yield datetime.date(1990, 1, 1) + datetime.timedelta(days=chance.randrange(25932))


print(f"# anchor\toffset\tdue; made by make_due_dates.py with python-dateutil {dateutil.__version__}")
for number, anchor in enumerate(anchors()):
    # Every anchor with the first offset, which is the built-in rule's, and with two of the others in turn.
    for offset in (OFFSETS[0], OFFSETS[1 + number % 10], OFFSETS[1 + (7 * number + 3) % 10]):
        print(f"{anchor}\t{offset}\t{anchor + delta(offset)}")
