//! Which tables a statement reads, and so what can alter its answer.

/// Tables of which every change writes an event in its transaction, views of such tables, and tables that never change. A statement
/// that reads any other is asked anew each time.
const TOLD_OF: &[&str] = &[
    "cause_category",
    "due_policy",
    "due_policy_of_all_time",
    "due_policy_severity",
    "due_policy_team",
    "incident",
    "incident_service",
    "incident_service_version",
    "incident_version",
    "recommendation",
    "recommendation_label",
    "recommendation_label_version",
    "recommendation_root_cause",
    "recommendation_root_cause_version",
    "recommendation_version",
    "report",
    "report_access",
    "report_label",
    "report_label_version",
    "report_participant",
    "report_version",
    "root_cause",
    "root_cause_version",
    "service",
    "team",
    "team_member",
    "user",
];

/// Tables that change with a recommendation. What hangs on it alone is no way from one recommendation to another; a link to a cause
/// is, but for the first, which leads from the recommendation that is counted to its causes.
const OF_ITEMS: &[&str] = &["recommendation", "recommendation_root_cause"];
const HISTORY_OF_ITEMS: &[&str] = &[
    "recommendation_label_version",
    "recommendation_root_cause_version",
    "recommendation_version",
];

/// The tables that a statement reads, each as often as it does.
pub(super) struct Sources<'a>(Vec<&'a str>);

impl<'a> Sources<'a> {
    /// Of a statement as sea-query writes it: what is read stands in quotes after FROM, JOIN or a comma behind those.
    pub(super) fn of(sql: &'a str) -> Self {
        let mut tables = Vec::new();
        for word in ["FROM ", "JOIN "] {
            for (place, _) in sql.match_indices(word) {
                let mut rest = &sql[place + word.len()..];
                while let Some((table, after)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                    // A part of an instant is taken FROM a column.
                    if after.starts_with('.') {
                        break;
                    }
                    tables.push(table);
                    let alias = after.strip_prefix(" AS \"").and_then(|after| after.split_once('"'));
                    let after = alias.map_or(after, |(_, after)| after);
                    rest = after.strip_prefix(", ").unwrap_or_default();
                }
            }
        }
        Self(tables)
    }

    /// Does an event tell of every change to what is read?
    pub(super) fn are_told_of(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|table| TOLD_OF.contains(table))
    }

    /// Does it look at recommendations, as they are or were?
    pub(super) fn read_items(&self) -> bool {
        let are = |table: &&str| OF_ITEMS.contains(table) || table.starts_with("recommendation_");
        self.0.iter().any(are)
    }

    /// Does no recommendation decide how another is counted? So it is, when the statement reads them in one place.
    pub(super) fn count_each_item_by_itself(&self) -> bool {
        let times = |table: &str| self.0.iter().filter(|other| **other == table).count();
        OF_ITEMS.iter().all(|table| times(table) <= 1) && HISTORY_OF_ITEMS.iter().all(|table| times(table) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;

    #[test]
    fn all_that_is_read_is_found() {
        let sql = r#"SELECT extract(epoch FROM "recommendation"."accepted_at") FROM "recommendation" INNER JOIN "report" AS "home" ON 1 = 1 LEFT JOIN (SELECT DISTINCT "x" FROM "team", "user" AS "who", "service") AS "kinds" ON 1 = 1 WHERE "id" IN (SELECT "id" FROM "report_access" WHERE ("a", "b") = $1)"#;
        let mut found = Sources::of(sql).0;
        found.sort_unstable();
        assert_eq!(
            found,
            ["recommendation", "report", "report_access", "service", "team", "user"]
        );
        assert!(Sources::of(sql).are_told_of());
        assert!(Sources::of(sql).count_each_item_by_itself());
    }

    #[test]
    fn what_no_event_tells_of_is_noticed() {
        assert!(!Sources::of(r#"SELECT 1 FROM "recommendation", "tracker_link""#).are_told_of());
        assert!(!Sources::of("SELECT 1").are_told_of());
        let twice = r#"SELECT 1 FROM "recommendation" WHERE "id" IN (SELECT "id" FROM "recommendation")"#;
        assert!(!Sources::of(twice).count_each_item_by_itself());
    }
}
