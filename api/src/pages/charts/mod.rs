//! The charts of the overview, as SVG.
//!
//! Each is drawn twice, for wide and for narrow screens, and the style sheet shows one of them, so that letters have the same size
//! on both. What is drawn has the colours of `ink`, which are names: the style sheet has a rule for each, light and dark.

pub mod ageing;
pub mod trend;

use maud::{Markup, PreEscaped, html};
use plotters::{
    backend::SVGBackend,
    chart::{ChartBuilder, ChartContext},
    coord::{
        Shift,
        cartesian::Cartesian2d,
        types::{RangedCoordf64, RangedCoordi64},
    },
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    style::{
        Color, IntoFont, RGBColor, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

pub use self::{ageing::ageing, trend::trend};

/// Colours by name: `api/assets/pages/style.css` says what they look like.
mod ink {
    use plotters::style::RGBColor;

    pub const TEXT: RGBColor = RGBColor(0, 0, 1);
    pub const GRID: RGBColor = RGBColor(0, 0, 2);
    pub const OPEN: RGBColor = RGBColor(0, 0, 3);
    pub const OVERDUE: RGBColor = RGBColor(0, 0, 4);
    pub const ACCEPTED: RGBColor = RGBColor(0, 0, 5);
    pub const IMPLEMENTED: RGBColor = RGBColor(0, 0, 6);
}

type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Counts, from below to above, by places, from left to right.
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordi64>>;

/// The letters of a chart.
fn letters(horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    // The library draws letters smaller than it is told, by this factor.
    TextStyle::from(("sans-serif", 12.0 * 1.24).into_font())
        .color(&ink::TEXT)
        .pos(Pos::new(horizontal, vertical))
}

/// The axes and lines of a chart that is this many places wide and this high, with some pixels of room above.
fn framed<'a>(area: &Area<'a>, room: u32, places: f64, highest: i64) -> Drawn<Chart<'a>> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(room)
        .margin_right(8)
        .x_label_area_size(24)
        .y_label_area_size(32)
        .build_cartesian_2d(0.0..places, 0..highest)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(5)
        .bold_line_style(ink::GRID)
        .light_line_style(ink::GRID.mix(0.0))
        .axis_style(ink::GRID)
        .label_style(letters(HPos::Right, VPos::Center))
        .draw()?;
    Ok(chart)
}

/// What is drawn on a canvas of this size, without the element around it; none when it could not be drawn.
fn drawn(size: (u32, u32), draw: impl Fn(&Area<'_>) -> Drawn) -> Option<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).ok()?;
        area.present().ok()?;
    }
    let (_, inside) = svg.split_once('>')?;
    inside.trim_end().strip_suffix("</svg>").map(str::to_owned)
}

/// A drawing for both kinds of screens, with what it says in words.
fn figure(id: &str, title: &str, says: &str, sizes: [(u32, u32); 2], draw: impl Fn(&Area<'_>) -> Drawn) -> Markup {
    html! {
        @for (class, size) in ["wide", "narrow"].into_iter().zip(sizes) {
            @if let Some(inside) = drawn(size, &draw) {
                svg class={ "chart " (class) } viewBox={ "0 0 " (size.0) " " (size.1) } role="img"
                    aria-labelledby={ (id) "-" (class) "-title " (id) "-" (class) "-desc" } {
                    title id={ (id) "-" (class) "-title" } { (title) }
                    desc id={ (id) "-" (class) "-desc" } { (says) }
                    // Written by the plotting library, which escapes the only texts in it: numbers and dates of ours.
                    (PreEscaped(inside))
                }
            }
        }
    }
}

/// What the colours mean: the class that colours the mark, and the word.
fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        ul.legend aria-hidden="true" {
            @for (class, word) in entries { li { span class={ "mark " (class) } {} (word) } }
        }
    }
}

/// A colour that lets through what is below it.
fn thin(colour: RGBColor) -> plotters::style::RGBAColor {
    colour.mix(0.14)
}

/// As high as the axis of counts must be.
fn top(values: impl Iterator<Item = i64>) -> i64 {
    let highest = values.max().unwrap_or_default();
    (highest + highest / 8 + 1).max(5)
}
