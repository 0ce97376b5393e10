use std::time::{Duration, Instant};

use super::super::parse;
use super::read;

/// Far more than any of these documents needs in a debug build, far less than quadratic time would take.
const PATIENCE: Duration = Duration::from_secs(20);

#[track_caller]
fn survives(name: &str, text: &str) {
    let start = Instant::now();
    let report = parse("x.md", text);
    assert!(!report.title.is_empty(), "{name}");
    assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
}

#[test]
fn an_empty_document_is_a_report_with_a_warning() {
    for text in ["", " \n\t\n", "\u{feff}"] {
        let report = read(text);
        assert_eq!(report.title, "Lamp outage");
        assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    }
}

#[test]
fn depth_is_flattened() {
    survives("quotes", &format!("{} x\n{}", ">".repeat(10_000), "a\n".repeat(1_000)));
    survives(
        "bullets",
        &format!("{}x\n{}", "* + - ".repeat(4_000), "\n".repeat(20_000)),
    );
    survives("numbers", &format!("{}x\n", "1. ".repeat(10_000)));
    let steps: String = (0..1_000).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect();
    survives("steps", &format!("{steps}{}", "\n".repeat(20_000)));
    survives("emphasis", &format!("{}x{}", "*_".repeat(20_000), "_*".repeat(20_000)));
    survives("brackets", &"[a](".repeat(20_000));
    let report = read(&format!("# T\n\n{}deep\n", "> ".repeat(10_000)));
    assert!(report.sections.executive_summary.contains("deep"));
    assert_eq!(report.warnings[0].line, 3);
}

#[test]
fn length_costs_no_more_than_its_share() {
    survives(
        "headings",
        &format!("# T\n\n## Timeline\n\n{}", "### 10:00\n\nx\n\n".repeat(5_000)),
    );
    survives("dates", &format!("## Timeline\n\n{}", "1 2 3 may 4 ".repeat(20_000)));
    survives(
        "actions",
        &format!(
            "## Actions\n\n{}",
            "- [ ] do (Owner: Ada) https://x.example\n".repeat(3_000)
        ),
    );
    let definitions: String = (0..5_000).map(|n| format!("[l{n}]: https://x.example/{n}\n")).collect();
    survives(
        "definitions",
        &format!("{definitions}\n{}", "see [l1]\n\n".repeat(3_000)),
    );
    survives(
        "aliases",
        "---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n---\n# T\n",
    );
}

#[test]
fn garbage_is_text() {
    let bytes: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    survives("bytes", &String::from_utf8_lossy(&bytes));
    survives("nul", &"\0".repeat(10_000));
    for text in [
        "**",
        "|",
        "- ",
        "- [",
        "[x]:",
        "---",
        "---\n---",
        "#",
        "# \n# ",
        "**a:**",
        "- **a**",
        "1.",
        "<!--",
        "```",
        "|a|\n|-|",
        "\u{a0}\u{a0}# x",
        "=\n=",
    ] {
        survives(text, text);
        survives(
            text,
            &format!("## Timeline\n\n{text}\n\n## Action items\n\n{text}\n\n## Root cause\n\n{text}"),
        );
    }
}

#[test]
fn every_cut_of_a_document_is_a_document() {
    let text = "---\ntitle: L\n---\n# Læmp\n\n**Dato:** 01.02.2024\n\n## Timeline\n\n- **10:00 UTC** – `øl` out\n\n| Time | Event |\n|---|---|\n| 11:00 | on |\n\n\
                ## Action items\n\n| Action | Owner |\n|---|---|\n| Kjøp [lampe](https://x.example) | @ada |\n\n- [ ] x **(done)**\n\n[a]: https://x.example\n";
    for end in 0..text.len() {
        if let Some(cut) = text.get(..end) {
            assert!(!parse("x.md", cut).title.is_empty());
        }
    }
}

#[test]
fn names_labels_and_indents_cost_no_more_than_their_share() {
    let people: String = (0..5_000).map(|n| format!("- person{n}\n")).collect();
    let actions: String = (0..5_000)
        .map(|n| format!("- [person{n}] sweep (person{n})\n"))
        .collect();
    survives(
        "people",
        &format!("# T\n\n## Attendees\n\n{people}\n## Action items\n\n{actions}"),
    );
    survives("labels", &format!("# T\n\n{}", "**Date:** x\n".repeat(10_000)));
    survives(
        "owners",
        &format!("# T\n\n## Actions\n\n**{}**\n\n- x\n", "Ada/".repeat(20_000)),
    );
    survives(
        "brackets ahead",
        &format!("# T\n\n## Actions\n\n- [{}\n", "a, ".repeat(30_000)),
    );
    survives(
        "dashes",
        &format!("# T\n\n## Actions\n\n- {}\n", " - a, 1".repeat(20_000)),
    );
    survives(
        "indents",
        &format!("# T\n\n{}", "## Timeline\n     - 9.05 x\n         - y\n".repeat(3_000)),
    );
    survives(
        "phases",
        &format!(
            "# T\n\n## Timeline\n\n{}",
            "### 10:00\n\n- 10:01 a\n- 10:02 b\n\n".repeat(2_000)
        ),
    );
    survives("keys", &format!("---\n{}a: @b\n---\n", "k: [\"x\"]\n".repeat(280)));
}
