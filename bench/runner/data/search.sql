-- What is searched. All words that the texts are made of are their own stems, so that the database can say what the service
-- would have stored: the test in src/data.rs compares.
-- New tables have no statistics yet, without which the joins below would be nested loops.
ANALYZE report;
ANALYZE incident;
ANALYZE root_cause;
ANALYZE bench_report;

INSERT INTO search_document (number, subject_kind, subject_id, report_id, key, title, title_words, body, form)
SELECT r.n, 'REPORT', report.id, report.id, report.key, report.title, lower(report.title),
    incident.key || ' ' || incident.title || @gap || executive_summary || @gap || background || @gap || root_cause_analysis || @gap
        || impact_analysis || @gap || lessons_learned || @gap || conclusion, 1
FROM bench_report AS r INNER JOIN report ON report.id = @id(00d, r.n) INNER JOIN incident ON incident.id = report.incident_id ORDER BY r.n;

INSERT INTO search_document (number, subject_kind, subject_id, report_id, title, title_words, body, form)
SELECT @reports + (r.n - 1) * 3 + part.n, 'ROOT_CAUSE', cause.id, cause.report_id, cause.title, lower(cause.title), cause.description, 1
FROM bench_report AS r CROSS JOIN @series(3, part) INNER JOIN root_cause AS cause ON cause.id = @id(00f, (r.n - 1) * 3 + part.n)
ORDER BY r.n, part.n;

INSERT INTO search_document (number, subject_kind, subject_id, report_id, key, title, title_words, body, form)
SELECT @reports * 4 + n, 'RECOMMENDATION', @id(010, n), @id(00d, r), 'REC-' || n, title, lower(title), description, 1
FROM bench_item ORDER BY n;

-- The words in a line, and a mark in each gap.
CREATE TEMP TABLE bench_line AS
SELECT number, subject_kind, report_id, '¶ ' || coalesce(lower(replace(key, '-', ' ')) || ' ', '') AS head,
    '¶ ' || title_words || ' ¶ ' || replace(replace(replace(lower(body), '.', ''), '-', ' '), @gap, ' ¶ ') AS rest
FROM search_document;
