//! The taxonomy of causes that every installation starts with. Two levels; organisations may hang more below them.
//!
//! The ids are fixed, so that an import from another installation lands in the same category.

use sea_orm_migration::{prelude::*, sea_orm::prelude::Uuid};

/// (slug, name, description, slug of the parent). A parent stands before its children.
const CATEGORIES: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "change-management",
        "Change management",
        "A change went out in a way that let it do harm.",
        None,
    ),
    (
        "configuration",
        "Configuration",
        "A setting was wrong, missing or applied where it should not have been.",
        Some("change-management"),
    ),
    (
        "deployment",
        "Deployment",
        "The way a release was rolled out or rolled back.",
        Some("change-management"),
    ),
    (
        "automation",
        "Automation",
        "A script or controller did more, or something else, than was wanted.",
        Some("change-management"),
    ),
    (
        "software-defect",
        "Software defect",
        "Code did not do what it was meant to do.",
        None,
    ),
    (
        "testing",
        "Testing",
        "A check before release could have shown it and did not.",
        Some("software-defect"),
    ),
    (
        "time-and-expiry",
        "Time and expiry",
        "Clocks, calendars, certificates and other things that run out.",
        Some("software-defect"),
    ),
    (
        "capacity",
        "Capacity",
        "More was asked of something than it could bear.",
        None,
    ),
    (
        "dependency",
        "Dependency",
        "Something this service needs failed or changed.",
        None,
    ),
    (
        "third-party",
        "Third party",
        "A supplier outside the organisation failed or changed.",
        Some("dependency"),
    ),
    ("infrastructure", "Infrastructure", "What everything runs on.", None),
    (
        "network",
        "Network",
        "Routing, DNS, links and load balancers.",
        Some("infrastructure"),
    ),
    (
        "hardware",
        "Hardware",
        "Machines, disks, power and cooling.",
        Some("infrastructure"),
    ),
    (
        "data",
        "Data",
        "Data was lost, wrong or in the wrong place, or could not be restored.",
        Some("infrastructure"),
    ),
    (
        "security",
        "Security",
        "Somebody got where they should not have been, or could have.",
        None,
    ),
    (
        "access-control",
        "Access control",
        "Rights were wider or narrower than the work needed.",
        Some("security"),
    ),
    (
        "observability",
        "Observability",
        "What went on could not be seen, or not in time.",
        None,
    ),
    (
        "monitoring",
        "Monitoring",
        "The signal that would have shown it was not measured.",
        Some("observability"),
    ),
    (
        "alerting",
        "Alerting",
        "The signal was there and told nobody, or told too many too often.",
        Some("observability"),
    ),
    (
        "architecture",
        "Architecture",
        "The way the parts depend on each other.",
        None,
    ),
    (
        "resilience",
        "Resilience",
        "A failure spread that should have been contained.",
        Some("architecture"),
    ),
    ("process", "Process", "The way people work together.", None),
    (
        "documentation",
        "Documentation",
        "What people needed to know was not written down, or was out of date.",
        Some("process"),
    ),
    (
        "communication",
        "Communication",
        "The right people did not hear the right thing in time.",
        Some("process"),
    ),
    (
        "human-factors-design",
        "Human factors in design",
        "A tool made the wrong action easy or the right one hard.",
        Some("process"),
    ),
];

fn id(position: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + position as u128 + 1)
}

pub(crate) async fn seed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for (position, (slug, name, description, parent)) in CATEGORIES.iter().enumerate() {
        let parent = parent
            .and_then(|parent| CATEGORIES.iter().position(|(slug, ..)| *slug == parent))
            .map(id);
        let insert = Query::insert()
            .into_table("cause_category")
            .columns(["id", "slug", "name", "description", "parent_id", "position"])
            .values_panic([
                id(position).into(),
                (*slug).into(),
                (*name).into(),
                (*description).into(),
                parent.into(),
                (position as i32).into(),
            ])
            .to_owned();
        manager.execute(insert).await?;
    }
    Ok(())
}
