"""Reads calendars as a JSON list of texts, and says what icalendar finds in each."""

import json
import sys

from icalendar import Calendar


def text(component, name):
    value = component.get(name)
    return None if value is None else str(value)


def day(component):
    value = component.get("DUE") or component.get("DTSTART")
    return value.dt.isoformat()


def words(component):
    value = component.get("CATEGORIES")
    return [] if value is None else [str(word) for word in value.cats]


def one(component):
    return {
        "kind": component.name,
        "uid": text(component, "UID"),
        "summary": text(component, "SUMMARY"),
        "description": text(component, "DESCRIPTION"),
        "status": text(component, "STATUS"),
        "sequence": int(component["SEQUENCE"]),
        "day": day(component),
        "url": text(component, "URL"),
        "priority": None if "PRIORITY" not in component else int(component["PRIORITY"]),
        "categories": words(component),
        "alarms": [
            [alarm["TRIGGER"].dt.total_seconds(), text(alarm, "DESCRIPTION")] for alarm in component.walk("VALARM")
        ],
    }


def read(source):
    calendar = Calendar.from_ical(source)
    for component in calendar.walk():
        if component.errors:
            raise ValueError(f"{component.name}: {component.errors}")
        for required in component.required:
            if required not in component:
                raise ValueError(f"{component.name} lacks {required}")
    return {
        "name": text(calendar, "NAME"),
        "refresh": calendar["REFRESH-INTERVAL"].dt.total_seconds(),
        "items": [one(component) for component in calendar.walk() if component.name in ("VTODO", "VEVENT")],
    }


json.dump([read(source) for source in json.load(sys.stdin)], sys.stdout)
