//! Looks whether anything was lost, half written or done twice.

pub mod rows;
pub mod told;

/// What was found. All zero is what is wanted, but for what was sent again.
#[derive(Debug, Default)]
pub struct Findings {
    /// What was acknowledged, or is in the log, and is not where it belongs.
    pub lost: usize,
    /// What is there in part.
    pub half: usize,
    /// What is there twice.
    pub twice: usize,
    /// Deliveries that came more than once, with the same id and of the same event. Receivers are told to expect these.
    pub sent_again: usize,
    /// In words.
    pub notes: Vec<String>,
}

impl Findings {
    fn lost(&mut self, note: String) {
        self.lost += 1;
        self.notes.push(format!("lost: {note}"));
    }

    fn half(&mut self, note: String) {
        self.half += 1;
        self.notes.push(format!("half: {note}"));
    }

    fn twice(&mut self, note: String) {
        self.twice += 1;
        self.notes.push(format!("twice: {note}"));
    }
}
