//! Every small fleet in every order, against a second reading of the rules, host by host.

use super::fixture::{Case, bad, ok};
use crate::deployment::Verdict;
use crate::fleet::minimum::FleetMinimum::HostCount;

#[derive(Clone, Copy, PartialEq)]
enum Host {
    Waits,
    Flies,
    Good,
    Bad,
    Left,
}

/// A fleet by rules 2 to 6, for hosts of which some served when it began. Nothing of it is counted ahead: whoever wants
/// to know goes and looks at every host.
#[derive(Clone)]
struct Model {
    must: usize,
    served: Vec<bool>,
    hosts: Vec<Host>,
}

impl Model {
    fn count(&self, what: Host) -> usize {
        self.hosts.iter().filter(|h| **h == what).count()
    }

    fn serving(&self) -> usize {
        let serves = |(host, served): (&Host, &bool)| match host {
            Host::Good => true,
            Host::Waits | Host::Left => *served,
            Host::Flies | Host::Bad => false,
        };
        self.hosts.iter().zip(&self.served).filter(|pair| serves(*pair)).count()
    }

    fn may_start(&self, host: usize) -> bool {
        let free = self.count(Host::Flies) < self.hosts.len() - self.must;
        free && (!self.served[host] || self.serving() > self.must)
    }

    fn waiting(&self) -> Vec<usize> {
        (0..self.hosts.len()).filter(|host| self.hosts[*host] == Host::Waits).collect()
    }

    fn go(&mut self) {
        while let Some(host) = self.waiting().first().copied().filter(|host| self.may_start(*host)) {
            self.hosts[host] = Host::Flies;
        }
        let mut best = self.clone();
        best.hosts.iter_mut().filter(|h| **h == Host::Flies).for_each(|h| *h = Host::Good);
        if !best.waiting().into_iter().any(|host| best.may_start(host)) {
            self.hosts.iter_mut().filter(|h| **h == Host::Waits).for_each(|h| *h = Host::Left);
        }
    }

    fn letters(&self) -> String {
        let letter = |host: &Host| match host {
            Host::Waits => 'w',
            Host::Flies => 'o',
            Host::Good => 'S',
            Host::Bad => 'F',
            Host::Left => 'K',
        };
        self.hosts.iter().map(letter).collect()
    }
}

/// Lets every host in flight be the next to come back, and from there every one again. Returns how many ends there are.
fn explore(board: &mut Case, model: &Model, failing: u32) -> usize {
    assert_eq!(board.cells(), model.letters(), "{:?} must={}", model.served, model.must);
    assert_eq!(board.board.end.is_some(), model.count(Host::Flies) == 0);
    if let Some(end) = &board.board.end {
        let enough = model.count(Host::Good) >= model.must.max(1);
        assert_eq!(end.verdict == Verdict::Succeeded, enough, "{}", model.letters());
        return 1;
    }
    let here = board.board.clone();
    let mut ends = 0;
    for index in board.in_flight() {
        let fails = failing & (1 << index) != 0;
        board.report(&[if fails { bad(index) } else { ok(index) }]);
        let mut next = model.clone();
        next.hosts[usize::from(index)] = if fails { Host::Bad } else { Host::Good };
        next.go();
        ends += explore(board, &next, failing);
        board.board = here.clone();
    }
    ends
}

#[test]
fn every_fleet_of_five_or_fewer_hosts_goes_as_the_rules_say() {
    let mut ends = 0;
    for hosts in 1..=5_usize {
        for must in 0..hosts {
            for unhealthy in 0..=hosts {
                for failing in 0..1_u32 << hosts {
                    let letters = "x".repeat(unhealthy) + &"o".repeat(hosts - unhealthy);
                    let mut board = Case::begun(&letters, HostCount(must as u32));
                    let served = (0..hosts).map(|host| host >= unhealthy).collect();
                    let mut model = Model { must, served, hosts: vec![Host::Waits; hosts] };
                    model.go();
                    ends += explore(&mut board, &model, failing);
                }
            }
        }
    }
    assert!(ends > 40_000, "only {ends}");
}

/// Rules 2, 4 and 5 word by word, for hosts that come back one after the other: at most N − M in flight, healthy −= 1
/// at a failure, no more are started once hosts wait and healthy <= M.
fn by_the_words(hosts: usize, must: usize, failing: u32) -> (usize, usize, bool) {
    let (mut healthy, mut succeeded, mut back, mut started) = (hosts, 0, 0, 0);
    loop {
        while started < hosts && started - back < hosts - must && healthy - (started - back) > must {
            started += 1;
        }
        if back == started {
            return (succeeded, hosts - started, succeeded >= must.max(1));
        }
        if failing & (1 << back) != 0 {
            healthy -= 1;
        } else {
            succeeded += 1;
        }
        back += 1;
    }
}

#[test]
fn a_first_deployment_goes_word_by_word() {
    for hosts in 1..=10_usize {
        for (must, failing) in (0..hosts).flat_map(|must| (0..1_u32 << hosts).map(move |f| (must, f))) {
            let mut case = Case::begun(&"n".repeat(hosts), HostCount(must as u32));
            while case.board.end.is_none() {
                let index = case.in_flight()[0];
                case.report(&[if failing & (1 << index) != 0 { bad(index) } else { ok(index) }]);
            }
            let counts = case.board.counts();
            let ended = (
                counts.succeeded as usize,
                counts.skipped as usize,
                case.end().verdict == Verdict::Succeeded,
            );
            assert_eq!(ended, by_the_words(hosts, must, failing), "{hosts} {must} {failing:b}");
        }
    }
}
