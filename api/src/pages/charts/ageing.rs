//! How long what is open has been open.

use maud::{Markup, html};
use plotters::{
    element::{Rectangle, Text},
    style::{
        ShapeStyle,
        text_anchor::{HPos, VPos},
    },
};
use serde::Deserialize;

use super::{Area, Drawn, figure, framed, ink, legend, letters, top};
use crate::pages::{
    filters::{self, Filters},
    parts,
};

/// What is open of an age.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// From so many whole days on.
    pub from_days: i32,
    /// To so many; none: and older.
    pub to_days: Option<i32>,
    /// How many are open.
    pub count: i64,
    /// How many of these are overdue.
    pub overdue: i64,
}

impl Bucket {
    fn value(&self) -> String {
        filters::age((self.from_days, self.to_days))
    }

    fn name(&self) -> String {
        self.value().replace('-', "–")
    }
}

#[allow(clippy::cast_precision_loss, reason = "there are five")]
fn place(bucket: usize) -> f64 {
    bucket as f64
}

fn draw(area: &Area<'_>, buckets: &[Bucket]) -> Drawn {
    let highest = top(buckets.iter().map(|bucket| bucket.count));
    let mut chart = framed(area, 14, place(buckets.len()), highest)?;
    for (number, bucket) in buckets.iter().enumerate() {
        let (left, right) = (place(number) + 0.2, place(number) + 0.8);
        let late = ShapeStyle::from(&ink::OVERDUE).filled();
        let open = ShapeStyle::from(&ink::OPEN).filled();
        if bucket.overdue > 0 {
            chart.draw_series([Rectangle::new([(left, bucket.overdue), (right, 0)], late)])?;
        }
        if bucket.count > bucket.overdue {
            chart.draw_series([Rectangle::new([(left, bucket.count), (right, bucket.overdue)], open)])?;
        }
        let (x, y) = chart.plotting_area().map_coordinate(&(place(number) + 0.5, 0));
        area.draw(&Text::new(bucket.name(), (x, y + 7), letters(HPos::Center, VPos::Top)))?;
        let (_, y) = chart
            .plotting_area()
            .map_coordinate(&(place(number) + 0.5, bucket.count));
        area.draw(&Text::new(
            bucket.count.to_string(),
            (x, y - 4),
            letters(HPos::Center, VPos::Bottom),
        ))?;
    }
    Ok(())
}

/// The chart and its figures, each of which leads to its list.
pub fn ageing(buckets: &[Bucket], root: &str, given: &Filters) -> Markup {
    let open: i64 = buckets.iter().map(|bucket| bucket.count).sum();
    let old: i64 = buckets
        .iter()
        .filter(|bucket| bucket.from_days > 90)
        .map(|bucket| bucket.count)
        .sum();
    let are = if old == 1 { "has" } else { "have" };
    let says = format!("Of {open} open, {old} {are} been so for more than 90 days.");
    let link = |bucket: &Bucket, overdue: bool| {
        let age = bucket.value();
        let overdue = overdue.then_some("yes");
        let query = given.link(&[("open", Some("yes")), ("age", Some(&age)), ("overdue", overdue)]);
        format!("{root}recommendations{query}")
    };
    html! {
        p.says { (says) }
        @if open == 0 { p.empty { "There is nothing to draw yet." } } @else {
        (legend(&[("c-open", "In time"), ("c-overdue", "Overdue")]))
        (figure("ageing", "Open recommendations by days since they were accepted", &says, [(420, 250), (350, 220)], |area| draw(area, buckets)))
        details.figures {
            summary { "Figures by age" }
            table {
                thead { tr { th scope="col" { "Days open" } th.n scope="col" { "Open" } th.n scope="col" { "Overdue" } } }
                tbody {
                    @for bucket in buckets {
                        tr {
                            th scope="row" { (bucket.name()) }
                            td.n { a href=(link(bucket, false)) aria-label=(format!("{} for {} days", parts::count(bucket.count, "is open", "are open"), bucket.name())) { (bucket.count) } }
                            td.n { a href=(link(bucket, true)) aria-label=(format!("{} of them", parts::count(bucket.overdue, "overdue", "overdue"))) { (bucket.overdue) } }
                        }
                    }
                }
            }
        }
        }
    }
}
