INSERT INTO search_index (number, terms)
SELECT number, (
    SELECT CAST(string_agg('''' || word || ''':' || place || ' ''=' || word || ''':' || place, ' ') AS tsvector)
    FROM unnest(string_to_array(head || rest, ' ')) WITH ORDINALITY AS words (word, place) WHERE word <> '¶'
) FROM bench_line ORDER BY number;

INSERT INTO search_term (document_number, term, subject_kind, report_id)
SELECT number, word, subject_kind, report_id FROM (
    SELECT number, word, subject_kind, report_id, row_number() OVER (PARTITION BY number ORDER BY min(place)) AS rank
    FROM bench_line CROSS JOIN LATERAL unnest(string_to_array(rest, ' ')) WITH ORDINALITY AS words (word, place)
    WHERE subject_kind <> 'RECOMMENDATION' AND length(word) > 2 AND word NOT IN (@common)
    GROUP BY number, word, subject_kind, report_id
) AS ranked WHERE rank <= 24 ORDER BY number;

SELECT setval(pg_get_serial_sequence('search_document', 'number'), @reports * 14);
