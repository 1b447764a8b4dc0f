//! The lifecycle events of a host, and their order. Pure.

/// All of them, in the order of a deployment. BlockTraffic and AllowTraffic are not the host's.
pub const EVENTS: [&str; 11] = [
    "BeforeBlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    DOWNLOAD,
    "BeforeInstall",
    INSTALL,
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

/// The event that unpacks the bundle.
pub const DOWNLOAD: &str = "DownloadBundle";
/// The event that puts files in their places.
pub const INSTALL: &str = "Install";

/// Why events cannot be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventsError {
    /// A name that cannot be an event's.
    #[error("{0:?} is no lifecycle event")]
    NoName(String),
    /// An event that runs no scripts.
    #[error("{0} is done by the deployment itself and runs no scripts")]
    Reserved(String),
    /// One event twice.
    #[error("{0} is named twice")]
    Twice(&'static str),
    /// An event before the one that it needs.
    #[error("{event} cannot come before {needed}")]
    Early {
        /// The event.
        event: &'static str,
        /// The one that it needs.
        needed: &'static str,
    },
}

/// Whether an event's scripts come from the revision that was deployed before.
pub fn from_previous(event: &str) -> bool {
    EVENTS[..3].contains(&event)
}

/// What is said of an event that is none of [`EVENTS`] and has no hooks either; the official agent's words.
pub fn not_there(event: &str) -> String {
    format!(
        "You specified a lifecycle event which is not a default one and doesn't exist in your appspec.yml file: {event}. Write it below hooks, or leave it out of --events; the default ones are: {}.",
        EVENTS.join(", ")
    )
}

/// The events to run: all when none is asked for, else those, with DownloadBundle and Install put where they
/// are needed. One that is none of [`EVENTS`] is a custom one; it comes after Install.
///
/// # Errors
/// When one has no proper name, is named twice, or comes before what it needs.
pub fn select(asked: &[String]) -> Result<Vec<&'static str>, EventsError> {
    if asked.is_empty() {
        return Ok(EVENTS.to_vec());
    }
    let mut events = Vec::new();
    for name in asked {
        let known = EVENTS.into_iter().find(|event| event == name);
        let event = known.map_or_else(|| custom(name), Ok)?;
        if events.contains(&event) {
            return Err(EventsError::Twice(event));
        }
        events.push(event);
    }
    insert(&mut events, DOWNLOAD, from_previous);
    insert(&mut events, INSTALL, |event| {
        from_previous(event) || [DOWNLOAD, "BeforeInstall"].contains(&event)
    });
    let place = |wanted: &str| events.iter().position(|event| *event == wanted);
    for (at, event) in events.iter().enumerate() {
        let needed = if from_previous(event) || *event == DOWNLOAD {
            continue;
        } else if ["BeforeInstall", INSTALL].contains(event) {
            DOWNLOAD
        } else {
            INSTALL
        };
        if place(needed).is_some_and(|place| place > at) {
            return Err(EventsError::Early { event, needed });
        }
    }
    Ok(events)
}

/// There are few of them in a process, and it ends with them.
fn custom(name: &str) -> Result<&'static str, EventsError> {
    if ["Start", "BlockTraffic", "AllowTraffic", "End"].contains(&name) {
        return Err(EventsError::Reserved(name.to_owned()));
    }
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || ['-', '_'].contains(&c));
    if !is_name {
        return Err(EventsError::NoName(name.to_owned()));
    }
    Ok(Box::leak(name.to_owned().into_boxed_str()))
}

fn insert(events: &mut Vec<&'static str>, event: &'static str, before: impl Fn(&str) -> bool) {
    if !events.contains(&event) {
        let at = events.iter().take_while(|event| before(event)).count();
        events.insert(at, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_the_necessary_where_it_is_needed() {
        for (asked, expected) in [
            ("ApplicationStop", Ok("ApplicationStop DownloadBundle Install")),
            ("BeforeInstall", Ok("DownloadBundle BeforeInstall Install")),
            ("ValidateService AfterInstall", Ok("DownloadBundle Install ValidateService AfterInstall")),
            ("DownloadBundle Install", Ok("DownloadBundle Install")),
            ("AfterInstall Install", Err(EventsError::Early { event: "AfterInstall", needed: INSTALL })),
            ("Install DownloadBundle", Err(EventsError::Early { event: INSTALL, needed: DOWNLOAD })),
            ("AllowTraffic", Err(EventsError::Reserved("AllowTraffic".into()))),
            ("Warm-up AfterInstall", Ok("DownloadBundle Install Warm-up AfterInstall")),
            ("Warm-up Install", Err(EventsError::Early { event: "Warm-up", needed: INSTALL })),
            ("a\tb", Err(EventsError::NoName("a\tb".into()))),
            ("Install Install", Err(EventsError::Twice(INSTALL))),
        ] {
            let names: Vec<_> = asked.split(' ').map(str::to_owned).collect();
            let expected = expected.map(|events| events.split(' ').collect::<Vec<_>>());
            assert_eq!(select(&names), expected, "{asked}");
        }
        assert_eq!(select(&[]).unwrap(), EVENTS);
    }
}
