//! Which demo lake to write.

use super::DemoError;
use super::incident::{INCIDENTS, Incident, Plan};
use super::season::Scale;
use crate::diagnostic::{near, suggestion};

/// Which demo lake to write. The default is the small one with all its incidents, from seed 7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How large it is.
    pub scale: Scale,
    /// Another seed gives another lake.
    pub seed: u64,
    /// Classes of incidents to plant; all where empty.
    pub only: Vec<String>,
    /// Classes of incidents to leave out; `all` of them leaves a clean lake.
    pub without: Vec<String>,
}

/// A class of incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Its name: `stored_adjustment`.
    pub name: &'static str,
    /// What goes wrong, in a sentence.
    pub about: &'static str,
}

/// Stands for every class.
const ALL: &str = "all";

/// Every class of incidents, in the order of their days.
pub fn classes() -> impl Iterator<Item = Class> {
    INCIDENTS.iter().map(|incident| Class {
        name: incident.class(),
        about: incident.about(),
    })
}

impl Default for Options {
    fn default() -> Self {
        Self::small(7)
    }
}

impl Options {
    /// The small lake of `seed` with all its incidents.
    pub const fn small(seed: u64) -> Self {
        Self {
            scale: Scale::Small,
            seed,
            only: Vec::new(),
            without: Vec::new(),
        }
    }

    /// The incidents to plant.
    ///
    /// # Errors
    /// [`DemoError::UnknownClass`]
    pub(super) fn plan(&self) -> Result<Plan, DemoError> {
        for name in self.only.iter().chain(&self.without) {
            if name != ALL && !classes().any(|class| class.name == *name) {
                return Err(unknown(name));
            }
        }
        let named = |names: &[String], incident: &&dyn Incident| {
            names
                .iter()
                .any(|name| name == ALL || name == incident.class())
        };
        let chosen = INCIDENTS.iter().copied();
        Ok(Plan::new(chosen.filter(|incident| {
            (self.only.is_empty() || named(&self.only, incident)) && !named(&self.without, incident)
        })))
    }
}

fn unknown(name: &str) -> DemoError {
    let names = near(name, classes().map(|class| class.name).chain([ALL]));
    let hint = suggestion(&names).map_or_else(
        || {
            let all: Vec<&str> = classes().map(|class| class.name).collect();
            format!("; there are {}", all.join(", "))
        },
        |meant| format!("; {meant}"),
    );
    DemoError::UnknownClass {
        name: name.to_owned(),
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_class_names_its_neighbours() {
        let options = Options {
            only: vec!["stored_adjustments".to_owned()],
            ..Options::small(1)
        };
        let error = options.plan().unwrap_err().to_string();
        assert!(
            error.contains("did you mean `stored_adjustment`?"),
            "{error}"
        );
        let far = unknown("zzz").to_string();
        assert!(far.contains("leakage, "), "{far}");
    }
}
