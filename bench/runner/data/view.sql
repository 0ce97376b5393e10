-- A view, in a schema of its own: the tables are not touched.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE VIEW bench.team_follow_through AS
SELECT t.slug, count(*) FILTER (WHERE r.status = 'PROPOSED') AS proposed,
    count(*) FILTER (WHERE r.status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED')) AS open,
    count(*) FILTER (WHERE r.status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED') AND r.due_on < CURRENT_DATE) AS overdue,
    count(*) FILTER (WHERE r.status = 'IMPLEMENTED') AS implemented,
    count(*) FILTER (WHERE r.status = 'VERIFIED') AS verified
FROM recommendation r INNER JOIN team t ON t.id = r.team_id GROUP BY t.slug ORDER BY t.slug;
