//! What seals the secrets in the table: a master key in Parameter Store, which is looked for when something is first sealed
//! or opened.

use std::sync::Arc;

use cutover_aws::sdk::Sdk;
use cutover_aws::secrets::ParameterStore;
use cutover_ports::secrets::Sealer;
use cutover_seal::kept::KeptMaster;

use crate::context::variable;

/// The key of the stack, from `CUTOVER_MASTER_KEY`; none where the template names none.
pub fn sealer(sdk: &Sdk) -> Option<Arc<dyn Sealer>> {
    let name = variable("CUTOVER_MASTER_KEY").ok()?;
    Some(Arc::new(KeptMaster::new(Arc::new(ParameterStore::new(sdk.clone())), name)))
}
