//! The places of what has another name until the switch, or lies in a directory that has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use super::plan::Plan;
use super::step::Step;

/// Places by names until the switch.
pub(super) struct Places<'a>(HashMap<&'a Path, &'a Path>);

impl<'a> Places<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let mut places = HashMap::new();
        for step in &plan.steps {
            if let Step::Swap { fresh, path, .. } = step {
                places.insert(fresh.as_path(), path.as_path());
            }
        }
        Self(places)
    }

    /// Where it belongs; a path that is no such name belongs where it is.
    pub(super) fn place<'b>(&self, fresh: &'b Path) -> Cow<'b, Path> {
        for above in fresh.ancestors() {
            let Some(path) = self.0.get(above) else { continue };
            let rest = fresh.strip_prefix(above).unwrap_or(Path::new(""));
            // Joining nothing would put a slash at the end.
            let whole = if rest.as_os_str().is_empty() { path.to_path_buf() } else { path.join(rest) };
            return Cow::Owned(whole);
        }
        Cow::Borrowed(fresh)
    }
}
