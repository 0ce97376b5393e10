// Reads calendars as a JSON list of texts, and says what ical.js finds in each.
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';

ICAL.design.strict = true;

const value = (component, name) => component.getFirstPropertyValue(name) ?? null;

const one = (component) => ({
  kind: component.name.toUpperCase(),
  uid: value(component, 'uid'),
  summary: value(component, 'summary'),
  description: value(component, 'description'),
  status: value(component, 'status'),
  sequence: value(component, 'sequence'),
  day: (value(component, 'due') ?? value(component, 'dtstart')).toString(),
  url: value(component, 'url'),
  priority: value(component, 'priority'),
  categories: component.getFirstProperty('categories')?.getValues() ?? [],
  alarms: component
    .getAllSubcomponents('valarm')
    .map((alarm) => [value(alarm, 'trigger').toSeconds(), value(alarm, 'description')]),
});

const read = (source) => {
  const calendar = new ICAL.Component(ICAL.parse(source));
  const items = [...calendar.getAllSubcomponents('vtodo'), ...calendar.getAllSubcomponents('vevent')];
  return {
    name: value(calendar, 'name'),
    refresh: ICAL.Duration.fromString(value(calendar, 'refresh-interval').toString()).toSeconds(),
    items: items.map(one),
  };
};

const sources = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(sources.map(read)));
