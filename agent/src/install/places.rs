//! The places of what has another name until the switch, or lies in a directory that has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use super::names::Names;
use super::plan::Plan;
use super::step::Step;

/// Places by names until the switch.
pub(super) struct Places<'a> {
    places: HashMap<&'a Path, &'a Path>,
    renewed: HashMap<&'a Path, &'a Names>,
}

impl<'a> Places<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let (mut places, mut renewed) = (HashMap::new(), HashMap::new());
        for step in &plan.steps {
            match step {
                Step::Swap { fresh, path, .. } => drop(places.insert(fresh.as_path(), path.as_path())),
                Step::Renew { fresh, new, .. } => {
                    renewed.insert(fresh.as_path(), new);
                    places.extend(fresh.parent().map(|path| (fresh.as_path(), path)));
                }
                _ => {}
            }
        }
        Self { places, renewed }
    }

    /// Of a directory whose files go to one that is there: those that replace nothing.
    pub(super) fn renewed(&self, fresh: &Path) -> Option<&'a Names> {
        self.renewed.get(fresh).copied()
    }

    /// Where it belongs; a path that is no such name belongs where it is.
    pub(super) fn place<'b>(&self, fresh: &'b Path) -> Cow<'b, Path> {
        for above in fresh.ancestors() {
            let Some(path) = self.places.get(above) else { continue };
            let rest = fresh.strip_prefix(above).unwrap_or(Path::new(""));
            // Joining nothing would put a slash at the end.
            let whole = if rest.as_os_str().is_empty() { path.to_path_buf() } else { path.join(rest) };
            return Cow::Owned(whole);
        }
        Cow::Borrowed(fresh)
    }
}
