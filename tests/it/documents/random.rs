//! Random reports with hostile text: what is written is read back as it was, and what is imported is exported as it was.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    enums::{
        ApprovalDecision, CauseRole, ClosureReason, EffectivenessOutcome, ParticipantRole, Priority,
        RecommendationKind, RecommendationStatus as Status, ReportStatus, Severity, Strength, TimelineEventKind,
        Visibility,
    },
    ids::RootCauseId,
};
use postmortem_api::{
    exchange::{
        forms::{read::exported as read, record::*},
        queries::Form,
    },
    reports::model::{inputs::Impact, sections::Sections},
};
use postmortem_tests::{Engine, TestApp};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use uuid::Uuid;

use super::{exported, imported, place};

/// What breaks documents: marks of Markdown, of YAML, of HTML and of this form itself, and letters of all kinds.
const PIECES: &[&str] = &[
    "---",
    "\n---\n",
    "<!-- text report.sections.background -->",
    "\n<!-- text report.sections.background -->\n",
    "<!-- /text -->",
    "\n<!-- /text -->\n",
    "<!-- text-2 rootCauses.0.description -->\n",
    "\n```\n",
    "```yaml\nschema: postmortem/report\n",
    "~~~",
    "\n# Heading\n",
    "## Timeline\n\n",
    "\r\n",
    "\r",
    "\n",
    "\n\n\n",
    "\t",
    "  ",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{200b}",
    "\u{202e}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{1b}[31m",
    "\u{7f}",
    "\"",
    "'",
    "\\",
    "\\n",
    "\\u0000",
    "%00",
    "&amp;",
    "&#0;",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "]]>",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "- [x] done",
    "* item",
    "1. one",
    "> quoted",
    "[link](https://example.org/a_b)",
    "![image](javascript:alert(1))",
    "[^1]: note",
    "**bold**",
    "null",
    "~",
    "yes",
    "0x1f",
    "1e3",
    "NaN",
    "2026-03-01",
    ": ",
    "key: value",
    "- ",
    "? ",
    "&anchor",
    "*alias",
    "!!str",
    "{}",
    "[]",
    "#comment",
    " #comment",
    "@mention",
    "`code`",
    "'); DROP TABLE report; --",
    "Ærlig talt",
    "日本語の報告",
    "مرحبا",
    "👩‍🚒🏳️‍🌈",
    "e\u{301}",
    "ß",
    "plain words",
    "A retry storm.",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        6 => prop::collection::vec(prop::sample::select(PIECES), 1..8).prop_map(|pieces| pieces.concat()),
        1 => "\\PC{0,40}",
    ]
}

/// Text that must say something, as it is kept.
fn said() -> impl Strategy<Value = String> {
    text().prop_map(|text| match text.trim() {
        "" => "It says this.".to_owned(),
        text => text.chars().take(4_000).collect::<String>().trim().to_owned(),
    })
}

fn title() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        let line: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(250)
            .collect();
        match line.trim() {
            "" => "A title".to_owned(),
            line => line.to_owned(),
        }
    })
}

fn labels() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(title(), 0..4).prop_map(|labels| {
        let mut labels: Vec<String> = labels
            .iter()
            .map(|label| label.chars().take(60).collect::<String>().trim().to_owned())
            .filter(|label| !label.is_empty())
            .collect();
        labels.sort();
        labels.dedup();
        labels
    })
}

fn beginning() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

fn at() -> impl Strategy<Value = DateTime<Utc>> {
    (
        0..365_i64 * 86_400,
        prop::sample::select(&[0_i64, 1, 500_000, 999_999][..]),
    )
        .prop_map(|(seconds, micros)| beginning() + Duration::seconds(seconds) + Duration::microseconds(micros))
}

fn day() -> impl Strategy<Value = NaiveDate> {
    at().prop_map(|at| at.date_naive())
}

fn id<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    any::<[u8; 16]>().prop_map(|bytes| {
        uuid::Builder::from_unix_timestamp_millis(1_735_689_600_000, &bytes[..10].try_into().unwrap())
            .into_uuid()
            .into()
    })
}

fn ada() -> Person {
    Person {
        name: "Ada Lovelace".to_owned(),
        email: "ada@example.org".to_owned(),
    }
}

fn bo() -> Person {
    Person {
        name: "Bo Nilsen".to_owned(),
        email: "bo@example.org".to_owned(),
    }
}

fn person() -> impl Strategy<Value = Option<Person>> {
    prop::sample::select(vec![None, Some(ada()), Some(bo())])
}

fn named(slug: &str, name: &str) -> Named {
    Named {
        slug: slug.to_owned(),
        name: name.to_owned(),
    }
}

fn team() -> impl Strategy<Value = Option<Named>> {
    prop::sample::select(vec![
        None,
        Some(named("core", "Team core")),
        Some(named("edge", "Team edge")),
    ])
}

fn url() -> impl Strategy<Value = String> {
    "https://[a-z]{1,10}\\.example/[a-z_*()~'!-]{0,12}"
}

prop_compose! {
    fn incident()(
        id in id(), title in title(), severity in prop::sample::select(Severity::ALL), team in team(), started_at in at(),
        later in prop::collection::vec(prop::option::of(0..10_000_i64), 3), services in 0..4_u8,
        external_refs in prop::collection::vec((id::<Uuid>(), prop::option::of(url())), 0..3),
        created_by in person(), created_at in at(), after in 0..1_000_i64,
    ) -> IncidentRecord {
        let plus = |minutes: Option<i64>| minutes.map(|minutes| started_at + Duration::minutes(minutes));
        let mitigated_at = plus(later[1]);
        let mut references: Vec<ReferenceRecord> = external_refs
            .into_iter()
            .map(|(id, url)| ReferenceRecord { system: "pagerduty".to_owned(), id: id.to_string(), url })
            .collect();
        references.sort_by(|a, b| a.id.cmp(&b.id));
        let all = [named("core-api", "The core"), named("edge-api", "The edge")];
        IncidentRecord {
            id, key: String::new(), title, severity, team, started_at, detected_at: plus(later[0]), mitigated_at,
            resolved_at: plus(later[2]).map(|at| mitigated_at.map_or(at, |mitigated| at.max(mitigated))),
            services: all.into_iter().enumerate().filter(|(bit, _)| services & (1 << bit) != 0).map(|(_, one)| one).collect(),
            external_refs: references, created_by, created_at, updated_at: created_at + Duration::seconds(after),
        }
    }
}

prop_compose! {
    fn sections()(texts in prop::collection::vec(text(), 6)) -> Sections {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap();
        Sections {
            executive_summary: next(), background: next(), root_cause_analysis: next(), impact_analysis: next(),
            lessons_learned: next(), conclusion: next(),
        }
    }
}

prop_compose! {
    fn impact()(count in prop::option::of(0..1_000_000_i64), lost in prop::option::of(any::<bool>()), cost in prop::option::of(0..1_000_i64)) -> Impact {
        Impact {
            customers_affected: count, requests_failed: count.map(|count| count / 2), data_lost: lost, downtime_seconds: count,
            cost_minor_units: cost, currency: cost.map(|_| "EUR".to_owned()),
        }
    }
}

prop_compose! {
    fn report()(
        id in id(), title in title(), status in prop::sample::select(ReportStatus::ALL),
        visibility in prop::sample::select(Visibility::ALL), owner in person(), team in team(),
        due in prop::option::of(day()), original in prop::option::of(day()), published in at(), labels in labels(),
        roles in prop::collection::btree_set((prop::sample::select(vec![ParticipantRole::Author, ParticipantRole::Responder, ParticipantRole::Reviewer]), any::<bool>()), 0..4),
        approvals in prop::collection::vec((prop::sample::select(ApprovalDecision::ALL), prop::option::of(said()), at()), 0..3),
        sections in sections(), impact in impact(), created_by in person(), created_at in at(), after in 0..1_000_i64,
    ) -> ReportRecord {
        let mut participants: Vec<ParticipantRecord> = roles
            .into_iter()
            .map(|(role, is_ada)| ParticipantRecord { user: if is_ada { ada() } else { bo() }, role })
            .collect();
        participants.sort_by(|a, b| (a.role, &a.user.email).cmp(&(b.role, &b.user.email)));
        let mut approvals: Vec<ApprovalRecord> = approvals
            .into_iter()
            .zip([ada(), bo()])
            .map(|((decision, comment, decided_at), user)| ApprovalRecord { user, decision, comment, decided_at })
            .collect();
        approvals.sort_by(|a, b| (a.decided_at, &a.user.email).cmp(&(b.decided_at, &b.user.email)));
        ReportRecord {
            id, key: String::new(), title, status, visibility, owner, team, due_on: due, original_due_on: original,
            published_at: matches!(status, ReportStatus::Published | ReportStatus::Archived).then_some(published),
            labels, participants, approvals, impact, sections, created_by, created_at,
            updated_at: created_at + Duration::seconds(after),
        }
    }
}

prop_compose! {
    fn moment()(
        id in id(), occurred_at in at(), kind in prop::sample::select(TimelineEventKind::ALL), description in said(),
        source_url in prop::option::of(url()),
    ) -> MomentRecord {
        MomentRecord { id, occurred_at, kind, description, source_url }
    }
}

prop_compose! {
    fn cause()(
        id in id(), title in title(), description in text(), role in prop::sample::select(CauseRole::ALL),
        no_action_reason in prop::option::of(said()), created_by in person(), created_at in at(), after in 0..1_000_i64,
    ) -> CauseRecord {
        CauseRecord {
            id, title, description, role, category: None, parent: None, no_action_reason, recurrence_of: None,
            recurrences: Vec::new(), treated_elsewhere: Vec::new(), created_by, created_at,
            updated_at: created_at + Duration::seconds(after),
        }
    }
}

prop_compose! {
    fn parts()(
        evidence in prop::collection::vec((url(), prop::option::of(said()), person(), at()), 0..3),
        moves in prop::collection::vec((prop::option::of(day()), prop::option::of(day()), said(), person(), at()), 0..3),
        reviews in prop::collection::vec((day(), prop::option::of(prop::sample::select(EffectivenessOutcome::ALL)), prop::option::of(said()), person(), at()), 0..3),
    ) -> (Vec<EvidenceRecord>, Vec<DueChangeRecord>, Vec<EffectivenessRecord>) {
        let evidence = evidence.into_iter().map(|(url, note, added_by, added_at)| EvidenceRecord { url, note, added_by, added_at });
        let mut moves: Vec<_> = moves
            .into_iter()
            .map(|(from_on, to_on, reason, changed_by, changed_at)| DueChangeRecord { from_on, to_on, reason, changed_by, changed_at })
            .collect();
        moves.sort_by_key(|change| change.changed_at);
        let mut reviews: Vec<_> = reviews
            .into_iter()
            .map(|(due_on, outcome, note, reviewed_by, at)| EffectivenessRecord {
                due_on, outcome, note, reviewed_by, reviewed_at: outcome.map(|_| at),
            })
            .collect();
        reviews.sort_by_key(|review| review.due_on);
        (evidence.collect(), moves, reviews)
    }
}

prop_compose! {
    fn item()(
        id in id(), title in title(), description in text(), status in prop::sample::select(Status::ALL),
        kind in prop::sample::select(RecommendationKind::ALL), strength in prop::option::of(prop::sample::select(Strength::ALL)),
        (priority, owner, team, labels) in (prop::sample::select(Priority::ALL), person(), team(), labels()),
        (due, original, moves) in (prop::option::of(day()), prop::option::of(day()), 0..4_i64),
        criterion in prop::option::of(said()), (blocked, note) in (said(), prop::option::of(said())),
        reason in prop::sample::select(ClosureReason::ALL), (created_by, verified_by) in (person(), person()),
        created_at in at(), steps in prop::collection::vec(1..100_000_i64, 5), parts in parts(), risk in day(),
    ) -> ItemRecord {
        let mut moment = created_at;
        let mut instants = steps.into_iter().map(|seconds| {
            moment += Duration::seconds(seconds);
            moment
        });
        let mut next = || instants.next().unwrap();
        let (accepted, implemented, verified, closed, updated) = (next(), next(), next(), next(), next());
        let is_done = matches!(status, Status::Implemented | Status::Verified);
        let closure = (status == Status::Declined).then_some(reason);
        let (evidence, due_changes, effectiveness_reviews) = parts;
        ItemRecord {
            id, key: String::new(), title, description, status, kind, strength, priority, owner, team, due_on: due,
            original_due_on: original, due_moves: moves, acceptance_criterion: criterion, labels, treats: Vec::new(), evidence,
            due_changes, effectiveness_reviews, issues: Vec::new(),
            blocked_reason: (status == Status::Blocked).then_some(blocked),
            accepted_at: (status.is_open() || is_done).then_some(accepted), implemented_at: is_done.then_some(implemented),
            completed_at: if is_done { Some(implemented) } else { closure.map(|_| closed) },
            verified_at: (status == Status::Verified).then_some(verified),
            verified_by: verified_by.filter(|_| status == Status::Verified), closure_reason: closure,
            closure_note: note.filter(|_| closure.is_some()),
            risk_accepted_until: (closure == Some(ClosureReason::RiskAccepted)).then_some(risk), created_by, created_at,
            updated_at: updated,
        }
    }
}

prop_compose! {
    fn record()(
        incident in incident(), report in report(), timeline in prop::collection::vec(moment(), 0..6),
        causes in prop::collection::vec(cause(), 0..5), items in prop::collection::vec(item(), 0..5),
        parents in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 5),
        treated in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..4), 5),
        categories in prop::collection::vec(any::<bool>(), 5),
    ) -> Record {
        let (mut timeline, mut causes, mut items) = (timeline, causes, items);
        timeline.sort_by_key(|moment| (moment.occurred_at, moment.id));
        causes.sort_by_key(|cause| (cause.created_at, cause.id));
        items.sort_by_key(|item| (item.created_at, item.id));
        let ids: Vec<RootCauseId> = causes.iter().map(|cause| cause.id).collect();
        // Parents stand anywhere: what is explained by the last is explained by nothing else.
        for (place, cause) in causes.iter_mut().enumerate() {
            let above = &ids[place + 1..];
            cause.parent = parents[place].filter(|_| !above.is_empty()).map(|index| above[index.index(above.len())]);
            cause.category = categories[place].then(|| "software-defect".to_owned());
        }
        if causes.is_empty() {
            items.clear();
        }
        for (item, indexes) in items.iter_mut().zip(treated) {
            let mut treats: Vec<&CauseRecord> = indexes.iter().map(|index| &causes[index.index(causes.len())]).collect();
            treats.sort_by_key(|cause| cause.id);
            treats.dedup_by_key(|cause| cause.id);
            item.treats = treats
                .into_iter()
                .map(|cause| CauseLink { id: cause.id, report: String::new(), title: cause.title.clone() })
                .collect();
        }
        Record { schema: SCHEMA.to_owned(), version: VERSION, incident, report, timeline, root_causes: causes, recommendations: items }
    }
}

/// The same cases in every run. Keys are counted through, as on any database.
fn records(seed: u8, number: usize) -> Vec<Record> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut items = 0;
    (1..=number)
        .map(|number| {
            let mut record = record().new_tree(&mut runner).expect("a record").current();
            record.incident.key = format!("INC-{number}");
            record.report.key = format!("PM-{number}");
            for item in &mut record.recommendations {
                items += 1;
                item.key = format!("REC-{items}");
                for link in &mut item.treats {
                    link.report.clone_from(&record.report.key);
                }
            }
            record
        })
        .collect()
}

/// Both forms are read back as they were written, character by character.
#[test]
fn what_is_written_is_read() {
    for record in records(1, 400) {
        let markdown = record.to_markdown().unwrap();
        let back = read(&markdown)
            .expect("an exported report")
            .unwrap_or_else(|error| panic!("{error}\n{markdown}"));
        assert_eq!(back, record, "{markdown}");
        let json = record.to_json().unwrap();
        assert_eq!(read(&json).expect("an exported report").unwrap(), record);
        // The page is whole, and has no way to do anything.
        let html = record.to_html();
        let lower = html.to_lowercase();
        assert!(html.ends_with("</main>\n</body>\n</html>\n"));
        assert_eq!(lower.matches("</main>").count(), 1);
        assert!(
            !lower.contains("<script") && !lower.contains("href=\"javascript:") && !lower.contains("src=\"javascript:"),
            "{html}"
        );
    }
}

async fn comes_back(engine: Engine) {
    let records = records(3, 24);
    for form in [Form::Json, Form::Markdown] {
        let app = TestApp::new(engine).await;
        place(&app).await;
        for record in &records {
            let text = match form {
                Form::Json => record.to_json().unwrap(),
                _ => record.to_markdown().unwrap(),
            };
            let done = imported(&app, &text).await;
            assert!(done.created);
            assert_eq!(done.warnings, vec![], "{text}");
            let back = exported(&app, &record.report.key, form).await;
            assert_eq!(back, text);
        }
        // Once more, nothing happens.
        for record in &records {
            assert!(!imported(&app, &record.to_json().unwrap()).await.created);
        }
        app.finish().await;
    }
}

#[actix_web::test]
async fn what_is_imported_is_exported_sqlite() {
    comes_back(Engine::Sqlite).await;
}

#[actix_web::test]
async fn what_is_imported_is_exported_postgres() {
    comes_back(Engine::Postgres).await;
}
