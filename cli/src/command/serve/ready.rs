//! What is told once the service answers: where, and what to try.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use crate::output::Output;
use crate::view::timeline::speed;

/// What there is to tell.
pub(super) struct Ready {
    /// The data folder.
    pub(super) data: PathBuf,
    /// What waits are divided by.
    pub(super) divisor: u32,
    /// Whether functions are of this machine.
    pub(super) local: bool,
    /// Whether callers need a key.
    pub(super) keys: bool,
}

impl Ready {
    /// Tells that requests are answered from now on.
    pub(super) fn tell(&self, out: &Output, address: SocketAddr) {
        let endpoint = format!("http://{address}");
        if out.json {
            return out.json_line(&json!({ "endpoint": endpoint, "data": self.data, "speed": self.divisor }));
        }
        let style = out.style;
        let slow = if self.divisor == 1 { String::new() } else { format!(", {}", speed(self.divisor)) };
        let (bold, data) = (style.bold(&endpoint), self.data.display());
        out.say(format!("Cutover answers at {bold}, with its data in {data}{slow}."));
        out.say("Try, in another terminal:");
        let option = if address.port() == 7171 { String::new() } else { format!(" --endpoint {endpoint}") };
        for example in self.examples(&option, &endpoint) {
            out.say(style.dim(&format!("  {example}")));
        }
    }

    fn examples(&self, option: &str, endpoint: &str) -> Vec<String> {
        let mut examples = Vec::new();
        if self.keys {
            let data = self.data.display();
            let create = format!("cutover{option} keys create me --role operator --data '{data}' --shell");
            examples.push(format!("eval \"$({create})\""));
        }
        if self.local {
            examples.push(format!("cutover{option} functions publish hello --command ./hello.sh"));
        }
        examples.push(format!("aws --endpoint-url {endpoint} deploy list-deployment-configs"));
        examples.push(format!("cutover{option} list"));
        examples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_a_key_makes_one_first() {
        let ready = |local, keys| Ready { data: PathBuf::from("d"), divisor: 1, local, keys };
        let first = |ready: Ready| ready.examples(" --endpoint e", "e").remove(0);
        assert!(first(ready(true, true)).contains("keys create me --role operator --data 'd' --shell"));
        assert!(first(ready(true, false)).starts_with("cutover --endpoint e functions publish"));
        assert!(first(ready(false, false)).starts_with("aws --endpoint-url e"));
    }
}
