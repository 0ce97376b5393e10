//! Medians, tables and ratios.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};

use crate::{
    extremes::{Deep, Starts},
    operation::Operation,
    options::{Engine, Size},
    round::Place,
    target::Kind,
    tools,
};

/// What was measured where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    engine: Engine,
    size: Size,
    operation: Operation,
    kind: Kind,
}

impl Row {
    pub fn new(place: &Place, operation: Operation, kind: Kind) -> Self {
        Self {
            engine: place.engine,
            size: place.size,
            operation,
            kind,
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub service_ms: f64,
    pub database_ms: f64,
    pub memory_mb: f64,
}

impl Cell {
    fn cpu_ms(&self) -> f64 {
        self.service_ms + self.database_ms
    }
}

/// All that was found out.
#[derive(Default)]
pub struct Findings {
    cells: BTreeMap<Row, Vec<Cell>>,
    /// Idle, and the most under load.
    pub memory: BTreeMap<(Engine, Size, Kind), Vec<(f64, f64)>>,
    pub deep: Vec<Deep>,
    pub starts: Option<Starts>,
}

/// What the service may cost, in shares of what the others cost: the least, PostGraphile, mercurius.
const LIMITS: [(Operation, [Option<f64>; 3]); 5] = [
    (Operation::Overdue, [Some(1.8), Some(4.0), Some(2.5)]),
    (Operation::Report, [Some(2.0), Some(3.0), Some(3.0)]),
    (Operation::Filtered, [Some(2.0), Some(3.0), Some(1.8)]),
    (Operation::Change, [Some(3.0), Some(1.0), None]),
    (Operation::FollowThrough, [None, Some(60.0), Some(60.0)]),
];

impl Findings {
    pub fn add(&mut self, row: Row, cell: Cell) {
        self.cells.entry(row).or_default().push(cell);
    }

    fn median(&self, row: Row) -> Option<Cell> {
        let cells = self.cells.get(&row)?;
        let of = |value: fn(&Cell) -> f64| median(cells.iter().map(value).collect());
        Some(Cell {
            per_second: of(|cell| cell.per_second),
            p50_ms: of(|cell| cell.p50_ms),
            p99_ms: of(|cell| cell.p99_ms),
            service_ms: of(|cell| cell.service_ms),
            database_ms: of(|cell| cell.database_ms),
            memory_mb: of(|cell| cell.memory_mb),
        })
    }

    /// Everything, as Markdown.
    pub fn text(&self, machine: &str) -> String {
        let mut text = format!("{machine}.\n");
        let mut places: Vec<(Engine, Size)> = self.cells.keys().map(|row| (row.engine, row.size)).collect();
        places.dedup();
        for (engine, size) in places {
            self.table(engine, size, &mut text);
            self.ratios(engine, size, &mut text);
        }
        self.growth(&mut text);
        self.memories(&mut text);
        self.extremes(&mut text);
        text
    }

    fn table(&self, engine: Engine, size: Size, text: &mut String) {
        let head =
            "| operation | target | requests/s | p50 ms | p99 ms | p99 ÷ p50 | CPU ms: service | database | both |";
        let _ = writeln!(
            text,
            "\n### {}, {}\n\n{head}\n|---|---|---|---|---|---|---|---|---|",
            engine.name(),
            size.name()
        );
        for row in self.cells.keys().filter(|row| row.engine == engine && row.size == size) {
            let Some(cell) = self.median(*row) else { continue };
            let _ = writeln!(
                text,
                "| {} | {} | {:.0} | {:.2} | {:.2} | {:.1} | {:.3} | {:.3} | **{:.3}** |",
                row.operation.name(),
                row.kind.name(),
                cell.per_second,
                cell.p50_ms,
                cell.p99_ms,
                cell.p99_ms / cell.p50_ms,
                cell.service_ms,
                cell.database_ms,
                cell.cpu_ms(),
            );
        }
    }

    fn ratios(&self, engine: Engine, size: Size, text: &mut String) {
        let cost = |operation, kind| {
            self.median(Row {
                engine,
                size,
                operation,
                kind,
            })
            .map(|cell| cell.cpu_ms())
        };
        let mut lines = String::new();
        for operation in Operation::ALL {
            let Some(own) = cost(operation, Kind::Service) else {
                continue;
            };
            let others = [Kind::Floor, Kind::Postgraphile, Kind::Mercurius].map(|kind| cost(operation, kind));
            if others.iter().all(Option::is_none) {
                continue;
            }
            let limits = LIMITS
                .iter()
                .find(|(of, _)| *of == operation)
                .map_or([None; 3], |(_, limits)| *limits);
            let floor = ratio(others[0].map(|floor| own / floor), limits[0], "≤");
            let graphile = ratio(others[1].map(|peer| peer / own), limits[1], "≥");
            let mercurius = ratio(others[2].map(|peer| peer / own), limits[2], "≥");
            let _ = writeln!(lines, "| {} | {floor} | {graphile} | {mercurius} |", operation.name());
        }
        if !lines.is_empty() {
            let head =
                "| CPU per request | of the floor | less than PostGraphile | less than mercurius |\n|---|---|---|---|";
            let _ = write!(text, "\n{head}\n{lines}");
        }
    }

    fn growth(&self, text: &mut String) {
        let mut lines = String::new();
        for (row, _) in self.cells.iter().filter(|(row, _)| row.size == Size::L) {
            let (small, large) = (self.median(Row { size: Size::S, ..*row }), self.median(*row));
            if let (Some(small), Some(large)) = (small, large) {
                let growth = large.cpu_ms() / small.cpu_ms();
                let names = (row.engine.name(), row.operation.name(), row.kind.name());
                let _ = writeln!(lines, "| {} | {} | {} | {growth:.2} × |", names.0, names.1, names.2);
            }
        }
        if !lines.is_empty() {
            let _ = write!(
                text,
                "\n### From S to L\n\n| database | operation | target | CPU per request |\n|---|---|---|---|\n{lines}"
            );
        }
    }

    fn memories(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n### Memory\n\n| database | size | target | before the load, MB | the most under load, MB |\n|---|---|---|---|---|"
        );
        for ((engine, size, kind), found) in &self.memory {
            let idle = median(found.iter().map(|(idle, _)| *idle).collect());
            let most = median(found.iter().map(|(_, most)| *most).collect());
            let names = (engine.name(), size.name(), kind.name());
            let _ = writeln!(
                text,
                "| {} | {} | {} | {idle:.0} | {most:.0} |",
                names.0, names.1, names.2
            );
        }
    }

    fn extremes(&self, text: &mut String) {
        if self.deep.is_empty() && self.starts.is_none() {
            return;
        }
        text.push_str("\n### The service alone\n\n| what | found | limit |\n|---|---|---|\n");
        for deep in &self.deep {
            let (place, page, growth) = (&deep.place, deep.page, deep.deep_ms / deep.first_ms);
            let _ = writeln!(
                text,
                "| {place}: CPU of page {page}, of that of page 2 | {growth:.2} × ({:.3} ms) | 1.5 × |",
                deep.deep_ms
            );
        }
        if let Some(starts) = &self.starts {
            let _ = writeln!(
                text,
                "| start to ready, SQLite, the demo is there | {:.0} ms | 300 ms |",
                starts.ready_ms
            );
            let _ = writeln!(
                text,
                "| start to ready, SQLite, the demo is made | {:.0} ms | |",
                starts.demo_ms
            );
            let _ = writeln!(
                text,
                "| memory of an idle service, SQLite, demo | {:.0} MB | 40 MB |",
                starts.idle_mb
            );
        }
    }
}

fn ratio(found: Option<f64>, limit: Option<f64>, sign: &str) -> String {
    let found = found.map_or_else(|| "–".to_owned(), |found| format!("{found:.2} ×"));
    limit.map_or_else(|| found.clone(), |limit| format!("{found} ({sign} {limit})"))
}

/// The middle one; of two, the mean.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

const BEGIN: &str = "<!-- results: `make bench` with --write replaces what follows -->";
const END: &str = "<!-- end of results -->";

/// Puts the tables into the documentation.
pub fn write(text: &str) -> Result<()> {
    let file = tools::bench()
        .parent()
        .map(|root| root.join("docs/performance.md"))
        .unwrap_or_default();
    let known = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let (before, rest) = known
        .split_once(BEGIN)
        .context("docs/performance.md has no place for results")?;
    let (_, after) = rest
        .split_once(END)
        .context("the results in docs/performance.md have no end")?;
    Ok(fs::write(
        Path::new(&file),
        format!("{before}{BEGIN}\n{text}\n{END}{after}"),
    )?)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_is_taken() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0]) - 2.5).abs() < f64::EPSILON);
    }
}
