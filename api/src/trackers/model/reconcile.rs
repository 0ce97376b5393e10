//! The heart: of what both sides last agreed on, and what each says now, it makes what is to be done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field that both sides may change. What stands in an issue besides is written once, when we make it, and is then the tracker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// The title.
    Title,
    /// Where it stands, in our words, as far as the tracker can say it.
    Status,
    /// Who does it, as our id.
    Owner,
    /// By when.
    DueOn,
}

/// A row of the table of ownership.
pub struct Rule {
    /// The field.
    pub field: Field,
    /// What people call it.
    pub name: &'static str,
    /// Whose value counts when both have changed it. None: a person chooses.
    pub wins: Option<Side>,
}

/// The table of ownership: docs/trackers.md says it in words.
pub const RULES: [Rule; 4] = [
    Rule {
        field: Field::Title,
        name: "title",
        wins: None,
    },
    Rule {
        field: Field::Status,
        name: "status",
        wins: None,
    },
    Rule {
        field: Field::Owner,
        name: "owner",
        wins: None,
    },
    // A due date is a promise that moves only with a reason; a tracker has none to give.
    Rule {
        field: Field::DueOn,
        name: "due date",
        wins: Some(Side::Postmortem),
    },
];

/// Whose value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// Ours.
    Postmortem,
    /// That of the tracker.
    Tracker,
}

/// Values by field. Null is a value; a field that is not there cannot be said or is not understood.
pub type Values = BTreeMap<Field, Value>;

/// Two values of which one must go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What we say.
    pub ours: Value,
    /// What the tracker says.
    pub theirs: Value,
}

/// What somebody has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Whose value stays.
    pub side: Side,
    /// Between which values; none: whatever they are.
    pub between: Option<Conflict>,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What both say already.
    pub agreed: Values,
    /// What we say where nothing was agreed on and the tracker's word is not understood: by it a later change of ours is known.
    pub noted: Values,
    /// What the tracker is to be told.
    pub push: Values,
    /// What is to be taken over from it.
    pub pull: Values,
    /// What a person must choose.
    pub conflicts: BTreeMap<Field, Conflict>,
}

/// Decides, field by field. A side that has not moved from the base gives way to the one that has. Without a base, nothing gives
/// way to something; two different things are a conflict, since nobody knows which is newer. What somebody has settled is done so.
/// What is not understood there is never taken over, and gives way to what was changed here.
pub fn reconcile(base: &Values, ours: &Values, theirs: &Values, settled: &BTreeMap<Field, Side>) -> Decision {
    let mut decision = Decision::default();
    for rule in &RULES {
        let field = rule.field;
        let Some(our) = ours.get(&field) else {
            continue;
        };
        let Some(their) = theirs.get(&field) else {
            match base.get(&field) {
                // Nobody there is who stands for an owner who is unknown there; somebody else is not sent away for that.
                _ if our.is_null() => {}
                None => drop(decision.noted.insert(field, our.clone())),
                Some(known) if known == our => {}
                Some(_) => drop(decision.push.insert(field, our.clone())),
            }
            continue;
        };
        if our == their {
            decision.agreed.insert(field, our.clone());
            continue;
        }
        let winner = match base.get(&field) {
            Some(known) if known == our => Some(Side::Tracker),
            Some(known) if known == their => Some(Side::Postmortem),
            None if their.is_null() => Some(Side::Postmortem),
            None if our.is_null() => Some(Side::Tracker),
            _ => settled.get(&field).copied().or(rule.wins),
        };
        match winner {
            // Committed work has an owner and a due date: what was emptied there is filled again.
            Some(Side::Tracker) if !their.is_null() => decision.pull.insert(field, their.clone()),
            Some(_) => decision.push.insert(field, our.clone()),
            None => {
                let conflict = Conflict {
                    ours: our.clone(),
                    theirs: their.clone(),
                };
                decision.conflicts.insert(field, conflict);
                None
            }
        };
    }
    decision
}

/// The fields of a set, as people call them.
pub fn named<'a>(fields: impl IntoIterator<Item = &'a Field>) -> String {
    let fields: Vec<&Field> = fields.into_iter().collect();
    let names = RULES.iter().filter(|rule| fields.contains(&&rule.field));
    names.map(|rule| rule.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SOME: [Option<&str>; 4] = [None, Some("null"), Some("\"a\""), Some("\"b\"")];

    fn values(field: Field, text: Option<&str>) -> Values {
        text.map(|text| (field, serde_json::from_str(text).unwrap()))
            .into_iter()
            .collect()
    }

    /// Every combination of nothing, null and three values on both sides and in the base, with every choice.
    fn every_case(check: impl Fn(Field, &Values, &Values, &Values, &BTreeMap<Field, Side>, Decision)) {
        let all: Vec<Option<&str>> = SOME.into_iter().chain([Some("\"c\"")]).collect();
        for rule in &RULES {
            for base in &all {
                for ours in &all {
                    for theirs in &all {
                        for choice in [None, Some(Side::Postmortem), Some(Side::Tracker)] {
                            let field = rule.field;
                            let settled = choice.map(|side| (field, side)).into_iter().collect();
                            let [base, ours, theirs] = [base, ours, theirs].map(|text| values(field, *text));
                            let decision = reconcile(&base, &ours, &theirs, &settled);
                            check(field, &base, &ours, &theirs, &settled, decision);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_field_goes_one_way_only() {
        every_case(|field, _, ours, theirs, _, decision| {
            let ways = [
                decision.agreed.contains_key(&field),
                decision.push.contains_key(&field),
                decision.pull.contains_key(&field),
                decision.conflicts.contains_key(&field),
            ];
            let known = ours.contains_key(&field) && theirs.contains_key(&field);
            let is_told = decision.push.contains_key(&field);
            assert_eq!(ways.iter().filter(|way| **way).count(), usize::from(known || is_told));
        });
    }

    /// After what was decided is done, both agree, and deciding again leads to nothing.
    #[test]
    fn what_was_decided_settles_it() {
        every_case(|field, base, ours, theirs, settled, decision| {
            if !decision.conflicts.is_empty() {
                return;
            }
            let (mut ours, mut theirs, mut base) = (ours.clone(), theirs.clone(), base.clone());
            ours.extend(decision.pull.clone());
            theirs.extend(decision.push.clone());
            for done in [&decision.agreed, &decision.noted, &decision.pull, &decision.push] {
                base.extend(done.clone());
            }
            let again = reconcile(&base, &ours, &theirs, settled);
            assert!(again.push.is_empty() && again.pull.is_empty() && again.conflicts.is_empty());
            assert!(again.noted.is_empty());
            if ours.contains_key(&field) && theirs.contains_key(&field) {
                assert_eq!(ours, theirs);
            }
        });
    }

    /// A value that differs from the base goes away only by a choice or by the table.
    #[test]
    fn an_edit_is_never_lost_silently() {
        every_case(|field, base, ours, theirs, settled, decision| {
            let edited = |side: &Values| base.contains_key(&field) && side.get(&field) != base.get(&field);
            let (both, chosen) = (edited(ours) && edited(theirs), settled.contains_key(&field));
            let by_table = RULES.iter().any(|rule| rule.field == field && rule.wins.is_some());
            let differ = ours.get(&field) != theirs.get(&field);
            if both && differ && ours.contains_key(&field) && theirs.contains_key(&field) && !chosen && !by_table {
                assert!(decision.conflicts.contains_key(&field));
            }
            if decision.pull.contains_key(&field) && !chosen && base.contains_key(&field) {
                assert!(!edited(ours));
            }
        });
    }

    /// What is not understood there gives way to what was changed here, and to nothing else.
    #[test]
    fn what_is_not_understood_holds_up_nothing() {
        every_case(|field, base, ours, theirs, _, decision| {
            let (false, Some(our)) = (theirs.contains_key(&field), ours.get(&field)) else {
                return;
            };
            let is_changed = base.get(&field).is_some_and(|known| known != our);
            assert_eq!(decision.push.contains_key(&field), is_changed && !our.is_null());
            let is_new = !base.contains_key(&field);
            assert_eq!(decision.noted.contains_key(&field), is_new && !our.is_null());
            assert!(!decision.pull.contains_key(&field) && !decision.conflicts.contains_key(&field));
        });
    }

    #[test]
    fn one_side_moved() {
        let (base, moved) = (values(Field::Title, Some("\"a\"")), values(Field::Title, Some("\"b\"")));
        let nothing = BTreeMap::new();
        assert_eq!(reconcile(&base, &moved, &base, &nothing).push, moved);
        assert_eq!(reconcile(&base, &base, &moved, &nothing).pull, moved);
    }

    #[test]
    fn a_due_date_that_both_moved_is_ours() {
        let of = |day: &str| Values::from([(Field::DueOn, json!(day))]);
        let decision = reconcile(
            &of("2026-01-01"),
            &of("2026-01-02"),
            &of("2026-01-03"),
            &BTreeMap::new(),
        );
        assert_eq!(decision.push, of("2026-01-02"));
    }

    #[test]
    fn what_may_not_be_empty_is_sent_again() {
        let (base, gone) = (values(Field::Owner, Some("\"a\"")), values(Field::Owner, Some("null")));
        assert_eq!(reconcile(&base, &base, &gone, &BTreeMap::new()).push, base);
    }
}
