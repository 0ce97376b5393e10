// The part of our schema that the benchmark asks for, with the same names, so that the same documents run on both.
import { rows } from './database.mjs';

export const schema = /* GraphQL */ `
  scalar Date
  scalar DateTime
  type User { name: String! }
  type Team { slug: String! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type TimelineEvent { occurredAt: DateTime! kind: String! description: String! }
  type TimelineEventConnection { nodes: [TimelineEvent!]! }
  type RootCause { title: String! role: String! recommendations(first: Int): RecommendationConnection! }
  type RootCauseConnection { nodes: [RootCause!]! }
  type Report {
    key: String! title: String! status: String! executiveSummary: String! owner: User
    timeline(first: Int): TimelineEventConnection! rootCauses(first: Int): RootCauseConnection!
  }
  type Recommendation {
    key: String! title: String! status: String! priority: String! dueOn: Date owner: User team: Team
    rootCauses(first: Int): RootCauseConnection! report: Report!
  }
  type RecommendationConnection { nodes: [Recommendation!]! pageInfo: PageInfo! totalCount: Int! }
  type FollowThroughMetrics {
    proposed: Int! open: Int! overdue: Int! implemented: Int! verified: Int! completionRate: Float
  }
  type FollowThroughGroup { key: String! metrics: FollowThroughMetrics! }
  type FollowThrough { groups: [FollowThroughGroup!]! }
  enum FollowThroughDimension { TEAM }
  enum Priority { P0 P1 P2 P3 P4 }
  input StringFilter { eq: String }
  input TeamFilter { slug: StringFilter }
  input PriorityFilter { eq: Priority }
  input DateFilter { gte: Date lt: Date }
  input RecommendationFilter { isOverdue: Boolean team: TeamFilter priority: PriorityFilter dueOn: DateFilter }
  input BlockRecommendationInput { id: ID! reason: String! }
  input StartRecommendationInput { id: ID! }
  type BlockRecommendationPayload { recommendation: Recommendation! }
  type StartRecommendationPayload { recommendation: Recommendation! }
  type Query {
    recommendations(filter: RecommendationFilter!, first: Int!, after: String): RecommendationConnection!
    report(key: String!): Report
    followThrough(groupBy: FollowThroughDimension!): FollowThrough!
  }
  type Mutation {
    blockRecommendation(input: BlockRecommendationInput!): BlockRecommendationPayload!
    startRecommendation(input: StartRecommendationInput!): StartRecommendationPayload!
  }
`;

const OPEN = `status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED')`;
const ITEM = 'id, report_id, key, title, status, priority, due_on AS "dueOn", owner_id, team_id';
const today = () => new Date().toISOString().slice(0, 10);

// The statement of a list depends on which filters are given, and is prepared for each combination once.
function selection(filter, after) {
  const values = [];
  const value = (given) => `$${values.push(given)}`;
  const conditions = [];
  if (filter.isOverdue) conditions.push(OPEN, `due_on < ${value(today())}::date`);
  if (filter.team) conditions.push(`team_id = (SELECT id FROM team WHERE slug = ${value(filter.team.slug.eq)})`);
  if (filter.priority) conditions.push(`priority = ${value(filter.priority.eq)}`);
  if (filter.dueOn?.gte) conditions.push(`due_on >= ${value(filter.dueOn.gte)}::date`);
  if (filter.dueOn?.lt) conditions.push(`due_on < ${value(filter.dueOn.lt)}::date`);
  const all = { condition: conditions.join(' AND ') || 'TRUE', values: [...values] };
  if (after) {
    const [day, id] = after.split(',');
    conditions.push(`(due_on, id) > (${value(day)}::date, ${value(id)}::uuid)`);
  }
  return { all, page: { condition: conditions.join(' AND ') || 'TRUE', values } };
}

async function change(id, status, reason) {
  const changed = await rows(
    `UPDATE recommendation SET status = $2, blocked_reason = $3, updated_at = now(), version = version + 1 WHERE id = $1 RETURNING ${ITEM}`,
    [id, status, reason],
  );
  return { recommendation: changed[0] };
}

export const resolvers = {
  Query: {
    async recommendations(_, { filter, first, after }) {
      const { all, page } = selection(filter, after);
      const nodes = await rows(
        `SELECT ${ITEM} FROM recommendation WHERE ${page.condition} ORDER BY due_on, id LIMIT ${first + 1}`,
        page.values,
      );
      const hasNextPage = nodes.length > first;
      if (hasNextPage) nodes.pop();
      const last = nodes.at(-1);
      return { nodes, pageInfo: { hasNextPage, endCursor: last && `${last.dueOn},${last.id}` }, all };
    },
    async report(_, { key }) {
      const found = await rows(
        'SELECT id, key, title, status, executive_summary AS "executiveSummary", owner_id FROM report WHERE key = $1',
        [key],
      );
      return found[0] ?? null;
    },
    async followThrough() {
      const counted = await rows(
        `SELECT t.slug AS key, count(*) FILTER (WHERE status = 'PROPOSED')::int AS proposed, count(*) FILTER (WHERE ${OPEN})::int AS open,
          count(*) FILTER (WHERE ${OPEN} AND due_on < $1::date)::int AS overdue,
          count(*) FILTER (WHERE status = 'IMPLEMENTED')::int AS implemented, count(*) FILTER (WHERE status = 'VERIFIED')::int AS verified
        FROM recommendation r INNER JOIN team t ON t.id = r.team_id GROUP BY t.slug ORDER BY t.slug`,
        [today()],
      );
      const groups = counted.map(({ key, ...metrics }) => {
        const done = metrics.implemented + metrics.verified;
        const rated = metrics.open + done;
        return { key, metrics: { ...metrics, completionRate: rated ? done / rated : null } };
      });
      return { groups };
    },
  },
  Mutation: {
    blockRecommendation: (_, { input }) => change(input.id, 'BLOCKED', input.reason),
    startRecommendation: (_, { input }) => change(input.id, 'IN_PROGRESS', null),
  },
  RecommendationConnection: {
    async totalCount({ all }) {
      const counted = await rows(`SELECT count(*)::int AS n FROM recommendation WHERE ${all.condition}`, all.values);
      return counted[0].n;
    },
  },
};

const distinct = (queries, column) => [...new Set(queries.map(({ obj }) => obj[column]).filter(Boolean))];

async function byId(queries, column, sql) {
  const found = await rows(sql, [distinct(queries, column)]);
  const known = new Map(found.map((row) => [row.id, row]));
  return queries.map(({ obj }) => known.get(obj[column]) ?? null);
}

async function lists(queries, sql, first) {
  const found = await rows(sql, [distinct(queries, 'id')]);
  const known = Map.groupBy(found, (row) => row.parent);
  return queries.map(({ obj, params }) => ({ nodes: (known.get(obj.id) ?? []).slice(0, params.first ?? first) }));
}

const owner = (queries) => byId(queries, 'owner_id', 'SELECT id, name FROM "user" WHERE id = ANY($1)');

export const loaders = {
  Recommendation: {
    owner,
    team: (queries) => byId(queries, 'team_id', 'SELECT id, slug FROM team WHERE id = ANY($1)'),
    report: (queries) =>
      byId(queries, 'report_id', 'SELECT id, key, title, status, owner_id FROM report WHERE id = ANY($1)'),
    rootCauses: (queries) =>
      lists(
        queries,
        `SELECT l.recommendation_id AS parent, c.id, c.title, c.role FROM recommendation_root_cause l
        INNER JOIN root_cause c ON c.id = l.root_cause_id WHERE l.recommendation_id = ANY($1) ORDER BY c.created_at, c.id`,
        20,
      ),
  },
  Report: {
    owner,
    timeline: (queries) =>
      lists(
        queries,
        `SELECT report_id AS parent, occurred_at AS "occurredAt", kind, description FROM timeline_event
        WHERE report_id = ANY($1) ORDER BY occurred_at, id`,
        20,
      ),
    rootCauses: (queries) =>
      lists(
        queries,
        'SELECT report_id AS parent, id, title, role FROM root_cause WHERE report_id = ANY($1) ORDER BY created_at, id',
        20,
      ),
  },
  RootCause: {
    recommendations: (queries) =>
      lists(
        queries,
        `SELECT l.root_cause_id AS parent, ${ITEM.split(', ')
          .map((column) => `r.${column}`)
          .join(', ')} FROM recommendation_root_cause l
        INNER JOIN recommendation r ON r.id = l.recommendation_id WHERE l.root_cause_id = ANY($1) ORDER BY r.due_on, r.id`,
        20,
      ),
  },
};
