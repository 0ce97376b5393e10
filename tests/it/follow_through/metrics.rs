//! The metrics of a world, computed as docs/metrics.md defines them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fold::{Item, World};

/// Every metric, as it is asked for.
pub const ALL: &str = "accepted open inProgress blocked overdue implemented verified declined proposed unowned withoutDueDate \
    onTimeRate completionRate overdueRate medianDaysToImplement p90DaysToImplement medianOpenAgeDays overdueDaysTotal slippedRate \
    verificationRate ageing { fromDays toDays count overdue } causesTotal causesCovered";

const OTHER_WORK: [&str; 3] = ["DUPLICATE", "SUPERSEDED", "NO_LONGER_APPLICABLE"];

pub fn is_open(item: &Item) -> bool {
    ["ACCEPTED", "IN_PROGRESS", "BLOCKED"].contains(&item.status.as_str())
}

pub fn is_overdue(item: &Item, at: DateTime<Utc>) -> bool {
    is_open(item) && item.due.is_some_and(|due| due < at.date_naive())
}

fn is_done(item: &Item) -> bool {
    item.status == "IMPLEMENTED" || item.status == "VERIFIED"
}

fn rate(part: usize, whole: usize) -> Value {
    if whole == 0 {
        Value::Null
    } else {
        json!(part as f64 / whole as f64)
    }
}

fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).num_microseconds().unwrap() as f64 / 86_400e6
}

fn percentile(mut values: Vec<f64>, share: f64) -> Value {
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return Value::Null;
    }
    let place = share * (values.len() - 1) as f64;
    let low = values[place.floor() as usize];
    let high = values[place.ceil() as usize];
    json!(low + (high - low) * place.fract())
}

impl World {
    fn is_covered(&self, cause: &str) -> bool {
        let treats = |item: &Item| item.causes.contains(cause) && item.status != "DECLINED";
        self.causes[cause].no_action || self.items.values().any(treats)
    }

    /// The metrics of some items, of which these are the causes.
    pub fn measure(&self, at: DateTime<Utc>, items: &[&Item], causes: &BTreeSet<String>) -> Map<String, Value> {
        let count = |which: &dyn Fn(&Item) -> bool| items.iter().filter(|item| which(item)).count();
        let is = |status: &'static str| move |item: &Item| item.status == status;
        let accepted = |item: &Item| item.accepted_at.is_some();
        let other_work = |item: &Item| {
            item.status == "DECLINED"
                && item
                    .closure
                    .as_ref()
                    .is_some_and(|why| OTHER_WORK.contains(&why.as_str()))
        };
        let rated = |item: &Item| accepted(item) && !other_work(item);
        let due = |item: &Item| rated(item) && item.original_due.is_some_and(|due| due < at.date_naive());
        let on_time = |item: &Item| {
            due(item) && is_done(item) && item.implemented_at.unwrap().date_naive() <= item.original_due.unwrap()
        };
        let late = |item: &Item| is_overdue(item, at);
        let done = count(&is_done);
        let took = items.iter().filter(|item| is_done(item));
        let took: Vec<f64> = took
            .map(|item| days(item.accepted_at.unwrap(), item.implemented_at.unwrap()))
            .collect();
        let ages: Vec<f64> = items
            .iter()
            .filter(|item| is_open(item))
            .map(|item| days(item.accepted_at.unwrap(), at))
            .collect();
        let late_days = |item: &&&Item| (at.date_naive() - item.due.unwrap()).num_days();
        let ageing: Vec<Value> = [
            (0, Some(30)),
            (31, Some(60)),
            (61, Some(90)),
            (91, Some(180)),
            (181, None),
        ]
        .into_iter()
        .map(|(from, to): (i64, Option<i64>)| {
            let within = |item: &Item| {
                let age = is_open(item).then(|| days(item.accepted_at.unwrap(), at).floor() as i64);
                age.is_some_and(|age| age >= from && to.is_none_or(|to| age <= to))
            };
            let overdue = |item: &Item| within(item) && late(item);
            json!({ "fromDays": from, "toDays": to, "count": count(&within), "overdue": count(&overdue) })
        })
        .collect();
        let metrics = json!({
            "accepted": count(&accepted),
            "open": count(&is_open),
            "inProgress": count(&is("IN_PROGRESS")),
            "blocked": count(&is("BLOCKED")),
            "overdue": count(&late),
            "implemented": count(&is("IMPLEMENTED")),
            "verified": count(&is("VERIFIED")),
            "declined": count(&|item| is("DECLINED")(item) && accepted(item)),
            "proposed": count(&is("PROPOSED")),
            "unowned": count(&|item| is_open(item) && item.owner.is_none()),
            "withoutDueDate": count(&|item| is_open(item) && item.due.is_none()),
            "onTimeRate": rate(count(&on_time), count(&due)),
            "completionRate": rate(done, count(&rated)),
            "overdueRate": rate(count(&late), count(&is_open)),
            "medianDaysToImplement": percentile(took.clone(), 0.5),
            "p90DaysToImplement": percentile(took, 0.9),
            "medianOpenAgeDays": percentile(ages, 0.5),
            "overdueDaysTotal": items.iter().filter(|item| late(item)).map(|item| late_days(&item)).sum::<i64>(),
            "slippedRate": rate(count(&|item| rated(item) && item.moves > 0), count(&rated)),
            "verificationRate": rate(count(&is("VERIFIED")), done),
            "ageing": ageing,
            "causesTotal": causes.len(),
            "causesCovered": causes.iter().filter(|cause| self.is_covered(cause)).count(),
        });
        metrics.as_object().unwrap().clone()
    }

    /// The causes that stand in the reports of some items.
    pub fn causes_beside(&self, items: &[&Item]) -> BTreeSet<String> {
        let reports: BTreeSet<&String> = items.iter().map(|item| &item.report).collect();
        let beside = self.causes.iter().filter(|(_, cause)| reports.contains(&cause.report));
        beside.map(|(id, _)| id.clone()).collect()
    }

    /// The groups that an item belongs to.
    fn keys(&self, item: &Item, by: &str, names: &HashMap<String, String>) -> BTreeSet<String> {
        let incident = &self.incidents[&self.reports[&item.report]];
        let name = |id: &Option<String>| id.as_ref().map(|id| names[id].clone()).unwrap_or_default();
        let one = |key: String| BTreeSet::from([key]);
        let or_none = |keys: BTreeSet<String>| if keys.is_empty() { one(String::new()) } else { keys };
        match by {
            "TEAM" => one(name(&item.team)),
            "OWNER" => one(name(&item.owner)),
            "SERVICE" => or_none(incident.services.iter().map(|id| names[id].clone()).collect()),
            "SEVERITY" => one(incident.severity.clone()),
            "PRIORITY" => one(item.priority.clone()),
            "KIND" => one(item.kind.clone()),
            "STATUS" => one(item.status.clone()),
            "CAUSE_CATEGORY" => or_none(
                item.causes
                    .iter()
                    .map(|cause| name(&self.causes[cause].category))
                    .collect(),
            ),
            "REPORT" => one(names[&item.report].clone()),
            "MONTH_ACCEPTED" => one(item
                .accepted_at
                .map(|at| at.format("%Y-%m").to_string())
                .unwrap_or_default()),
            "MONTH_DUE" => one(item.due.map(|due| due.format("%Y-%m").to_string()).unwrap_or_default()),
            other => panic!("{other} is no dimension"),
        }
    }

    /// The metrics of some items by group.
    pub fn groups(
        &self,
        at: DateTime<Utc>,
        items: &[&Item],
        by: &str,
        names: &HashMap<String, String>,
    ) -> BTreeMap<String, Map<String, Value>> {
        let mut members: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
        for item in items {
            for key in self.keys(item, by, names) {
                members.entry(key).or_default().push(item);
            }
        }
        let measure = |(key, members): (String, Vec<&Item>)| {
            let mut causes = self.causes_beside(&members);
            if by == "CAUSE_CATEGORY" {
                let category = |id: &String| self.causes[id].category.as_ref().map(|id| names[id].clone());
                causes.retain(|cause| category(cause).unwrap_or_default() == key);
            }
            let metrics = self.measure(at, &members, &causes);
            (key, metrics)
        };
        members.into_iter().map(measure).collect()
    }
}

/// Are these the same answer? Counts to the last digit, rates and days to a billionth.
pub fn assert_same(what: &str, served: &Value, computed: &Map<String, Value>) {
    for (name, computed) in computed {
        let served = &served[name];
        let same = match (served.as_f64(), computed.as_f64()) {
            (Some(served), Some(computed)) => (served - computed).abs() <= 1e-9 * computed.abs().max(1.0),
            _ => served == computed,
        };
        assert!(same, "{what}: {name} is served as {served}, computed as {computed}");
    }
}
