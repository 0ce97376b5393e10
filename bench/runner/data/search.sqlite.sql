INSERT INTO search_index (rowid, stems, words) SELECT number, head || rest || ' ', head || rest || ' ' FROM bench_line ORDER BY number;

INSERT INTO search_term (document_number, term, subject_kind, report_id)
SELECT number, word, subject_kind, report_id FROM (
    SELECT number, value AS word, subject_kind, report_id, row_number() OVER (PARTITION BY number ORDER BY min(key)) AS rank
    FROM bench_line CROSS JOIN json_each('["' || replace(rest, ' ', '","') || '"]')
    WHERE subject_kind <> 'RECOMMENDATION' AND length(value) > 2 AND value NOT IN (@common)
    GROUP BY number, value, subject_kind, report_id
) AS ranked WHERE rank <= 24 ORDER BY number;
