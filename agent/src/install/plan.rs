//! The plan of an install: every step, decided before anything is touched.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use cutover_appspec::FileExistsBehavior;
use serde::{Deserialize, Serialize};

use super::Request;
use super::behind::Behind;
use super::context;
use super::error::{At, InstallError};
use super::names::Names;
use super::permissions;
use super::settings::Settings;
use super::sources::{self, There, Wanted};
use super::step::Step;
use super::survey::FEW;

/// The version of plans in journals.
/// 2: a new directory is written beside its place, with all that is in it, and given its name as a whole.
/// 3: a new directory may be filled from one of the bundle, whose files are not listed.
/// 4: so may one that is there.
pub(super) const VERSION: u32 = 4;

/// An install, decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`VERSION`].
    pub(super) v: u32,
    /// The id of the deployment.
    pub deployment: String,
    /// In this order.
    pub steps: Vec<Step>,
    /// What the next install has to remove: directories first, then files, but for those that fill directories.
    pub cleanup: Vec<PathBuf>,
    /// Directories of the previous install that are removed when they end up empty, outermost first.
    pub old_folders: Vec<PathBuf>,
    /// Files that were there and stay as they are.
    pub retained: Vec<PathBuf>,
    /// What is doubtful about the revision.
    pub warnings: Vec<String>,
}

impl Plan {
    /// Whether nothing on disk changes but what is noted of it.
    pub(crate) fn is_idle(&self) -> bool {
        self.old_folders.is_empty() && matches!(self.steps[..], [Step::Switch])
    }

    /// The number of first steps that only make room.
    pub(super) fn room(&self) -> usize {
        self.steps.iter().take_while(|step| matches!(step, Step::Aside { .. })).count()
    }
}

struct Planner<'a> {
    deployment: &'a str,
    behind: Behind,
    /// What has been moved out of the way before the new files come.
    cleared: BTreeSet<PathBuf>,
    /// Where new files replace what no earlier install has put there.
    taken: BTreeSet<PathBuf>,
    /// New directories, and where each of them stands until the switch.
    trees: HashMap<PathBuf, PathBuf>,
    is_root: bool,
    before: Vec<Step>,
    stages: Vec<Step>,
    swaps: Vec<Step>,
    /// By the directories that they renew.
    renews: BTreeMap<PathBuf, Renew>,
    names: usize,
}

/// See [`Step::Renew`].
struct Renew {
    fresh: PathBuf,
    new: Names,
    gone: Names,
}

/// Plans an install over what a previous one left, of which this is the cleanup file.
pub(super) fn plan(request: Request<'_>, cleanup: &Path) -> Result<Plan, InstallError> {
    let behavior = request.spec.file_exists_behavior.unwrap_or(request.file_exists);
    let behind = Behind::find(cleanup)?;
    let (files, permissions) = (&request.spec.files, &request.spec.permissions);
    let there = There { behind: &behind, behavior };
    let mut wanted = sources::wanted(request.archive, files, permissions, there)?;
    let mut planner = Planner {
        deployment: request.deployment,
        behind,
        cleared: BTreeSet::new(),
        taken: BTreeSet::new(),
        trees: HashMap::new(),
        is_root: nix::unistd::geteuid().is_root(),
        before: Vec::new(),
        stages: Vec::new(),
        swaps: Vec::new(),
        renews: BTreeMap::new(),
        names: 0,
    };
    let made = planner.folders(&wanted)?;
    let retained = planner.collisions(&mut wanted, behavior)?;
    for path in &retained {
        wanted.files.remove(path);
    }
    let kept: Vec<PathBuf> =
        wanted.folders.keys().filter(|f| planner.behind.folders.contains(*f)).cloned().collect();
    let ours: BTreeSet<PathBuf> = made.iter().chain(&kept).cloned().collect();
    let (mut given, mut filled, mut warnings) =
        permissions::assign(&request.spec.permissions, &wanted, &ours, context::is_kept())?;
    let mut hides = Vec::new();
    for (path, whole) in &mut wanted.whole {
        let (source, set) = (whole.source.clone(), filled.remove(path).unwrap_or_default());
        let fresh = match whole.new.take() {
            Some(new) => {
                let fresh = planner.renew(path, new, Names::default());
                hides.push(Step::Hide { path: fresh.clone() });
                Some(fresh)
            }
            None => planner.trees.get(path).cloned(),
        };
        planner.stages.extend(fresh.map(|fresh| Step::Fill { source, fresh, set }));
    }
    // From here on only the places are needed.
    for (path, source) in &mut wanted.files {
        planner.file(path, std::mem::take(source), given.remove(path).unwrap_or_default())?;
    }
    let mut settings = Vec::new();
    for path in &ours {
        let Some(set) = given.remove(path).filter(|set| !set.is_empty()) else { continue };
        let before =
            kept.contains(path).then(|| Settings::of(path, &set)).transpose().at(path, "cannot be read")?;
        settings.push(Step::Set { path: path.clone(), set, before: before.map(Box::new) });
    }
    let asides = planner.leftovers(&wanted)?;
    let foreign = planner.behind.foreign.iter().map(|path| {
        let path = path.display();
        format!("{path} is left alone: a directory above it was replaced by a link since it was installed.")
    });
    warnings.extend(foreign);
    let mut steps = planner.before;
    // As many as there are: there may be very many, and a vector that grows doubles.
    let (files, renews) = (planner.stages.len() + planner.swaps.len() + asides.len(), planner.renews);
    steps.reserve_exact(made.len() + hides.len() + files + renews.len() + settings.len() + 1);
    let trees = planner.trees;
    steps.extend(
        made.iter().filter_map(|path| trees.get(path)).map(|path| Step::Mkdir { path: path.clone() }),
    );
    steps.extend(hides);
    steps.extend(planner.stages);
    steps.push(Step::Switch);
    steps.extend(planner.swaps);
    steps.extend(renews.into_values().map(|Renew { fresh, new, gone }| Step::Renew { fresh, new, gone }));
    steps.extend(asides);
    steps.extend(settings);
    let mut old_folders: Vec<PathBuf> = planner.behind.folders.into_iter().collect();
    old_folders.retain(|folder| !wanted.folders.contains_key(folder));
    let cleanup = ours.into_iter().chain(wanted.files.into_keys()).collect();
    let deployment = request.deployment.to_owned();
    Ok(Plan { v: VERSION, deployment, steps, cleanup, old_folders, retained, warnings })
}

impl Planner<'_> {
    /// A name beside `path` that nobody else has.
    fn beside(&mut self, path: &Path, end: &str) -> PathBuf {
        self.names += 1;
        path.with_file_name(format!(".{}-{}.{end}", self.deployment, self.names))
    }

    fn clear(&mut self, path: &Path) {
        let aside = self.beside(path, "old");
        self.before.push(Step::Aside { path: path.to_owned(), aside });
        self.cleared.insert(path.to_owned());
    }

    fn is_cleared(&self, path: &Path) -> bool {
        !self.cleared.is_empty() && path.ancestors().any(|above| self.cleared.contains(above))
    }

    /// The directories to make, outermost first.
    fn folders(&mut self, wanted: &Wanted) -> Result<Vec<PathBuf>, InstallError> {
        let mut made = Vec::new();
        for path in wanted.folders.keys() {
            let is_new =
                self.is_cleared(path) || wanted.whole.get(path).is_some_and(|whole| whole.new.is_none());
            let is = if is_new { None } else { fs::symlink_metadata(path).ok() };
            let ours = is.is_some() && self.behind.has_file(path);
            match is {
                Some(_) if ours => self.clear(path),
                Some(_) if path.is_dir() => continue,
                Some(_) => {
                    let (found, wanted) = ("a file", "a directory");
                    return Err(InstallError::InTheWay { path: path.clone(), found, wanted });
                }
                None => {}
            }
            self.tree(path);
            made.push(path.clone());
        }
        Ok(made)
    }

    /// A new directory comes in with the one above it, if that is new as well, or is given its name by a step of its own.
    fn tree(&mut self, path: &Path) {
        let above = path.parent().and_then(|above| self.trees.get(above));
        let fresh = match (above, path.file_name()) {
            (Some(above), Some(name)) => above.join(name),
            _ => {
                let fresh = self.beside(path, "new");
                self.swaps.push(Step::Swap { fresh: fresh.clone(), path: path.to_owned(), aside: None });
                fresh
            }
        };
        self.trees.insert(path.to_owned(), fresh);
    }

    /// Looks at all places at once, so that the error names all collisions. The files that stay.
    fn collisions(
        &mut self,
        wanted: &mut Wanted,
        behavior: FileExistsBehavior,
    ) -> Result<Vec<PathBuf>, InstallError> {
        let (mut clashes, mut retained) = (std::mem::take(&mut wanted.clashes), Vec::new());
        for path in wanted.files.keys() {
            let new = path.parent().is_some_and(|folder| self.trees.contains_key(folder));
            if new || self.is_cleared(path) || self.behind.has_file(path) {
                continue;
            }
            let Ok(about) = fs::symlink_metadata(path) else { continue };
            if about.is_dir() {
                if !self.behind.owns_all(path) {
                    let (found, wanted) = ("a directory", "a file");
                    return Err(InstallError::InTheWay { path: path.clone(), found, wanted });
                }
                self.clear(path);
                continue;
            }
            // A dangling link does not count, as with the official agent.
            match behavior {
                FileExistsBehavior::Disallow if path.exists() => clashes.add(path.clone()),
                FileExistsBehavior::Retain if path.exists() => retained.push(path.clone()),
                _ => {
                    self.taken.insert(path.clone());
                }
            }
        }
        clashes.refuse().map(|()| retained)
    }

    /// The files of a directory come and go by one step; the name of what is hidden in it.
    fn renew(&mut self, folder: &Path, new: Names, gone: Names) -> PathBuf {
        let fresh = self.beside(&folder.join("new"), "new");
        self.renews.insert(folder.to_owned(), Renew { fresh: fresh.clone(), new, gone });
        fresh
    }

    fn file(&mut self, path: &Path, source: PathBuf, given: Settings) -> Result<(), InstallError> {
        let about = fs::symlink_metadata(&source).at(&source, "cannot be read")?;
        if !about.is_file() && !about.is_symlink() {
            let problem = "is neither a file nor a directory nor a link. Leave it out.".to_owned();
            return Err(InstallError::Source { path: source.display().to_string(), problem });
        }
        let mut set = Settings::from(&about);
        if !self.is_root {
            (set.owner, set.group) = (None, None);
        }
        set.owner = given.owner.or(set.owner);
        set.group = given.group.or(set.group);
        set.mode = given.mode.or(set.mode);
        set.acl = given.acl;
        set.context = given.context;
        if let (Some(tree), Some(name)) =
            (path.parent().and_then(|folder| self.trees.get(folder)), path.file_name())
        {
            let fresh = tree.join(name);
            self.stages.push(Step::Stage { source, fresh, set });
            return Ok(());
        }
        let fresh = self.beside(path, "new");
        self.stages.push(Step::Stage { source, fresh: fresh.clone(), set });
        let there = self.taken.contains(path) || !self.is_cleared(path) && self.behind.has_file(path);
        let aside = there.then(|| self.beside(path, "old"));
        self.swaps.push(Step::Swap { fresh, path: path.to_owned(), aside });
        Ok(())
    }

    /// What the previous install left and the new one does not have.
    fn leftovers(&mut self, wanted: &Wanted) -> Result<Vec<Step>, InstallError> {
        let mut gone: BTreeMap<PathBuf, Names> = BTreeMap::new();
        self.behind.files(|path| {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else {
                return;
            };
            if !wanted.has_file(path) && !self.is_cleared(path) {
                match gone.get_mut(folder) {
                    Some(names) => names.add(name),
                    None => gone.entry(folder.to_owned()).or_default().add(name),
                }
            }
        })?;
        let mut asides = Vec::new();
        for (folder, names) in gone {
            if let Some(renew) = self.renews.get_mut(&folder) {
                renew.gone = names;
            } else if names.iter().count() >= FEW {
                self.renew(&folder, Names::default(), names);
            } else {
                asides.extend(names.iter().map(|name| folder.join(name)).map(|path| {
                    let aside = self.beside(&path, "old");
                    Step::Aside { path, aside }
                }));
            }
        }
        Ok(asides)
    }
}
