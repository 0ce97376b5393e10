//! Which page an address means.

/// A page of ours, or what pages load.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Recommendations,
    /// By its key.
    Recommendation(String),
    Reports,
    /// By its key.
    Report(String),
    Incidents,
    /// By its key.
    Incident(String),
    RootCauses,
    /// By its global id.
    RootCause(String),
    /// The style sheet, by its name.
    Style(String),
}

impl Place {
    /// None when there is nothing.
    pub(super) fn of(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let (name, key) = (parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let one = match key {
            None => {
                return match name {
                    "" => Some(Self::Overview),
                    "recommendations" => Some(Self::Recommendations),
                    "reports" => Some(Self::Reports),
                    "incidents" => Some(Self::Incidents),
                    "root-causes" => Some(Self::RootCauses),
                    _ => None,
                };
            }
            Some(key) if !key.is_empty() && key.len() <= 100 => key.to_owned(),
            Some(_) => return None,
        };
        match name {
            "recommendations" => Some(Self::Recommendation(one)),
            "reports" => Some(Self::Report(one)),
            "incidents" => Some(Self::Incident(one)),
            "root-causes" => Some(Self::RootCause(one)),
            "assets" => Some(Self::Style(one)),
            _ => None,
        }
    }
}

/// The template of the addresses of a page, under which requests for it are counted.
#[derive(Clone, Copy)]
pub(in crate::http) struct Template(pub &'static str);

impl Place {
    /// Without what addresses a page of its kind.
    pub(super) fn template(&self) -> Template {
        Template(match self {
            Self::Overview => "/",
            Self::Recommendations => "/recommendations",
            Self::Recommendation(_) => "/recommendations/{key}",
            Self::Reports => "/reports",
            Self::Report(_) => "/reports/{key}",
            Self::Incidents => "/incidents",
            Self::Incident(_) => "/incidents/{key}",
            Self::RootCauses => "/root-causes",
            Self::RootCause(_) => "/root-causes/{id}",
            Self::Style(_) => "/assets/{name}",
        })
    }
}

/// From an address to the public one.
pub(super) fn root(path: &str) -> String {
    "../".repeat(path.matches('/').count().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::{Place, root};

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(Place::of("/"), Some(Place::Overview));
        assert_eq!(Place::of("/reports/PM-12"), Some(Place::Report("PM-12".to_owned())));
        for nothing in ["", "/x", "/reports/", "/reports/PM-1/x", "/x/y", "//"] {
            assert_eq!(Place::of(nothing), None, "{nothing}");
        }
        assert_eq!([root("/"), root("/reports"), root("/reports/PM-12")], ["", "", "../"]);
    }
}
