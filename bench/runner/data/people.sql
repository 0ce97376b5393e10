-- Teams, and the people in them. Person 1 is an admin, all others are members; person u is in team (u - 1) % 40 + 1, and the
-- first 40 lead theirs, the admin included.
INSERT INTO team (id, slug, name, created_at, updated_at, version)
SELECT @id(00a, n), 'team-' || n, 'Team ' || n, @at(@start), @at(@start), 1 FROM @series(@teams);

INSERT INTO "user" (id, email, name, role, is_active, created_at, updated_at, version)
SELECT @id(00b, n), 'person-' || n || '@bench.example', 'Person ' || n,
    CASE WHEN n = 1 THEN 'ADMIN' ELSE 'MEMBER' END, TRUE, @at(@start), @at(@start), 1
FROM @series(@people);

INSERT INTO team_member (team_id, user_id, is_lead)
SELECT @id(00a, (n - 1) % @teams + 1), @id(00b, n), n <= @teams FROM @series(@people);
