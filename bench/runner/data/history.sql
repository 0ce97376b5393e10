-- Every step that an item has taken: a row of its history, and an event.
CREATE TEMP TABLE bench_step AS
SELECT n, 1 AS place, NULL AS was, 'PROPOSED' AS status, created AS since, coalesce(accepted, declined) AS until FROM bench_item
UNION ALL
SELECT n, 2, 'PROPOSED', 'ACCEPTED', accepted, coalesce(moved, implemented) FROM bench_item WHERE accepted IS NOT NULL
UNION ALL
SELECT n, 3, 'ACCEPTED', status, moved, NULL FROM bench_item WHERE moved IS NOT NULL
UNION ALL
SELECT n, 3, 'ACCEPTED', 'IMPLEMENTED', implemented, verified FROM bench_item WHERE implemented IS NOT NULL
UNION ALL
SELECT n, 4, 'IMPLEMENTED', 'VERIFIED', verified, NULL FROM bench_item WHERE verified IS NOT NULL
UNION ALL
SELECT n, 2, 'PROPOSED', 'DECLINED', declined, NULL FROM bench_item WHERE declined IS NOT NULL;

ANALYZE bench_step;

INSERT INTO recommendation_version (id, recommendation_id, report_id, key, title, status, kind, priority, owner_id, team_id,
    due_on, original_due_on, due_moves, accepted_at, accepted_on, implemented_on, implement_micros, completed_at, closure_reason,
    created_at, is_acceptance, is_new_status, valid_from, valid_to, from_on, to_on)
SELECT @id(012, step.n * 8 + step.place), @id(010, item.n), @id(00d, item.r), 'REC-' || item.n, item.title, step.status, item.kind,
    item.priority, @id(00b, item.owner), @id(00a, item.team), @day(item.due),
    CASE WHEN step.place > 1 AND item.accepted IS NOT NULL THEN @day(item.due) END, 0,
    CASE WHEN step.place > 1 THEN @at(item.accepted) END, CASE WHEN step.place > 1 THEN @day(item.accepted / 86400) END,
    CASE WHEN step.place > 2 THEN @day(item.implemented / 86400) END,
    CASE WHEN step.place > 2 THEN (item.implemented - item.accepted) * 1000000 END,
    CASE WHEN step.status IN ('IMPLEMENTED', 'VERIFIED', 'DECLINED') THEN @at(coalesce(item.implemented, item.declined)) END,
    CASE WHEN step.status = 'DECLINED' THEN 'NO_LONGER_APPLICABLE' END, @at(item.created), step.status = 'ACCEPTED', TRUE,
    @at(step.since), @at(step.until), @day(step.since / 86400), @day(step.until / 86400)
FROM bench_step AS step INNER JOIN bench_item AS item ON item.n = step.n ORDER BY step.n, step.place;

-- Numbered in the order of time, as the service would have.
INSERT INTO event (id, event_type, schema_version, occurred_at, actor_kind, actor_user_id, actor_name, subject_kind, subject_id,
    report_id, changes, payload)
SELECT id, event_type, 1, at, 'USER', @id(00b, actor), 'Person ' || actor, subject_kind, subject_id, report_id, @json(changes), @json(payload)
FROM (
    SELECT @id(013, n) AS id, 'incident.created' AS event_type, @at(started + 600) AS at, owner AS actor, 'INCIDENT' AS subject_kind,
        @id(00c, n) AS subject_id, @id(00d, NULL) AS report_id,
        '[{"field":"title","from":null,"to":"Lost the ' || thing || ' of ' || place || '"},{"field":"severity","from":null,"to":"' || severity || '"}]' AS changes,
        '{"key":"INC-' || n || '","title":"Lost the ' || thing || ' of ' || place || '"}' AS payload
    FROM bench_report
    UNION ALL
    SELECT @id(014, n), 'report.created', @at(created), owner, 'REPORT', @id(00d, n), @id(00d, n),
        '[{"field":"title","from":null,"to":"How the ' || thing || ' of ' || place || ' was ' || state || ' ' || n || '"},{"field":"visibility","from":null,"to":"' || visibility || '"}]',
        '{"key":"PM-' || n || '","title":"How the ' || thing || ' of ' || place || ' was ' || state || ' ' || n || '"}'
    FROM bench_report
    UNION ALL
    SELECT @id(015, (r.n - 1) * 3 + part.n), 'root_cause.added', @at(r.created), r.owner, 'ROOT_CAUSE',
        @id(00f, (r.n - 1) * 3 + part.n), @id(00d, r.n),
        '[{"field":"title","from":null,"to":"The ' || r.thing || ' had no ' || @word(guard, r.n + part.n * 5) || ' on ' || r.place || '"}]',
        '{"title":"The ' || r.thing || ' had no ' || @word(guard, r.n + part.n * 5) || ' on ' || r.place || '"}'
    FROM bench_report AS r CROSS JOIN @series(3, part)
    UNION ALL
    SELECT @id(016, step.n * 8 + step.place),
        'recommendation.' || CASE step.status WHEN 'PROPOSED' THEN 'created' WHEN 'ACCEPTED' THEN 'accepted' WHEN 'IN_PROGRESS' THEN 'started'
            WHEN 'BLOCKED' THEN 'blocked' WHEN 'IMPLEMENTED' THEN 'implemented' WHEN 'VERIFIED' THEN 'verified' ELSE 'declined' END,
        @at(step.since), CASE WHEN step.status = 'VERIFIED' THEN item.checker ELSE item.owner END, 'RECOMMENDATION',
        @id(010, item.n), @id(00d, item.r),
        '[{"field":"status","from":' || coalesce('"' || step.was || '"', 'null') || ',"to":"' || step.status || '"}'
            || CASE WHEN step.place = 1 THEN ',{"field":"title","from":null,"to":"' || item.title || '"},{"field":"description","from":null,"to":"'
            || item.description || '"},{"field":"kind","from":null,"to":"' || item.kind || '"},{"field":"priority","from":null,"to":"'
            || item.priority || '"}' ELSE '' END || ']',
        '{"key":"REC-' || item.n || '","status":"' || step.status || '","title":"' || item.title || '"}'
    FROM bench_step AS step INNER JOIN bench_item AS item ON item.n = step.n
) AS happened
ORDER BY at, id;
