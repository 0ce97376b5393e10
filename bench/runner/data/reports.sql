-- What is decided of each report before it is written: its team, people and days. Days are spread evenly over the 900 before
-- today; the latest reports are still drafts. One in a hundred is RESTRICTED.
CREATE TEMP TABLE bench_report AS
SELECT n, team, team + @teams * (h % (@people / @teams)) AS owner, team + @teams * ((h + 7) % (@people / @teams)) AS second,
    created, created - 86400 AS started, CASE WHEN n <= @reports * 94 / 100 THEN created + 7 * 86400 END AS published,
    CASE WHEN n > @reports * 97 / 100 THEN 'DRAFT' WHEN n > @reports * 94 / 100 THEN 'IN_REVIEW'
        WHEN n % 20 = 3 THEN 'ARCHIVED' ELSE 'PUBLISHED' END AS status,
    CASE WHEN n % 100 = 0 THEN 'RESTRICTED' ELSE 'ORGANIZATION' END AS visibility,
    CASE WHEN h % 20 = 0 THEN 'SEV1' WHEN h % 20 < 5 THEN 'SEV2' WHEN h % 20 < 13 THEN 'SEV3' ELSE 'SEV4' END AS severity,
    @word(thing, h) AS thing, @word(state, h / 16) AS state, @word(place, h / 256) AS place
FROM (
    SELECT n, @hash(11, n) AS h, @hash(12, n) % @teams + 1 AS team, @today * 86400 - 902 * 86400 + n * (900 * 86400) / @reports AS created
    FROM @series(@reports)
) AS seed;

INSERT INTO incident (id, key, title, severity, team_id, started_at, detected_at, mitigated_at, resolved_at, created_by_id,
    created_at, updated_at, version)
SELECT @id(00c, n), 'INC-' || n, 'Lost the ' || thing || ' of ' || place, severity, @id(00a, team), @at(started),
    @at(started + 300), @at(started + 4200), @at(started + 5700), @id(00b, owner), @at(started + 600), @at(started + 6000), 2
FROM bench_report ORDER BY n;

INSERT INTO incident_version (incident_id, key, title, severity, team_id, started_at, resolved_at, valid_from, valid_to)
SELECT id, key, title, severity, team_id, started_at, resolved_at, created_at, NULL FROM incident;

INSERT INTO report (id, key, incident_id, title, status, visibility, owner_id, team_id, due_on, original_due_on,
    executive_summary, background, root_cause_analysis, impact_analysis, lessons_learned, conclusion, customers_affected,
    downtime_seconds, published_at, created_by_id, created_at, updated_at, version)
SELECT @id(00d, n), 'PM-' || n, @id(00c, n), 'How the ' || thing || ' of ' || place || ' was ' || state || ' ' || n, status,
    visibility, @id(00b, owner), @id(00a, team), @day(created / 86400 + 14), @day(created / 86400 + 14),
    'For half an hour the ' || thing || ' of ' || place || ' was ' || state || ' and no host could read it.',
    'The ' || thing || ' of ' || place || ' is built from a cold disk and a shard that one host had.',
    'A batch had left the ' || thing || ' in a ' || state || ' form. From then on each call had to wait for the lock until it ran out of road. No alarm told us so.',
    'One in ten who sent a form to ' || place || ' got no answer and had to do it again.',
    'We had an alarm on the host and not on the ' || thing || '. That is the wrong way round.',
    'The ' || thing || ' will tell us when it is ' || state || ' and a batch that is not done will start again.',
    n % 1000, 1800, @at(published), @id(00b, owner), @at(created), @at(coalesce(published, created)),
    CASE WHEN published IS NULL THEN 1 ELSE 3 END
FROM bench_report ORDER BY n;

INSERT INTO report_version (report_id, incident_id, key, title, status, owner_id, team_id, due_on, published_at, created_at,
    valid_from, valid_to)
SELECT id, incident_id, key, title, CASE WHEN published_at IS NULL THEN status ELSE 'DRAFT' END, owner_id, team_id, due_on,
    NULL, created_at, created_at, published_at
FROM report;

INSERT INTO report_version (report_id, incident_id, key, title, status, owner_id, team_id, due_on, published_at, created_at,
    valid_from, valid_to)
SELECT id, incident_id, key, title, status, owner_id, team_id, due_on, published_at, created_at, published_at, NULL
FROM report WHERE published_at IS NOT NULL;

INSERT INTO report_participant (report_id, user_id, role)
SELECT @id(00d, n), @id(00b, owner), 'AUTHOR' FROM bench_report
UNION ALL
SELECT @id(00d, n), @id(00b, second), 'REVIEWER' FROM bench_report;

INSERT INTO timeline_event (id, report_id, occurred_at, kind, description, created_at, updated_at)
SELECT @id(00e, (r.n - 1) * 20 + entry.n), @id(00d, r.n), @at(r.started + entry.n * 280),
    CASE entry.n WHEN 1 THEN 'TRIGGER' WHEN 2 THEN 'IMPACT_START' WHEN 3 THEN 'DETECTION' WHEN 4 THEN 'ESCALATION'
        WHEN 15 THEN 'MITIGATION' WHEN 20 THEN 'RESOLUTION' ELSE CASE entry.n % 3 WHEN 0 THEN 'DIAGNOSIS'
        WHEN 1 THEN 'COMMUNICATION' ELSE 'OTHER' END END,
    'Step ' || entry.n || ': the ' || r.thing || ' of ' || r.place || ' is looked at, and somebody writes down what it says.',
    @at(r.created), @at(r.created)
FROM bench_report AS r CROSS JOIN @series(20, entry) ORDER BY r.n, entry.n;

INSERT INTO root_cause (id, report_id, title, description, role, category_id, created_by_id, created_at, updated_at, version)
SELECT @id(00f, (r.n - 1) * 3 + part.n), @id(00d, r.n),
    'The ' || r.thing || ' had no ' || @word(guard, r.n + part.n * 5) || ' on ' || r.place,
    'Until then each ' || r.thing || ' that was ' || r.state || ' had to be found by hand.',
    CASE part.n WHEN 1 THEN 'TRIGGER' WHEN 2 THEN 'CONTRIBUTING' ELSE 'DETECTION_GAP' END,
    @category((r.n * 7 + part.n * 3) % 25 + 1), @id(00b, r.owner), @at(r.created), @at(r.created), 1
FROM bench_report AS r CROSS JOIN @series(3, part) ORDER BY r.n, part.n;

INSERT INTO root_cause_version (root_cause_id, report_id, title, role, category_id, valid_from)
SELECT id, report_id, title, role, category_id, created_at FROM root_cause;
