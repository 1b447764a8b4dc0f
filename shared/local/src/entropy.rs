//! The machine's source of chance.

use cutover_ports::clock::Entropy;

/// Random bits from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// When the operating system gives no random bits: nothing that needs them may go on then.
    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bits");
        u128::from_le_bytes(bytes)
    }
}
