"""Customers, and the facts of their troubles."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from poise.validation.sample.dice import Dice
from poise.validation.sample.scene import Customer
from poise.validation.sample.wording import Wording

__all__ = ["Cast", "slots_for"]

_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"


class Cast:
    """Invented customers by language; each appears before anybody appears twice."""

    def __init__(self, wordings: dict[str, Wording], dice: Dice) -> None:
        self._dice = dice
        self._wordings = wordings
        self._left: dict[str, list[str]] = {}
        self._round: dict[str, int] = {}

    def customer(self, language: str) -> Customer:
        """Return a new customer. Names come round again with another family name."""
        dice = self._dice
        if not self._left.get(language):
            self._left[language] = dice.shuffled(self._wordings[language].facts["customers"])
            self._round[language] = self._round.get(language, -1) + 1
        name, gender = self._left[language].pop().rsplit(" ", 1)
        turn = self._round[language]
        if turn:
            # A first name with the family name of somebody else on the list.
            others = [other.rsplit(" ", 1)[0] for other in self._wordings[language].facts["customers"]]
            place = (others.index(name) + 7 * turn) % len(others)
            name = f"{name.split(' ', 1)[0]} {others[place].split(' ', 1)[1]}"
        number = sum(len(left) for left in self._left.values()) + 1000 * turn
        return Customer(
            id=f"c-{language}-{number:04d}",
            name=name,
            gender=gender,
            lower=dice.chance(0.45),
            typos=dice.between(0.0, 0.22),
            tidy=dice.chance(0.35),
        )


def slots_for(wording: Wording, customer: Customer, *, company: str, start: dt.datetime, dice: Dice) -> dict[str, str]:
    """Return the values of all slots that do not depend on who speaks."""
    facts: dict[str, Any] = wording.facts
    money = facts["currency"]
    scale = 1 if wording.code == "en" else 5
    street, street2 = dice.shuffled(facts["streets"])[:2]
    day = start.weekday()
    before = (day - dice.whole(2, 4)) % 7
    ahead = (day + dice.whole(1, 4)) % 7
    family = customer.name.split(" ", 1)[-1]
    titled = {"f": "Ms", "m": "Mr"}[customer.gender]
    handle = f"{_latin(customer.first, dice)}{dice.whole(10, 99)}"
    return {
        "br": "\n",
        "company": facts.get("company", company),
        "full": customer.name,
        "self": customer.first,
        "formal": f"{titled} {family}" if wording.code == "en" else customer.name,
        "formal_self": customer.name,
        "item": dice.pick(facts["items"]),
        "device": dice.pick(facts["devices"]),
        "city": dice.pick(facts["cities"]),
        "street": street,
        "street2": street2,
        "number": str(dice.whole(1, 140)),
        "order": f"{dice.pick(('NL', 'NW', 'ND'))}-{dice.whole(10000, 99999)}",
        "code": f"{dice.pick('EFKT')}{dice.whole(12, 98)}",
        "version": f"{dice.whole(2, 6)}.{dice.whole(0, 9)}.{dice.whole(0, 30)}",
        "amount": money.format(dice.whole(12, 180) * scale),
        "favour": money.format(dice.whole(2, 6) * 5 * scale),
        "big": money.format(dice.whole(61, 198) * 10 * scale),
        "percent": f"{dice.whole(2, 6) * 5}%",
        "day": facts["weekdays"][before if before < 5 else 4],
        "weekday": facts["weekdays"][ahead if ahead < 5 else 0],
        "month": facts["months"][(start.month - dice.whole(2, 5)) % 12],
        "daynum": str(dice.whole(10, 20)),
        "hour": f"{dice.whole(15, 18)}:{dice.pick(('00', '30'))}",
        "postcode": _postcode(dice),
        "phone": f"0{dice.whole(70, 79)}00 900{dice.whole(100, 999)}",
        "email": f"{handle}@example.{dice.pick(('com', 'org', 'net'))}",
        "detail": "",
        "due": "",
        "paraphrase": "",
    }


def _postcode(dice: Dice) -> str:
    area = f"{dice.pick('BCDELNS')}{dice.pick('ADHLS')}{dice.whole(1, 19)}"
    return f"{area} {dice.whole(1, 9)}{dice.pick('ABDEFH')}{dice.pick('JLNPQ')}"


def _latin(name: str, dice: Dice) -> str:
    kept = "".join(character for character in name.lower() if character in _LATIN)
    return kept or dice.pick(("post", "home", "inbox", "family"))
