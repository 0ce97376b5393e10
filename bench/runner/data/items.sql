-- What is decided of each recommendation before it is written. Those of RESTRICTED reports are proposals without a team and a
-- date: who may not see them gets the same lists as a peer that knows no such reports.
ANALYZE bench_report;
CREATE TEMP TABLE bench_item AS
SELECT n, r, CASE WHEN r % 100 <> 0 THEN team END AS team, team + @teams * (h % (@people / @teams)) AS owner,
    team + @teams * ((h + 3) % (@people / @teams)) AS checker, status, created,
    CASE WHEN status NOT IN ('PROPOSED', 'DECLINED') THEN accepted END AS accepted,
    CASE WHEN status IN ('IN_PROGRESS', 'BLOCKED') THEN @least(accepted + 86400 * (1 + h % 10), @today * 86400 - 10800) END AS moved,
    CASE WHEN status IN ('IMPLEMENTED', 'VERIFIED') THEN done END AS implemented,
    CASE WHEN status = 'VERIFIED' THEN @least(done + 86400 * (1 + h % 10), @today * 86400 - 3600) END AS verified,
    CASE WHEN status = 'DECLINED' THEN created + 90000 END AS declined,
    CASE WHEN status = 'PROPOSED' AND (r % 100 = 0 OR d % 10 < 7) THEN NULL
        WHEN status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED') THEN @greatest(created / 86400 + 3, @today - 60 + d % 200)
        ELSE created / 86400 + 14 + d % 90 END AS due,
    CASE WHEN k % 20 = 0 THEN 'P0' WHEN k % 20 < 5 THEN 'P1' WHEN k % 20 < 12 THEN 'P2'
        WHEN k % 20 < 17 THEN 'P3' ELSE 'P4' END AS priority,
    CASE k / 32 % 6 WHEN 0 THEN 'PREVENT' WHEN 1 THEN 'DETECT' WHEN 2 THEN 'MITIGATE' WHEN 3 THEN 'REPAIR'
        WHEN 4 THEN 'PROCESS' ELSE 'INVESTIGATE' END AS kind,
    @word(deed, h) || ' the ' || @word(state, h / 16) || ' ' || @word(thing, h / 256) || ' of ' || @word(place, h / 4096) || ' ' || n AS title,
    'When the ' || @word(thing, h / 256) || ' of ' || @word(place, h / 4096) || ' is ' || @word(state, h / 16)
        || ' a host should tell us so within an hour and start again from the last good form.' AS description
FROM (
    SELECT n, r, h, d, k, team, created, created + 3600 * (1 + h % 24) AS accepted,
        @least(created + 3600 * (1 + h % 24) + 86400 * (1 + d % 60), @today * 86400 - 7200) AS done,
        CASE WHEN r % 100 = 0 OR p < 10 THEN 'PROPOSED' WHEN p < 23 THEN 'ACCEPTED' WHEN p < 35 THEN 'IN_PROGRESS'
            WHEN p < 40 THEN 'BLOCKED' WHEN p < 52 THEN 'IMPLEMENTED' WHEN p < 90 THEN 'VERIFIED' ELSE 'DECLINED' END AS status
    FROM (
        SELECT series.n, report.n AS r, @hash(21, series.n) AS h, @hash(22, series.n) % 100 AS p,
            @hash(24, series.n) AS d, @hash(25, series.n) AS k,
            CASE WHEN series.n % 4 = 0 THEN @hash(23, series.n) % @teams + 1 ELSE report.team END AS team,
            report.created + series.n % 10 * 3600 AS created
        FROM @series(@reports * 10) INNER JOIN bench_report AS report ON report.n = (series.n - 1) / 10 + 1
    ) AS seed
) AS drawn;

ANALYZE bench_item;

-- PostgreSQL runs no trigger meanwhile, so what triggers keep in step is written here.
INSERT INTO recommendation (id, key, report_id, title, description, status, kind, strength, priority, owner_id, team_id, due_on,
    original_due_on, blocked_reason, accepted_at, accepted_on, implemented_at, implemented_on, implement_micros, completed_at,
    verified_at, verified_by_id, closure_reason, closure_note, created_by_id, created_at, updated_at, version, report_visibility)
SELECT @id(010, n), 'REC-' || n, @id(00d, r), title, description, status, kind,
    CASE n % 4 WHEN 0 THEN 'STRONG' WHEN 1 THEN 'INTERMEDIATE' WHEN 2 THEN 'WEAK' END, priority, @id(00b, owner), @id(00a, team),
    @day(due), CASE WHEN accepted IS NOT NULL THEN @day(due) END, CASE WHEN status = 'BLOCKED' THEN 'Waits for hosts.' END,
    @at(accepted), @day(accepted / 86400), @at(implemented), @day(implemented / 86400), (implemented - accepted) * 1000000,
    @at(coalesce(implemented, declined)), @at(verified), CASE WHEN verified IS NOT NULL THEN @id(00b, checker) END,
    CASE WHEN declined IS NOT NULL THEN 'NO_LONGER_APPLICABLE' END, CASE WHEN declined IS NOT NULL THEN 'It has been replaced.' END,
    @id(00b, owner), @at(created), @at(coalesce(declined, verified, implemented, moved, accepted, created)),
    CASE WHEN verified IS NOT NULL THEN 4 WHEN moved IS NOT NULL OR implemented IS NOT NULL THEN 3
        WHEN accepted IS NOT NULL OR declined IS NOT NULL THEN 2 ELSE 1 END,
    CASE WHEN r % 100 = 0 THEN 'RESTRICTED' ELSE 'ORGANIZATION' END
FROM bench_item ORDER BY n;

-- Every item treats one cause of its report; every fifth treats a second one.
INSERT INTO recommendation_root_cause (recommendation_id, root_cause_id, created_at)
SELECT @id(010, n), @id(00f, (r - 1) * 3 + n % 3 + 1), @at(created) FROM bench_item
UNION ALL
SELECT @id(010, n), @id(00f, (r - 1) * 3 + (n + 1) % 3 + 1), @at(created) FROM bench_item WHERE n % 5 = 0;

INSERT INTO recommendation_root_cause_version (recommendation_id, root_cause_id, valid_from)
SELECT recommendation_id, root_cause_id, created_at FROM recommendation_root_cause;

INSERT INTO effectiveness_review (id, recommendation_id, due_on, outcome, reviewed_by_id, reviewed_at)
SELECT @id(011, n), @id(010, n), @day(verified / 86400 + 90),
    CASE WHEN verified / 86400 + 90 < @today THEN CASE WHEN n % 10 = 0 THEN 'INEFFECTIVE' ELSE 'EFFECTIVE' END END,
    CASE WHEN verified / 86400 + 90 < @today THEN @id(00b, checker) END,
    CASE WHEN verified / 86400 + 90 < @today THEN @at(verified + 90 * 86400) END
FROM bench_item WHERE verified IS NOT NULL;
