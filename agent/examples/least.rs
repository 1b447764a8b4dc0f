//! The least that putting a revision in place can cost: `least FOLDER FILES BYTES` writes so many files of so many bytes, a
//! hundred in a directory, twice, with as many threads as the agent has, brings them to the disk once, and prints the seconds.
//! It reads, checks and notes nothing.

#![allow(clippy::unwrap_used, reason = "a measurement that fails is none")]

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Instant;

use rustix::fs::syncfs;

const MOST_THREADS: usize = 4;
const IN_A_FOLDER: usize = 100;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, files, bytes] = &words[..] else { panic!("least FOLDER FILES BYTES") };
    let (folder, files) = (Path::new(folder), files.parse::<usize>().unwrap());
    let content = vec![b'x'; bytes.parse().unwrap()];
    let threads = thread::available_parallelism().unwrap().get().min(MOST_THREADS);
    let begun = Instant::now();
    for tree in ["unpacked", "installed"] {
        thread::scope(|scope| {
            for first in 0..threads {
                let (tree, content) = (folder.join(tree), &content);
                scope.spawn(move || {
                    let folders = (0..files.div_ceil(IN_A_FOLDER)).skip(first).step_by(threads);
                    folders.for_each(|n| fill(&tree.join(n.to_string()), files - n * IN_A_FOLDER, content));
                });
            }
        });
    }
    syncfs(File::open(folder).unwrap()).unwrap();
    println!("{:.3}", begun.elapsed().as_secs_f64());
}

fn fill(folder: &Path, files: usize, content: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    for n in 0..files.min(IN_A_FOLDER) {
        File::create_new(folder.join(n.to_string())).unwrap().write_all(content).unwrap();
    }
}
