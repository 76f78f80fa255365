"""Writes identity_numbers.tsv: personal identity numbers with the verdict of an independent oracle.

Run it from anywhere; it writes beside itself and gives the same file every time:

    python3 -m venv oracle
    oracle/bin/pip install python-stdnum==2.2
    oracle/bin/python make_identity_numbers.py

All numbers come from arithmetic and a seed; none was looked up. Columns: country, text, valid (1 or 0),
kind and birth_date (empty when refused, or when the number has no date) and source:

* ``stdnum``: valid and birth_date are what python-stdnum says. Its modules ask for today's date; they get TODAY.
  It gives no birth date for Finland; that one is read off by mark and digits here.
* ``arithmetic``: python-stdnum says something else, so the row follows the rule of the authority. The script
  checks that the oracle still disagrees on every such row; these are the reasons, and the only ones:

  - SE, it refuses every samordningsnummer (day + 60), also those with month 00 or day 60 (Skatteverket, SKV 707)
  - SE, it takes 000 as birth number; Skatteverket gives 001-999
  - SE, it takes centuries before 1800 and dates in the future
  - SE, it reads ten digits whose day is still to come this year as a birth in the future, not 100 years earlier
  - SE, NO, DK, it takes separators anywhere and more than one: where one has slipped, a digit may have slipped
  - FI, it takes dates in the future
  - NO, it takes auxiliary numbers (month + 40), which health services make up for their own use

Modulus 11 is no such reason: python-stdnum 2.2 does not check it either. More than half of the valid Danish rows fail it.
"""

import datetime
import random
import types
from pathlib import Path

import stdnum
from stdnum.dk import cpr
from stdnum.fi import hetu
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

TODAY = datetime.date(2026, 6, 15)
FINNISH_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
FINNISH_MARKS = {1800: "+", 1900: "-YXWVU", 2000: "ABCDEF"}

assert stdnum.__version__ == "2.2", stdnum.__version__
dice = random.Random(20260615)
rows = {}


class FixedDate(datetime.date):
    @classmethod
    def today(cls):
        return TODAY


for module in (personnummer, fodselsnummer, cpr):
    module.datetime = types.SimpleNamespace(date=FixedDate)


# --- what the oracle says -----------------------------------------------------------------------


def oracle(country, text):
    """Whether it is valid, its kind, and its birth date."""
    if country == "SE":
        valid, kind = personnummer.is_valid(text), "personnummer"
        born = personnummer.get_birth_date(text) if valid else None
    elif country == "FI":
        valid = hetu.is_valid(text, allow_temporary=True)
        number = hetu.compact(text)
        kind = "temporary_henkilotunnus" if number[7:8] == "9" else "henkilotunnus"
        born = finnish_birth_date(number) if valid else None
    elif country == "NO":
        valid = fodselsnummer.is_valid(text)
        kind = "d_number" if text.strip()[0] in "4567" else "fodselsnummer"
        born = fodselsnummer.get_birth_date(text) if valid else None
    else:
        valid, kind = cpr.is_valid(text), "cpr"
        born = cpr.get_birth_date(text) if valid else None
    return (1, kind, str(born)) if valid else (0, "", "")


def ask(country, text):
    rows.setdefault((country, text), (*oracle(country, text), "stdnum"))


def rule(country, text, valid, kind="", born=""):
    """A row on which the oracle is known to be wrong."""
    verdict = (valid, kind, str(born))
    assert oracle(country, text) != verdict, f"the oracle agrees by now: {country} {text}"
    rows.setdefault((country, text), (*verdict, "arithmetic"))


# --- arithmetic ---------------------------------------------------------------------------------


def a_date(first, last):
    return first + datetime.timedelta(days=dice.randrange((last - first).days + 1))


def luhn(nine):
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(nine))
    return str(-total % 10)


def swedish(century, six, serial):
    """Century, YYMMDD and birth number, with the check digit."""
    return f"{century}{six}{serial:03}{luhn(f'{six}{serial:03}')}"


def finnish(six, mark, serial):
    return f"{six}{mark}{serial:03}{FINNISH_CHECK[int(f'{six}{serial:03}') % 31]}"


def finnish_birth_date(number):
    century = next(century for century, marks in FINNISH_MARKS.items() if number[6] in marks)
    return datetime.date(century + int(number[4:6]), int(number[2:4]), int(number[0:2]))


def norwegian(six, serial, remainder=0):
    """With both check digits; None where one would have to be ten."""
    nine = f"{six}{serial:03}"
    first = (remainder - sum(int(d) * w for d, w in zip(nine, (3, 7, 6, 1, 8, 9, 4, 5, 2)))) % 11
    second = -sum(int(d) * w for d, w in zip(f"{nine}{first}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11
    return None if 10 in (first, second) else f"{nine}{first}{second}"


def norwegian_serial(year):
    if year < 1900:
        return dice.randrange(500, 750)
    if year < 1940:
        return dice.randrange(0, 500)
    if year < 2000:
        return dice.choice([dice.randrange(0, 500), dice.randrange(900, 1000)])
    return dice.randrange(500, 1000)


def slips(text):
    """The slips of a typist: a digit wrong, two swapped, one left out, one twice."""
    at = dice.choice([at for at, character in enumerate(text) if character.isdigit()])
    yield text[:at] + dice.choice([d for d in "0123456789" if d != text[at]]) + text[at + 1 :]
    at = dice.randrange(len(text) - 1)
    yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    yield text[:at] + text[at + 1 :]
    yield text[:at] + text[at] + text[at:]


def is_left_to_a_rule(country, text):
    """Slips that end where the oracle is known to be wrong; those places have rows of their own."""
    digits = "".join(character for character in text if character.isdigit())
    if country == "SE":
        future = len(digits) == 12 and int(digits[:4]) >= TODAY.year
        this_year = digits[-10:-8] == f"{TODAY.year % 100:02}"
        return digits[-6:-5] in tuple("6789") or digits[-4:-1] == "000" or future or this_year or len(digits) == 12 and digits < "18"
    if country == "FI":
        return text[6:7] in tuple("ABCDEF") and digits[4:6] >= f"{TODAY.year % 100:02}"
    return country == "NO" and digits[2:3] in tuple("4567")


def has_a_slipped_separator(country, text):
    places = [len(text) - at for at, character in enumerate(text) if character in "-+\u2212"]
    return country != "FI" and places not in ([], [{"SE": 5, "NO": 6, "DK": 5}[country]])


def and_slips(country, text):
    ask(country, text)
    for slip in slips(text):
        if is_left_to_a_rule(country, slip):
            continue
        if has_a_slipped_separator(country, slip) and oracle(country, slip)[0]:
            rule(country, slip, 0)
        else:
            ask(country, slip)


# --- the rows -----------------------------------------------------------------------------------


def sweden():
    for _ in range(40):
        born = a_date(datetime.date(1880, 1, 1), TODAY)
        number = swedish(str(born.year)[:2], born.strftime("%y%m%d"), dice.randrange(1, 1000))
        and_slips("SE", dice.choice([number, f"{number[:8]}-{number[8:]}", f" {number[:8]} {number[8:]}"]).strip())
        if born.year < TODAY.year:
            sign = "+" if TODAY.year - born.year >= 100 else dice.choice("-\u2212")
            and_slips("SE", f"{number[2:8]}{sign}{number[8:]}")
            if sign != "+":
                ask("SE", number[2:])
    for six in ("990229", "000229", "010229", "851301", "850001", "850100", "850132", "850431"):
        for century in ("19", "20"):
            if f"{century}{six}" < TODAY.strftime("%Y%m%d"):
                ask("SE", swedish(century, six, 238))
        ask("SE", swedish("", six, 238))
    ask("SE", swedish("19", "000229", 238)[2:8] + "+" + swedish("19", "000229", 238)[8:])
    for text in ("8503", "850312-23", "850312-238", "1985-03-12-2384", "850312/2384", "SE8503122384", "850312-238T", "19850312-T384"):
        ask("SE", text)

    for _ in range(40):
        born = a_date(datetime.date(1900, 1, 1), datetime.date(2025, 12, 31))
        century, (yy, mm, dd) = str(born.year)[:2], born.strftime("%y %m %d").split()
        day = born.day + 60
        number = swedish(century, f"{yy}{mm}{day}", dice.randrange(1, 1000))
        rule("SE", number, 1, "samordningsnummer", born)
        sign = "+" if TODAY.year - born.year >= 100 else "-"
        rule("SE", f"{number[2:8]}{sign}{number[8:]}", 1, "samordningsnummer", born)
        ask("SE", number[:-1] + str((int(number[-1]) + dice.randrange(1, 10)) % 10))
        for open_date in (f"{yy}00{day}", f"{yy}{mm}60", f"{yy}0060"):
            rule("SE", swedish(century, open_date, dice.randrange(1, 1000)), 1, "samordningsnummer", "")
        ask("SE", swedish(century, f"{yy}{dice.choice(['13', '00'])}{dice.choice(['92', '99', '59'])}", 238))
        ask("SE", swedish(century, f"{yy}0291", 238))
        rule("SE", swedish(century, f"{yy}{mm}{dd}", 0), 0)
    for _ in range(15):
        coming = a_date(TODAY + datetime.timedelta(days=1), datetime.date(TODAY.year, 12, 31))
        number = swedish("20", coming.strftime("%y%m%d"), dice.randrange(1, 1000))
        rule("SE", number, 0)
        for text in (number[2:], f"{number[2:8]}-{number[8:]}"):
            rule("SE", text, 1, "personnummer", coming.replace(year=TODAY.year - 100))
        ask("SE", f"{number[2:8]}+{number[8:]}")
        rule("SE", swedish("20", a_date(datetime.date(2027, 1, 1), datetime.date(2099, 12, 31)).strftime("%y%m%d"), 238), 0)
        rule("SE", swedish(dice.choice(["16", "17"]), a_date(datetime.date(1701, 1, 1), datetime.date(1799, 12, 31)).strftime("%y%m%d"), 238), 0)


def finland():
    for century, marks in FINNISH_MARKS.items():
        for mark in marks:
            for _ in range(6):
                last = min(datetime.date(century + 99, 12, 31), TODAY)
                six = a_date(datetime.date(century, 1, 1), last).strftime("%d%m%y")
                number = finnish(six, mark, dice.randrange(2, 900))
                and_slips("FI", dice.choice([number, number.lower(), number.replace("-", "\u2212")]))
                ask("FI", number[:-1] + dice.choice([c for c in FINNISH_CHECK + "GIOQZ" if c != number[-1]]))
                ask("FI", finnish(six, mark, dice.randrange(900, 1000)))
                ask("FI", finnish(six, dice.choice("GHIJKLMNOPQRSTZ*/_"), 123))
            for serial in (0, 1, 2, 899, 900, 999):
                ask("FI", finnish("150302", mark, serial))
            for six in ("290201", "290200", "310402", "320102", "000102", "011302", "010002"):
                ask("FI", finnish(six, mark, 123))
            if century == 2000:
                rule("FI", finnish(a_date(TODAY + datetime.timedelta(days=1), datetime.date(2099, 12, 31)).strftime("%d%m%y"), mark, 123), 0)
    for text in ("150302", "150302A", "150302123K", "15032002A123K", "150302--123K", "15.3.2002", "A150302123K"):
        ask("FI", text)


def norway():
    for _ in range(100):
        born = a_date(datetime.date(1854, 1, 1), TODAY)
        day = born.day + dice.choice([0, 40])
        number = norwegian(f"{day:02}{born.strftime('%m%y')}", norwegian_serial(born.year))
        if number:
            and_slips("NO", dice.choice([number, f"{number[:6]} {number[6:]}", f"{number[:6]}-{number[6:]}"]))
            ask("NO", number[:-2] + f"{dice.randrange(100):02}")
        six, serial = born.strftime("%d%m%y"), dice.randrange(1000)
        for remainder in (1, 2, 3):  # what 2032 brings; the oracle does not know it either
            ask("NO", norwegian(six, serial, remainder) or "0")
        ask("NO", norwegian(six, serial) or "0")
        number = norwegian(f"{born.strftime('%d')}{born.month + 40}{born.strftime('%y')}", norwegian_serial(born.year))
        if number:
            rule("NO", number, 0)
        for offset in (65, 80):
            ask("NO", norwegian(f"{born.strftime('%d')}{born.month + offset}{born.strftime('%y')}", serial) or "0")
        ask("NO", norwegian(f"{dice.randrange(80, 100)}{born.strftime('%m%y')}", serial) or "0")
    for six in ("290299", "310485", "000185", "320185", "011385", "010085", "400185", "720185", "690299"):
        for serial in range(100, 112):
            ask("NO", norwegian(six, serial) or "0")
    for year in range(26, 40):
        for serial in range(500, 504):
            ask("NO", norwegian(f"1612{year}", serial) or "0")
    for text in ("0103", "0103851234", "010385123456", "010385A2345", "NO01038512345"):
        ask("NO", text)


def denmark():
    for _ in range(120):
        born = a_date(datetime.date(1858, 1, 1), datetime.date(2057, 12, 31))
        six = born.strftime("%d%m%y")
        number = f"{six}{dice.randrange(10000):04}"
        and_slips("DK", dice.choice([number, f"{six}-{number[6:]}", f"{six} {number[6:]}"]))
        ask("DK", f"{born.day + 60}{number[2:]}")
    for year in (0, 26, 27, 36, 37, 57, 58, 99):
        for seventh in range(10):
            ask("DK", f"1503{year:02}-{seventh}123")
            ask("DK", f"2902{year:02}-{seventh}123")
    for six in ("310485", "000185", "320185", "011385", "010085"):
        ask("DK", f"{six}-1234")
    for text in ("0103", "010385123", "01038512345", "010385-123A", "010385+1234"):
        ask("DK", text)
    valid = [text for (country, text), row in rows.items() if country == "DK" and row[0]]
    failing = sum(cpr.checksum(cpr.compact(text)) != 0 for text in valid)
    assert failing > len(valid) // 2, "too few numbers without modulus 11"


for make in (sweden, finland, norway, denmark):
    make()
out = Path(__file__).with_name("identity_numbers.tsv")
with out.open("w", encoding="utf-8", newline="\n") as file:
    file.write("country\ttext\tvalid\tkind\tbirth_date\tsource\n")
    for (country, text), (valid, kind, born, source) in rows.items():
        file.write(f"{country}\t{text}\t{valid}\t{kind}\t{born}\t{source}\n")
print(f"{len(rows)} rows in {out.name}")
