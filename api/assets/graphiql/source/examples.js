// What a visitor can begin with: the questions that the product exists to answer, in order, and a live one. Each begins with its
// question as a comment. They run as they stand, on the demo with something to show; tests/it/explorer runs them.
import whatBroke from './examples/1-what-broke.graphql';
import overdue from './examples/2-overdue.graphql';
import cameBack from './examples/3-came-back.graphql';
import followThrough from './examples/4-follow-through.graphql';
import events from './examples/5-events.graphql';
import live from './examples/6-live.graphql';

const line = (query, number) => query.split('\n')[number].replace(/^#\s*/, '');

export const examples = [whatBroke, overdue, cameBack, followThrough, events, live].map((query) => ({
  question: line(query, 0),
  about: line(query, 1),
  query,
}));
