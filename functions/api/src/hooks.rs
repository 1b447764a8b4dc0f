//! How lifecycle event hooks answer.

use crate::api::{Answered, Call};

pub(crate) async fn put_status(call: Call<'_>) -> Answered {
    call.answer(call.service.put_hook_status(&call.caller.scope, call.input()?).await?)
}
